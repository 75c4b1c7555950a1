/* SPDX-License-Identifier: Apache-2.0 */
/* Each channel: is there a producer, is it alive, do frames really arrive? */
#include "checks.h"

#include "channel.h"
#include "detector.h"
#include "process_name.h"
#include "text.h"
#include "units.h"

#include <zcframe/consumer.h>

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHECK            "channels"
#define FRAME_TIMEOUT_NS 2000000000ull
#define FRAME_INTERVALS  5
/* More of its frames than one in a hundred: worth a word. */
#define NOTABLE_FRACTION 100

static void add_remedy_of_refusal(struct findings *findings, const char *directory, const char *channel)
{
	char path[PATH_MAX + ZCF_CHANNEL_NAME_SIZE + 8];
	const struct group *group = NULL;
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s.sock", directory, channel);
	if (stat(path, &status) == 0 && status.st_gid != 0)
		group = getgrgid(status.st_gid);
	if (access(path, W_OK) == 0)
		findings_remedy(findings,
				"add the user to allowed_users of [channel %s] in zcframe.conf, or take "
				"allowed_users and allowed_groups out",
				channel);
	else if (group != NULL)
		findings_remedy(findings, "as root: usermod -aG %s USER; then log in again", group->gr_name);
	else
		findings_remedy(findings,
				"have the daemon give its sockets to a group that this user is in: socket_group in "
				"zcframe.conf(5)");
}

/* By its name where it does not answer; what it would publish there is known only then. */
static bool is_detector(const struct channel *channel)
{
	return channel->snapshot.format.fourcc == ZCF_FOURCC_DATA || strcmp(channel->name, ZCF_DETECTIONS_CHANNEL) == 0;
}

static const char *service_of(const struct channel *channel)
{
	return is_detector(channel) ? "zcf-yolod" : "zcf-camerad";
}

