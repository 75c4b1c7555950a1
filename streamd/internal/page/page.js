/* What happens when: connecting and reconnecting, a picture, a message, a second's tick for the numbers. */

const SHORTEST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 5000, PING_INTERVAL_MS = 1000;

const TITLES = {
	connecting: "Connecting", waiting: "Waiting for a picture", asleep: "Waiting for a picture", gone: "The camera is gone",
	stalled: "The camera has stopped", broken: "The pictures cannot be encoded", lost: "The server is gone",
};
const WORDS = {
	connecting: "connecting", waiting: "waiting", asleep: "waiting", live: "live", gone: "camera gone",
	stalled: "camera stalled", broken: "no encoder", lost: "server lost",
};

const byId = id => document.getElementById(id);
const video = byId("video");
const overlay = new DetectionOverlay(video, byId("overlay"));
let clock = new ServerClock();
let player = null;
let pause_ms = SHORTEST_PAUSE_MS;
let latencies = [];
let previous = null; /* Statistics of a second ago. */
let server_state = "waiting";
/* For whoever measures: what the last second was like. */
const numbers = { state: "connecting", latency_ms: null, frames_decoded: 0, rate_hz: 0, boxes: 0, boxes_age_ms: null };
window.zcframe = numbers;

function showState(state, detail) {
	numbers.state = state;
	byId("screen").dataset.state = byId("state").dataset.state = state;
	byId("state-text").textContent = WORDS[state];
	byId("notice-title").textContent = TITLES[state] ?? "";
	byId("notice-text").textContent = detail ?? "";
}

function connect() {
	clock = new ServerClock();
	previous = null;
	player = new Player({ message: heard, track: play, ended });
	player.start();
}

function play(stream) {
	video.srcObject = stream;
	/* Browsers let what is muted play; if not, a click does. */
	video.play().catch(() => showState("connecting", "Click to play."));
}

function ended(reason) {
	showState("lost", reason + "; trying again");
	overlay.clear();
	setTimeout(connect, pause_ms);
	pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
}

function heard(message) {
	switch (message.type) {
	case "state":
		server_state = message.state;
		if (message.state !== "live")
			showState(message.state, message.detail);
		break;
	case "clock":
		clock.anchored(message.stamp, message.wall_us / 1000);
		break;
	case "pong":
		clock.answered(message.sent, message.wall_us / 1000);
		break;
	case "detections":
		overlay.add(message);
		numbers.boxes += message.boxes.length;
		break;
	}
}

/* Called for each picture that is shown. */
function shown(now, picture) {
	pause_ms = SHORTEST_PAUSE_MS;
	if (numbers.state !== "live" && (server_state === "live" || server_state === "waiting"))
		showState("live");
	byId("screen").style.setProperty("--ratio", `${video.videoWidth} / ${video.videoHeight}`);
	drawBoxes(picture.rtpTimestamp);
	if (picture.rtpTimestamp !== undefined && clock.known) {
		const seen = performance.timeOrigin + (picture.expectedDisplayTime ?? now);
		latencies.push(seen - clock.takenAt(picture.rtpTimestamp));
	}
	video.requestVideoFrameCallback?.(shown);
}

/* Those of the picture that is shown; of the newest, where a browser does not tell the stamp of what it shows. */
function drawBoxes(stamp) {
	const taken_ms = stamp !== undefined && clock.anchor !== null
		? clock.takenAtServer(stamp) : overlay.results.at(-1)?.taken_ms ?? 0;
	if (byId("boxes").checked)
		numbers.boxes_age_ms = overlay.draw({ taken_ms, frame_number: 0 })?.age_ms ?? null;
	else
		overlay.erase();
}

function setFigure(id, number, unit) {
	const small = document.createElement("small");
	small.textContent = unit;
	byId(id).replaceChildren(number, small);
}

function median(list) {
	const sorted = [...list].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

function showLatency() {
	numbers.latency_ms = latencies.length > 0 ? median(latencies) : null;
	numbers.latencies_ms = latencies;
	latencies = [];
	if (numbers.latency_ms !== null)
		setFigure("latency", Math.round(numbers.latency_ms), "ms");
	else
		byId("latency").textContent = "–";
}

async function statistics() {
	for (const report of (await player.connection.getStats()).values()) {
		if (report.type === "inbound-rtp" && report.kind === "video")
			return report;
	}
	return null;
}

async function tick() {
	player.send({ type: "ping", sent: ServerClock.pageNow() });
	showLatency();
	const newest = await statistics();
	if (newest !== null && previous !== null) {
		const seconds = (newest.timestamp - previous.timestamp) / 1000;
		const per_second = name => ((newest[name] ?? 0) - (previous[name] ?? 0)) / seconds;
		numbers.frames_decoded = newest.framesDecoded;
		numbers.rate_hz = per_second("framesDecoded");
		setFigure("rate", numbers.rate_hz.toFixed(1), "/s");
		setFigure("bandwidth", (per_second("bytesReceived") * 8 / 1e6).toFixed(2), "Mbit/s");
		setFigure("lost", `${newest.packetsLost ?? 0}, ${newest.framesDropped ?? 0}`, "");
		byId("facts").textContent = `${newest.frameWidth ?? "?"}×${newest.frameHeight ?? "?"} H.264`
			+ ` · ${newest.framesDecoded} pictures · ${newest.keyFramesDecoded ?? "?"} keyframes`;
	}
	previous = newest;
}

byId("full-screen").onclick = () => {
	if (document.fullscreenElement)
		document.exitFullscreen();
	else
		byId("screen").requestFullscreen?.();
};
addEventListener("keydown", event => {
	if (event.key === "f" && !event.ctrlKey && !event.metaKey)
		byId("full-screen").click();
});
addEventListener("click", () => video.play().catch(() => {}));
addEventListener("pagehide", () => player.leave());

/* Without it the picture plays all the same; only its numbers and the boxes' timing are missing. */
if ("requestVideoFrameCallback" in HTMLVideoElement.prototype)
	video.requestVideoFrameCallback(shown);
else
	video.ontimeupdate = () => shown(performance.now(), {});
setInterval(tick, PING_INTERVAL_MS);
connect();
