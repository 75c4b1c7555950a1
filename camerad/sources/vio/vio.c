/* SPDX-License-Identifier: Apache-2.0 */
/* The source `vio`: the camera of an RDK X5. Its frames stay in the buffers that the hardware wrote them to. */
#include "../../channel.h"
#include "../../frame_clock.h"
#include "../../monotonic.h"
#include "../../source.h"
#include "app/log.h"
#include "output_channel.h"
#include "pipeline.h"
#include "vendor_error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct vio_source {
	struct source source;
	struct vio_settings settings;
	struct vio_library library;
	struct vio_pipeline pipeline;
	struct vio_output_channel outputs[HBN_VSE_OUTPUTS];
	size_t output_count; /* 0: not started. */
	int epoll_fd, timer_fd;
	uint64_t last_frame_ns; /* On any output; the start, before the first one. */
};

static struct vio_source *vio_of(struct source *source)
{
	return (struct vio_source *)source;
}

/* An event of the timer has no output. */
static int watch(const struct vio_source *vio, int fd, struct vio_output_channel *output)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = output};

	return epoll_ctl(vio->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static void set_timer(const struct vio_source *vio, uint64_t at_ns)
{
	struct itimerspec timer = {
		.it_value = {.tv_sec = (time_t)(at_ns / 1000000000), .tv_nsec = (long)(at_ns % 1000000000)}};

	/* Cannot fail: the descriptor is ours and the time is in range. 0 turns it off. */
	timerfd_settime(vio->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* For the output that is the first to need a look; and for the silence of all. */
static void arm_timer(const struct vio_source *vio)
{
	uint64_t at_ns = vio->last_frame_ns + vio->settings.silence_ns;

	for (size_t i = 0; i < vio->output_count; i++) {
		if (vio->outputs[i].wake_ns < at_ns)
			at_ns = vio->outputs[i].wake_ns;
	}
	set_timer(vio, at_ns);
}

static void vio_stop(struct source *source)
{
	struct vio_source *vio = vio_of(source);

	if (vio->output_count == 0)
		return;
	set_timer(vio, 0);
	/* From here on nothing is written, so buffers can go back whoever still reads them. */
	vio_pipeline_halt(&vio->pipeline);
	for (size_t i = 0; i < vio->output_count; i++) {
		struct vio_ring *ring = &vio->outputs[i].ring;

		if (vio->outputs[i].fd >= 0)
			epoll_ctl(vio->epoll_fd, EPOLL_CTL_DEL, vio->outputs[i].fd, NULL);
		vio_ring_return_all(ring);
		app_log(APP_LOG_DEBUG, "camera output closed", "vse_output=%u taken=%" PRIu64 " given_back=%" PRIu64,
			ring->output, ring->taken, ring->returned);
	}
	vio->output_count = 0;
	vio_pipeline_destroy(&vio->pipeline);
}

static void vio_close(struct source *source)
{
	struct vio_source *vio = vio_of(source);

	vio_stop(source);
	if (vio->timer_fd >= 0)
		close(vio->timer_fd);
	if (vio->epoll_fd >= 0)
		close(vio->epoll_fd);
	vio_settings_fini(&vio->settings);
	free(vio);
}

static int open_descriptors(struct vio_source *vio, char *why, size_t why_size)
{
	vio->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	vio->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (vio->epoll_fd < 0 || vio->timer_fd < 0 || watch(vio, vio->timer_fd, NULL) != 0) {
		snprintf(why, why_size, "no file descriptor is left; raise the limit (ulimit -n)");
		return -EMFILE;
	}
	return 0;
}

static int vio_open(const struct source_settings *settings, struct source **ret_source, char *why, size_t why_size)
{
	struct vio_source *vio = calloc(1, sizeof(*vio));
	struct source_info *info;
	char version[32];
	int error;

	if (vio == NULL || vio_settings_copy(&vio->settings, settings->vio) != 0) {
		snprintf(why, why_size, "out of memory");
		free(vio);
		return -ENOMEM;
	}
	vio->source.ops = &source_vio;
	vio->epoll_fd = vio->timer_fd = -1;
	error = open_descriptors(vio, why, why_size);
	if (error == 0)
		error = vio_library_open(&vio->library, version, why, why_size);
	if (error != 0) {
		vio_close(&vio->source);
		return error;
	}
	info = &vio->source.info;
	info->width_pixels = vio->settings.width_pixels;
	info->height_pixels = vio->settings.height_pixels;
	info->rate_millihertz = vio->settings.rate_hertz * 1000;
	snprintf(info->description, sizeof(info->description), "%s on MIPI host %u, libhbmem %s", vio->settings.sensor,
		 vio->settings.mipi_host, version);
	*ret_source = &vio->source;
	return 0;
}

static int open_output(struct vio_source *vio, const struct vio_output *plan, struct vio_output_channel *output,
		       char *why, size_t why_size)
{
	char object[32];
	int32_t code;
	int error;

	vio_ring_init(&output->ring, &vio->library, vio->pipeline.vse, plan);
	snprintf(object, sizeof(object), "VSE output %u", plan->number);
	code = vio->library.vnode_get_fd(vio->pipeline.vse, plan->number, &output->fd);
	if (code != 0) {
		output->fd = -1;
		vio_vendor_error_describe("hbn_vnode_get_fd", object, code, why, why_size);
		return -EIO;
	}
	error = watch(vio, output->fd, output);
	if (error != 0)
		snprintf(why, why_size, "%s cannot be waited for: %s", object, strerror(-error));
	return error;
}

static int open_outputs(struct vio_source *vio, const struct vio_output *plans, struct channel *const *channels,
			size_t channel_count, const struct source_sink *sink, uint64_t last_number, char *why,
			size_t why_size)
{
	uint64_t interval_ns = frame_interval_ns(vio->source.info.rate_millihertz);
	int error = 0;

	for (size_t i = 0; error == 0 && i < channel_count; i++) {
		struct vio_output_channel *output = &vio->outputs[i];
		const struct hbn_rate *rate = &plans[i].rate;

		*output = (struct vio_output_channel){
			.channel = channels[i],
			.index = i,
			.sink = sink,
			.library = &vio->library,
			.margin_ns = vio->settings.give_back_margin_ns,
			.wake_ns = UINT64_MAX,
		};
		vio_numbering_init(&output->numbering, last_number, rate->from, rate->to);
		vio_pace_init(&output->pace, interval_ns, rate->to != 0 ? rate->from / rate->to : 1);
		vio->output_count++;
		error = open_output(vio, &plans[i], output, why, why_size);
	}
	return error;
}

/* What a pool of a ring can take, for whoever wonders later why frames are skipped. */
static void log_output(const struct vio_output *plan, const struct channel *channel)
{
	app_log(APP_LOG_INFO, "camera output",
		"channel=%s vse_output=%u region=%ux%u+%u+%u buffers=%u advice=\"consumers may hold %u when a frame "
		"comes, without the next one being lost%s\"",
		channel->settings.name, plan->number, plan->region.width, plan->region.height, plan->region.x,
		plan->region.y, plan->buffer_count, plan->buffer_count - VIO_HARDWARE_NEEDS,
		plan->buffer_count < 4 ? "; with 4 buffers or more the newest frame can also stay until the next" : "");
}

static int vio_start(struct source *source, struct channel *const *channels, size_t channel_count,
		     const struct source_sink *sink, uint64_t last_number, char *why, size_t why_size)
{
	struct vio_source *vio = vio_of(source);
	struct channel_settings settings[HBN_VSE_OUTPUTS];
	struct vio_output plans[HBN_VSE_OUTPUTS];
	int error;

	for (size_t i = 0; i < channel_count && i < HBN_VSE_OUTPUTS; i++)
		settings[i] = channels[i]->settings;
	error = vio_outputs_plan(settings, channel_count, &vio->settings, plans, why, why_size);
	if (error == 0)
		error = vio_pipeline_start(&vio->pipeline, &vio->library, &vio->settings, plans, channel_count, why,
					   why_size);
	if (error != 0)
		return error;
	error = open_outputs(vio, plans, channels, channel_count, sink, last_number, why, why_size);
	if (error != 0) {
		vio_stop(source);
		return error;
	}
	for (size_t i = 0; i < channel_count; i++)
		log_output(&plans[i], channels[i]);
	vio->last_frame_ns = monotonic_now_ns();
	arm_timer(vio);
	return 0;
}

static int vio_get_fd(const struct source *source)
{
	return ((const struct vio_source *)source)->epoll_fd;
}

/* Without room in any ring it is not the camera's fault that nothing comes. */
static bool is_silent(const struct vio_source *vio, uint64_t now_ns)
{
	if (now_ns - vio->last_frame_ns < vio->settings.silence_ns)
		return false;
	for (size_t i = 0; i < vio->output_count; i++) {
		if (!vio_output_channel_is_starved(&vio->outputs[i]))
			return true;
	}
	return false;
}

static int look_at_clock(struct vio_source *vio)
{
	uint64_t now_ns = monotonic_now_ns(), expirations;

	(void)!read(vio->timer_fd, &expirations, sizeof(expirations));
	for (size_t i = 0; i < vio->output_count; i++) {
		if (now_ns >= vio->outputs[i].wake_ns)
			vio_output_channel_look(&vio->outputs[i], now_ns);
	}
	if (!is_silent(vio, now_ns))
		return 0;
	app_log(APP_LOG_ERROR, "the camera delivers no frames",
		"sensor=%s mipi_host=%u seconds=%.1f advice=\"check its cable; `dmesg` says what the driver missed; a "
		"wrong sensor_mode, lanes or link_rate in [vio] does the same\"",
		vio->settings.sensor, vio->settings.mipi_host, (double)(now_ns - vio->last_frame_ns) / 1e9);
	return -EPIPE;
}

static int take_frame(struct vio_source *vio, struct vio_output_channel *output, uint32_t events)
{
	if ((events & EPOLLIN) == 0) {
		app_log(APP_LOG_ERROR, "the camera's driver stopped",
			"sensor=%s vse_output=%u advice=\"`dmesg` says why\"", vio->settings.sensor,
			output->ring.output);
		return -EPIPE;
	}
	vio->last_frame_ns = monotonic_now_ns();
	return vio_output_channel_frame(output);
}

static int vio_dispatch(struct source *source)
{
	struct vio_source *vio = vio_of(source);
	struct epoll_event events[HBN_VSE_OUTPUTS + 1];
	int count = epoll_wait(vio->epoll_fd, events, HBN_VSE_OUTPUTS + 1, 0);
	int error = 0;

	for (int i = 0; error == 0 && i < count; i++) {
		struct vio_output_channel *output = events[i].data.ptr;

		error = output == NULL ? look_at_clock(vio) : take_frame(vio, output, events[i].events);
	}
	arm_timer(vio);
	return error;
}

static int vio_check(const struct settings *settings, char *why, size_t why_size)
{
	struct vio_output plans[HBN_VSE_OUTPUTS];
	int error = vio_settings_check(&settings->vio, why, why_size);

	if (error == 0 && settings->camera.sleep_when_idle) {
		snprintf(why, why_size, "sleep_when_idle = yes: the camera of the source vio cannot sleep");
		error = -EINVAL;
	}
	if (error == 0)
		error = vio_outputs_plan(settings->channels, settings->channel_count, &settings->vio, plans, why,
					 why_size);
	return error;
}

static const struct source_hardware_ops vio_hardware = {
	.backend = "hbmem",
	.check = vio_check,
	.start = vio_start,
	.stop = vio_stop,
	.get_fd = vio_get_fd,
	.dispatch = vio_dispatch,
};

const struct source_ops source_vio = {
	.name = "vio",
	.summary = "the camera of an RDK X5, without a copy",
	.hardware = &vio_hardware,
	.open = vio_open,
	.close = vio_close,
};
