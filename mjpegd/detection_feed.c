/* SPDX-License-Identifier: Apache-2.0 */
#include "detection_feed.h"

#include "clock.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that hears nothing for several of these knows that the connection is dead. */
#define HEARTBEAT_NS (5 * NANOSECONDS_PER_SECOND)

struct detection_feed {
	const char *channel;
	pthread_mutex_t mutex;
	pthread_cond_t wanted;
	struct waiting_list listening;    /* For news. */
	struct waiting_list asking;       /* How it is now. */
	struct detection_message *state;  /* NULL: nobody has looked. */
	struct detection_message *result; /* NULL: there is none that is current. */
	enum detector_state last_state;
	char last_detail[256];
	uint64_t last_state_number;
	uint64_t last_result_number;
	bool stopping;
};

static const char *state_name(enum detector_state state)
{
	static const char *const names[] = {"live", "silent", "gone", "unknown", "off"};

	return names[state];
}

struct detection_feed *detection_feed_create(const char *channel)
{
	struct detection_feed *feed = calloc(1, sizeof(*feed));
	pthread_condattr_t attributes;

	if (feed == NULL)
		return NULL;
	feed->channel = channel;
	pthread_mutex_init(&feed->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&feed->wanted, &attributes);
	pthread_condattr_destroy(&attributes);
	if (channel == NULL)
		detection_feed_set_state(feed, DETECTOR_OFF, "no channel of detections is configured");
	return feed;
}

void detection_feed_destroy(struct detection_feed *feed)
{
	if (feed == NULL)
		return;
	detection_message_unref(feed->state);
	detection_message_unref(feed->result);
	pthread_cond_destroy(&feed->wanted);
	pthread_mutex_destroy(&feed->mutex);
	free(feed);
}

static void wait_for_more(struct detection_feed *feed, struct waiting_list *list, struct request *request)
{
	request->wait_deadline_ns = clock_now_ns() + HEARTBEAT_NS;
	request->expired = false;
	waiting_list_add(list, request);
	pthread_cond_signal(&feed->wanted);
}

static bool has_news(const struct detection_message *message, uint64_t number)
{
	return message != NULL && message->number > number;
}

static struct detection_message *take_result(struct detection_feed *feed, struct detection_position *position,
					     uint64_t *ret_skipped)
{
	struct detection_message *result = feed->result;

	*ret_skipped = position->wanted_index != 0 ? result->wanted_index - position->wanted_index - 1 : 0;
	position->result_number = result->number;
	position->wanted_index = result->wanted_index;
	return detection_message_ref(result);
}

enum detection_answer detection_feed_next(struct detection_feed *feed, struct request *request,
					  struct detection_position *position, struct detection_message **ret_message,
					  uint64_t *ret_skipped)
{
	enum detection_answer answer = DETECTION_TAKEN;

	pthread_mutex_lock(&feed->mutex);
	*ret_skipped = 0;
	if (feed->stopping || request->peer_gone) {
		answer = DETECTION_STOPPING;
	} else if (has_news(feed->state, position->state_number) || (request->expired && feed->state != NULL)) {
		request->expired = false;
		position->state_number = feed->state->number;
		*ret_message = detection_message_ref(feed->state);
	} else if (has_news(feed->result, position->result_number)) {
		*ret_message = take_result(feed, position, ret_skipped);
	} else {
		wait_for_more(feed, &feed->listening, request);
		answer = DETECTION_WAITING;
	}
	pthread_mutex_unlock(&feed->mutex);
	return answer;
}

enum detection_answer detection_feed_now(struct detection_feed *feed, struct request *request,
					 struct detection_message **ret_state, struct detection_message **ret_result)
{
	enum detection_answer answer = DETECTION_TAKEN;

	pthread_mutex_lock(&feed->mutex);
	if (feed->stopping || request->peer_gone) {
		answer = DETECTION_STOPPING;
	} else if (feed->state != NULL && (feed->channel == NULL || request->granted || request->expired)) {
		*ret_state = detection_message_ref(feed->state);
		*ret_result = feed->result != NULL ? detection_message_ref(feed->result) : NULL;
	} else {
		wait_for_more(feed, &feed->asking, request);
		answer = DETECTION_WAITING;
	}
	pthread_mutex_unlock(&feed->mutex);
	return answer;
}

