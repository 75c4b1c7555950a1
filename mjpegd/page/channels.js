/* What the channels do and who reads them: a card for each channel, a row for each consumer. */

const TINTS = ["#2dd4bf", "#a78bfa", "#fb923c", "#60a5fa", "#f472b6", "#a3e635", "#facc15", "#f87171"];

/* Keeps one node per key, in order, without touching those that stay. */
class Keyed {
	constructor(container, create) {
		this.container = container;
		this.create = create;
		this.entries = new Map();
	}

	show(items, keyOf, update) {
		const keys = new Set(items.map(keyOf));
		for (const [key, entry] of this.entries) {
			if (!keys.has(key)) {
				entry.node.remove();
				this.entries.delete(key);
			}
		}
		items.forEach((item, i) => {
			const key = keyOf(item);
			if (!this.entries.has(key))
				this.entries.set(key, this.create(item));
			const entry = this.entries.get(key);
			if (this.container.children[i] !== entry.node)
				this.container.insertBefore(entry.node, this.container.children[i] ?? null);
			update(entry, item);
		});
	}
}

function measured(caption, ...nodes) {
	return element("div", "", element("span", "caption", caption), ...nodes);
}

class ConsumerRow {
	constructor(tint) {
		this.tint = tint;
		this.name = element("strong");
		this.about = element("span", "caption");
		this.about_text = element("span");
		this.harm_here = element("span", "harm-here");
		this.about.append(this.about_text, this.harm_here);
		this.rate = element("div", "value");
		this.rate_line = new Sparkline();
		this.latency = element("div", "value");
		this.latency_bar = new LatencyBar();
		this.hold = element("div", "value");
		this.hold_bar = new HoldBar();
		this.harm = element("div", "value");
		const harm = measured("skips", this.harm);
		harm.className = "harm";
		this.node = element("div", "consumer",
			element("div", "who", element("i", "swatch"), this.name, this.about),
			element("div", "", this.rate, this.rate_line.node),
			measured("latency, p50 – p99", this.latency_bar.node, this.latency),
			measured("holds", this.hold_bar.node, this.hold),
			harm);
		this.node.style.setProperty("--tint", tint);
	}

	show(consumer) {
		const longest = Math.max(0, ...consumer.leases.map(lease => lease.age_ns));
		setText(this.name, consumer.label);
		setText(this.about_text, "pid " + consumer.pid + wish(consumer) + condition(consumer));
		setFigure(this.rate, rate(consumer.rate_hz), "/s");
		this.rate_line.add(consumer.rate_hz);
		this.latency_bar.show(consumer.latency_p50_ns, consumer.latency_p99_ns);
		setText(this.latency, consumer.latency_p50_ns === null ? "–"
			: duration(consumer.latency_p50_ns) + " – " + duration(consumer.latency_p99_ns));
		this.hold_bar.show(longest, consumer.lease_deadline_ns);
		this.showHold(consumer, longest);
		this.showHarm(consumer);
	}

	showHold(consumer, longest) {
		const peak = this.hold_bar.longest;
		const most = peak > longest ? "most " + duration(peak) : "of " + duration(consumer.lease_deadline_ns);
		if (longest > 0)
			setFigure(this.hold, duration(longest), most);
		else
			setFigure(this.hold, "–", peak > 0 ? most : "");
	}

	showHarm(consumer) {
		const some = consumer.skips_caused > 0;
		setText(this.harm, grouped(consumer.skips_caused));
		this.harm.classList.toggle("some", some);
		setText(this.harm_here, some ? " · caused " + grouped(consumer.skips_caused) + " skips" : "");
		this.harm_here.classList.toggle("some", some);
		this.node.title = `${consumer.label}: acquired ${grouped(consumer.acquired)}, missed ${grouped(consumer.missed)}, `
			+ `overwritten while held ${grouped(consumer.stale)}, leases revoked ${grouped(consumer.revoked)}, `
			+ `camera frames lost because of it ${grouped(consumer.skips_caused)}`;
	}
}

function wish(consumer) {
	switch (consumer.wants) {
	case "every-nth":
		return ` · 1 in ${consumer.wants_value}`;
	case "at-most-millihertz":
		return ` · at most ${consumer.wants_value / 1000}/s`;
	case "newest-only":
		return " · newest";
	default:
		return "";
	}
}

/* Worth a word only if it does not just keep up with leases. */
function condition(consumer) {
	return (consumer.copies_out ? " · copies" : "") + (consumer.state === "live" ? "" : " · " + consumer.state);
}

