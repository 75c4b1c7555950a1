/* SPDX-License-Identifier: Apache-2.0 */
#include "reasons.h"

#include "result_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* As in expectations.c: what is below is as it should be, and tells by that what is not the reason. */
#define P50_LIMIT       1.05
#define P99_LIMIT       1.2
#define PROCESSOR_LIMIT 1.15

static void add(struct reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct reason *reason, const char *format, ...)
{
	va_list arguments;
	int length;

	if (reason->length > 0 && reason->length + 1 < sizeof(reason->text))
		reason->text[reason->length++] = ' ';
	va_start(arguments, format);
	length = vsnprintf(reason->text + reason->length, sizeof(reason->text) - reason->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		reason->length += (size_t)length;
	if (reason->length >= sizeof(reason->text))
		reason->length = sizeof(reason->text) - 1;
}

static const json_t *limit_contest(const json_t *results, const char *name)
{
	return json_object_get(json_object_get(results, "limit"), name);
}

static double microseconds(const json_t *entry, const char *distribution, const char *quantile)
{
	return result_number(json_object_get(json_object_get(entry, "all"), distribution), quantile) / 1000;
}

static double processor_us(const json_t *entry)
{
	return result_number(json_object_get(entry, "all"), "processor_ns") / 1000;
}

static const json_t *base_of(const json_t *contest, const json_t *entry)
{
	return json_array_get(json_object_get(contest, "entries"), (size_t)result_number(entry, "base"));
}

static bool is_virtual(const json_t *results)
{
	return json_is_true(json_object_get(json_object_get(results, "machine"), "virtual_machine"));
}

/* How far the rounds lie apart, and whether the limit is among them. */
static void add_rounds(struct reason *reason, const json_t *entry, const char *name, double limit)
{
	const json_t *ratio = json_object_get(entry, name);
	double minimum = result_number(ratio, "minimum"), maximum = result_number(ratio, "maximum");

	if (maximum > minimum)
		add(reason, "The rounds went from %.3f to %.3f%s.", minimum, maximum,
		    minimum <= limit ? ", so some met it" : ", so none met it");
}

/* The futex against itself: how much that scatters is how much this run can tell apart. */
static void add_control(struct reason *reason, const json_t *contest, const char *name)
{
	const json_t *ratio = json_object_get(result_find_entry(contest, "futex_again", 0), name);

	if (ratio != NULL)
		add(reason, "The bare futex once more, in the same rounds, went from %.2f to %.2f of itself.",
		    result_number(ratio, "minimum"), result_number(ratio, "maximum"));
}

/* What is the kernel's part of it, for a word that sleepers cannot write. */
static void add_same_pages(struct reason *reason, const json_t *contest, double consumers, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(contest, "entries"), i, entry)
		if (strcmp(result_text(entry, "name"), "futex_same_pages") == 0 &&
		    result_number(entry, "consumers") == consumers)
			add(reason,
			    "A futex whose word sleepers cannot write, as it has to be, and nothing else, is at %.2f.",
			    result_ratio(entry, name));
}

void reason_paced_p50(const json_t *results, struct reason *reason)
{
	const json_t *paced = limit_contest(results, "paced"), *often = limit_contest(results, "often");
	const json_t *worst = result_find_worst(paced, "pointer_ratio", 1);
	const json_t *awake = result_find_worst(often, "pointer_ratio", 1);
	double ratio = result_ratio(awake, "pointer_ratio");

	add(reason, "%.1f µs instead of the futex's %.1f at %.0fx%.0f.", microseconds(worst, "pointer", "p50_ns"),
	    microseconds(base_of(paced, worst), "pointer", "p50_ns"), result_number(worst, "width_pixels"),
	    result_number(worst, "height_pixels"));
	add_rounds(reason, worst, "pointer_ratio", P50_LIMIT);
	if (awake != NULL && ratio <= P50_LIMIT)
		add(reason,
		    "%.0f times a second, with the processors awake, the same code takes %.2f of the futex's time: "
		    "what is more "
		    "comes with processors that have slept, whose caches are cold; a lease touches more pages than a "
		    "futex.",
		    1e9 / result_number(often, "interval_ns"), ratio);
	else if (awake != NULL)
		add(reason, "With the processors awake it is %.2f: it is not the cold memory alone.", ratio);
	add_same_pages(reason, paced, 1, "pointer_ratio");
	add_control(reason, paced, "pointer_ratio");
}

