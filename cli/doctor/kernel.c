/* SPDX-License-Identifier: Apache-2.0 */
/* Does this kernel have what the protocol stands on? Tried out, not concluded from its version. */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096

static int make_memfd(void)
{
	int fd = memfd_create("zcf-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && ftruncate(fd, PAGE_BYTES) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A producer maps a buffer, then seals it: its own mapping stays writable, nobody can make another. */
static void check_seals(struct findings *findings)
{
	int fd = make_memfd();
	void *own = fd >= 0 ? mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	void *other;

	if (own == MAP_FAILED) {
		findings_problem(findings, FINDING_BROKEN, "memfd", "no anonymous shared memory (memfd_create): %s",
				 strerror(errno));
		findings_remedy(findings, "check the limits of this container or service (seccomp, memory), or use a "
					  "kernel with CONFIG_MEMFD_CREATE");
	} else if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) < 0) {
		findings_problem(findings, FINDING_BROKEN, "memfd-seals",
				 "buffers cannot be sealed against writing (F_SEAL_FUTURE_WRITE): %s", strerror(errno));
		findings_remedy(findings, "Linux 5.1 or newer has it: upgrade the kernel");
	} else if ((other = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED) {
		munmap(other, PAGE_BYTES);
		findings_problem(findings, FINDING_BROKEN, "memfd-seals",
				 "a sealed buffer can still be mapped for writing: the kernel does not keep the seal");
		findings_remedy(findings, "upgrade the kernel, or leave the sandbox that emulates it");
	} else {
		findings_good(findings, "memfd-seals", "shared memory can be sealed: consumers can only read");
	}
	if (own != MAP_FAILED)
		munmap(own, PAGE_BYTES);
	if (fd >= 0)
		close(fd);
}

/* Consumers sleep on a word that they may only read; some emulated kernels refuse that. */
static void check_futex(struct findings *findings)
{
	struct timespec soon = {.tv_nsec = 1000000};
	int fd = make_memfd();
	const uint32_t *word = fd >= 0 ? mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	long result = -1;

	if (word != MAP_FAILED)
		result = syscall(SYS_futex, word, FUTEX_WAIT, 0, &soon, NULL, 0);
	if (word != MAP_FAILED && result < 0 && errno == ETIMEDOUT) {
		findings_good(findings, "futex", "consumers can sleep on memory that they may only read (futex)");
	} else {
		findings_problem(findings, FINDING_BROKEN, "futex",
				 "waiting on read-only shared memory fails (FUTEX_WAIT): %s",
				 result == 0 ? "it returns at once" : strerror(errno));
		findings_remedy(findings, "use a Linux kernel of its own, not an emulation of one, 5.1 or newer");
	}
	if (word != MAP_FAILED)
		munmap((void *)word, PAGE_BYTES);
	if (fd >= 0)
		close(fd);
}

static void check_credentials(struct findings *findings)
{
	int sockets[2] = {-1, -1};
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0 ||
	    getsockopt(sockets[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid != getpid() ||
	    peer.uid != geteuid()) {
		findings_problem(findings, FINDING_BROKEN, "credentials",
				 "sockets do not tell who is at the other end (SO_PEERCRED): %s",
				 peer.pid == 0 ? strerror(errno) : "wrong answer");
		findings_remedy(findings,
				"use a Linux kernel with Unix sockets (CONFIG_UNIX), outside of sandboxes that "
				"hide processes");
	} else {
		findings_good(findings, "credentials", "sockets tell who is at the other end (SO_PEERCRED)");
	}
	for (int i = 0; i < 2; i++)
		if (sockets[i] >= 0)
			close(sockets[i]);
}

void check_kernel(struct findings *findings)
{
	struct utsname system;
	unsigned major = 0, minor = 0;

	if (uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 5 || (major == 5 && minor >= 1))) {
		findings_good(findings, "kernel", "Linux %s on %s", system.release, system.machine);
	} else {
		findings_problem(findings, FINDING_BROKEN, "kernel", "Linux %u.%u is older than 5.1", major, minor);
		findings_remedy(findings, "upgrade the kernel");
	}
	check_seals(findings);
	check_futex(findings);
	check_credentials(findings);
}
