/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include "log.h"

#include <errno.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER /* They stop and look into the process at its end. */
#endif

#if defined(APP_HAVE_SECCOMP) && !defined(UNDER_SANITIZER)

#include <seccomp.h>
#include <sys/socket.h>

/* By subject. Names that this architecture does not have are passed over. */
static const char *const known_calls[] = {
	/* reading and writing */
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"preadv",
	"pwritev",
	"preadv2",
	"pwritev2",
	"lseek",
	"close",
	"close_range",
	"dup",
	"dup2",
	"dup3",
	"pipe",
	"pipe2",
	"fcntl",
	"ioctl",
	"flock",
	"fsync",
	"fdatasync",
	"ftruncate",
	"fallocate",
	"sendfile",
	"splice",
	"copy_file_range",
	"fadvise64",
	"readahead",
	/* files */
	"open",
	"openat",
	"openat2",
	"stat",
	"fstat",
	"lstat",
	"newfstatat",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getdents",
	"getdents64",
	"getcwd",
	"mkdir",
	"mkdirat",
	"unlink",
	"unlinkat",
	"link", /* gives the original endpoint its name */
	"linkat",
	"rename",
	"renameat",
	"renameat2",
	"chmod",
	"fchmod",
	"fchmodat",
	"chown",
	"fchown",
	"lchown",
	"fchownat",
	"umask",
	"statfs",
	"fstatfs",
	/* memory */
	"brk",
	"mmap",
	"munmap",
	"mprotect",
	"mremap",
	"madvise",
	"msync",
	"mincore",
	"mlock",
	"munlock",
	"memfd_create",
	"membarrier",
	"get_mempolicy",
	/* threads and processes of our own */
	"futex",
	"futex_waitv",
	"clone",
	"clone3",
	"exit",
	"exit_group",
	"set_robust_list",
	"get_robust_list",
	"set_tid_address",
	"rseq",
	"sched_yield",
	"sched_getaffinity",
	"sched_setaffinity",
	"sched_getparam",
	"sched_getscheduler",
	"getpriority",
	"tgkill",
	"gettid",
	"getpid",
	"getppid",
	"arch_prctl",
	"prctl",
	"wait4",
	"waitid",
	"pidfd_open",
	/* signals */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigpending",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"sigaltstack",
	"signalfd",
	"signalfd4",
	"pause",
	"restart_syscall",
	/* time */
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"times",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_gettime",
	/* waiting */
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd",
	"eventfd2",
	/* sockets, but for socket() itself */
	"socketpair",
	"connect",
	"bind",
	"listen",
	"accept",
	"accept4",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"sendto",
	"recvfrom",
	"sendmsg",
	"recvmsg",
	"sendmmsg",
	"recvmmsg",
	"shutdown",
	/* who and where we are */
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getgroups",
	"getresuid",
	"getresgid",
	"getrlimit",
	"prlimit64",
	"getrusage",
	"sysinfo",
	"uname",
	"getrandom",
	"getcpu",
};

static const int known_families[] = {AF_UNIX, AF_INET, AF_INET6};

static const char *const dangerous_calls[] = {
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"kcmp",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"unshare",
	"setns",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"fsconfig",
	"mount_setattr",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"keyctl",
	"add_key",
	"request_key",
	"acct",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"sethostname",
	"setdomainname",
	"iopl",
	"ioperm",
	"quotactl",
	"syslog",
	"personality",
	"open_by_handle_at",
	"nfsservctl",
	"lookup_dcookie",
	"vhangup",
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, action, number, 0);
		/* A call that exists on other architectures only. */
		if (error == -EDOM)
			error = 0;
	}
	return error;
}

static int fill(scmp_filter_ctx filter, enum app_confinement confinement)
{
	int error;

	if (confinement == APP_CONFINE_DANGEROUS_CALLS)
		return add_all(filter, SCMP_ACT_ERRNO(EPERM), dangerous_calls,
			       sizeof(dangerous_calls) / sizeof(dangerous_calls[0]));
	error = add_all(filter, SCMP_ACT_ALLOW, known_calls, sizeof(known_calls) / sizeof(known_calls[0]));
	for (size_t i = 0; error == 0 && i < sizeof(known_families) / sizeof(known_families[0]); i++) {
		/* The first argument of socket(). */
		const struct scmp_arg_cmp family = {
			.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)known_families[i], .datum_b = 0};

		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &family);
	}
	return error;
}

int app_confine(enum app_confinement confinement)
{
	scmp_filter_ctx filter =
		seccomp_init(confinement == APP_CONFINE_DANGEROUS_CALLS ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	int error;

	if (filter == NULL)
		return -ENOMEM;
	error = fill(filter, confinement);
	if (error == 0)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error == 0 ? 0 : -ENOSYS;
}

#else

int app_confine(enum app_confinement confinement)
{
	(void)confinement;
	return -ENOSYS;
}

#endif

bool app_confine_and_log(enum app_confinement confinement)
{
	if (app_confine(confinement) != 0) {
		app_log(APP_LOG_DEBUG, "no system calls can be given up here", NULL);
		return false;
	}
	app_log(APP_LOG_DEBUG, "system calls given up", "all_but_known=%s",
		confinement == APP_CONFINE_TO_KNOWN_CALLS ? "yes" : "no");
	return true;
}