static void add_p99(struct reason *reason, const json_t *results, const json_t *contest)
{
	const json_t *worst = result_find_worst(contest, "pointer_p99_ratio", 1);
	const json_t *best = result_find_best(contest, "pointer_p99_ratio", 1);
	double slowest =
		result_number(json_object_get(worst, "all"), "counted") / result_number(contest, "rounds") / 100;

	if (result_ratio(best, "pointer_p99_ratio") <= P99_LIMIT)
		add(reason,
		    "No pixel is touched, so every size runs the same instructions, and yet it is %.2f at %.0fx%.0f "
		    "and %.2f at "
		    "%.0fx%.0f: what differs is the machine%s, not the code.",
		    result_ratio(best, "pointer_p99_ratio"), result_number(best, "width_pixels"),
		    result_number(best, "height_pixels"), result_ratio(worst, "pointer_p99_ratio"),
		    result_number(worst, "width_pixels"), result_number(worst, "height_pixels"),
		    is_virtual(results) ? ", a virtual one, whose hypervisor has other work too" : "");
	else
		add(reason, "It is above %.2f at every size.", P99_LIMIT);
	if (slowest >= 1)
		add(reason, "The p99 of a round rests on the slowest %.0f of its frames.", ceil(slowest));
	else
		add(reason, "A round has fewer than a hundred frames, so its p99 is the slowest of them.");
	add_control(reason, contest, "pointer_p99_ratio");
}

void reason_paced_p99(const json_t *results, struct reason *reason)
{
	const json_t *awake = result_find_worst(limit_contest(results, "often"), "pointer_p99_ratio", 1);

	add_p99(reason, results, limit_contest(results, "paced"));
	if (awake != NULL)
		add(reason, "With the processors awake it is %.2f at worst.", result_ratio(awake, "pointer_p99_ratio"));
}

void reason_awake_p99(const json_t *results, struct reason *reason)
{
	add_p99(reason, results, limit_contest(results, "often"));
}

void reason_awake_p50(const json_t *results, struct reason *reason)
{
	const json_t *often = limit_contest(results, "often");
	const json_t *worst = result_find_worst(often, "pointer_ratio", 1);

	add(reason, "%.1f µs instead of the futex's %.1f.", microseconds(worst, "pointer", "p50_ns"),
	    microseconds(base_of(often, worst), "pointer", "p50_ns"));
	add_rounds(reason, worst, "pointer_ratio", P50_LIMIT);
	add_same_pages(reason, often, 1, "pointer_ratio");
	add_control(reason, often, "pointer_ratio");
}

void reason_flatness(const json_t *results, struct reason *reason)
{
	const json_t *paced = limit_contest(results, "paced");
	const json_t *middle = result_find_entry(paced, "zcframe", 1920);

	add(reason, "No pixel is touched, so every size runs the same instructions.");
	if (microseconds(middle, "pointer", "p50_ns") <
	    microseconds(result_find_entry(paced, "zcframe", 640), "pointer", "p50_ns"))
		add(reason, "1920x1080 is quicker than 640x360: it does not grow with the size.");
	add_control(reason, paced, "pointer_ratio");
}

void reason_last_of_four(const json_t *results, struct reason *reason)
{
	const json_t *several = limit_contest(results, "several");
	const json_t *worst = result_find_worst(several, "last_pointer_ratio", 4), *base = base_of(several, worst);
	const json_t *one = result_find_entry(limit_contest(results, "paced"), "zcframe", 640);
	unsigned sharing = result_consumers_on_one(json_object_get(results, "machine"), 4);
	double more_us = microseconds(worst, "last_pointer", "p50_ns") - microseconds(base, "last_pointer", "p50_ns");

	if (more_us <= 0)
		add(reason,
		    "Over the frames of all rounds together it is %.1f µs sooner, by the rounds' ratios it is not.",
		    -more_us);
	else if (sharing > 1)
		add(reason,
		    "%u consumers share a processor here, so the last one waits until the others have had theirs: it "
		    "is %.1f µs "
		    "later than the futex's last, %.1f µs for each that it waits for and its own.",
		    sharing, more_us, more_us / sharing);
	else
		add(reason, "Each consumer has a processor of its own, so sharing one is not the reason: %.1f µs more.",
		    more_us);
	if (one != NULL)
		add(reason, "With one consumer it is %.1f µs more.",
		    microseconds(one, "pointer", "p50_ns") -
			    microseconds(base_of(limit_contest(results, "paced"), one), "pointer", "p50_ns"));
	add_same_pages(reason, several, 4, "last_pointer_ratio");
	add_rounds(reason, worst, "last_pointer_ratio", 1.1);
}

void reason_reading_processor(const json_t *results, struct reason *reason)
{
	const json_t *contest, *worst = NULL, *base = NULL, *largest = NULL;
	const json_t *awake = result_find_worst(limit_contest(results, "often"), "processor_ratio", 1);
	size_t i;

	json_array_foreach(json_object_get(json_object_get(results, "before_after"), "contests"), i, contest) {
		const json_t *entry = result_find_worst(contest, "processor_ratio", 1);
		if (entry == NULL)
			continue;
		if (worst == NULL || result_ratio(entry, "processor_ratio") > result_ratio(worst, "processor_ratio")) {
			worst = entry;
			base = base_of(contest, entry);
		}
		if (result_number(entry, "width_pixels") >= result_number(largest, "width_pixels"))
			largest = entry;
	}
	add(reason, "At %.0fx%.0f a frame takes %.1f µs instead of %.1f.", result_number(worst, "width_pixels"),
	    result_number(worst, "height_pixels"), processor_us(worst), processor_us(base));
	add_rounds(reason, worst, "processor_ratio", PROCESSOR_LIMIT);
	if (largest != worst && result_ratio(largest, "processor_ratio") <= PROCESSOR_LIMIT)
		add(reason, "At %.0fx%.0f it is %.2f: it does not grow with the frame.",
		    result_number(largest, "width_pixels"), result_number(largest, "height_pixels"),
		    result_ratio(largest, "processor_ratio"));
	if (awake != NULL && result_ratio(awake, "processor_ratio") <= PROCESSOR_LIMIT)
		add(reason,
		    "With the processors awake it is %.2f, where no pixel is read: what is more comes with processors "
		    "that have slept.",
		    result_ratio(awake, "processor_ratio"));
	else if (awake != NULL)
		add(reason, "With the processors awake, where no pixel is read, it is %.2f too.",
		    result_ratio(awake, "processor_ratio"));
}

