/* SPDX-License-Identifier: Apache-2.0 */
#include "result_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double result_number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

const char *result_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

double result_number_at(const json_t *value, const char *const *names)
{
	for (; *names != NULL; names++)
		value = json_object_get(value, *names);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

double result_ratio(const json_t *entry, const char *name)
{
	return result_number(json_object_get(entry, name), "median");
}

/* An entry that has counted nothing has a ratio of 0, and is worse than any other. */
static double badness(const json_t *entry, const char *ratio)
{
	double value = result_ratio(entry, ratio);

	return value > 0 ? value : INFINITY;
}

static const json_t *find_extreme(const json_t *contest, const char *ratio, double consumers, double sign)
{
	const json_t *entry, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(contest, "entries"), i, entry) {
		if (strcmp(result_text(entry, "name"), "zcframe") != 0 ||
		    result_number(entry, "consumers") != consumers)
			continue;
		if (found == NULL || badness(entry, ratio) * sign > badness(found, ratio) * sign)
			found = entry;
	}
	return found;
}

const json_t *result_find_worst(const json_t *contest, const char *ratio, double consumers)
{
	return find_extreme(contest, ratio, consumers, 1);
}

const json_t *result_find_best(const json_t *contest, const char *ratio, double consumers)
{
	return find_extreme(contest, ratio, consumers, -1);
}

unsigned result_consumers_on_one(const json_t *machine, unsigned consumers)
{
	unsigned processors = (unsigned)json_array_size(json_object_get(machine, "consumer_processors"));

	return processors > 0 ? (consumers + processors - 1) / processors : consumers;
}

static void write_processors(const json_t *machine, char *text, size_t size)
{
	const json_t *consumers = json_object_get(machine, "consumer_processors");
	double producer = result_number(machine, "producer_processor");
	size_t count = json_array_size(consumers);

	if (count == 1 && json_number_value(json_array_get(consumers, 0)) == producer)
		snprintf(text, size,
			 "Producer and consumers share processor %.0f, there is no other: to wake a consumer is to "
			 "give way to it, which says little about machines with more.",
			 producer);
	else
		snprintf(text, size,
			 "Producer on processor %.0f, consumers on %zu other%s, dealt out in turn: of 4 up to %u share "
			 "one, of 16 up to %u.",
			 producer, count, count == 1 ? "" : "s", result_consumers_on_one(machine, 4),
			 result_consumers_on_one(machine, 16));
}

static const char *cache_misses(const json_t *machine)
{
	const char *obstacle = result_text(machine, "cache_miss_obstacle");

	if (json_is_true(json_object_get(machine, "counts_cache_misses")))
		return "counted";
	return obstacle[0] != '\0' ? obstacle : "not counted";
}

const char *result_machine_text(const json_t *machine, char *text, size_t size)
{
	char processors[256];
	double count = result_number(machine, "processor_count");

	write_processors(machine, processors, sizeof(processors));
	snprintf(text, size, "%s, %.0f processor%s%s; %s; clock source %s, frequency governor %s. %s Cache misses: %s.",
		 result_text(machine, "processor"), count, count == 1 ? "" : "s",
		 json_is_true(json_object_get(machine, "virtual_machine")) ? ", a virtual machine" : "",
		 result_text(machine, "kernel"), result_text(machine, "clock_source"), result_text(machine, "governor"),
		 processors, cache_misses(machine));
	return text;
}

const json_t *result_find_entry(const json_t *contest, const char *name, unsigned width_pixels)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(contest, "entries"), i, entry)
		if (strcmp(result_text(entry, "name"), name) == 0 &&
		    (width_pixels == 0 || result_number(entry, "width_pixels") == width_pixels))
			return entry;
	return NULL;
}
