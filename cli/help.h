/* SPDX-License-Identifier: Apache-2.0 */
/** @file help.h
 * Help texts, made from the table of commands. */
#ifndef ZCF_CLI_HELP_H
#define ZCF_CLI_HELP_H

#include "command.h"

#include <stdio.h>

/** Print the help of a command, or of zcf itself with NULL. */
void cli_print_help(FILE *output, const struct cli_command *command);

#endif
