/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "account.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool success = file != NULL && fgets(line, (int)size, file) != NULL;

	if (file != NULL)
		fclose(file);
	if (success)
		line[strcspn(line, "\n")] = '\0';
	return success;
}

/* x86 names its processor in /proc/cpuinfo, boards name themselves in the device tree. */
static void describe_processor(struct machine *machine)
{
	char line[1024], model[96];
	FILE *file = fopen("/proc/cpuinfo", "re");

	snprintf(machine->processor, sizeof(machine->processor), "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *value = strchr(line, ':');
		line[strcspn(line, "\n")] = '\0';
		if (value != NULL && strncmp(line, "model name", 10) == 0)
			snprintf(machine->processor, sizeof(machine->processor), "%.120s", value + 2);
		if (value != NULL && strncmp(line, "flags", 5) == 0 && strstr(value, " hypervisor") != NULL)
			machine->virtual_machine = true;
	}
	if (file != NULL)
		fclose(file);
	if (read_line("/proc/device-tree/model", model, sizeof(model)))
		snprintf(machine->processor, sizeof(machine->processor), "%s", model);
}

static int read_core(int processor)
{
	char path[96], line[32];
	int core = -1;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/core_id", processor);
	if (read_line(path, line, sizeof(line)))
		sscanf(line, "%d", &core);
	return core;
}

static void add_consumer_processor(struct machine *machine, int processor)
{
	if (machine->consumer_processor_count < MACHINE_MAX_CONSUMER_PROCESSORS)
		machine->consumer_processors[machine->consumer_processor_count++] = processor;
}

/* The first one for the producer; for consumers those of other cores: siblings of one core share its time. */
static void choose_processors(struct machine *machine)
{
	cpu_set_t allowed;
	int sibling = -1;

	machine->producer_processor = -1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		CPU_ZERO(&allowed);
	machine->processor_count = CPU_COUNT(&allowed);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &allowed))
			continue;
		if (machine->producer_processor < 0)
			machine->producer_processor = i;
		else if (read_core(i) != read_core(machine->producer_processor))
			add_consumer_processor(machine, i);
		else
			sibling = i;
	}
	if (machine->consumer_processor_count == 0)
		add_consumer_processor(machine, sibling >= 0 ? sibling : machine->producer_processor);
}

int machine_consumer_processor(const struct machine *machine, uint32_t index)
{
	return machine->consumer_processors[index % (uint32_t)machine->consumer_processor_count];
}

json_t *machine_make_json(const struct machine *machine)
{
	json_t *consumers = json_array();

	for (int i = 0; i < machine->consumer_processor_count; i++)
		json_array_append_new(consumers, json_integer(machine->consumer_processors[i]));
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:i, s:i, s:o, s:b, s:s?}", "processor", machine->processor,
			 "virtual_machine", (int)machine->virtual_machine, "kernel", machine->kernel, "clock_source",
			 machine->clock_source, "governor", machine->governor, "processor_count",
			 machine->processor_count, "producer_processor", machine->producer_processor,
			 "consumer_processors", consumers, "counts_cache_misses",
			 (int)(machine->cache_miss_obstacle == NULL), "cache_miss_obstacle",
			 machine->cache_miss_obstacle);
}

void machine_describe(struct machine *machine)
{
	struct utsname system = {.sysname = "?"};

	memset(machine, 0, sizeof(*machine));
	describe_processor(machine);
	uname(&system);
	snprintf(machine->kernel, sizeof(machine->kernel), "%.16s %.80s %.32s", system.sysname, system.release,
		 system.machine);
	if (!read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", machine->clock_source,
		       sizeof(machine->clock_source)))
		snprintf(machine->clock_source, sizeof(machine->clock_source), "unknown");
	if (!read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", machine->governor,
		       sizeof(machine->governor)))
		snprintf(machine->governor, sizeof(machine->governor), "none");
	choose_processors(machine);
	machine->cache_miss_obstacle = account_cache_miss_obstacle();
}
