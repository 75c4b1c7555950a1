/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "app/config.h"

#include <getopt.h>
#include <stdio.h>
#include <zcframe/version.h>

/* Has no short form. */
#define OPTION_CHECK_CONFIG 256

static const struct option long_options[] = {
	{"backend", required_argument, NULL, 'b'}, /* sorted by name */
	{"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
	{"config", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"log-level", required_argument, NULL, 'l'},
	{"rate", required_argument, NULL, 'r'},
	{"runtime-dir", required_argument, NULL, 'd'},
	{"source", required_argument, NULL, 's'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static void print_help(void)
{
	const struct source_ops *ops;

	printf("Usage: zcf-camerad [OPTION]...\n"
	       "Publish the frames of a camera on shared-memory channels, in the foreground, until SIGTERM or SIGINT.\n"
	       "SIGHUP reads the configuration again.\n"
	       "\n"
	       "  -c, --config FILE        the configuration (default: %s, if it exists)\n"
	       "  -s, --source SOURCE      a source by name, or the path of a video or image\n"
	       "  -r, --rate N             frames per second, or 'source' for the rate of the source itself\n"
	       "  -b, --backend KIND       memory of the buffers: memfd (any Linux) or hbmem (RDK X5)\n"
	       "  -d, --runtime-dir DIR    where the channels' sockets are (default: $ZCF_RUNTIME_DIR, /run/zcframe, "
	       "...)\n"
	       "  -l, --log-level LEVEL    error, warning, info or debug\n"
	       "      --check-config       say whether the configuration is right, and stop\n"
	       "  -h, --help               this text\n"
	       "  -V, --version            the version\n"
	       "\n"
	       "What the command line says goes before the file, also after a reload. Sources:\n",
	       APP_CONFIG_DEFAULT_PATH);
	for (size_t i = 0; (ops = source_list(i)) != NULL; i++)
		printf("  %-12s %s\n", ops->name, ops->summary);
	printf("\nExit status: 0 stopped as asked, 1 could not start or go on, 2 wrong options or configuration.\n");
}

enum options_action options_parse(struct options *options, int argument_count, char **arguments)
{
	enum options_action action = OPTIONS_RUN;
	int option;

	*options = (struct options){0};
	while ((option = getopt_long(argument_count, arguments, "b:c:s:r:d:l:hV", long_options, NULL)) != -1) {
		switch (option) {
		case 'b':
			options->overrides.backend = optarg;
			break;
		case 'c':
			options->overrides.config_path = optarg;
			break;
		case 's':
			options->overrides.source = optarg;
			break;
		case 'r':
			options->overrides.rate = optarg;
			break;
		case 'd':
			options->overrides.runtime_directory = optarg;
			break;
		case 'l':
			options->overrides.log_level = optarg;
			break;
		case OPTION_CHECK_CONFIG:
			action = OPTIONS_CHECK_CONFIG;
			break;
		case 'h':
			print_help();
			return OPTIONS_DONE;
		case 'V':
			printf("zcf-camerad %s\n", zcf_version());
			return OPTIONS_DONE;
		default:
			fprintf(stderr, "Try 'zcf-camerad --help'.\n");
			return OPTIONS_WRONG;
		}
	}
	if (optind < argument_count) {
		fprintf(stderr, "zcf-camerad: unexpected argument '%s'; a file to play is given with --source\n",
			arguments[optind]);
		return OPTIONS_WRONG;
	}
	return action;
}
