/* SPDX-License-Identifier: Apache-2.0 */
/** @file output_file.h
 * A file that appears complete or not at all: written under another name in the same directory, then renamed.
 * Standard output, devices and pipes are written directly. */
#ifndef ZCF_CLI_OUTPUT_FILE_H
#define ZCF_CLI_OUTPUT_FILE_H

#include <stdio.h>

struct output_file;

/** @param path  "-" is standard output. @return NULL after a message. */
struct output_file *output_file_create(const char *path);

FILE *output_file_get_stream(struct output_file *file);

/** Put the file in its place and let go of it. @return 0, or a negative errno after a message. */
int output_file_commit(struct output_file *file);

/** Let go of the file and leave nothing behind. Accepts NULL. */
void output_file_discard(struct output_file *file);

#endif
