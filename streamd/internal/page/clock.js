/* What time it is at the server, and when a picture with some time stamp was taken. */

const STAMPS_PER_MS = 90;

class ServerClock {
	constructor() {
		this.samples = []; /* { offset_ms: server minus page, round_trip_ms } */
		this.anchor = null; /* { stamp, wall_ms } */
	}

	/* Both clocks in milliseconds since 1970; the page's is finer than Date.now(). */
	static pageNow() {
		return performance.timeOrigin + performance.now();
	}

	answered(sent_ms, server_ms) {
		const now = ServerClock.pageNow();
		this.samples.push({ offset_ms: server_ms - (sent_ms + now) / 2, round_trip_ms: now - sent_ms });
		if (this.samples.length > 20)
			this.samples.shift();
	}

	anchored(stamp, wall_ms) {
		this.anchor = { stamp, wall_ms };
	}

	get known() {
		return this.anchor !== null && this.samples.length > 0;
	}

	/* The quickest answer was held up least on its way. */
	offset() {
		return this.samples.reduce((best, sample) => (sample.round_trip_ms < best.round_trip_ms ? sample : best)).offset_ms;
	}

	/* When the picture was taken, by the server's clock. The stamp has 32 bits and may have gone round since. */
	takenAtServer(stamp) {
		return this.anchor.wall_ms + stampsBetween(this.anchor.stamp, stamp) / STAMPS_PER_MS;
	}

	/* The same by the page's clock. */
	takenAt(stamp) {
		return this.takenAtServer(stamp) - this.offset();
	}
}

/* From a to b, in either direction. */
function stampsBetween(a, b) {
	return (b - a) | 0;
}
