/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_GRAB_NUMBERING_H
#define ZCF_CLI_GRAB_NUMBERING_H

#include <stdint.h>

/** "dir/out.png", 7 of 100 becomes "dir/out-007.png". @return A string to free. */
char *grab_numbered_path(const char *path, uint32_t number, uint32_t count);

#endif
