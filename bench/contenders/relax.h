/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_BENCH_CONTENDERS_RELAX_H
#define ZCF_BENCH_CONTENDERS_RELAX_H

/** Tell the processor that this is a loop that waits. */
static inline void bench_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
