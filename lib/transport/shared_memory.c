/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static int fail_create(const char *name, const char *step, int error, size_t size_bytes)
{
	return zcf_fail(error, "shared memory %s of %zu bytes: %s: %s%s", name, size_bytes, step, strerror(-error),
			error == -EMFILE || error == -ENFILE
				? " (raise the limit of open files: ulimit -n, LimitNOFILE=)"
				: "");
}

int zcf_shared_memory_create(const char *name, size_t size_bytes, enum zcf_shared_access access, int *ret_fd,
			     void **ret_base)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	const char *step = "memfd_create";
	void *base = MAP_FAILED;
	int error;

	if (access == ZCF_SHARED_PEERS_READ)
		seals |= F_SEAL_FUTURE_WRITE;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return fail_create(name, step, -errno, size_bytes);
	step = "allocate";
	if (ftruncate(fd, (off_t)size_bytes) < 0 || fallocate(fd, 0, 0, (off_t)size_bytes) < 0)
		goto fail;
	step = "map";
	base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		goto fail;
	step = "seal (needs Linux 5.1 or newer)";
	if (fcntl(fd, F_ADD_SEALS, seals) < 0)
		goto fail;
	*ret_fd = fd;
	*ret_base = base;
	return 0;

fail:
	error = -errno;
	if (base != MAP_FAILED)
		munmap(base, size_bytes);
	close(fd);
	return fail_create(name, step, error, size_bytes);
}

int zcf_shared_memory_map(int fd, size_t size_bytes, int protection, void **ret_base)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return zcf_fail(-EPROTO, "shared memory from the producer is not sealed against shrinking; "
					 "the producer is not a zcframe program or is broken");
	if (fstat(fd, &status) < 0)
		return zcf_fail(-errno, "shared memory from the producer: %s", strerror(errno));
	if (size_bytes == 0 || (uint64_t)status.st_size < size_bytes)
		return zcf_fail(-EPROTO, "shared memory from the producer has %lld bytes where it promised %zu",
				(long long)status.st_size, size_bytes);
	void *base = mmap(NULL, size_bytes, protection, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return zcf_fail(-errno, "map %zu bytes of shared memory: %s", size_bytes, strerror(errno));
	*ret_base = base;
	return 0;
}

void zcf_shared_memory_unmap(void *base, size_t size_bytes)
{
	if (base)
		munmap(base, size_bytes);
}
