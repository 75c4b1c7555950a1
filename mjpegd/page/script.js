"use strict";
/* The page: the stream in an <img>, and once a second what /api/stats says, drawn. */
(() => {
	const PERIOD_MS = 1000;
	const HISTORY = 60;
	const LATENCY_FROM_NS = 1e4; /* The latency scale is logarithmic: 10 us ... */
	const LATENCY_TO_NS = 1e8;   /* ... to 100 ms. */

	const token = new URLSearchParams(location.search).get("token");
	const withToken = (path) => token === null ? path : `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
	const byId = (id) => document.getElementById(id);
	const picture = byId("picture"), view = byId("view"), notice = byId("notice"), state = byId("state");
	const rates = new Map(); /* Channel name to the rates of the last minute. */
	let streaming = false, retry = null;

	for (const link of document.querySelectorAll("nav a"))
		link.href = withToken(link.getAttribute("href"));

	/* An element with a class, text and children. Text is never parsed as HTML. */
	function make(name, className, ...content) {
		const element = document.createElement(name);
		if (className)
			element.className = className;
		element.append(...content.filter((part) => part !== null));
		return element;
	}

	function startStream() {
		clearTimeout(retry);
		streaming = true;
		picture.src = withToken(`stream.mjpg?start=${Date.now()}`);
	}

	picture.addEventListener("error", () => {
		streaming = false;
		clearTimeout(retry);
		retry = setTimeout(startStream, 2 * PERIOD_MS);
	});

	function say(text, good) {
		state.textContent = good ? "live" : "waiting";
		state.className = good ? "pill good" : "pill bad";
		view.classList.toggle("stale", !good);
		notice.hidden = good;
		notice.textContent = good ? "" : text;
		document.title = good ? "zcframe" : "zcframe: waiting";
	}

	function duration(ns) {
		if (ns < 1e3)
			return `${Math.round(ns)} ns`;
		if (ns < 1e6)
			return `${Math.round(ns / 1e3)} µs`;
		if (ns < 1e9)
			return `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms`;
		if (ns < 120e9)
			return `${Math.round(ns / 1e9)} s`;
		return ns < 7200e9 ? `${Math.round(ns / 60e9)} min` : `${Math.round(ns / 3600e9)} h`;
	}

	function spark(values, expected) {
		const space = "http://www.w3.org/2000/svg";
		const svg = document.createElementNS(space, "svg");
		const top = Math.max(expected * 1.25, ...values) || 1;
		const at = (value) => (100 - 96 * value / top).toFixed(1);
		const line = document.createElementNS(space, "line");
		const path = document.createElementNS(space, "path");

		svg.setAttribute("class", "spark");
		svg.setAttribute("viewBox", `0 0 ${HISTORY - 1} 100`);
		svg.setAttribute("preserveAspectRatio", "none");
		svg.setAttribute("role", "img");
		svg.setAttribute("aria-label", `Frames a second in the last minute, now ${(values.at(-1) ?? 0).toFixed(1)}`);
		for (const [name, value] of [["x1", 0], ["x2", HISTORY - 1], ["y1", at(expected)], ["y2", at(expected)]])
			line.setAttribute(name, value);
		path.setAttribute("d", values.map((value, i) => `${i ? "L" : "M"}${HISTORY - values.length + i} ${at(value)}`).join(""));
		svg.append(line, path);
		return svg;
	}

	/* Each buffer of the pool as a cell; who holds it fills it as its deadline comes nearer. */
	function drawBuffers(channel) {
		const row = make("div", "buffers");
		for (let index = 0; index < channel.buffers.count; index++) {
			const holders = channel.consumers.flatMap((consumer) => consumer.leases
				.filter((lease) => lease.buffer === index)
				.map((lease) => ({ consumer, lease })));
			const cell = make("div", "buffer");
			if (holders.length) {
				const oldest = holders.reduce((a, b) => a.lease.age_ns > b.lease.age_ns ? a : b);
				const bar = make("i");
				bar.style.width = `${Math.min(100, 100 * oldest.lease.age_ns / oldest.consumer.lease_deadline_ns)}%`;
				cell.classList.add("held");
				cell.classList.toggle("overdue", holders.some(({ lease }) => lease.overdue));
				cell.append(bar, make("span", "", `${holders.map(({ consumer }) => consumer.label).join(", ")} ${duration(oldest.lease.age_ns)}`));
			} else {
				cell.append(make("span", "", `buffer ${index}`));
			}
			cell.title = holders.length ? holders.map(({ consumer, lease }) => `${consumer.label} (${consumer.pid}) holds frame ${lease.sequence} for ${duration(lease.age_ns)}`).join("\n") : `buffer ${index}: nobody holds it`;
			row.append(cell);
		}
		return row;
	}

	/* From the median to the 99th percentile, on a logarithmic scale. */
	function drawLatency(consumer) {
		const place = (ns) => 100 * Math.min(1, Math.max(0, Math.log(ns / LATENCY_FROM_NS) / Math.log(LATENCY_TO_NS / LATENCY_FROM_NS)));
		const box = make("div", "latency");
		if (!consumer.acquired)
			return box;
		const bar = make("i", consumer.latency_p99_ns > 1e7 ? "slow" : "");
		bar.style.left = `${place(consumer.latency_p50_ns)}%`;
		bar.style.width = `${place(consumer.latency_p99_ns) - place(consumer.latency_p50_ns)}%`;
		box.append(bar, make("span", "", `p50 ${duration(consumer.latency_p50_ns)}  p99 ${duration(consumer.latency_p99_ns)}`));
		box.title = "From publish to acquire";
		return box;
	}

	function drawConsumer(consumer) {
		const troubles = [["skips caused", consumer.skips_caused], ["revoked", consumer.revoked], ["missed", consumer.missed]]
			.filter(([, count]) => count).map(([name, count]) => `${count} ${name}`).join(", ");
		return make("div", "consumer",
			make("div", "", make("strong", "", consumer.label), make("small", "", `pid ${consumer.pid}`)),
			drawLatency(consumer),
			make("div", "rate", `${consumer.rate_hz.toFixed(1)} fps`, make("br"),
				make("small", troubles ? "trouble" : "", troubles || "no losses")));
	}

	function drawChannel(channel) {
		const live = channel.state === "live";
		const card = make("article", live ? "" : "gone");
		card.append(make("h2", "", channel.name, make("small", "", live ? `${channel.rate_hz.toFixed(1)} fps` : channel.state)));
		if (!channel.format) {
			card.append(make("p", "facts", channel.detail));
			return card;
		}
		const size = channel.format.width ? `${channel.format.width}×${channel.format.height} ` : "";
		const facts = make("p", "facts", `${size}${channel.format.fourcc}, ${channel.backend}, ${channel.published} published`);
		if (channel.skipped)
			facts.append(", ", make("b", "", `${channel.skipped} skipped`));
		card.append(facts, spark(rates.get(channel.name), channel.frame_interval_ns ? 1e9 / channel.frame_interval_ns : 0), drawBuffers(channel));
		card.append(...channel.consumers.map(drawConsumer));
		if (!channel.consumers.length)
			card.append(make("p", "nobody", "Nobody reads this channel."));
		return card;
	}

	function remember(channel) {
		const values = rates.get(channel.name) ?? [];
		values.push(channel.state === "live" ? channel.rate_hz : 0);
		rates.set(channel.name, values.slice(-HISTORY));
	}

	function show(stats) {
		const own = stats.channels.find((channel) => channel.name === stats.server.channel);
		const live = own?.state === "live";

		stats.channels.forEach(remember);
		say(live ? "" : `The camera is gone. Waiting for ${stats.server.channel}.`, live);
		byId("caption").textContent = live ? `${own.format.width}×${own.format.height}  ${own.rate_hz.toFixed(1)} fps  ${(stats.server.encoding.last_jpeg_bytes / 1024).toFixed(0)} KiB a picture` : "";
		if (live && own.format.height)
			view.style.aspectRatio = `${own.format.width} / ${own.format.height}`;
		byId("channels").replaceChildren(...stats.channels.map(drawChannel));
		if (!streaming && retry === null)
			startStream();
	}

	async function look() {
		try {
			const answer = await fetch(withToken("api/stats"), { cache: "no-store" });
			if (answer.status === 401)
				say("This page needs its token: open it as /?token=…", false);
			else if (!answer.ok)
				say(`The web server answered ${answer.status}.`, false);
			else
				show(await answer.json());
		} catch {
			say("The web server does not answer. Trying again.", false);
			if (streaming) {
				/* Its stream ended with it; a picture that still stands there would look alive. */
				streaming = false;
				retry = null;
			}
		}
		setTimeout(look, PERIOD_MS);
	}

	look();
})();
