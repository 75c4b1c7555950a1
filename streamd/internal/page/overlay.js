/* Boxes over the picture that they belong to. */

const TINTS = ["#2dd4bf", "#a78bfa", "#fb923c", "#60a5fa", "#f472b6", "#a3e635", "#facc15", "#f87171"];

/* Boxes older than this say nothing about the picture that is shown. */
const OLDEST_BOXES_MS = 1500;

class Overlay {
	constructor(canvas, video) {
		this.canvas = canvas;
		this.video = video;
		this.queue = []; /* Detections in the order of their pictures. */
		this.tints = new Map();
		this.enabled = true;
	}

	add(detections) {
		this.queue.push(detections);
		if (this.queue.length > 60)
			this.queue.shift();
	}

	clear() {
		this.queue = [];
		this.draw(null);
	}

	/* The newest boxes that are not of a later picture than the one shown; later ones wait for theirs. Without a stamp
	 * (a browser that does not tell it) the newest. */
	show(stamp) {
		const due = stamp === undefined ? this.queue : this.queue.filter(d => stampsBetween(d.stamp, stamp) >= 0);
		const newest = due.length > 0 ? due[due.length - 1] : null;
		const old = newest !== null && stamp !== undefined
			&& stampsBetween(newest.stamp, stamp) > OLDEST_BOXES_MS * STAMPS_PER_MS;
		if (newest !== null)
			this.queue = this.queue.slice(this.queue.indexOf(newest));
		this.draw(old ? null : newest);
	}

	draw(detections) {
		const { videoWidth: width, videoHeight: height } = this.video;
		if (this.canvas.width !== width || this.canvas.height !== height) {
			this.canvas.width = width;
			this.canvas.height = height;
		}
		const context = this.canvas.getContext("2d");
		context.clearRect(0, 0, width, height);
		if (detections === null || !this.enabled || width === 0)
			return;
		const scale_x = width / detections.width, scale_y = height / detections.height;
		for (const box of detections.boxes ?? [])
			this.drawBox(context, box, scale_x, scale_y);
	}

	drawBox(context, box, scale_x, scale_y) {
		const x = box.x * scale_x, y = box.y * scale_y;
		const text = `${box.label} ${Math.round(100 * box.score)} %`;
		const size = Math.max(12, this.canvas.height / 32);
		context.strokeStyle = context.fillStyle = this.tint(box.label);
		context.lineWidth = Math.max(2, this.canvas.height / 240);
		context.strokeRect(x, y, box.width * scale_x, box.height * scale_y);
		context.font = `600 ${size}px system-ui, sans-serif`;
		const top = Math.max(0, y - size * 1.3);
		context.fillRect(x, top, context.measureText(text).width + size * 0.7, size * 1.3);
		context.fillStyle = "#0e1113";
		context.fillText(text, x + size * 0.35, top + size);
	}

	tint(label) {
		if (!this.tints.has(label))
			this.tints.set(label, TINTS[this.tints.size % TINTS.length]);
		return this.tints.get(label);
	}
}
