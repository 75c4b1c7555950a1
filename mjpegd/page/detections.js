/* What the detector says, as it comes from /api/detections/stream. */

const REOPEN_MS = 5000;
/* The server says something every five seconds; if not, the connection went without a word. */
const DETECTIONS_HANGING_MS = 16000;

class DetectionSource {
	/* on_result(result) with each result, on_state({ state, detail }) with each change of the detector's state. */
	constructor(on_result, on_state) {
		this.on_result = on_result;
		this.on_state = on_state;
		this.events = null;
		this.heard_ms = 0;
	}

	/* Listen or not; to be called again and again, since it also mends a connection that is broken. */
	update(wanted) {
		if (!wanted)
			this.stop();
		else if (this.events === null)
			this.start();
		else if (performance.now() - this.heard_ms > DETECTIONS_HANGING_MS
			|| (this.events.readyState === EventSource.CLOSED && performance.now() - this.heard_ms > REOPEN_MS))
			this.stop();
	}

	start() {
		this.events = new EventSource(address("api/detections/stream"));
		this.heard_ms = performance.now();
		const hear = handle => event => {
			this.heard_ms = performance.now();
			handle(JSON.parse(event.data));
		};
		this.events.addEventListener("detections", hear(this.on_result));
		this.events.addEventListener("state", hear(this.on_state));
	}

	stop() {
		this.events?.close();
		this.events = null;
	}
}
