/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>

static const char *print_below_a_minute(char buffer[UNITS_SIZE], uint64_t duration_ns)
{
	static const struct {
		uint64_t below_ns;
		double divisor;
		const char *utf8, *ascii;
	} steps[] = {{1000, 1, "ns", "ns"},
		     {1000000, 1e3, "µs", "us"},
		     {1000000000, 1e6, "ms", "ms"},
		     {UINT64_MAX, 1e9, "s", "s"}};
	size_t i = 0;
	double number;

	/* The half unit keeps 999.6 µs from becoming "1000µs". */
	while (duration_ns + duration_ns / 2000 >= steps[i].below_ns)
		i++;
	number = (double)duration_ns / steps[i].divisor;
	snprintf(buffer, UNITS_SIZE, i > 0 && number < 9.95 ? "%.1f%s" : "%.0f%s", number,
		 terminal_text(steps[i].utf8, steps[i].ascii));
	return buffer;
}

const char *units_duration(char buffer[UNITS_SIZE], uint64_t duration_ns)
{
	uint64_t seconds = duration_ns / 1000000000;

	if (duration_ns < 59500000000)
		return print_below_a_minute(buffer, duration_ns);
	if (seconds < 3600)
		snprintf(buffer, UNITS_SIZE, "%" PRIu64 "m%02us", seconds / 60, (unsigned)(seconds % 60));
	else if (seconds < 86400)
		snprintf(buffer, UNITS_SIZE, "%" PRIu64 "h%02um", seconds / 3600, (unsigned)(seconds / 60 % 60));
	else
		snprintf(buffer, UNITS_SIZE, "%" PRIu64 "d%02uh", seconds / 86400, (unsigned)(seconds / 3600 % 24));
	return buffer;
}

const char *units_bytes(char buffer[UNITS_SIZE], uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double number = (double)bytes;
	size_t i = 0;

	for (; number >= 1024 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		number /= 1024;
	snprintf(buffer, UNITS_SIZE, i == 0 ? "%.0f %s" : "%.1f %s", number, units[i]);
	return buffer;
}

const char *units_count(char buffer[UNITS_SIZE], uint64_t count)
{
	if (count < 1000000)
		snprintf(buffer, UNITS_SIZE, "%" PRIu64, count);
	else if (count < 1000000000)
		snprintf(buffer, UNITS_SIZE, "%.2fM", (double)count / 1e6);
	else
		snprintf(buffer, UNITS_SIZE, "%.2fG", (double)count / 1e9);
	return buffer;
}

const char *units_rate(char buffer[UNITS_SIZE], double per_second)
{
	if (per_second < 0.005)
		snprintf(buffer, UNITS_SIZE, "0");
	else
		snprintf(buffer, UNITS_SIZE,
			 per_second < 9.95    ? "%.2f"
			 : per_second < 99.95 ? "%.1f"
					      : "%.0f",
			 per_second);
	return buffer;
}
