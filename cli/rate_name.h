/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_RATE_NAME_H
#define ZCF_CLI_RATE_NAME_H

#include <stddef.h>
#include <stdint.h>

/** Which frames a consumer asked for (enum zcf_rate) as JSON names it: "every_frame", .... */
const char *rate_name(uint32_t rate);

/** The same with its number: "1 frame in 3", "at most 7.5 a second". @return buffer. */
const char *rate_sentence(char *buffer, size_t size, uint32_t rate, uint32_t rate_value);

#endif
