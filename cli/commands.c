/* SPDX-License-Identifier: Apache-2.0 */
/* The table of zcf's commands. A new command is one file and two lines here. */
#include "command.h"

#include <stdio.h>
#include <string.h>

extern const struct cli_command cli_ls_command, cli_top_command, cli_info_command, cli_grab_command;
extern const struct cli_command cli_doctor_command, cli_bench_command, cli_version_command, cli_help_command;
extern const struct cli_command cli_complete_command;

const struct cli_command *const cli_commands[] = {
	&cli_ls_command,    &cli_top_command,     &cli_info_command, &cli_grab_command,     &cli_doctor_command,
	&cli_bench_command, &cli_version_command, &cli_help_command, &cli_complete_command, NULL,
};

const struct cli_command *cli_command_find(const struct cli_command *const *list, const char *name)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp((*list)->name, name) == 0)
			return *list;
	return NULL;
}

const char *cli_command_path(const struct cli_command *command, char *buffer, size_t size)
{
	if (command == NULL)
		snprintf(buffer, size, "zcf");
	else if (command->parent != NULL)
		snprintf(buffer, size, "zcf %s %s", command->parent->name, command->name);
	else
		snprintf(buffer, size, "zcf %s", command->name);
	return buffer;
}