void reason_peers(const json_t *results, struct reason *reason)
{
	const json_t *contest, *entry;
	size_t i, k;

	json_array_foreach(json_object_get(json_object_get(results, "peers"), "contests"), i, contest) {
		const json_t *ours = result_find_entry(contest, "zcframe", 0);
		json_array_foreach(json_object_get(contest, "entries"), k, entry) {
			bool is_peer = entry != ours && strncmp(result_text(entry, "name"), "futex", 5) != 0;
			double theirs_us = microseconds(entry, "pointer", "p50_ns");
			if (is_peer && (theirs_us < microseconds(ours, "pointer", "p50_ns") ||
					processor_us(entry) < processor_us(ours)))
				add(reason, "%s at %.0fx%.0f: p50 %.1f µs to our %.1f, CPU %.1f µs to our %.1f.",
				    result_text(entry, "title"), result_number(entry, "width_pixels"),
				    result_number(entry, "height_pixels"), theirs_us,
				    microseconds(ours, "pointer", "p50_ns"), processor_us(entry), processor_us(ours));
		}
	}
	if (reason->length == 0)
		add(reason, "Over all rounds together no peer is ahead; the rounds differ.");
}

void reason_anticipating(const json_t *results, struct reason *reason)
{
	const json_t *paced = limit_contest(results, "paced");
	const json_t *entry = result_find_entry(paced, "zcframe_anticipating", 0);
	const json_t *sleeping = result_find_entry(paced, "zcframe", 640);

	add(reason,
	    "p50 %.1f µs, p99 %.1f; asleep %.1f and %.1f. A frame takes %.1f µs of the processors, asleep %.1f.",
	    microseconds(entry, "pointer", "p50_ns"), microseconds(entry, "pointer", "p99_ns"),
	    microseconds(sleeping, "pointer", "p50_ns"), microseconds(sleeping, "pointer", "p99_ns"),
	    processor_us(entry), processor_us(sleeping));
}

void reason_anticipating_p50(const json_t *results, struct reason *reason)
{
	reason_anticipating(results, reason);
	add_rounds(reason, result_find_entry(limit_contest(results, "paced"), "zcframe_anticipating", 0),
		   "pointer_ratio", 0.5);
}

void reason_detector(const json_t *results, struct reason *reason)
{
	const json_t *detector = json_object_get(results, "detector"),
		     *overhead = json_object_get(detector, "overhead");
	const json_t *beyond = json_object_get(overhead, "beyond_inference_ns");
	const json_t *alone = json_object_get(overhead, "floor_inference_ns");

	add(reason, "The median is %.2f ms, and %.1f %% of %.0f frames were within it.",
	    result_number(beyond, "p50") / 1e6, result_number(overhead, "within_2_ms") * 100,
	    result_number(beyond, "count"));
	add(reason, "The model alone, on the same %.0f processors, has a p99 of %.2f ms to a median of %.2f.",
	    result_number(detector, "processor_count"), result_number(alone, "p99") / 1e6,
	    result_number(alone, "p50") / 1e6);
}

void reason_streaming(const json_t *results, struct reason *reason)
{
	const json_t *streaming = json_object_get(results, "streaming");
	const json_t *held = json_object_get(streaming, "held_beyond_encode_ns");
	const json_t *screen = json_object_get(json_object_get(streaming, "browser"), "age");
	const json_t *viewer = json_object_get(streaming, "age");

	add(reason, "Frames are held for %.0f to %.0f µs more in these rounds.", result_number(held, "minimum") / 1000,
	    result_number(held, "maximum") / 1000);
	if (screen != NULL)
		add(reason,
		    "A picture has left for a viewer after %.1f ms (p99 %.1f) and is shown after %.1f (p99 %.1f): the "
		    "rest is "
		    "the browser's.",
		    result_number(viewer, "p50_ns") / 1e6, result_number(viewer, "p99_ns") / 1e6,
		    result_number(screen, "p50_ns") / 1e6, result_number(screen, "p99_ns") / 1e6);
}

void reason_unknown(const json_t *results, struct reason *reason)
{
	(void)results;
	add(reason, "The figures do not tell why.");
}