/* The library's sentences begin with the channel; a card has it above. */
function withoutName(channel) {
	const name = `channel ${channel.name}: `;
	return channel.detail.startsWith(name) ? channel.detail.slice(name.length) : channel.detail;
}

class BufferCell {
	constructor(index) {
		this.fill = element("i", "fill");
		this.title = element("span", "", "buffer " + index);
		this.holder = element("span");
		this.node = element("div", "buffer", this.fill, this.title, this.holder);
	}

	/* holders: [{ label, tint, lease, deadline_ns }] */
	show(holders) {
		const oldest = holders.reduce((a, b) => (a === null || b.lease.age_ns > a.lease.age_ns ? b : a), null);
		this.node.classList.toggle("held", oldest !== null);
		this.node.classList.toggle("overdue", holders.some(holder => holder.lease.overdue));
		this.node.style.setProperty("--tint", oldest === null ? "transparent" : oldest.tint);
		this.fill.style.width = oldest === null ? "0" : percent(oldest.lease.age_ns / oldest.deadline_ns);
		setText(this.holder, oldest === null ? "not held"
			: holders.map(holder => `${holder.label} ${duration(holder.lease.age_ns)}`).join(", "));
		this.node.title = this.holder.textContent;
	}
}

class ChannelCard {
	constructor() {
		this.title = element("h2");
		this.rate = element("div", "figure");
		this.rate_line = new Sparkline();
		this.facts = element("div", "channel-facts");
		this.fact_text = element("span");
		this.skip_text = element("span");
		this.facts.append(this.fact_text, this.skip_text);
		this.detail = element("div", "channel-detail");
		this.buffer_box = element("div", "buffers");
		this.consumer_box = element("div", "consumers");
		this.nobody = element("p", "nobody", "Nobody reads this channel.");
		this.heading = element("div", "channel-title", element("span", "dot"), this.title);
		this.node = element("article", "card channel",
			element("div", "channel-head", this.heading, this.rate_line.node, this.rate, this.facts, this.detail),
			this.buffer_box, this.consumer_box, this.nobody);
		this.buffers = new Keyed(this.buffer_box, index => new BufferCell(index));
		this.next_tint = 0;
		this.consumers = new Keyed(this.consumer_box,
			() => new ConsumerRow(TINTS[this.next_tint++ % TINTS.length]));
	}

	show(channel) {
		const known = channel.consumers !== undefined;
		setText(this.title, channel.name);
		this.heading.dataset.state = this.node.dataset.state = channel.state;
		setText(this.detail, withoutName(channel));
		this.detail.hidden = channel.detail === "";
		this.rate.hidden = this.facts.hidden = this.buffer_box.hidden = this.consumer_box.hidden = !known;
		this.nobody.hidden = !known || channel.consumers.length > 0;
		this.rate_line.add(known ? channel.rate_hz : null,
			known && channel.frame_interval_ns > 0 ? 1e9 / channel.frame_interval_ns : null);
		if (!known)
			return;
		setFigure(this.rate, rate(channel.rate_hz), "/s");
		this.showFacts(channel);
		this.consumers.show(channel.consumers, consumer => consumer.id, (row, consumer) => row.show(consumer));
		this.showBuffers(channel);
	}

	showFacts(channel) {
		const format = channel.format;
		const size = format.width > 0 ? `${format.width}×${format.height} ${format.fourcc}` : format.fourcc;
		setText(this.fact_text, `${size} · ${grouped(channel.published)} frames · pid ${channel.producer_pid}`
			+ (channel.brightness_avg === null ? "" : ` · brightness ${Math.round(channel.brightness_avg)}`));
		setText(this.skip_text, channel.skipped > 0 ? ` · ${grouped(channel.skipped)} skipped` : " · none skipped");
		this.skip_text.className = channel.skipped > 0 ? "alarm" : "";
	}

	showBuffers(channel) {
		const indexes = Array.from({ length: channel.buffers.count }, (_, index) => index);
		this.buffers.show(indexes, index => index, (cell, index) => {
			const holders = [];
			for (const consumer of channel.consumers)
				for (const lease of consumer.leases)
					if (lease.buffer === index)
						holders.push({ label: consumer.label, lease, deadline_ns: consumer.lease_deadline_ns,
							tint: this.consumers.entries.get(consumer.id).tint });
			cell.show(holders);
		});
	}
}