static bool is_wanted(const struct detection_feed *feed)
{
	return feed->listening.first != NULL || feed->asking.first != NULL;
}

enum detection_want detection_feed_wait_until_wanted(struct detection_feed *feed, uint64_t timeout_ns)
{
	struct timespec deadline = clock_to_timespec(clock_now_ns() + timeout_ns);
	enum detection_want want = DETECTION_WANTED;
	int error = 0;

	pthread_mutex_lock(&feed->mutex);
	while (!feed->stopping && !is_wanted(feed) && error == 0) {
		if (timeout_ns == 0)
			error = pthread_cond_wait(&feed->wanted, &feed->mutex);
		else
			error = pthread_cond_timedwait(&feed->wanted, &feed->mutex, &deadline);
	}
	if (feed->stopping)
		want = DETECTION_STOPPED;
	else if (!is_wanted(feed))
		want = DETECTION_UNWANTED;
	pthread_mutex_unlock(&feed->mutex);
	return want;
}

/* The reader has looked: those who asked get their answer, and those who listen if there is news. */
static void end_look(struct detection_feed *feed, bool has_news)
{
	for (struct request *request = feed->asking.first; request != NULL; request = request->next_waiting)
		request->granted = true;
	waiting_list_wake_all(&feed->asking);
	if (has_news)
		waiting_list_wake_all(&feed->listening);
}

/* @return Whether there is something new to say. */
static bool set_state(struct detection_feed *feed, enum detector_state state, const char *detail)
{
	struct detection_message *message = NULL;
	json_t *object;
	char *json;

	if (feed->state != NULL && feed->last_state == state &&
	    strncmp(feed->last_detail, detail, sizeof(feed->last_detail) - 1) == 0)
		return false;
	object = json_pack("{s:s, s:s, s:s}", "channel", feed->channel != NULL ? feed->channel : "", "state",
			   state_name(state), "detail", detail);
	json = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(object);
	if (json != NULL)
		message = detection_message_create("state", json);
	free(json);
	if (message == NULL)
		return false;
	message->number = ++feed->last_state_number;
	detection_message_unref(feed->state);
	feed->state = message;
	feed->last_state = state;
	snprintf(feed->last_detail, sizeof(feed->last_detail), "%s", detail);
	return true;
}

static void forget_result(struct detection_feed *feed)
{
	detection_message_unref(feed->result);
	feed->result = NULL;
}

void detection_feed_publish(struct detection_feed *feed, struct detection_message *result)
{
	pthread_mutex_lock(&feed->mutex);
	forget_result(feed);
	result->number = ++feed->last_result_number;
	feed->result = result;
	set_state(feed, DETECTOR_LIVE, "");
	end_look(feed, true);
	pthread_mutex_unlock(&feed->mutex);
}

void detection_feed_set_state(struct detection_feed *feed, enum detector_state state, const char *detail)
{
	pthread_mutex_lock(&feed->mutex);
	forget_result(feed);
	end_look(feed, set_state(feed, state, detail));
	pthread_mutex_unlock(&feed->mutex);
}

void detection_feed_confirm(struct detection_feed *feed)
{
	pthread_mutex_lock(&feed->mutex);
	end_look(feed, false);
	pthread_mutex_unlock(&feed->mutex);
}

void detection_feed_reset(struct detection_feed *feed)
{
	pthread_mutex_lock(&feed->mutex);
	forget_result(feed);
	detection_message_unref(feed->state);
	feed->state = NULL;
	pthread_mutex_unlock(&feed->mutex);
}

void detection_feed_sweep(struct detection_feed *feed)
{
	pthread_mutex_lock(&feed->mutex);
	waiting_list_sweep(&feed->listening, clock_now_ns(), false);
	waiting_list_sweep(&feed->asking, clock_now_ns(), false);
	pthread_mutex_unlock(&feed->mutex);
}

void detection_feed_stop(struct detection_feed *feed)
{
	pthread_mutex_lock(&feed->mutex);
	feed->stopping = true;
	waiting_list_wake_all(&feed->listening);
	waiting_list_wake_all(&feed->asking);
	pthread_cond_signal(&feed->wanted);
	pthread_mutex_unlock(&feed->mutex);
}
