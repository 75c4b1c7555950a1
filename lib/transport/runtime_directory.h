/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_TRANSPORT_RUNTIME_DIRECTORY_H
#define ZCF_TRANSPORT_RUNTIME_DIRECTORY_H

#include <stddef.h>

#define ZCF_SYSTEM_RUNTIME_DIRECTORY "/run/zcframe"

/* Copy the path that was given or, if it is NULL or empty, the default one. */
int zcf_runtime_directory_resolve(const char *given, char *ret_path, size_t size_bytes);

#endif
