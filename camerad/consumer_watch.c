/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer_watch.h"

#include "app/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Commands that may run at the same time; a change that comes while so many do is only logged. */
#define COMMANDS_AT_MOST 4

/* A look changes the state of each consumer once at most. */
#define GONE_AT_MOST    ZCF_MAX_CONSUMERS
#define CHANGES_AT_MOST (GONE_AT_MOST + ZCF_MAX_CONSUMERS)

#define FIELD(field)    offsetof(struct consumer_watch_settings, field)

static int parse_action(void *disconnect, const char *value, char *why, size_t why_size)
{
	if (strcmp(value, "log") != 0 && strcmp(value, "disconnect") != 0) {
		snprintf(why, why_size, "must be log or disconnect, not '%s'", value);
		return -EINVAL;
	}
	*(bool *)disconnect = strcmp(value, "disconnect") == 0;
	return 0;
}

const struct app_config_key consumer_watch_keys[] = {
	{"stuck_after", APP_CONFIG_DURATION, FIELD(stuck_after_ns), 10e6, 3600e9, NULL},
	{"action", APP_CONFIG_CUSTOM, FIELD(disconnect), 0, 0, parse_action},
	{"command", APP_CONFIG_STRING, FIELD(command), 0, 0, NULL},
	{0},
};

extern char **environ;

/* Of all channels. 0: a free place. */
static pid_t commands[COMMANDS_AT_MOST];

static pid_t *find_free_place(void)
{
	pid_t *place = NULL;

	for (int i = 0; i < COMMANDS_AT_MOST; i++) {
		if (commands[i] != 0 && waitpid(commands[i], NULL, WNOHANG) != 0)
			commands[i] = 0;
		if (commands[i] == 0)
			place = &commands[i];
	}
	return place;
}

/* Without a shell: a consumer's label is its own choice. */
static int spawn(const char *command, const char *channel, const struct consumer_change *change, pid_t *ret_pid)
{
	char pid[16], label[ZCF_LABEL_SIZE + 1];
	posix_spawnattr_t attributes;
	sigset_t none, ignored;
	const char *arguments[] = {command,
				   channel,
				   pid,
				   label,
				   change->gone ? "gone" : zcf_consumer_state_name(change->consumer.state),
				   change->why,
				   NULL};
	int error;

	snprintf(pid, sizeof(pid), "%d", change->consumer.pid);
	snprintf(label, sizeof(label), "%.*s", ZCF_LABEL_SIZE, change->consumer.label);
	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &ignored);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(ret_pid, command, NULL, &attributes, (char *const *)arguments, environ);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static void run_command(const char *command, const char *channel, const struct consumer_change *change)
{
	pid_t *place = find_free_place();
	int error = place != NULL ? spawn(command, channel, change, place) : EAGAIN;

	if (error == 0)
		return;
	if (place != NULL)
		*place = 0;
	app_log(APP_LOG_WARNING, "the watchdog's command was not run", "channel=%s command=\"%s\" reason=\"%s\"",
		channel, command, place != NULL ? strerror(error) : "those before it are still running");
}

int consumer_watch_init(struct consumer_watch *watch, const char *channel)
{
	*watch = (struct consumer_watch){
		.channel = channel,
		.changes = calloc(CHANGES_AT_MOST, sizeof(*watch->changes)),
	};
	return watch->changes != NULL ? 0 : -ENOMEM;
}

void consumer_watch_fini(struct consumer_watch *watch)
{
	free(watch->changes);
	watch->changes = NULL;
}

void consumer_watch_listen(struct consumer_watch *watch, const struct zcf_event *event)
{
	bool gone = event->kind == ZCF_EVENT_DETACHED || event->kind == ZCF_EVENT_EXPELLED;
	struct consumer_change *change;

	if ((event->kind != ZCF_EVENT_STATE && !gone) || watch->change_count == CHANGES_AT_MOST)
		return;
	/*
	 * Should more come and go within a second, those are in the log of attachments only. They take no room from the
	 * others: nobody who comes and goes can hide that somebody else is stuck.
	 */
	if (gone && watch->gone_count == GONE_AT_MOST)
		return;
	watch->gone_count += gone;
	change = &watch->changes[watch->change_count++];
	*change = (struct consumer_change){.consumer = *event->consumer, .gone = gone};
	snprintf(change->why, sizeof(change->why), "%s", event->detail);
}

static void log_change(const struct consumer_watch *watch, const struct consumer_change *change)
{
	char label[4 * ZCF_LABEL_SIZE], why[256];

	app_log(change->consumer.state == ZCF_CONSUMER_LIVE ? APP_LOG_INFO : APP_LOG_WARNING, "consumer changed state",
		"channel=%s pid=%d label=%s id=%" PRIu64 " state=%s reason=%s", watch->channel, change->consumer.pid,
		app_log_quote(label, sizeof(label), change->consumer.label), change->consumer.id,
		zcf_consumer_state_name(change->consumer.state), app_log_quote(why, sizeof(why), change->why));
}

void consumer_watch_look(struct consumer_watch *watch, struct zcf_producer *producer,
			 const struct consumer_watch_settings *settings)
{
	size_t count;

	zcf_producer_judge_consumers(producer, settings->stuck_after_ns);
	/* Whoever is disconnected below is a change for the next look. */
	count = watch->change_count;
	for (size_t i = 0; i < count; i++) {
		const struct consumer_change *change = &watch->changes[i];

		watch->gone_count -= change->gone;
		/* That one is gone is logged already, with all others that are. */
		if (!change->gone)
			log_change(watch, change);
		if (settings->command != NULL)
			run_command(settings->command, watch->channel, change);
		if (settings->disconnect && !change->gone && change->consumer.state == ZCF_CONSUMER_STUCK)
			zcf_producer_expel(producer, change->consumer.id, "it was stuck");
	}
	watch->change_count -= count;
	memmove(watch->changes, &watch->changes[count], watch->change_count * sizeof(watch->changes[0]));
}
