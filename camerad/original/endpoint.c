/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include "../monotonic.h"
#include "app/log.h"
#include "bus_guard.h"
#include "offer.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zcframe/consumer.h>

#define LABEL "original endpoint"
/* How long an open or acquire goes on before we look whether we are to stop, or the name is gone. */
#define PATIENCE_NS    INT64_C(250000000)
#define HOUSE_EVERY_NS UINT64_C(1000000000)
/* A channel that says nothing about its rate is taken for one of 30 frames a second. */
#define USUAL_INTERVAL_NS UINT64_C(33333333)

struct endpoint {
	char channel[ZCF_CHANNEL_NAME_SIZE];
	char *runtime_directory;
	struct shared_object_access access;
	struct shared_object object;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	_Atomic(struct zcf_consumer *) consumer; /* For who wants to interrupt it. */

	/* All below is the thread's. */
	struct offer offer;
	uint64_t housekeeping_ns;
	uint64_t offered, taken, overdue;
	uint64_t overdue_logged, repaired_logged, repaired;
	int last_error;
};

static void log_once(struct endpoint *endpoint, int error, const char *message, const char *reason)
{
	char quoted[768];

	if (error == endpoint->last_error)
		return;
	endpoint->last_error = error;
	app_log(APP_LOG_WARNING, message, "channel=%s reason=%s", endpoint->channel,
		app_log_quote(quoted, sizeof(quoted), reason));
}

static bool has_object(const struct endpoint *endpoint)
{
	return endpoint->object.memory != NULL;
}

static int open_object(struct endpoint *endpoint, char *why, size_t why_size)
{
	struct shared_object object;
	int error = shared_object_open(&object, endpoint->channel, &endpoint->access, why, why_size);

	if (error != 0)
		return error;
	if (has_object(endpoint))
		shared_object_close(&endpoint->object);
	endpoint->object = object;
	endpoint->last_error = 0;
	app_log(APP_LOG_INFO, "original endpoint opened", "channel=%s path=%s mode=%04o", endpoint->channel,
		object.path, endpoint->access.mode & 0666);
	return 0;
}

/*
 * The name was not to be had, or somebody has removed it: by hand, or a service manager that clears the shared memory
 * of users who log out.
 */
static void restore_name(struct endpoint *endpoint)
{
	char why[512];
	int error;

	if (has_object(endpoint) && shared_object_has_name(&endpoint->object))
		return;
	if (has_object(endpoint) && endpoint->last_error == 0)
		app_log(APP_LOG_WARNING, "somebody has removed the original endpoint", "channel=%s path=%s",
			endpoint->channel, endpoint->object.path);
	error = open_object(endpoint, why, sizeof(why));
	if (error != 0)
		log_once(endpoint, error, "a channel goes without its original endpoint", why);
}

static void keep_house(struct endpoint *endpoint)
{
	uint64_t now_ns = monotonic_now_ns();

	if (now_ns - endpoint->housekeeping_ns < HOUSE_EVERY_NS)
		return;
	endpoint->housekeeping_ns = now_ns;
	restore_name(endpoint);
	if (endpoint->overdue != endpoint->overdue_logged)
		app_log(APP_LOG_WARNING, "a program at the original endpoint did not give its frame back in time",
			"channel=%s count=%" PRIu64 " total=%" PRIu64, endpoint->channel,
			endpoint->overdue - endpoint->overdue_logged, endpoint->overdue);
	if (endpoint->repaired != endpoint->repaired_logged)
		app_log(APP_LOG_WARNING, "a program truncated the shared memory of the original endpoint",
			"channel=%s count=%" PRIu64, endpoint->channel, endpoint->repaired - endpoint->repaired_logged);
	endpoint->overdue_logged = endpoint->overdue;
	endpoint->repaired_logged = endpoint->repaired;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

/*
 * Until when a frame is offered to who may be waiting: leases matter to the camera at the moment when the next frame
 * is due, so one that nobody took ends before. However late a frame is published, it is offered for a while.
 */
static uint64_t offer_end_ns(const struct zcf_frame_info *info, uint64_t interval_ns, uint64_t now_ns)
{
	uint64_t at_least_ns = now_ns + interval_ns / 4, at_most_ns = now_ns + interval_ns * 3 / 4;
	uint64_t wanted_ns = info->capture_time_ns + interval_ns * 3 / 4;

	return wanted_ns < at_least_ns ? at_least_ns : earlier(wanted_ns, at_most_ns);
}

static void make_offer_of(void *context)
{
	struct endpoint *endpoint = context;

	offer_make(&endpoint->offer, endpoint->object.memory);
}

static void pass_on(struct endpoint *endpoint, struct zcf_frame *frame)
{
	struct offer *offer = &endpoint->offer;
	struct zcf_consumer_info info;
	uint64_t now_ns = monotonic_now_ns();
	int error;

	zcf_consumer_get_info(endpoint->consumer, &info);
	offer->until_ns =
		offer_end_ns(zcf_frame_get_info(frame),
			     info.frame_interval_ns != 0 ? info.frame_interval_ns : USUAL_INTERVAL_NS, now_ns);
	offer->lease_until_ns = now_ns + info.lease_deadline_ns;
	offer->until_ns = earlier(offer->until_ns, offer->lease_until_ns);
	frame_description_init(&offer->description, frame, offer->lease_until_ns);
	offer->outcome = OFFER_UNTAKEN;
	if (!bus_guard_run(endpoint->object.memory, sizeof(*endpoint->object.memory), make_offer_of, endpoint)) {
		endpoint->repaired++;
		error = shared_object_repair(&endpoint->object);
		if (error != 0)
			log_once(endpoint, error, "the original endpoint cannot be repaired", strerror(-error));
	}
	zcf_frame_release(frame);
	endpoint->offered++;
	endpoint->taken += offer->outcome == OFFER_RETURNED || offer->outcome == OFFER_OVERDUE;
	endpoint->overdue += offer->outcome == OFFER_OVERDUE;
}

static void nap(void)
{
	struct timespec rest = {.tv_nsec = PATIENCE_NS};

	nanosleep(&rest, NULL);
}

/* Attach as everybody does: through the socket, which the main thread serves. */
static bool attach(struct endpoint *endpoint)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;

	zcf_consumer_options_init(&options);
	options.rate = ZCF_RATE_NEWEST_ONLY;
	options.label = LABEL;
	options.runtime_directory = endpoint->runtime_directory;
	while (!atomic_load(&endpoint->stopping)) {
		int error = zcf_consumer_open(endpoint->channel, &options, PATIENCE_NS, &consumer);

		if (error == 0) {
			endpoint->last_error = 0;
			atomic_store(&endpoint->consumer, consumer);
			return true;
		}
		if (error != -ENOENT) {
			log_once(endpoint, error, "the original endpoint cannot attach to its channel",
				 zcf_error_detail());
			nap();
		}
	}
	return false;
}

