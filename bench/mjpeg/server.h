/* SPDX-License-Identifier: Apache-2.0 */
/** @file server.h
 * zcf-mjpegd, from the same build directory or the same installation; and uStreamer, with a camera made up for it
 * (peers/v4l2_stand_in.c). */
#ifndef ZCF_BENCH_MJPEG_SERVER_H
#define ZCF_BENCH_MJPEG_SERVER_H

#include <stdbool.h>
#include <stdint.h>

bool server_is_there(void);

/** @return A port of this machine that nobody has at the moment. */
uint16_t server_choose_port(void);

/** Go on as zcf-mjpegd. @return -1 after a message; if all is well it does not return. */
int server_become(const char *runtime_directory, const char *channel, uint16_t port, int quality);

/** Whether uStreamer is installed, and the camera for it was built. */
bool server_has_ustreamer(void);

/** Go on as uStreamer, with the same footage. @return -1 after a message; if all is well it does not return. */
int server_become_ustreamer(uint32_t width, uint32_t height, uint16_t port, int quality);

#endif
