/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_PROCESS_NAME_H
#define ZCF_CLI_PROCESS_NAME_H

#include <stdint.h>

#define PROCESS_NAME_SIZE 32

/** Name of a process as the kernel knows it, harmless to print; "?" if it is gone or hidden. @return buffer. */
const char *process_name(char buffer[PROCESS_NAME_SIZE], int32_t pid);

#endif
