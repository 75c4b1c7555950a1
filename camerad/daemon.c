/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include "app/confine.h"
#include "app/service.h"
#include "camera.h"
#include "camera_reload.h"
#include "frame_clock.h"
#include "keeper.h"
#include "monotonic.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_PER_WAIT       16
#define HOUSEKEEPING_EVERY_MS 1000
#define HOUSEKEEPING_EVERY_NS UINT64_C(1000000000)

struct daemon {
	const struct settings_overrides *overrides;
	struct camera camera;
	struct frame_clock clock;
	int epoll_fd, signal_fd;
	bool stopping;
	bool confined;             /* To the system calls that we know. */
	uint64_t housekeeping_ns;  /* When it was done last. */
	int watchdog_ms;           /* How often systemd wants to hear of us; -1: not at all. */
	uint64_t alive_ns;         /* When it last did. */
	uint64_t missed_logged;    /* camera.missed at the last line about it. */
	uint32_t status_consumers; /* As last told to systemd. */
};

/* Hardware says itself when a frame is there; for the others it is the clock. */
static bool has_hardware(const struct daemon *daemon)
{
	return daemon->camera.source->ops->hardware != NULL;
}

static int watch(struct daemon *daemon, int fd, void *tag)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

	/* After a reload most descriptors are watched already. */
	if (epoll_ctl(daemon->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* Closing a channel or source takes its descriptor off the watch; this adds those that are new. */
static int watch_camera(struct daemon *daemon)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < daemon->camera.channel_count; i++) {
		struct channel *channel = daemon->camera.channels[i];

		error = watch(daemon, zcf_producer_get_fd(channel->producer), channel);
	}
	if (error == 0 && has_hardware(daemon))
		error = watch(daemon, camera_hardware_get_fd(&daemon->camera), &daemon->camera);
	return error;
}

static const char *describe_state(const struct daemon *daemon)
{
	if (has_hardware(daemon))
		return daemon->camera.hardware.running ? "" : " (lost)";
	return daemon->clock.running ? "" : " (asleep)";
}

static void tell_status(struct daemon *daemon)
{
	const struct camera *camera = &daemon->camera;
	const struct source_info *info = &camera->source->info;

	daemon->status_consumers = camera_count_consumers(camera);
	app_service_status("%s %ux%u at %.3g frames/s%s; %zu channel%s, %u consumer%s", camera->source->ops->name,
			   info->width_pixels, info->height_pixels, info->rate_millihertz / 1000.0,
			   describe_state(daemon), camera->channel_count, camera->channel_count == 1 ? "" : "s",
			   daemon->status_consumers, daemon->status_consumers == 1 ? "" : "s");
}

/* The camera runs while somebody watches, or always. */
static void settle_sleep(struct daemon *daemon)
{
	bool should_run = !has_hardware(daemon) && (!daemon->camera.settings.camera.sleep_when_idle ||
						    camera_count_consumers(&daemon->camera) > 0);

	if (should_run == daemon->clock.running)
		return;
	if (should_run) {
		/* The time asleep was no silence. */
		daemon->camera.source_watch.last_picture_ns = monotonic_now_ns();
		frame_clock_start(&daemon->clock, camera_get_rate_millihertz(&daemon->camera));
	} else {
		frame_clock_stop(&daemon->clock);
	}
	if (has_hardware(daemon))
		return;
	app_log(APP_LOG_INFO, should_run ? "camera started" : "camera asleep until a consumer attaches",
		"frame_number=%" PRIu64, daemon->camera.frame_number);
	tell_status(daemon);
}

static void keep_house(struct daemon *daemon, uint64_t now_ns)
{
	struct camera *camera = &daemon->camera;

	if (now_ns - daemon->housekeeping_ns < HOUSEKEEPING_EVERY_NS)
		return;
	daemon->housekeeping_ns = now_ns;
	keeper_flush();
	for (size_t i = 0; i < camera->channel_count; i++) {
		struct channel *channel = camera->channels[i];

		event_log_flush(&channel->events, now_ns);
		consumer_watch_look(&channel->watch, channel->producer, &camera->settings.watchdog);
	}
	if (daemon->clock.running)
		source_watch_look(camera, now_ns);
	if (camera->missed != daemon->missed_logged) {
		app_log(APP_LOG_WARNING, "frames were missed: the machine was too busy, or the pictures are too large",
			"count=%" PRIu64 " total=%" PRIu64, camera->missed - daemon->missed_logged, camera->missed);
		daemon->missed_logged = camera->missed;
	}
	if (camera_count_consumers(camera) != daemon->status_consumers)
		tell_status(daemon);
}

