/* SPDX-License-Identifier: Apache-2.0 */
/** @file server.h
 * zcf-mjpegd, from the same build directory or the same installation. */
#ifndef ZCF_BENCH_MJPEG_SERVER_H
#define ZCF_BENCH_MJPEG_SERVER_H

#include <stdbool.h>
#include <stdint.h>

bool server_is_there(void);

/** @return A port of this machine that nobody has at the moment. */
uint16_t server_choose_port(void);

/** Go on as the server. @return -1 after a message; if all is well it does not return. */
int server_become(const char *runtime_directory, const char *channel, uint16_t port, int quality);

#endif
