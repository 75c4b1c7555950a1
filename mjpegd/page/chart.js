/* Small pictures of numbers. */

const HISTORY = 60;

/* The last minute of a number, one sample a second. */
class Sparkline {
	constructor() {
		this.samples = [];
		this.area = drawing("path", { class: "area" });
		this.trace = drawing("path", { class: "trace" });
		this.target = drawing("line", { class: "target", x1: 0, x2: HISTORY - 1 });
		this.node = drawing("svg", {
			class: "spark", viewBox: `0 0 ${HISTORY - 1} 30`, preserveAspectRatio: "none", "aria-hidden": "true",
		}, this.area, this.target, this.trace);
	}

	/* null: nothing was measured, the line has a hole. target: where it should be, or null. */
	add(sample, target = null) {
		this.samples.push(sample);
		if (this.samples.length > HISTORY)
			this.samples.shift();
		this.draw(target);
	}

	draw(target) {
		const known = this.samples.filter(sample => sample !== null);
		const top = Math.max(...known, target ?? 0, 1e-9) * 1.12;
		const y = sample => (29 - 28 * sample / top).toFixed(2);
		const first = HISTORY - this.samples.length;
		let trace = "", area = "", start = null;
		this.samples.forEach((sample, i) => {
			const x = first + i;
			if (sample === null) {
				start = null;
				return;
			}
			const previous = i > 0 ? this.samples[i - 1] : null;
			if (previous === null)
				start = x;
			trace += `${start === x ? "M" : "L"}${x} ${y(sample)}`;
			if (previous !== null)
				area += `M${x - 1} 30V${y(previous)}L${x} ${y(sample)}V30Z`;
		});
		this.trace.setAttribute("d", trace);
		this.area.setAttribute("d", area);
		this.target.style.display = target === null ? "none" : "";
		if (target !== null) {
			this.target.setAttribute("y1", y(target));
			this.target.setAttribute("y2", y(target));
		}
	}
}

function percent(fraction) {
	return (100 * Math.min(1, Math.max(0, fraction))).toFixed(1) + "%";
}

/* From the median to the 99th percentile, each tick ten times the one before: 1 µs to 100 ms. */
class LatencyBar {
	constructor() {
		this.span = element("i", "span");
		this.point = element("i", "point");
		this.node = element("div", "bar", this.span);
		for (let decade = 1; decade < 5; decade++) {
			const tick = element("i", "tick");
			tick.style.left = percent(decade / 5);
			this.node.append(tick);
		}
		this.node.append(this.point);
	}

	show(p50, p99) {
		const place = ns => (Math.log10(Math.max(1e3, ns)) - 3) / 5;
		this.span.hidden = this.point.hidden = p50 === null;
		if (p50 === null)
			return;
		this.point.style.left = percent(place(p50));
		this.span.style.left = percent(place(p50));
		this.span.style.width = percent(place(p99) - place(p50));
	}
}

/* How much of its deadline a consumer has used, and the most that was seen in the last minute. */
class HoldBar {
	constructor() {
		this.fill = element("i", "fill");
		this.peak = element("i", "peak");
		this.node = element("div", "bar", this.fill, this.peak);
		this.seen = [];
	}

	show(age, deadline) {
		this.seen.push(age);
		if (this.seen.length > HISTORY)
			this.seen.shift();
		this.longest = Math.max(...this.seen);
		this.fill.style.width = percent(age / deadline);
		this.peak.hidden = this.longest === 0;
		this.peak.style.left = percent(this.longest / deadline);
	}
}