/* Negative: the source has ended or broken. */
static int take_frame(struct daemon *daemon)
{
	uint64_t due_ns, missed;
	int error = 0;

	if (frame_clock_take(&daemon->clock, &due_ns, &missed))
		error = camera_take_frame(&daemon->camera, due_ns, missed);
	if (error == -ENODATA) {
		app_log(APP_LOG_INFO, "the source has ended", "frame_number=%" PRIu64, daemon->camera.frame_number);
		daemon->stopping = true;
		return 0;
	}
	return error;
}

/* Negative: the daemon cannot go on. */
static int serve_hardware(struct daemon *daemon, bool readable)
{
	bool running = daemon->camera.hardware.running;
	int error = readable ? camera_hardware_dispatch(&daemon->camera) : camera_hardware_retry(&daemon->camera);

	if (running == daemon->camera.hardware.running)
		return error;
	/* The channels were opened anew. */
	if (error == 0)
		error = watch_camera(daemon);
	tell_status(daemon);
	return error;
}

static int apply(struct daemon *daemon, struct settings *settings)
{
	uint32_t rate = camera_get_rate_millihertz(&daemon->camera);
	int error = camera_reload(&daemon->camera, settings);

	/* Also after a failure: what was in force may have been closed and opened again. */
	if (error != -ENOTRECOVERABLE && watch_camera(daemon) != 0)
		error = -ENOTRECOVERABLE;
	if (error != 0)
		return error;
	app_log_set_level(daemon->camera.settings.camera.log_level);
	if (daemon->clock.running && camera_get_rate_millihertz(&daemon->camera) != rate)
		frame_clock_start(&daemon->clock, camera_get_rate_millihertz(&daemon->camera));
	settle_sleep(daemon);
	return 0;
}

/*
 * From here on the daemon needs fewer system calls. What the vendor's libraries do nobody knows, and the watchdog's
 * command would inherit the confinement, so there only what is dangerous goes. A reload cannot take anything back.
 */
static void confine(struct daemon *daemon)
{
	const struct settings *settings = &daemon->camera.settings;

	if (!settings->camera.seccomp)
		return;
	daemon->confined = !has_hardware(daemon) && settings->watchdog.command == NULL;
	if (!app_confine_and_log(daemon->confined ? APP_CONFINE_TO_KNOWN_CALLS : APP_CONFINE_DANGEROUS_CALLS))
		daemon->confined = false;
}

/* Whether the settings ask for what has been given up. */
static bool needs_restart(const struct daemon *daemon, const struct settings *settings)
{
	if (!daemon->confined || (settings->camera.source->hardware == NULL && settings->watchdog.command == NULL))
		return false;
	app_log(APP_LOG_ERROR, "the new source, or the watchdog's command, needs a restart", NULL);
	return true;
}

/* Negative: it cannot go on. */
static int reload(struct daemon *daemon)
{
	struct settings settings;
	char why[768], quoted[1024];
	int error;

	app_service_reloading();
	error = settings_load(daemon->overrides, &settings, why, sizeof(why));
	if (error != 0)
		app_log(APP_LOG_ERROR, "the configuration is wrong", "reason=%s",
			app_log_quote(quoted, sizeof(quoted), why));
	else if (needs_restart(daemon, &settings))
		error = -EPERM;
	else
		error = apply(daemon, &settings);
	settings_fini(&settings);
	if (error == -ENOTRECOVERABLE)
		return error;
	app_log(error == 0 ? APP_LOG_INFO : APP_LOG_ERROR,
		error == 0 ? "configuration reloaded" : "configuration not reloaded; the old one stays in force", NULL);
	app_service_ready();
	tell_status(daemon);
	return 0;
}

static int handle_signals(struct daemon *daemon)
{
	int signal_number, error = 0;

	while (error == 0 && (signal_number = app_service_read_signal(daemon->signal_fd)) != 0) {
		if (signal_number == SIGHUP) {
			error = reload(daemon);
		} else {
			app_log(APP_LOG_INFO, "stopping", "signal=SIG%s", sigabbrev_np(signal_number));
			daemon->stopping = true;
			/* Restart or end: the service manager alone knows. */
			if (signal_number == SIGTERM)
				keeper_expect_successor();
		}
	}
	return error;
}

