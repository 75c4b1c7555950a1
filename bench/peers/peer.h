/* SPDX-License-Identifier: Apache-2.0 */
/** @file peer.h
 * Other ways to share frames, each a program of its own, built where its library is there. `zcf bench peers` starts one
 * process for each role, with the descriptor of a trial; what is measured, and how, is the same for all (trial.h). */
#ifndef ZCF_BENCH_PEERS_PEER_H
#define ZCF_BENCH_PEERS_PEER_H

#include "trial.h"

struct peer {
	/** Whether this machine has what the program takes at run time, a plugin say. NULL: it needs no more than to
	 * start.
	 */
	bool (*is_available)(void);
	int (*produce)(struct trial *trial);
	int (*consume)(struct trial *trial, uint32_t index);
	/** Serve until trial->stopping. NULL: there is no such role. */
	int (*serve)(struct trial *trial);
};

/** What main() of a peer returns. */
int peer_main(int argument_count, char **arguments, const struct peer *peer);

/** Where this trial's socket is, or is to be. */
const char *peer_socket_path(const struct trial *trial, char *path, size_t size);

/** Wait until a file is there. @return 0 or -ETIMEDOUT, after a message. */
int peer_wait_for_file(const char *path);

#endif
