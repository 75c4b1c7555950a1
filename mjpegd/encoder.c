/* SPDX-License-Identifier: Apache-2.0 */
#include "encoder.h"

#include "clock.h"
#include "jpeg_encoder.h"

#include <zcframe/consumer.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a call into the library may keep this thread from noticing that the server stops. */
#define PATIENCE_NS (250 * (int64_t)NANOSECONDS_PER_MILLISECOND)
/* How long to stay attached with nobody watching: a page that reloads, or a snapshot every second, should
 * not attach anew each time. */
#define LINGER_NS (3 * NANOSECONDS_PER_SECOND)
/* A frame this much older than the camera's interval is no live picture: it was the last one before the
 * camera slept or stalled. */
#define STALE_INTERVALS  3
#define STALE_MINIMUM_NS NANOSECONDS_PER_SECOND
/* Between warnings about the same thing. */
#define WARNING_INTERVAL_NS (10 * NANOSECONDS_PER_SECOND)

struct encoder {
	const struct options *options;
	struct jpeg_pool *pool;
	struct feed *feed;
	struct counters *counters;
	struct jpeg_encoder *jpeg_encoder;
	struct zcf_consumer *consumer; /* NULL: not attached. */
	uint64_t frame_interval_ns;
	uint64_t newest_epoch; /* Of the newest picture's frame, and when it was published. */
	uint64_t newest_publish_time_ns;
	uint64_t wanted_index;
	uint64_t pictures;
	int last_error; /* That was logged. */
	uint64_t last_warning_ns;
	pthread_t thread;
};

/* Say what is wrong, once in the log, and to whoever asks. */
static void report_trouble(struct encoder *encoder, int error, const char *sentence)
{
	char quoted[512];
	bool camera_gone = error == -ENOENT || error == -ENOTCONN;
	/* It goes away and comes back, starts and sleeps; anything else wants somebody's attention. */
	bool is_passing = camera_gone || error == -EAGAIN;

	feed_set_trouble(encoder->feed, camera_gone, sentence);
	if (encoder->last_error == error)
		return;
	encoder->last_error = error;
	app_log(is_passing ? APP_LOG_INFO : APP_LOG_WARNING, "no pictures", "channel=%s reason=%s",
		encoder->options->channel, app_log_quote(quoted, sizeof(quoted), sentence));
}

static void report_no_trouble(struct encoder *encoder)
{
	if (encoder->last_error != 0)
		app_log(APP_LOG_INFO, "pictures again", "channel=%s", encoder->options->channel);
	encoder->last_error = 0;
}

static bool is_due_for_warning(struct encoder *encoder)
{
	uint64_t now_ns = clock_now_ns();

	if (encoder->last_warning_ns != 0 && now_ns - encoder->last_warning_ns < WARNING_INTERVAL_NS)
		return false;
	encoder->last_warning_ns = now_ns;
	return true;
}

static void report_library_trouble(struct encoder *encoder, int error)
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s", zcf_error_detail());
	if (sentence[0] == '\0')
		snprintf(sentence, sizeof(sentence), "%s", strerror(-error));
	report_trouble(encoder, error, sentence);
}

static void attach(struct encoder *encoder)
{
	struct zcf_consumer_options options;
	int error;

	zcf_consumer_options_init(&options);
	options.label = "zcf-mjpegd";
	/* What passes while nobody watches, or while a picture is encoded, is not missed. */
	options.rate = ZCF_RATE_NEWEST_ONLY;
	options.runtime_directory = encoder->options->runtime_directory;
	if (encoder->options->max_rate_hz > 0) {
		options.rate = ZCF_RATE_AT_MOST_MILLIHERTZ;
		options.rate_value = (uint32_t)(encoder->options->max_rate_hz * 1000 + 0.5);
	}
	error = zcf_consumer_open(encoder->options->channel, &options, PATIENCE_NS, &encoder->consumer);
	if (error == 0)
		return;
	encoder->consumer = NULL;
	report_library_trouble(encoder, error);
	/* Other refusals come at once; asking again at once would not help. */
	if (error != -ENOENT)
		nanosleep(&(struct timespec){.tv_nsec = PATIENCE_NS}, NULL);
}

