/* SPDX-License-Identifier: Apache-2.0 */
#include "viewers.h"

#include "clock.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct viewers {
	pthread_mutex_t mutex;
	uint64_t last_id;
	unsigned limit;
	struct viewer places[];
};

struct viewers *viewers_create(unsigned limit)
{
	struct viewers *viewers = calloc(1, sizeof(*viewers) + limit * sizeof(viewers->places[0]));

	if (viewers == NULL)
		return NULL;
	pthread_mutex_init(&viewers->mutex, NULL);
	viewers->limit = limit;
	return viewers;
}

void viewers_destroy(struct viewers *viewers)
{
	if (viewers == NULL)
		return;
	pthread_mutex_destroy(&viewers->mutex);
	free(viewers);
}

static void write_address(char *text, size_t size, const struct sockaddr *address)
{
	socklen_t address_size = 0;

	if (address != NULL)
		address_size =
			address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	if (address == NULL || getnameinfo(address, address_size, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(text, size, "unknown");
}

struct viewer *viewers_join(struct viewers *viewers, const struct sockaddr *address)
{
	struct viewer *viewer = NULL;

	pthread_mutex_lock(&viewers->mutex);
	for (unsigned i = 0; i < viewers->limit && viewer == NULL; i++) {
		if (!viewers->places[i].present)
			viewer = &viewers->places[i];
	}
	if (viewer != NULL) {
		*viewer = (struct viewer){.id = ++viewers->last_id, .since_ns = clock_now_ns(), .present = true};
		write_address(viewer->address, sizeof(viewer->address), address);
	}
	pthread_mutex_unlock(&viewers->mutex);
	return viewer;
}

void viewers_leave(struct viewers *viewers, struct viewer *viewer)
{
	pthread_mutex_lock(&viewers->mutex);
	viewer->present = false;
	pthread_mutex_unlock(&viewers->mutex);
}

static json_t *viewer_to_json(const struct viewer *viewer, uint64_t now_ns)
{
	return json_pack("{s:I, s:s, s:I, s:I, s:I, s:I}", "id", (json_int_t)viewer->id, "address", viewer->address,
			 "age_ns", (json_int_t)(now_ns - viewer->since_ns), "pictures",
			 (json_int_t)counter_get(&viewer->pictures), "skipped",
			 (json_int_t)counter_get(&viewer->skipped), "bytes", (json_int_t)counter_get(&viewer->bytes));
}

json_t *viewers_to_json(struct viewers *viewers)
{
	json_t *array = json_array();
	uint64_t now_ns = clock_now_ns();

	pthread_mutex_lock(&viewers->mutex);
	for (unsigned i = 0; i < viewers->limit; i++) {
		if (viewers->places[i].present)
			json_array_append_new(array, viewer_to_json(&viewers->places[i], now_ns));
	}
	pthread_mutex_unlock(&viewers->mutex);
	return array;
}
