/* SPDX-License-Identifier: Apache-2.0 */
/** @file listener.h
 * "ADDRESS:PORT" to a listening socket. */
#ifndef ZCFRAME_MJPEGD_LISTENER_H
#define ZCFRAME_MJPEGD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

struct listener {
	int fd;
	bool is_loopback;
	char url[128]; /**< Where the page is: "http://127.0.0.1:8080/". */
};

/**
 * Check an address without opening it.
 *
 * @param why  Receives a sentence if it is wrong.
 * @return 0 or -EINVAL.
 */
int listener_check(const char *address, char *why, size_t why_size);

/**
 * @param address  "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; port 0: any free one.
 * @return 0; -EINVAL; or why the system refuses: -EADDRINUSE, -EACCES, -EADDRNOTAVAIL, ...
 */
int listener_open(const char *address, struct listener *ret_listener, char *why, size_t why_size);

#endif
