/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_LATENCY_H
#define ZCF_LATENCY_H

#include <stdint.h>

/* Bucket of a latency: the position of its highest bit, and the two bits below that. */
uint32_t zcf_latency_bucket(uint64_t latency_ns);

#endif
