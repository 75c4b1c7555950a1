/* SPDX-License-Identifier: Apache-2.0 */
#include "results.h"

static json_t *make_machine(const struct machine *machine)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:i, s:i, s:i}", "processor", machine->processor, "virtual_machine",
			 (int)machine->virtual_machine, "kernel", machine->kernel, "clock_source",
			 machine->clock_source, "governor", machine->governor, "processor_count",
			 machine->processor_count, "producer_processor", machine->producer_processor,
			 "consumer_processor", machine->consumer_processor);
}

static json_t *make_variant(const struct plan *plan, const struct results *results, uint32_t variant)
{
	json_t *rounds = json_array();
	json_t *object = json_pack("{s:s, s:f, s:f}", "name", measure_variants[variant].name, "median_p50_ns",
				   results_median_ns(plan, results, variant, false), "median_p99_ns",
				   results_median_ns(plan, results, variant, true));

	for (uint32_t i = 0; i < plan->rounds; i++)
		json_array_append_new(rounds, json_pack("{s:I, s:I, s:I, s:I}", "p50_ns",
							(json_int_t)results->rounds[i][variant].p50_ns, "p99_ns",
							(json_int_t)results->rounds[i][variant].p99_ns, "counted",
							(json_int_t)results->rounds[i][variant].counted, "lost",
							(json_int_t)results->rounds[i][variant].lost));
	json_object_set_new(object, "rounds", rounds);
	if (measure_variants[variant].width > 0) {
		struct ratio ratio = results_ratio(plan, results, variant);
		json_object_set_new(object, "ratio_to_futex_p50",
				    json_pack("{s:f, s:f, s:f}", "median", ratio.median, "minimum", ratio.minimum,
					      "maximum", ratio.maximum));
	}
	return object;
}

json_t *results_make_json(const struct plan *plan, const struct results *results)
{
	json_t *variants = json_array(), *wake_calls = json_array(), *costs = json_array();

	for (uint32_t i = 0; i < MEASURE_VARIANTS; i++)
		json_array_append_new(variants, make_variant(plan, results, i));
	for (size_t i = 0; i < RESULTS_FAN_OUTS; i++) {
		const struct wake_calls *calls = &results->wake_calls[i];
		json_array_append_new(wake_calls,
				      json_pack("{s:I, s:I, s:I, s:f}", "consumers", (json_int_t)calls->consumers,
						"frames", (json_int_t)calls->frames, "calls", (json_int_t)calls->calls,
						"per_frame", (double)calls->calls / (double)calls->frames));
	}
	for (size_t i = 0; i < RESULTS_SIZES; i++) {
		const struct publish_cost *cost = &results->publish_costs[i];
		json_array_append_new(costs,
				      json_pack("{s:I, s:I, s:I, s:I, s:I}", "width_pixels", (json_int_t)cost->width,
						"height_pixels", (json_int_t)cost->height, "p50_ns",
						(json_int_t)cost->p50_ns, "p99_ns", (json_int_t)cost->p99_ns,
						"wake_calls", (json_int_t)cost->wake_calls));
	}
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "bench", "latency", "machine",
			 make_machine(&plan->machine), "rounds", (json_int_t)plan->rounds, "frames",
			 (json_int_t)plan->frames, "interval_ns", (json_int_t)plan->interval_ns, "variants", variants,
			 "wake_calls", wake_calls, "publish_costs", costs);
}
