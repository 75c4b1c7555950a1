/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* How long streams outlive their camera: longer than it takes to restart it. */
#define CAMERA_GONE_LIMIT_NS (10 * NANOSECONDS_PER_SECOND)

struct feed {
	pthread_mutex_t mutex;
	pthread_cond_t wanted;
	struct waiting_list waiting;
	uint64_t last_ticket;
	struct jpeg *newest;
	uint64_t camera_gone_since_ns; /* 0: it is there. */
	char trouble[256];
	bool stopping;
};

struct feed *feed_create(void)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	pthread_condattr_t attributes;

	if (feed == NULL)
		return NULL;
	pthread_mutex_init(&feed->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&feed->wanted, &attributes);
	pthread_condattr_destroy(&attributes);
	return feed;
}

void feed_destroy(struct feed *feed)
{
	if (feed == NULL)
		return;
	jpeg_unref(feed->newest);
	pthread_cond_destroy(&feed->wanted);
	pthread_mutex_destroy(&feed->mutex);
	free(feed);
}

/* Whether the newest picture is surely that of the newest frame: the next one is not due yet. */
static bool newest_is_fresh(const struct feed *feed)
{
	return clock_now_ns() - feed->newest->publish_time_ns < feed->newest->frame_interval_ns;
}

static bool can_take(const struct feed *feed, const struct request *request)
{
	return feed->newest != NULL && feed->newest->number > request->last_picture_number &&
	       (request->granted || newest_is_fresh(feed));
}

enum feed_answer feed_take(struct feed *feed, struct request *request, struct jpeg **ret_jpeg)
{
	enum feed_answer answer;

	pthread_mutex_lock(&feed->mutex);
	if (feed->stopping || request->peer_gone) {
		answer = FEED_STOPPING;
	} else if (can_take(feed, request)) {
		*ret_jpeg = jpeg_ref(feed->newest);
		request->last_picture_number = feed->newest->number;
		request->granted = false;
		answer = FEED_TAKEN;
	} else if (request->expired) {
		answer = FEED_EXPIRED;
	} else {
		request->ticket = ++feed->last_ticket;
		waiting_list_add(&feed->waiting, request);
		pthread_cond_signal(&feed->wanted);
		answer = FEED_WAITING;
	}
	pthread_mutex_unlock(&feed->mutex);
	return answer;
}

void feed_get_trouble(struct feed *feed, char *text, size_t size)
{
	pthread_mutex_lock(&feed->mutex);
	snprintf(text, size, "%s", feed->trouble);
	pthread_mutex_unlock(&feed->mutex);
}

enum feed_want feed_wait_until_wanted(struct feed *feed, uint64_t timeout_ns, uint64_t *ret_ticket)
{
	struct timespec deadline = clock_to_timespec(clock_now_ns() + timeout_ns);
	enum feed_want want = FEED_WANTED;
	int error = 0;

	pthread_mutex_lock(&feed->mutex);
	while (!feed->stopping && feed->waiting.first == NULL && error == 0) {
		if (timeout_ns == 0)
			error = pthread_cond_wait(&feed->wanted, &feed->mutex);
		else
			error = pthread_cond_timedwait(&feed->wanted, &feed->mutex, &deadline);
	}
	if (feed->stopping)
		want = FEED_STOPPED;
	else if (feed->waiting.first == NULL)
		want = FEED_UNWANTED;
	*ret_ticket = feed->last_ticket;
	pthread_mutex_unlock(&feed->mutex);
	return want;
}

/* Give the newest picture to those that wait since @p ticket or before and have not had it. */
static void grant(struct feed *feed, uint64_t ticket)
{
	struct request *next;

	for (struct request *request = feed->waiting.first; request != NULL; request = next) {
		next = request->next_waiting;
		if (request->ticket <= ticket && feed->newest->number > request->last_picture_number) {
			request->granted = true;
			waiting_list_wake(&feed->waiting, request);
		}
	}
}

void feed_publish(struct feed *feed, struct jpeg *jpeg)
{
	struct jpeg *previous;

	pthread_mutex_lock(&feed->mutex);
	previous = feed->newest;
	feed->newest = jpeg;
	feed->camera_gone_since_ns = 0;
	feed->trouble[0] = '\0';
	grant(feed, UINT64_MAX);
	pthread_mutex_unlock(&feed->mutex);
	jpeg_unref(previous);
}

void feed_confirm(struct feed *feed, uint64_t ticket)
{
	pthread_mutex_lock(&feed->mutex);
	if (feed->newest != NULL)
		grant(feed, ticket);
	pthread_mutex_unlock(&feed->mutex);
}

void feed_set_trouble(struct feed *feed, bool camera_gone, const char *sentence)
{
	pthread_mutex_lock(&feed->mutex);
	if (!camera_gone)
		feed->camera_gone_since_ns = 0;
	else if (feed->camera_gone_since_ns == 0)
		feed->camera_gone_since_ns = clock_now_ns();
	snprintf(feed->trouble, sizeof(feed->trouble), "%s", sentence);
	pthread_mutex_unlock(&feed->mutex);
}

void feed_sweep(struct feed *feed)
{
	uint64_t now_ns = clock_now_ns();
	bool gone_for_long;

	pthread_mutex_lock(&feed->mutex);
	gone_for_long = feed->camera_gone_since_ns != 0 && now_ns - feed->camera_gone_since_ns > CAMERA_GONE_LIMIT_NS;
	waiting_list_sweep(&feed->waiting, now_ns, gone_for_long);
	pthread_mutex_unlock(&feed->mutex);
}

void feed_stop(struct feed *feed)
{
	pthread_mutex_lock(&feed->mutex);
	feed->stopping = true;
	waiting_list_wake_all(&feed->waiting);
	pthread_cond_signal(&feed->wanted);
	pthread_mutex_unlock(&feed->mutex);
}
