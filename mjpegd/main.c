/* SPDX-License-Identifier: Apache-2.0 */
/* zcf-mjpegd: a channel of camera frames in the browser. */
#include "options.h"
#include "server.h"

#include "app/confine.h"
#include "app/log.h"
#include "app/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2

/* Until SIGTERM or SIGINT. */
static void run(struct server *server, int signal_fd)
{
	struct pollfd descriptors[] = {
		{.fd = signal_fd, .events = POLLIN},
		{.fd = server_get_timer_fd(server), .events = POLLIN},
	};
	int watchdog_ms = app_service_watchdog_ms();

	for (;;) {
		if (poll(descriptors, 2, watchdog_ms) < 0 && errno != EINTR)
			return;
		if (watchdog_ms >= 0 && server_is_alive(server))
			app_service_alive();
		if (descriptors[0].revents != 0) {
			int signal_number = app_service_read_signal(signal_fd);

			if (signal_number == SIGTERM || signal_number == SIGINT)
				return;
			if (signal_number == SIGHUP)
				app_log(APP_LOG_INFO,
					"nothing is reloaded on SIGHUP; restart to change the configuration", NULL);
		}
		if (descriptors[1].revents != 0)
			server_sweep(server);
	}
}

static void announce(const struct server *server)
{
	const struct options *options = server->options;

	app_log(APP_LOG_INFO, "serving", "url=%s channel=%s token=%s", server->listener.url, options->channel,
		server->has_token ? "yes" : "no");
	if (!server->listener.is_loopback && !server->has_token)
		app_log(APP_LOG_WARNING, "everybody who reaches this address can watch; set token_file to change that",
			"url=%s", server->listener.url);
	app_service_status("Serving %s at %s", options->channel, server->listener.url);
	app_service_ready();
}

static int serve(const struct options *options)
{
	struct server server;
	char why[512], quoted[1024];
	int signal_fd, error;

	signal_fd = app_service_open_signals();
	if (signal_fd < 0) {
		app_log(APP_LOG_ERROR, "cannot start: signals cannot be received", "error=\"%s\"",
			strerror(-signal_fd));
		return EXIT_FAILURE;
	}
	error = server_start(&server, options, why, sizeof(why));
	if (error == 0) {
		if (options->seccomp)
			app_confine_and_log(APP_CONFINE_TO_KNOWN_CALLS);
		announce(&server);
		run(&server, signal_fd);
		app_service_stopping();
		app_log(APP_LOG_INFO, "stopping", NULL);
	} else {
		app_log(APP_LOG_ERROR, "cannot start", "reason=%s", app_log_quote(quoted, sizeof(quoted), why));
	}
	server_stop(&server);
	close(signal_fd);
	if (error == 0)
		return EXIT_SUCCESS;
	return error == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
}

/* Nothing that the server does takes root, if its port is not below 1024. */
static bool become_user(const struct options *options)
{
	char why[512], quoted[1024];

	if (options->user == NULL || options->user[0] == '\0' ||
	    app_become_user(options->user, NULL, why, sizeof(why)) == 0)
		return true;
	app_log(APP_LOG_ERROR, "cannot start", "reason=%s", app_log_quote(quoted, sizeof(quoted), why));
	return false;
}

int main(int argument_count, char **arguments)
{
	struct options options;
	enum options_answer answer;
	int status = EXIT_SUCCESS;

	app_log_open("zcf-mjpegd", APP_LOG_INFO);
	answer = options_read(&options, argument_count, arguments);
	if (answer == OPTIONS_RUN) {
		app_log_set_level(options.log_level);
		status = become_user(&options) ? serve(&options) : EXIT_FAILURE;
	} else if (answer == OPTIONS_WRONG) {
		status = EXIT_USAGE;
	}
	options_fini(&options);
	return status;
}
