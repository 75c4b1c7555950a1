/* The pictures of /stream.mjpg, one by one. Read here and not by an <img>, because that one tells neither when
 * a picture was taken nor that the stream ended. */

/* Bytes as they arrive, taken out in lines and pieces. */
class ByteQueue {
	constructor(reader) {
		this.reader = reader;
		this.chunks = [];
		this.available = 0;
	}

	async more() {
		const { done, value } = await this.reader.read();
		if (done)
			throw new Error("the stream ended");
		this.chunks.push(value);
		this.available += value.length;
	}

	async take(size) {
		while (this.available < size)
			await this.more();
		const taken = new Uint8Array(size);
		for (let filled = 0; filled < size;) {
			const chunk = this.chunks[0], part = chunk.subarray(0, size - filled);
			taken.set(part, filled);
			filled += part.length;
			if (part.length === chunk.length)
				this.chunks.shift();
			else
				this.chunks[0] = chunk.subarray(part.length);
		}
		this.available -= size;
		return taken;
	}

	async line() {
		let text = "";
		while (!text.endsWith("\r\n")) {
			if (text.length > 1024)
				throw new Error("the stream is damaged");
			text += String.fromCharCode((await this.take(1))[0]);
		}
		return text.slice(0, -2);
	}
}

async function readPart(queue) {
	const fields = {};
	for (let line = await queue.line(); !line.startsWith("--"); line = await queue.line())
		if (line !== "")
			throw new Error("the stream is damaged");
	for (let line = await queue.line(); line !== ""; line = await queue.line()) {
		const colon = line.indexOf(":");
		fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
	}
	const size = Number(fields["content-length"]);
	if (!(size > 0 && size < 1e8))
		throw new Error("the stream is damaged");
	return {
		data: await queue.take(size),
		sequence: Number(fields["x-sequence"]),
		frame_number: Number(fields["x-frame-number"]),
		taken_ms: Number(fields["x-timestamp"]) * 1000,
	};
}

/* What a server said instead of a stream. */
class Refusal extends Error {
	constructor(status, text) {
		super(text);
		this.status = status;
	}
}

/* Calls show(part) for each picture, and waits for it: what comes meanwhile is skipped by the server. Throws
 * when the stream ends, however it ends. */
async function readStream(signal, show) {
	const response = await fetch(address("stream.mjpg"), { signal, cache: "no-store" });
	if (!response.ok)
		throw new Refusal(response.status, (await response.text()).trim());
	const queue = new ByteQueue(response.body.getReader());
	for (;;)
		await show(await readPart(queue));
}