static int handle(struct daemon *daemon, void *tag)
{
	if (tag == &daemon->signal_fd)
		return handle_signals(daemon);
	if (tag == &daemon->clock)
		return take_frame(daemon);
	if (tag == &daemon->camera)
		return serve_hardware(daemon, true);
	channel_dispatch(tag);
	settle_sleep(daemon);
	return 0;
}

/* Milliseconds until there is something to do without an event. */
static int get_timeout_ms(const struct daemon *daemon)
{
	int timeout_ms = camera_hardware_get_timeout_ms(&daemon->camera);

	if (timeout_ms < 0 || timeout_ms > HOUSEKEEPING_EVERY_MS)
		timeout_ms = HOUSEKEEPING_EVERY_MS;
	return daemon->watchdog_ms >= 0 && daemon->watchdog_ms < timeout_ms ? daemon->watchdog_ms : timeout_ms;
}

/* All that we do is done in this loop: that it goes round is that we live. */
static void tell_alive(struct daemon *daemon, uint64_t now_ns)
{
	if (daemon->watchdog_ms < 0 || now_ns - daemon->alive_ns < (uint64_t)daemon->watchdog_ms * 1000000 / 2)
		return;
	daemon->alive_ns = now_ns;
	app_service_alive();
}

static int loop(struct daemon *daemon)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	int error = 0;

	while (error == 0 && !daemon->stopping) {
		int count = epoll_wait(daemon->epoll_fd, events, EVENTS_PER_WAIT, get_timeout_ms(daemon));

		if (count < 0 && errno != EINTR)
			return -errno;
		if (count == 0 && has_hardware(daemon))
			error = serve_hardware(daemon, false);
		for (int i = 0; error == 0 && i < count; i++) {
			error = handle(daemon, events[i].data.ptr);
			/* A reload may have freed the channels that the other events are about. */
			if (events[i].data.ptr == &daemon->signal_fd)
				break;
		}
		keep_house(daemon, monotonic_now_ns());
		tell_alive(daemon, monotonic_now_ns());
	}
	return error;
}

static int open_loop(struct daemon *daemon)
{
	int error;

	daemon->signal_fd = app_service_open_signals();
	if (daemon->signal_fd < 0)
		return daemon->signal_fd;
	daemon->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (daemon->epoll_fd < 0)
		return -errno;
	error = frame_clock_open(&daemon->clock);
	if (error == 0)
		error = watch(daemon, daemon->signal_fd, &daemon->signal_fd);
	if (error == 0)
		error = watch(daemon, daemon->clock.timer_fd, &daemon->clock);
	return error;
}

static void close_loop(struct daemon *daemon)
{
	frame_clock_close(&daemon->clock);
	if (daemon->epoll_fd >= 0)
		close(daemon->epoll_fd);
	if (daemon->signal_fd >= 0)
		close(daemon->signal_fd);
}

static int run_camera(struct daemon *daemon)
{
	int error = watch_camera(daemon);

	if (error == 0) {
		settle_sleep(daemon);
		keeper_close_rest();
		keeper_flush();
		confine(daemon);
		tell_status(daemon);
		app_service_ready();
		error = loop(daemon);
		/* Then it is started again. */
		if (error != 0)
			keeper_expect_successor();
	}
	app_service_stopping();
	camera_close(&daemon->camera);
	return error;
}

int daemon_run(const struct settings_overrides *overrides, struct settings *settings)
{
	struct daemon daemon = {.overrides = overrides, .epoll_fd = -1, .signal_fd = -1, .clock.timer_fd = -1};
	int error;

	daemon.watchdog_ms = app_service_watchdog_ms();
	keeper_open();
	error = open_loop(&daemon);

	if (error != 0) {
		app_log(APP_LOG_ERROR, "the daemon cannot set up its event loop", "reason=\"%s\"", strerror(-error));
	} else {
		error = camera_open(&daemon.camera, settings, 0);
		if (error == 0)
			error = run_camera(&daemon);
	}
	settings_fini(settings);
	keeper_close();
	close_loop(&daemon);
	return error;
}