static void detach(struct encoder *encoder)
{
	zcf_consumer_close(encoder->consumer);
	encoder->consumer = NULL;
}

/* Whether a frame is too old to be shown as live. */
static bool is_outdated(const struct encoder *encoder, uint64_t publish_time_ns)
{
	uint64_t limit_ns = encoder->frame_interval_ns * STALE_INTERVALS;

	if (encoder->frame_interval_ns == 0)
		return false;
	if (limit_ns < STALE_MINIMUM_NS)
		limit_ns = STALE_MINIMUM_NS;
	return clock_now_ns() - publish_time_ns > limit_ns;
}

/* Encode into @p jpeg. @return 0 or a negative errno; reports. */
static int encode(struct encoder *encoder, struct zcf_frame *frame, struct jpeg *jpeg)
{
	struct picture picture;
	uint64_t start_ns = clock_now_ns(), elapsed_ns;
	char why[256];
	int error = picture_from_frame(frame, &picture, why, sizeof(why));

	if (error == 0) {
		error = jpeg_encoder_encode(encoder->jpeg_encoder, &picture, jpeg);
		if (error != 0)
			snprintf(why, sizeof(why), "%s", jpeg_encoder_get_reason(encoder->jpeg_encoder));
	}
	if (error != 0) {
		counter_add(&encoder->counters->encode_errors, 1);
		report_trouble(encoder, error, why);
		return error;
	}
	elapsed_ns = clock_now_ns() - start_ns;
	counter_add(&encoder->counters->encodes, 1);
	counter_add(&encoder->counters->encode_time_ns, elapsed_ns);
	counter_set(&encoder->counters->last_encode_time_ns, elapsed_ns);
	return 0;
}

/* Frames between the newest picture's and this one that would have been encoded, had a client been ready. The library
 * does not count them as missed, since we ask for the newest only. */
static uint64_t count_passed_over(const struct encoder *encoder, const struct zcf_frame_info *info)
{
	double intervals;

	if (encoder->options->max_rate_hz <= 0)
		return info->sequence_gap;
	if (encoder->newest_epoch != info->epoch)
		return 0;
	intervals =
		(double)(info->publish_time_ns - encoder->newest_publish_time_ns) / 1e9 * encoder->options->max_rate_hz;
	return intervals > 1.5 ? (uint64_t)(intervals - 0.5) : 0;
}

static void describe_jpeg(struct encoder *encoder, const struct zcf_frame_info *info, struct jpeg *jpeg)
{
	encoder->wanted_index += 1 + count_passed_over(encoder, info);
	encoder->newest_epoch = info->epoch;
	encoder->newest_publish_time_ns = info->publish_time_ns;
	jpeg->number = ++encoder->pictures;
	jpeg->wanted_index = encoder->wanted_index;
	jpeg->sequence = info->sequence;
	jpeg->frame_number = info->frame_number;
	jpeg->publish_time_ns = info->publish_time_ns;
	jpeg->frame_interval_ns = encoder->frame_interval_ns;
	jpeg->capture_wall_ns = info->capture_wall_ns;
}

static void report_stale(struct encoder *encoder)
{
	counter_add(&encoder->counters->stale_drops, 1);
	if (is_due_for_warning(encoder))
		app_log(APP_LOG_WARNING, "picture thrown away: encoding took longer than the lease on its frame",
			"channel=%s encode_ms=%.1f stale_drops=%llu", encoder->options->channel,
			(double)counter_get(&encoder->counters->last_encode_time_ns) / 1e6,
			(unsigned long long)counter_get(&encoder->counters->stale_drops));
}

