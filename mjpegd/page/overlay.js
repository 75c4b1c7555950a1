/* Boxes over a moving picture. It knows nothing of where pictures and results come from. */

const KEPT_RESULTS = 64;
/* Boxes this much older than the picture begin to fade: the detector has stopped, or is very slow. */
const FADE_AFTER_MS = 700;
const FADE_MS = 800;
/* Times are told in microseconds, and not all the same way. */
const SAME_MOMENT_MS = 0.5;

const BOX_TINTS = ["#2dd4bf", "#fbbf24", "#a78bfa", "#fb923c", "#60a5fa", "#f472b6", "#a3e635", "#f87171"];

class DetectionOverlay {
	/* picture: a canvas or video with its own width and height, shown whole in its place. canvas: lies over it. */
	constructor(picture, canvas) {
		this.picture = picture;
		this.canvas = canvas;
		this.results = [];
	}

	/* A result as /api/detections has it. */
	add(result) {
		const taken_ms = result.source.capture_wall_us / 1000;
		/* A detector that was started anew, or looks at a camera that was: what was before is over. */
		if (this.results.length > 0 && taken_ms < this.results.at(-1).taken_ms)
			this.results = [];
		this.results.push({ ...result, taken_ms });
		if (this.results.length > KEPT_RESULTS)
			this.results.shift();
	}

	clear() {
		this.results = [];
		this.erase();
	}

	/* The newest result that is not younger than the picture. */
	find(shown) {
		return this.results.findLast(result => result.taken_ms <= shown.taken_ms + SAME_MOMENT_MS) ?? null;
	}

	/* From one result to the next, as it has been of late. */
	get interval_ms() {
		const last = this.results.slice(-8);
		return last.length < 2 ? 0 : (last.at(-1).taken_ms - last[0].taken_ms) / (last.length - 1);
	}

	/* Draw what belongs to the picture that is shown: { frame_number, taken_ms }. Returns the result with its age_ms and
	 * age_frames (null if the numbers do not belong together), or null if there is none that still means something. */
	draw(shown) {
		const result = shown === null ? null : this.find(shown);
		const context = this.erase();
		if (result === null)
			return null;
		const age_ms = Math.max(0, shown.taken_ms - result.taken_ms);
		const fading_ms = age_ms - Math.max(FADE_AFTER_MS, 2.5 * this.interval_ms);
		if (fading_ms >= FADE_MS)
			return null;
		context.globalAlpha = Math.min(1, 1 - fading_ms / FADE_MS);
		const place = this.place(result.source);
		const boxes = result.boxes.map(box => placeBox(box, place)).reverse(); /* The surest one on top. */
		boxes.forEach(box => drawBox(context, box));
		boxes.forEach(box => drawLabel(context, box, place.top, this.canvas.clientWidth));
		const frames = shown.frame_number - result.source.frame_number;
		return { ...result, age_ms, age_frames: frames >= 0 && (frames > 0 || age_ms <= SAME_MOMENT_MS) ? frames : null };
	}

	erase() {
		const ratio = window.devicePixelRatio, canvas = this.canvas;
		const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
		if (canvas.width !== width || canvas.height !== height) {
			canvas.width = width;
			canvas.height = height;
		}
		const context = canvas.getContext("2d");
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
		return context;
	}

	/* Where the image's pixels are on the canvas. All channels of a camera show the same scene, scaled. */
	place(image) {
		const width = this.picture.videoWidth ?? this.picture.width;
		const height = this.picture.videoHeight ?? this.picture.height;
		const scale = Math.min(this.canvas.clientWidth / width, this.canvas.clientHeight / height);
		return {
			left: (this.canvas.clientWidth - width * scale) / 2,
			top: (this.canvas.clientHeight - height * scale) / 2,
			x: width * scale / Math.max(1, image.width),
			y: height * scale / Math.max(1, image.height),
		};
	}
}

function placeBox(box, place) {
	return {
		left: place.left + box.x * place.x,
		top: place.top + box.y * place.y,
		width: box.width * place.x,
		height: box.height * place.y,
		text: `${box.label || "class " + box.class_id} ${Math.round(100 * box.score)} %`,
		/* Classes whose numbers are 8 or 16 apart differ as well: person and dog, of COCO. */
		tint: BOX_TINTS[(box.class_id * 5 + (box.class_id >> 3)) % BOX_TINTS.length],
	};
}

function drawBox(context, box) {
	context.lineJoin = "round";
	/* Dark around bright: to be seen on any picture. */
	for (const [style, line] of [["#0009", 4], [box.tint, 2]]) {
		context.strokeStyle = style;
		context.lineWidth = line;
		context.strokeRect(box.left, box.top, box.width, box.height);
	}
}

/* Above the box, or inside of it where there is no room; smaller on small ones, which it would hide. */
function drawLabel(context, box, picture_top, canvas_width) {
	const size = Math.max(10, Math.min(13, Math.round(box.width / 5)));
	context.font = `600 ${size}px system-ui, sans-serif`;
	const width = context.measureText(box.text).width + size * 0.7, height = size + 5;
	const left = Math.max(0, Math.min(box.left - 1, canvas_width - width));
	const top = box.top - height >= picture_top ? box.top - height : box.top;
	context.fillStyle = box.tint;
	context.fillRect(left, top, width, height);
	context.fillStyle = "#0b1213";
	context.textBaseline = "middle";
	context.fillText(box.text, left + size * 0.35, top + height / 2 + 1);
}
