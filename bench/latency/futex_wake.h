/* SPDX-License-Identifier: Apache-2.0 */
/** @file futex_wake.h
 * The yardstick: one process stores a number and calls FUTEX_WAKE, the other sleeps in FUTEX_WAIT. */
#ifndef ZCF_BENCH_LATENCY_FUTEX_WAKE_H
#define ZCF_BENCH_LATENCY_FUTEX_WAKE_H

#include "samples.h"

struct futex_page;

struct futex_page *futex_page_create(void);
void futex_page_destroy(struct futex_page *page);

/** Sleep and note the time of each wake-up, until futex_dismiss(). */
void futex_receive(struct futex_page *page, struct samples *samples);

/** Wait until the receiver runs. */
void futex_wait_for_receiver(struct futex_page *page);

/** Note the time and wake the receiver for frame @p index. */
void futex_send(struct futex_page *page, struct samples *samples, uint32_t index);

/** Tell the receiver that it is over, and wait until it has understood. */
void futex_dismiss(struct futex_page *page, const struct samples *samples);

#endif
