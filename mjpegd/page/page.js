/* What happens when: a second's tick for the numbers, a shorter one for the state, keys and buttons. */

const STATISTICS_TIMEOUT_MS = 4000;

const STATE_WORDS = {
	live: "live", paused: "paused", waiting: "connecting", gone: "camera gone", stalled: "camera stalled",
	lost: "server lost",
};

const viewer = new Viewer();
const finder = new Finder(viewer);
const cards = new Keyed(byId("channels"), () => new ChannelCard());
const gauges = {
	rate: makeGauge("pictures", "Pictures shown in the last second"),
	age: makeGauge("delay", "From the camera to this screen, median of the last second"),
	size: makeGauge("bandwidth", "What this page receives"),
};
let statistics = null;
let asking = false;
const clock_samples = [];

function makeGauge(caption, title) {
	const gauge = { figure: element("div", "figure", "–"), line: new Sparkline() };
	const card = element("div", "card gauge", element("span", "caption", caption), gauge.figure, gauge.line.node);
	card.title = title;
	byId("gauges").append(card);
	return gauge;
}

function ownChannel() {
	if (statistics === null)
		return null;
	return statistics.channels.find(channel => channel.name === statistics.server.channel) ?? null;
}

/* How far the server's clock is ahead of ours: the answer that took least time is the one to believe. */
function compareClocks(sent_ms, received_ms, server_ms) {
	clock_samples.push({ trip: received_ms - sent_ms, offset: server_ms - (sent_ms + received_ms) / 2 });
	if (clock_samples.length > 20)
		clock_samples.shift();
	viewer.clock_offset_ms = clock_samples.reduce((a, b) => (b.trip < a.trip ? b : a)).offset;
}

async function askForStatistics() {
	if (asking)
		return;
	asking = true;
	try {
		const sent_ms = Date.now();
		const response = await fetch(address("api/stats"),
			{ cache: "no-store", signal: AbortSignal.timeout(STATISTICS_TIMEOUT_MS) });
		if (!response.ok)
			throw new Error(String(response.status));
		statistics = await response.json();
		viewer.server_silent = false;
		compareClocks(sent_ms, Date.now(), statistics.server.time_wall_us / 1000);
		showStatistics();
	} catch {
		statistics = null;
		viewer.server_silent = true;
	}
	asking = false;
	document.body.classList.toggle("outdated", viewer.server_silent);
}

function showStatistics() {
	const server = statistics.server, channel = ownChannel();
	setText(byId("channel-name"), server.channel);
	document.title = `${server.channel} – zcframe`;
	viewer.interval_ms = Math.max(channel?.frame_interval_ns !== undefined ? channel.frame_interval_ns / 1e6 : 0,
		server.max_rate_hz > 0 ? 1000 / server.max_rate_hz : 0);
	/* The one that is shown comes first. */
	const sorted = statistics.channels.slice().sort((a, b) =>
		(b.name === server.channel) - (a.name === server.channel) || (a.name < b.name ? -1 : 1));
	cards.show(sorted, item => item.name, (card, item) => card.show(item));
	showServer(server);
}

function fact(text, value, alarm = false) {
	return element("span", alarm ? "alarm" : "", text + " ", element("b", "", value));
}

function link(text, path) {
	const made = element("a", "", text);
	made.href = address(path);
	return made;
}

function showServer(server) {
	const encoding = server.encoding;
	byId("server").replaceChildren(
		fact("viewers", String(server.viewers.length)),
		fact("encoded once for all:", grouped(encoding.encodes)),
		fact("each in", duration(encoding.mean_time_ns)),
		fact("quality", String(server.quality)),
		fact("skipped by slow viewers", grouped(server.pictures_skipped)),
		...(encoding.stale_drops > 0 ? [fact("overwritten while encoding", grouped(encoding.stale_drops), true)] : []),
		...(encoding.errors > 0 ? [fact("errors", grouped(encoding.errors), true)] : []),
		fact("up", duration(server.uptime_ns)),
		fact("version", server.version),
		element("span", "links", link("Statistics", "api/stats"), " · ", link("Metrics", "metrics")));
}

function showGauges() {
	const second = viewer.takeSecond(), looking = viewer.running;
	const target = viewer.interval_ms > 0 ? 1000 / viewer.interval_ms : null;
	gauges.rate.line.add(looking ? second.pictures : null, target);
	gauges.age.line.add(second.age_ms);
	gauges.size.line.add(looking ? second.bytes * 8 / 1e6 : null);
	setFigure(gauges.rate.figure, String(second.pictures), "/s");
	if (second.age_ms === null)
		setFigure(gauges.age.figure, "–", "");
	else
		setFigure(gauges.age.figure, ...splitDuration(second.age_ms * 1e6));
	setFigure(gauges.size.figure, (second.bytes * 8 / 1e6).toFixed(1), "Mbit/s");
}

function clockTime(ms) {
	const time = new Date(ms);
	const two = number => String(number).padStart(2, "0");
	return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
		+ `.${Math.floor(time.getMilliseconds() / 100)}`;
}

function showState() {
	const now = viewer.state(ownChannel());
	byId("state").dataset.state = byId("screen").dataset.state = now.state;
	setText(byId("state-text"), STATE_WORDS[now.state]);
	setText(byId("notice-title"), now.title);
	setText(byId("notice-text"), now.text);
	if (viewer.last === null || now.state === "live") {
		setText(byId("notice-age"), "");
	} else {
		const seconds = Math.floor(viewer.age_ms / 1000);
		setText(byId("notice-age"), `Last picture ${seconds} s ago`);
	}
	if (viewer.last !== null)
		byId("stamp").replaceChildren(element("b", "", clockTime(viewer.last.taken_ms)),
			element("span", "extra", ` frame ${grouped(viewer.last.sequence)} · ${viewer.canvas.width}×${viewer.canvas.height}`));
}

function togglePause() {
	viewer.paused = !viewer.paused;
	byId("pause").setAttribute("aria-pressed", String(viewer.paused));
	setText(byId("pause"), viewer.paused ? "Resume" : "Pause");
	viewer.update();
	showState();
}

function toggleFullScreen() {
	if (document.fullscreenElement !== null)
		document.exitFullscreen();
	else
		byId("screen").requestFullscreen?.();
}

byId("snapshot").href = address("snapshot.jpg");
byId("pause").addEventListener("click", togglePause);
byId("full-screen").addEventListener("click", toggleFullScreen);
document.addEventListener("keydown", event => {
	if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("button, a"))
		return;
	if (event.key === " ") {
		event.preventDefault();
		togglePause();
	} else if (event.key === "f") {
		toggleFullScreen();
	} else if (event.key === "b") {
		finder.toggle();
	}
});
document.addEventListener("visibilitychange", () => {
	viewer.update();
	finder.update();
});
setInterval(() => {
	if (document.hidden)
		return;
	askForStatistics();
	showGauges();
	viewer.check(ownChannel());
	finder.update();
}, 1000);
setInterval(() => {
	showState();
	finder.show();
}, 100);
askForStatistics();
viewer.update();
finder.update();
