/* SPDX-License-Identifier: Apache-2.0 */
/** @file queue.h
 * Queues between the threads of one process. */
#ifndef EMULATION_HBMEM_QUEUE_H
#define EMULATION_HBMEM_QUEUE_H

/** The module closes: wake all sleepers, forget all queues. */
void queue_destroy_all(void);

#endif
