/* SPDX-License-Identifier: Apache-2.0 */
/* Which boxes belong to which picture: the overlay of the page, without a browser.
 * Usage: node overlay_test.js OVERLAY.JS */
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const test = (name, run) => {
	run();
	console.log("ok", name);
};

const DetectionOverlay = new Function("window", fs.readFileSync(process.argv[2], "utf8") + "; return DetectionOverlay;")(
	{ devicePixelRatio: 2 });

/* A canvas that notes what is drawn. */
class FakeCanvas {
	constructor(width, height) {
		Object.assign(this, { width: 0, height: 0, clientWidth: width, clientHeight: height, boxes: [], texts: [] });
		this.context = {
			setTransform() {}, clearRect: () => this.boxes.splice(0), fillRect() {},
			measureText: text => ({ width: 8 * text.length }),
			strokeRect: (...box) => this.boxes.push(box),
			fillText: text => this.texts.push(text),
		};
	}

	getContext() {
		return this.context;
	}
}

const FRAME_MS = 1000 / 30;
const taken = number => 1764100000000 + number * FRAME_MS;

function result(number, boxes = [{ class_id: 0, label: "person", score: 0.9, x: 64, y: 36, width: 320, height: 180 }]) {
	return { boxes, source: { frame_number: number, capture_wall_us: Math.floor(taken(number) * 1000), width: 640, height: 360 } };
}

function overlayWith(...numbers) {
	const overlay = new DetectionOverlay({ width: 640, height: 480 }, new FakeCanvas(640, 480));
	numbers.forEach(number => overlay.add(result(number)));
	return overlay;
}

const shown = number => ({ frame_number: number, taken_ms: taken(number) });

test("the result of the very frame is preferred to newer and older ones", () => {
	const found = overlayWith(1, 2, 3, 4, 5).draw(shown(3));
	assert.equal(found.source.frame_number, 3);
	assert.equal(found.age_frames, 0);
});

test("without it the newest one that is not younger is drawn, and says how old it is", () => {
	const found = overlayWith(1, 2, 7).draw(shown(5));
	assert.equal(found.source.frame_number, 2);
	assert.equal(found.age_frames, 3);
	assert.ok(Math.abs(found.age_ms - 3 * FRAME_MS) < 0.01);
});

test("nothing is drawn of the future, and nothing where there is nothing", () => {
	assert.equal(overlayWith(9).draw(shown(5)), null);
	assert.equal(overlayWith().draw(shown(5)), null);
	assert.equal(overlayWith(1).draw(null), null);
});

test("boxes fade, then go, when no new ones come", () => {
	const overlay = overlayWith(1, 2, 3);
	overlay.draw(shown(3));
	assert.equal(overlay.canvas.context.globalAlpha, 1);
	overlay.draw(shown(3 + 30));
	const alpha = overlay.canvas.context.globalAlpha;
	assert.ok(alpha > 0 && alpha < 1, alpha);
	assert.equal(overlay.draw(shown(3 + 60)), null);
	assert.equal(overlay.canvas.boxes.length, 0);
});

test("a detector that is slow by nature does not fade between two results", () => {
	const overlay = overlayWith(0, 60, 120);
	overlay.draw(shown(120 + 70));
	assert.equal(overlay.canvas.context.globalAlpha, 1);
});

test("boxes are scaled from the analysed image to the picture as it is shown", () => {
	const overlay = overlayWith(1);
	overlay.draw(shown(1));
	assert.deepEqual(overlay.canvas.boxes.at(-1), [64, 48, 320, 240]);
	/* In a wider place the picture stands in the middle. */
	overlay.canvas.clientWidth = 1280;
	overlay.draw(shown(1));
	assert.deepEqual(overlay.canvas.boxes.at(-1), [320 + 64, 48, 320, 240]);
	assert.equal(overlay.canvas.width, 2560);
});

test("after a camera's restart its numbers begin anew, and old results do not come back", () => {
	const overlay = overlayWith(1000);
	const restarted = { ...result(3), source: { ...result(3).source, capture_wall_us: taken(1010) * 1000 } };
	overlay.add(restarted);
	assert.equal(overlay.draw({ frame_number: 3, taken_ms: taken(1010) }).age_frames, 0);
	/* The same number of another life is another frame. */
	assert.equal(overlay.draw({ frame_number: 3, taken_ms: taken(1012) }).age_frames, null);
	/* A clock that was set back. */
	overlay.add(result(5));
	assert.equal(overlay.results.length, 1);
});

test("results do not pile up", () => {
	const overlay = overlayWith(...Array.from({ length: 500 }, (_, i) => i));
	assert.ok(overlay.results.length <= 64);
});

test("the surest box is drawn last, on top, with its label and score", () => {
	const overlay = overlayWith();
	overlay.add(result(1, [
		{ class_id: 0, label: "person", score: 0.9, x: 0, y: 0, width: 10, height: 10 },
		{ class_id: 7, label: "", score: 0.416, x: 0, y: 0, width: 10, height: 10 },
	]));
	overlay.draw(shown(1));
	assert.deepEqual(overlay.canvas.texts, ["class 7 42 %", "person 90 %"]);
});