static void *serve(void *context)
{
	struct endpoint *endpoint = context;

	if (!attach(endpoint))
		return NULL;
	while (!atomic_load(&endpoint->stopping)) {
		struct zcf_frame *frame;
		int error;

		keep_house(endpoint);
		if (!has_object(endpoint)) {
			nap();
			continue;
		}
		error = zcf_consumer_acquire(endpoint->consumer, PATIENCE_NS, &frame);
		if (error == 0) {
			pass_on(endpoint, frame);
		} else if (error != -EAGAIN && error != -EINTR && error != -ENOTCONN) {
			log_once(endpoint, error, "the original endpoint gets no frames", zcf_error_detail());
			nap();
		}
	}
	return NULL;
}

static struct endpoint *allocate(const char *channel, const char *runtime_directory,
				 const struct shared_object_access *access)
{
	struct endpoint *endpoint = calloc(1, sizeof(*endpoint));

	if (endpoint == NULL)
		return NULL;
	snprintf(endpoint->channel, sizeof(endpoint->channel), "%s", channel);
	endpoint->access = *access;
	endpoint->object.fd = -1;
	endpoint->offer.stopping = &endpoint->stopping;
	if (runtime_directory != NULL) {
		endpoint->runtime_directory = strdup(runtime_directory);
		if (endpoint->runtime_directory == NULL) {
			free(endpoint);
			return NULL;
		}
	}
	return endpoint;
}

static int start(struct endpoint *endpoint, bool required, char *why, size_t why_size)
{
	int error = open_object(endpoint, why, why_size);

	if (error != 0 && required)
		return error;
	if (error != 0)
		log_once(endpoint, error, "a channel goes without its original endpoint", why);
	error = -pthread_create(&endpoint->thread, NULL, serve, endpoint);
	endpoint->running = error == 0;
	if (error != 0)
		snprintf(why, why_size, "its thread cannot be started: %s", strerror(-error));
	return error;
}

int endpoint_open(const char *channel, const char *runtime_directory, const struct shared_object_access *access,
		  bool required, struct endpoint **ret_endpoint, char *why, size_t why_size)
{
	struct endpoint *endpoint = allocate(channel, runtime_directory, access);
	int error;

	if (endpoint == NULL) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	error = start(endpoint, required, why, why_size);
	if (error != 0)
		endpoint_close(endpoint);
	else
		*ret_endpoint = endpoint;
	return error;
}

static void stop_thread(struct endpoint *endpoint)
{
	struct zcf_consumer *consumer;

	atomic_store(&endpoint->stopping, true);
	consumer = atomic_load(&endpoint->consumer);
	if (consumer != NULL)
		zcf_consumer_interrupt(consumer);
	pthread_join(endpoint->thread, NULL);
	app_log(APP_LOG_INFO, "original endpoint closed",
		"channel=%s offered=%" PRIu64 " taken=%" PRIu64 " overdue=%" PRIu64, endpoint->channel,
		endpoint->offered, endpoint->taken, endpoint->overdue);
}

void endpoint_close(struct endpoint *endpoint)
{
	if (endpoint == NULL)
		return;
	if (endpoint->running)
		stop_thread(endpoint);
	zcf_consumer_close(endpoint->consumer);
	shared_object_close(&endpoint->object);
	free(endpoint->runtime_directory);
	free(endpoint);
}
