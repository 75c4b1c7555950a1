/* SPDX-License-Identifier: Apache-2.0 */
/** @file picture_format.h
 * Names of pixel formats and geometries, for people. */
#ifndef ZCF_CLI_PICTURE_FORMAT_H
#define ZCF_CLI_PICTURE_FORMAT_H

#include <zcframe/types.h>

#define PICTURE_FOURCC_SIZE 16

/** "NV12"; "0x12345678" for what is not four printable characters. @return buffer. */
const char *picture_fourcc_name(char buffer[PICTURE_FOURCC_SIZE], uint32_t fourcc);

/** "640x480", or "64.0 KiB" for data. @return buffer. */
const char *picture_size_name(char *buffer, size_t size, const struct zcf_format *format);

#endif
