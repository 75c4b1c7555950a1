/* The detector on the page: its boxes over the picture, a line that says what it found and how old that is, and the
 * button that switches both off. */

const BOXES_KEY = "zcframe-boxes";

class Finder {
	constructor(viewer) {
		this.viewer = viewer;
		this.overlay = new DetectionOverlay(viewer.canvas, byId("overlay"));
		this.source = new DetectionSource(result => this.hearResult(result), state => this.hearState(state));
		this.detector = null; /* { state, detail }; null: not known yet. */
		this.button = byId("boxes");
		this.line = byId("found");
		this.wanted = recall(BOXES_KEY) !== "off";
		this.button.addEventListener("click", () => this.toggle());
		viewer.on_shown = () => this.show();
		this.showButton();
	}

	toggle() {
		this.wanted = !this.wanted;
		remember(BOXES_KEY, this.wanted ? "on" : "off");
		this.showButton();
		this.update();
		this.show();
	}

	showButton() {
		this.button.setAttribute("aria-pressed", String(this.wanted));
		this.line.hidden = !this.wanted;
	}

	/* The picture that it belongs to may be shown already. */
	hearResult(result) {
		this.overlay.add(result);
		this.show();
	}

	hearState(state) {
		this.detector = state;
		this.button.hidden = state.state === "off";
	}

	/* With nobody looking, nothing is listened to. A picture that is paused keeps its boxes. */
	update() {
		this.source.update(this.wanted && this.viewer.running);
		if (!this.wanted) {
			this.detector = null;
			this.overlay.clear();
		}
	}

	show() {
		if (!this.wanted)
			return;
		const found = this.overlay.draw(this.viewer.last);
		const [what, about] = this.describe(found);
		setText(byId("found-what"), what);
		setText(byId("found-about"), about);
		this.line.hidden = what === "" && about === "";
	}

	describe(found) {
		if (this.detector === null || this.detector.state === "off")
			return ["", ""];
		if (this.detector.state === "gone")
			return ["", "No detector is running."];
		if (this.detector.state === "silent")
			return ["", "The detector sends no results."];
		if (this.detector.state === "unknown")
			return ["", this.detector.detail];
		if (found === null)
			return ["", "Nothing has been looked at for a while."];
		return [summary(found.boxes), `${found.model} · ${duration(found.timing.inference_ns)} · ${ageOf(found)}`];
	}
}

/* "2 × person, dog", in the order of the surest one of each. */
function summary(boxes) {
	const counts = new Map();
	for (const box of boxes)
		counts.set(box.label, (counts.get(box.label) ?? 0) + 1);
	return counts.size === 0 ? "nothing found"
		: Array.from(counts, ([label, count]) => count > 1 ? `${count} × ${label}` : label).join(", ");
}

function ageOf(found) {
	if (found.age_frames === 0)
		return "of this frame";
	const frames = found.age_frames === null ? "" : `${found.age_frames} frame${found.age_frames === 1 ? "" : "s"}, `;
	return `${frames}${duration(found.age_ms * 1e6)} old`;
}

/* A browser may forbid these. */
function recall(key) {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

function remember(key, value) {
	try {
		localStorage.setItem(key, value);
	} catch {
		/* Then it is forgotten. */
	}
}
