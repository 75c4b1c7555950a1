/* SPDX-License-Identifier: Apache-2.0 */
/** @file settings.h
 * Switches of the emulation. Each is a line `NAME=value` of the file `control` in the runtime directory, which
 * a test can rewrite while programs run, or an environment variable of the same name. The file wins. */
#ifndef EMULATION_SETTINGS_H
#define EMULATION_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Copy the value of @p name. @return false if it is not set (then @p value is empty). */
bool emulation_setting(const char *name, char *value, size_t size);

/** Whether the switch is set to anything but "", "0", "no", "off" or "false". */
bool emulation_setting_on(const char *name);

/** The switch as a number, or @p otherwise if it is not set or is none. */
int64_t emulation_setting_number(const char *name, int64_t otherwise);

#endif
