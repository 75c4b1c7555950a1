/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "clock.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct counter_value {
	uint64_t value, enabled_ns, running_ns;
};

void account_open(struct account *account)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_HW_CACHE_MISSES,
		.disabled = 1,
		.inherit = 1, /* threads that are started later */
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	account->counter_fd =
		(int32_t)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, (unsigned long)PERF_FLAG_FD_CLOEXEC);
}

const char *account_cache_miss_obstacle(void)
{
	struct account account;

	account_open(&account);
	if (account.counter_fd < 0)
		return errno == EACCES || errno == EPERM
			       ? "this user may not have them counted (kernel.perf_event_paranoid is above 1)"
			       : "this machine has no counter for them";
	close(account.counter_fd);
	return NULL;
}

static bool read_misses(const struct account *account, uint64_t *ret_misses)
{
	struct counter_value value;

	if (account->counter_fd < 0 || read(account->counter_fd, &value, sizeof(value)) != sizeof(value))
		return false;
	*ret_misses = value.value;
	/* Where others use the counters too, ours runs only now and then: then it says nothing. */
	return value.running_ns > 0 && value.running_ns == value.enabled_ns;
}

void account_begin(struct account *account)
{
	struct rusage usage;

	if (account->begun)
		return;
	account->begun = 1;
	getrusage(RUSAGE_SELF, &usage);
	account->voluntary_switches = (uint64_t)usage.ru_nvcsw;
	account->involuntary_switches = (uint64_t)usage.ru_nivcsw;
	if (account->counter_fd >= 0)
		ioctl(account->counter_fd, PERF_EVENT_IOC_ENABLE, 0);
	account->processor_ns = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void account_end(struct account *account)
{
	struct rusage usage;

	if (!account->begun || account->ended)
		return;
	account->ended = 1;
	account->processor_ns = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - account->processor_ns;
	getrusage(RUSAGE_SELF, &usage);
	account->voluntary_switches = (uint64_t)usage.ru_nvcsw - account->voluntary_switches;
	account->involuntary_switches = (uint64_t)usage.ru_nivcsw - account->involuntary_switches;
	account->has_misses = read_misses(account, &account->cache_misses);
}

void account_note_memory(struct account *account)
{
	account_note_memory_of(getpid(), account);
}

void account_note_memory_of(pid_t process, struct account *account)
{
	char path[48], line[128];
	unsigned long long kib;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)process);
	file = fopen(path, "re");
	account->private_bytes = 0;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Pss: %llu kB", &kib) == 1)
			account->proportional_bytes = kib * 1024;
		/* What is clean is files, such as libraries: private by chance, as long as nobody else runs them. */
		if (sscanf(line, "Private_Dirty: %llu kB", &kib) == 1)
			account->private_bytes = kib * 1024;
	}
	if (file != NULL)
		fclose(file);
}
