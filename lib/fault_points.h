/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places where tests/torture/ kills, stops or forks a process: one behind each step of docs/protocol.md. They are in
 * the copy of the library that those tests are built with, and in no other.
 */
#ifndef ZCF_FAULT_POINTS_H
#define ZCF_FAULT_POINTS_H

/* clang-format off */
#define ZCF_FAULT_POINTS(X)                                                                                            \
	/* publish, withdraw, a dequeue that waits */                                                                  \
	X(D) X(P1) X(P2) X(P3) X(P4) X(P5) X(W1) X(W2) X(W3) X(W4) X(W5) X(B1) X(B2)                                   \
	/* a caller is accepted, has a lane, is welcomed */                                                            \
	X(ACCEPTED) X(LANE_MADE) X(WELCOME_SENT)                                                                       \
	/* acquire, release, sleep */                                                                                  \
	X(A0) X(A1) X(A2) X(A3) X(C) X(R1) X(R2) X(R3) X(S0) X(S1) X(S2) X(S3)                                         \
	/* connected, the greeting sent, the answer heard */                                                           \
	X(CONNECTED) X(HELLO_SENT) X(WELCOME_HEARD)
/* clang-format on */

enum zcf_fault_point {
#define ZCF_FAULT_POINT_CONSTANT(step) ZCF_FAULT_POINT_##step,
	ZCF_FAULT_POINTS(ZCF_FAULT_POINT_CONSTANT)
#undef ZCF_FAULT_POINT_CONSTANT
		ZCF_FAULT_POINT_COUNT
};

#ifdef ZCF_HAVE_FAULT_POINTS
/* The test's. */
void zcf_fault_point(enum zcf_fault_point point);
#define ZCF_FAULT_POINT(step) zcf_fault_point(ZCF_FAULT_POINT_##step)
#else
#define ZCF_FAULT_POINT(step) ((void)0)
#endif

#endif
