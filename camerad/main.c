/* SPDX-License-Identifier: Apache-2.0 */
/* zcf-camerad: the camera daemon. */
#include "app/confine.h"
#include "daemon.h"
#include "options.h"

#include <stdio.h>
#include <zcframe/consumer.h>

/* Documented in zcf-camerad(8). */
#define EXIT_RUNTIME_FAILURE 1
#define EXIT_WRONG_USE       2

static int check_config(const struct settings *settings)
{
	printf("zcf-camerad: the configuration is right: source %s, %zu channel%s\n", settings->camera.source->name,
	       settings->channel_count, settings->channel_count == 1 ? "" : "s");
	for (size_t i = 0; i < settings->channel_count; i++)
		printf("  %s %ux%u\n", settings->channels[i].name, settings->channels[i].width_pixels,
		       settings->channels[i].height_pixels);
	return 0;
}

/* Nothing that the daemon does takes root, but to make a directory in /run. */
static int settle_user(const struct settings *settings, char *why, size_t why_size)
{
	char directory[512] = "";

	if (settings->camera.user == NULL)
		return 0;
	if (settings->runtime.directory != NULL)
		snprintf(directory, sizeof(directory), "%s", settings->runtime.directory);
	else
		zcf_runtime_directory(directory, sizeof(directory));
	return app_become_user(settings->camera.user, directory[0] != '\0' ? directory : NULL, why, why_size);
}

int main(int argument_count, char **arguments)
{
	struct options options;
	struct settings settings;
	char why[768];
	enum options_action action = options_parse(&options, argument_count, arguments);
	int error;

	if (action == OPTIONS_DONE || action == OPTIONS_WRONG)
		return action == OPTIONS_DONE ? 0 : EXIT_WRONG_USE;
	error = settings_load(&options.overrides, &settings, why, sizeof(why));
	if (error != 0) {
		fprintf(stderr, "zcf-camerad: %s\n", why);
		settings_fini(&settings);
		return EXIT_WRONG_USE;
	}
	if (action == OPTIONS_CHECK_CONFIG) {
		check_config(&settings);
		settings_fini(&settings);
		return 0;
	}
	app_log_open("zcf-camerad", settings.camera.log_level);
	error = settle_user(&settings, why, sizeof(why));
	if (error != 0) {
		fprintf(stderr, "zcf-camerad: %s\n", why);
		settings_fini(&settings);
		return EXIT_RUNTIME_FAILURE;
	}
	return daemon_run(&options.overrides, &settings) == 0 ? 0 : EXIT_RUNTIME_FAILURE;
}
