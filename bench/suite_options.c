/* SPDX-License-Identifier: Apache-2.0 */
#include "suite_options.h"

struct suite_options suite_options;

const struct cli_option suite_option_list[] = {
	{.name = "quick",
	 .letter = 'q',
	 .help = "less of everything: to see that it works, not for figures",
	 .type = CLI_FLAG,
	 .value = &suite_options.quick},
	{.name = "rounds",
	 .argument = "N",
	 .help = "rounds to take medians of (default 3 to 20)",
	 .type = CLI_UINT32,
	 .value = &suite_options.rounds,
	 .minimum = 1,
	 .maximum = 1000},
	{.name = "frames",
	 .argument = "N",
	 .help = "frames of each contender in each round (default 40 to 2000)",
	 .type = CLI_UINT32,
	 .value = &suite_options.frames,
	 .minimum = 10,
	 .maximum = 100000},
	{.name = NULL},
};
