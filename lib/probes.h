/* SPDX-License-Identifier: Apache-2.0 */
/*
 * USDT probes of provider "zcframe": one nop each in the code, and a note in the ELF file that perf,
 * bpftrace and systemtap find. docs/tracing.md shows how to use them.
 */
#ifndef ZCF_PROBES_H
#define ZCF_PROBES_H

#ifdef ZCF_HAVE_PROBES
#include <sys/sdt.h>
#define ZCF_PROBE_PUBLISH(channel, sequence, buffer_index, wake_bits)                                                  \
	DTRACE_PROBE4(zcframe, publish, channel, sequence, buffer_index, wake_bits)
#define ZCF_PROBE_ACQUIRE(channel, sequence, buffer_index, latency_ns)                                                 \
	DTRACE_PROBE4(zcframe, acquire, channel, sequence, buffer_index, latency_ns)
#define ZCF_PROBE_RELEASE(channel, sequence, buffer_index, verdict)                                                    \
	DTRACE_PROBE4(zcframe, release, channel, sequence, buffer_index, verdict)
#define ZCF_PROBE_REVOKE(channel, sequence, buffer_index, pid)                                                         \
	DTRACE_PROBE4(zcframe, revoke, channel, sequence, buffer_index, pid)
#define ZCF_PROBE_SKIP(channel, frame_count) DTRACE_PROBE2(zcframe, skip, channel, frame_count)
#else
#define ZCF_PROBE_PUBLISH(channel, sequence, buffer_index, wake_bits)  ((void)0)
#define ZCF_PROBE_ACQUIRE(channel, sequence, buffer_index, latency_ns) ((void)0)
#define ZCF_PROBE_RELEASE(channel, sequence, buffer_index, verdict)    ((void)0)
#define ZCF_PROBE_REVOKE(channel, sequence, buffer_index, pid)         ((void)0)
#define ZCF_PROBE_SKIP(channel, frame_count)                           ((void)0)
#endif

#endif
