/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

static int compare_integers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static int compare_reals(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

uint64_t statistics_quantile(uint64_t *values, size_t count, double quantile)
{
	size_t index = (size_t)(quantile * (double)count);

	if (count == 0)
		return 0;
	qsort(values, count, sizeof(*values), compare_integers);
	return values[index < count ? index : count - 1];
}

double statistics_median(const double *values, size_t count)
{
	double *sorted = cli_allocate(count, sizeof(*sorted));
	double median;

	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_reals);
	median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
	free(sorted);
	return median;
}

double statistics_minimum(const double *values, size_t count)
{
	double minimum = values[0];

	for (size_t i = 1; i < count; i++)
		if (values[i] < minimum)
			minimum = values[i];
	return minimum;
}

double statistics_maximum(const double *values, size_t count)
{
	double maximum = values[0];

	for (size_t i = 1; i < count; i++)
		if (values[i] > maximum)
			maximum = values[i];
	return maximum;
}