static void report_unreachable(struct findings *findings, const struct channel *channel)
{
	char directory[PATH_MAX] = "";

	zcf_runtime_directory(directory, sizeof(directory));
	switch (channel->state) {
	case CHANNEL_DEAD:
		findings_problem(findings, FINDING_WARNING, "stale-sockets",
				 "channel %s: a producer died and left its socket behind", channel->name);
		findings_remedy(findings,
				"start its producer again, which takes the socket over; if it is not to come back: "
				"rm %s/%s.sock",
				directory, channel->name);
		break;
	case CHANNEL_SILENT:
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: %s", channel->name, channel->detail);
		findings_remedy(findings,
				"it is stopped or hung: see 'journalctl -u %s', continue it (kill -CONT) or restart it",
				service_of(channel));
		break;
	case CHANNEL_INCOMPATIBLE:
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: %s", channel->name, channel->detail);
		findings_remedy(findings, "upgrade the older one, and restart the daemon after an upgrade");
		break;
	case CHANNEL_REFUSED:
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: %s", channel->name, channel->detail);
		add_remedy_of_refusal(findings, directory, channel->name);
		break;
	default:
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: %s", channel->name, channel->detail);
		findings_remedy(findings, "restart its producer; if that does not help, report what this line says");
		break;
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* As a consumer does it. Attaching also wakes a camera that sleeps while nobody looks; what is on offer until
 * then is its last frame before that, and no sign of life. */
static int fetch_frame(const struct channel *channel, uint64_t *ret_waited_ns, struct detector_result *ret_result)
{
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	uint64_t timeout_ns = FRAME_INTERVALS * channel->snapshot.frame_interval_ns;
	uint64_t start_ns = now_ns();
	int error;

	if (timeout_ns < FRAME_TIMEOUT_NS)
		timeout_ns = FRAME_TIMEOUT_NS;
	zcf_consumer_options_init(&options);
	options.label = "zcf doctor";
	options.rate = ZCF_RATE_NEWEST_ONLY;
	error = zcf_consumer_open(channel->name, &options, 0, &consumer);
	if (error < 0)
		return error;
	do {
		error = zcf_consumer_acquire(consumer, (int64_t)timeout_ns, &frame);
		/* Revoked or not is of no interest for a picture: it came. */
		if (error == 0)
			detector_look(frame, ret_result);
	} while (error == 0 && ret_result->publish_time_ns + timeout_ns < start_ns);
	*ret_waited_ns = now_ns() - start_ns;
	zcf_consumer_close(consumer);
	return error;
}

static void check_frames(struct findings *findings, const struct channel *channel)
{
	char name[PROCESS_NAME_SIZE], waited[UNITS_SIZE];
	uint64_t waited_ns = 0;
	int32_t pid = channel->snapshot.producer_pid;
	struct detector_result result;
	int error = fetch_frame(channel, &waited_ns, &result);

	process_name(name, pid);
	if (error == 0) {
		findings_good(findings, CHECK, "channel %s: answers and publishes (%s %d); a frame came within %s",
			      channel->name, name, pid, units_duration(waited, waited_ns));
		check_detector(findings, channel->name, &result);
	} else if (error == -EAGAIN || error == -ENOTCONN) {
		findings_problem(findings, FINDING_BROKEN, CHECK,
				 "channel %s: %s %d answers, but no frame came within %s", channel->name, name, pid,
				 units_duration(waited, waited_ns));
		if (is_detector(channel))
			findings_remedy(findings,
					"the detector gets no frames, or hangs: see whether its channel has some, and "
					"'journalctl -u zcf-yolod'");
		else
			findings_remedy(findings,
					"its source has stopped: see the producer's log ('journalctl -u zcf-camerad') "
					"and its camera or file");
	} else {
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: cannot attach: %s", channel->name,
				 zcf_error_detail());
		findings_remedy(findings, "%s",
				error == -EUSERS ? "close some of its consumers ('zcf top' shows them)"
						 : "the sentence above says what is missing");
	}
}

/* A daemon whose program was replaced under it still runs the old one. */
static void check_upgraded(struct findings *findings, const struct channel *channel)
{
	char link[64], target[PATH_MAX];
	int32_t pid = channel->snapshot.producer_pid;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return; /* another user's process: nothing to see, and nothing wrong */
	target[length] = '\0';
	if (strstr(target, " (deleted)") == NULL)
		return;
	findings_problem(findings, FINDING_WARNING, "versions",
			 "channel %s: its producer (process %d) still runs a program that was replaced meanwhile",
			 channel->name, pid);
	findings_remedy(findings, "restart it: systemctl restart %s", service_of(channel));
}

static void check_consumers(struct findings *findings, const struct channel *channel)
{
	for (uint32_t i = 0; i < channel->snapshot.consumer_count; i++) {
		const struct zcf_snapshot_consumer *consumer = &channel->snapshot.consumers[i];
		char label[ZCF_LABEL_SIZE + 1], deadline[UNITS_SIZE];
		if (consumer->revoked * NOTABLE_FRACTION <= consumer->acquired || consumer->revoked == 0)
			continue;
		findings_problem(findings, FINDING_WARNING, "consumers",
				 "channel %s: consumer %s (process %d) held %" PRIu64 " of %" PRIu64
				 " frames past its deadline of %s and lost them",
				 channel->name,
				 text_clean(label, sizeof(label), consumer->label, sizeof(consumer->label)),
				 consumer->pid, consumer->revoked, consumer->acquired,
				 units_duration(deadline, consumer->lease_deadline_ns));
		findings_remedy(findings, "it is too slow: let it copy what it needs, or allow longer leases and more "
					  "buffers (lease_deadline and buffers of the channel)");
	}
}

void check_channels(struct findings *findings)
{
	struct channel_list list;
	int error = channel_list_load(&list, CHANNEL_QUERY_TIMEOUT_NS);

	if (error < 0) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "cannot list the channels: %s", strerror(-error));
		findings_remedy(findings, "mend the runtime directory first");
		return;
	}
	if (list.count == 0) {
		findings_problem(findings, FINDING_WARNING, CHECK, "there are no channels: no producer is running");
		findings_remedy(findings, "start zcf-camerad; without a camera too: its default source is synthetic");
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct channel *channel = list.channels[i];
		if (channel->error < 0) {
			report_unreachable(findings, channel);
			continue;
		}
		check_frames(findings, channel);
		check_upgraded(findings, channel);
		check_consumers(findings, channel);
	}
	channel_list_free(&list);
}
