/* SPDX-License-Identifier: Apache-2.0 */
#include "result_reader.h"

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

const char *result_machine_text(const json_t *machine, char *text, size_t size)
{
	snprintf(text, size,
		 "%s, %.0f processors%s; %s; clock source %s, frequency governor %s. Producer on processor %.0f, "
		 "consumers "
		 "on %zu other%s. Cache misses: %s.",
		 result_text(machine, "processor"), result_number(machine, "processor_count"),
		 json_is_true(json_object_get(machine, "virtual_machine")) ? ", a virtual machine" : "",
		 result_text(machine, "kernel"), result_text(machine, "clock_source"), result_text(machine, "governor"),
		 result_number(machine, "producer_processor"),
		 json_array_size(json_object_get(machine, "consumer_processors")),
		 json_array_size(json_object_get(machine, "consumer_processors")) == 1 ? "" : "s",
		 json_is_true(json_object_get(machine, "counts_cache_misses"))
			 ? "counted"
			 : "this machine has no counter for them");
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
