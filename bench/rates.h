/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_BENCH_RATES_H
#define ZCF_BENCH_RATES_H

/** How many bytes one processor reads, writes as the camera does, and copies in a second, out of the caches. */
void rates_measure(double *ret_read, double *ret_write, double *ret_copy);

#endif
