/* Building the page. Text only ever goes in as text: names of channels and consumers come from others. */

function byId(id) {
	return document.getElementById(id);
}

function element(name, className, ...children) {
	const made = document.createElement(name);
	if (className)
		made.className = className;
	made.append(...children);
	return made;
}

function drawing(name, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

/* Texts change every second; what did not change is not touched, so that a selection stays. */
function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/* A number and, smaller, its unit. */
function setFigure(node, number, unit) {
	const text = number + " " + unit;
	if (node.dataset.shown === text)
		return;
	node.dataset.shown = text;
	node.replaceChildren(number, element("small", "", unit));
}

/* The address of something on this server: the token goes with it. */
const token = new URLSearchParams(location.search).get("token");

function address(path) {
	return token === null ? path : path + "?token=" + encodeURIComponent(token);
}

function splitDuration(ns) {
	if (ns < 1e3)
		return [String(Math.round(ns)), "ns"];
	if (ns < 1e6)
		return [(ns / 1e3).toFixed(ns < 1e4 ? 1 : 0), "µs"];
	if (ns < 1e9)
		return [(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0), "ms"];
	if (ns < 6e10)
		return [(ns / 1e9).toFixed(1), "s"];
	if (ns < 3.6e12)
		return [String(Math.floor(ns / 6e10)), "min"];
	return [(ns / 3.6e12).toFixed(1), "h"];
}

function duration(ns) {
	return splitDuration(ns).join(" ");
}

/* 1234567 as 1 234 567, with narrow blanks. */
function grouped(number) {
	return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function rate(hz) {
	return hz >= 99.95 ? hz.toFixed(0) : hz.toFixed(1);
}
