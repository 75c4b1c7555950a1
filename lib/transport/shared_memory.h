/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anonymous shared memory (memfd) whose size nobody can change, and which at most its maker can write.
 */
#ifndef ZCF_SHARED_MEMORY_H
#define ZCF_SHARED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum zcf_shared_access {
	ZCF_SHARED_PEERS_READ,  /* Only the mapping made here can ever be written: F_SEAL_FUTURE_WRITE. */
	ZCF_SHARED_PEERS_WRITE, /* Whoever has the descriptor can write. */
};

/*
 * Make `size_bytes` of zeroed memory, all of it allocated now (so that no later write can fail with
 * SIGBUS), map it writable and seal it.
 */
int zcf_shared_memory_create(const char *name, size_t size_bytes, enum zcf_shared_access access, int *ret_fd,
			     void **ret_base);

/*
 * Map memory that another process made, after checking that it is at least as large as promised and cannot
 * shrink under us.
 */
int zcf_shared_memory_map(int fd, size_t size_bytes, int protection, void **ret_base);

void zcf_shared_memory_unmap(void *base, size_t size_bytes);

static inline uint64_t zcf_round_up_to_page(uint64_t size_bytes)
{
	return (size_bytes + 4095) & ~UINT64_C(4095);
}

#endif
