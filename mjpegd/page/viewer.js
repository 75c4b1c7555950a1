/* The live picture: keeps a stream running while somebody looks, and says plainly when it is not live. */

const RETRY_MS = 1000;
/* A picture this old is no live picture. Longer if the camera is slow. */
const STANDSTILL_MS = 2000;
/* A stream that brings nothing although camera and server are there hangs: its connection went without a word. */
const HANGING_MS = 6000;

const UNREACHABLE = { state: "lost", title: "The server cannot be reached",
	text: "The picture comes back by itself when the server does." };

class Viewer {
	constructor() {
		this.canvas = byId("picture");
		this.context = this.canvas.getContext("2d", { alpha: false });
		this.paused = false;
		this.controller = null;
		this.last = null; /* { sequence, frame_number, taken_ms, shown_ms } */
		this.on_shown = () => {};
		this.reason = { state: "waiting", title: "Connecting", text: "" };
		this.failed_ms = null;
		this.started_ms = 0;
		this.server_silent = false;
		this.interval_ms = 0;
		this.clock_offset_ms = null;
		this.second = { pictures: 0, bytes: 0, ages: [] };
	}

	get running() {
		return !this.paused && !document.hidden;
	}

	/* Run or stop, as the state of the page asks. With nobody looking, nothing is encoded. */
	update() {
		if (this.running && this.controller === null)
			this.run();
		else if (!this.running && this.controller !== null)
			this.controller.abort();
	}

	async run() {
		this.controller = new AbortController();
		while (this.running) {
			this.started_ms = performance.now();
			try {
				await readStream(this.controller.signal, part => this.show(part));
			} catch (error) {
				if (this.controller.signal.aborted)
					break;
				this.explain(error);
			}
			await new Promise(resolve => setTimeout(resolve, RETRY_MS));
		}
		this.controller = null;
		this.update();
	}

	/* Begin anew if the stream hangs. */
	check(channel) {
		const patience_ms = Math.max(HANGING_MS, 5 * this.interval_ms);
		if (this.controller !== null && channel?.state === "live" && this.age_ms > patience_ms
			&& performance.now() - this.started_ms > patience_ms)
			this.controller.abort();
	}

	async show(part) {
		const bitmap = await createImageBitmap(new Blob([part.data], { type: "image/jpeg" }));
		if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
			this.canvas.width = bitmap.width;
			this.canvas.height = bitmap.height;
		}
		this.context.drawImage(bitmap, 0, 0);
		bitmap.close();
		this.last = { sequence: part.sequence, frame_number: part.frame_number, taken_ms: part.taken_ms,
			shown_ms: performance.now() };
		this.on_shown();
		this.failed_ms = null;
		this.second.pictures++;
		this.second.bytes += part.data.length;
		if (this.clock_offset_ms !== null)
			this.second.ages.push(Date.now() + this.clock_offset_ms - part.taken_ms);
	}

	explain(error) {
		this.failed_ms ??= performance.now();
		if (!(error instanceof Refusal))
			this.reason = UNREACHABLE;
		else if (error.status === 401)
			this.reason = { state: "lost", title: "The server wants its token",
				text: "Open this page with ?token=… behind its address." };
		else if (error.status === 503)
			this.reason = { state: "gone", title: "No picture", text: error.message };
		else
			this.reason = { state: "lost", title: `The server answers ${error.status}`, text: error.message };
	}

	get age_ms() {
		return this.last === null ? Infinity : performance.now() - this.last.shown_ms;
	}

	get is_live() {
		return this.age_ms < Math.max(STANDSTILL_MS, 3 * this.interval_ms);
	}

	/* What to call the present state. channel: what the statistics say of it, or null. */
	state(channel) {
		if (this.paused)
			return { state: "paused", title: "Paused", text: "" };
		if (this.is_live)
			return { state: "live", title: "Live", text: "" };
		if (this.failed_ms !== null && this.reason.state === "lost")
			return this.reason;
		if (this.server_silent)
			return UNREACHABLE;
		if (channel !== null && channel.state === "gone")
			return { state: "gone", title: "The camera is gone",
				text: "The picture comes back by itself when the camera does." };
		if (channel !== null && channel.state === "stalled")
			return { state: "stalled", title: "The camera sends nothing", text: withoutName(channel) };
		if (channel !== null && channel.state === "unknown")
			return { state: "stalled", title: "The camera does not answer", text: withoutName(channel) };
		if (this.failed_ms !== null)
			return this.reason;
		return { state: "waiting", title: "Waiting for a picture", text: "" };
	}

	/* The numbers of the last second; the next one begins. */
	takeSecond() {
		const second = this.second, ages = second.ages.sort((a, b) => a - b);
		this.second = { pictures: 0, bytes: 0, ages: [] };
		return {
			pictures: second.pictures,
			bytes: second.bytes,
			age_ms: ages.length > 0 ? Math.max(0, ages[ages.length >> 1]) : null,
		};
	}
}
