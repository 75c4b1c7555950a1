/* SPDX-License-Identifier: Apache-2.0 */
/** @file peer.h
 * The other side of peer_do(). */
#ifndef EMULATION_TESTS_PEER_H
#define EMULATION_TESTS_PEER_H

int peer_main(int line);

#endif
