/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file version.h
 * Three numbers that change for different reasons: the release, the library's ABI (its soname), and the
 * layout of shared memory and messages. Only the last one decides whether two processes can talk.
 */
#ifndef ZCFRAME_VERSION_H
#define ZCFRAME_VERSION_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZCF_VERSION_MAJOR 0
#define ZCF_VERSION_MINOR 1
#define ZCF_VERSION_PATCH 0

/** Processes with different major numbers refuse each other. */
#define ZCF_PROTOCOL_MAJOR 2u
/** A higher minor number understands all lower ones. */
#define ZCF_PROTOCOL_MINOR 0u

/** @return The version of the library that is loaded, such as "0.1.0". */
ZCF_API const char *zcf_version(void);

#ifdef __cplusplus
}
#endif

#endif