/* Encode a frame, give it back, offer the picture. */
static void serve_frame(struct encoder *encoder, struct zcf_frame *frame)
{
	struct zcf_frame_info info = *zcf_frame_get_info(frame);
	struct jpeg *jpeg;
	int error;

	if (is_outdated(encoder, info.publish_time_ns)) {
		zcf_frame_release(frame);
		return;
	}
	jpeg = jpeg_pool_take(encoder->pool);
	if (jpeg == NULL) {
		counter_add(&encoder->counters->encode_errors, 1);
		report_trouble(encoder, -ENOBUFS, "every picture buffer is still being sent");
		zcf_frame_release(frame);
		return;
	}
	error = encode(encoder, frame, jpeg);
	if (zcf_frame_release(frame) == -ESTALE && error == 0) {
		report_stale(encoder);
		error = -ESTALE;
	}
	if (error != 0) {
		jpeg_unref(jpeg);
		return;
	}
	describe_jpeg(encoder, &info, jpeg);
	counter_set(&encoder->counters->last_jpeg_bytes, jpeg->size_bytes);
	report_no_trouble(encoder);
	feed_publish(encoder->feed, jpeg);
}

/* No newer frame: then the newest picture, if it is of this camera's life and still live, is current. */
static void serve_again(struct encoder *encoder, uint64_t ticket)
{
	struct zcf_consumer_info info;

	zcf_consumer_get_info(encoder->consumer, &info);
	if (info.epoch == encoder->newest_epoch && !is_outdated(encoder, encoder->newest_publish_time_ns))
		feed_confirm(encoder->feed, ticket);
	else if (encoder->last_error == 0 || encoder->last_error == -ENOTCONN || encoder->last_error == -ENOENT)
		report_trouble(encoder, -EAGAIN, "the camera is attached but has sent no new picture");
}

static void serve(struct encoder *encoder, uint64_t ticket)
{
	struct zcf_consumer_info info;
	struct zcf_frame *frame;
	int error;

	if (encoder->consumer == NULL)
		attach(encoder);
	if (encoder->consumer == NULL)
		return;
	error = zcf_consumer_acquire(encoder->consumer, PATIENCE_NS, &frame);
	if (error == 0) {
		zcf_consumer_get_info(encoder->consumer, &info);
		encoder->frame_interval_ns = info.frame_interval_ns;
		serve_frame(encoder, frame);
	} else if (error == -EAGAIN) {
		serve_again(encoder, ticket);
	} else if (error == -ENOTCONN) {
		report_trouble(encoder, error, "the camera is gone; the server waits for it to come back");
	} else if (error != -EINTR) {
		report_library_trouble(encoder, error);
		nanosleep(&(struct timespec){.tv_nsec = PATIENCE_NS}, NULL);
	}
}

static void *encoder_run(void *context)
{
	struct encoder *encoder = context;
	uint64_t ticket = 0;

	pthread_setname_np(pthread_self(), "encoder");
	for (;;) {
		uint64_t timeout_ns = encoder->consumer != NULL ? LINGER_NS : 0;
		enum feed_want want = feed_wait_until_wanted(encoder->feed, timeout_ns, &ticket);

		if (want == FEED_STOPPED)
			break;
		counter_set(&encoder->counters->encoder_busy_since_ns, clock_now_ns());
		if (want == FEED_WANTED)
			serve(encoder, ticket);
		else
			detach(encoder);
		counter_set(&encoder->counters->encoder_busy_since_ns, 0);
	}
	detach(encoder);
	return NULL;
}

int encoder_start(const struct options *options, struct jpeg_pool *pool, struct feed *feed, struct counters *counters,
		  struct encoder **ret_encoder)
{
	struct encoder *encoder = calloc(1, sizeof(*encoder));
	int error;

	if (encoder == NULL)
		return -ENOMEM;
	*encoder = (struct encoder){.options = options, .pool = pool, .feed = feed, .counters = counters};
	encoder->jpeg_encoder = jpeg_encoder_create((int)options->quality);
	if (encoder->jpeg_encoder == NULL) {
		free(encoder);
		return -ENOMEM;
	}
	error = pthread_create(&encoder->thread, NULL, encoder_run, encoder);
	if (error != 0) {
		jpeg_encoder_destroy(encoder->jpeg_encoder);
		free(encoder);
		return -error;
	}
	*ret_encoder = encoder;
	return 0;
}

void encoder_stop(struct encoder *encoder)
{
	if (encoder == NULL)
		return;
	pthread_join(encoder->thread, NULL);
	jpeg_encoder_destroy(encoder->jpeg_encoder);
	free(encoder);
}
