/* SPDX-License-Identifier: Apache-2.0 */
/* Processors, clock, memory, descriptors. */
#include "checks.h"

#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>

/* One channel of 4K frames with three buffers takes 36 MiB. */
#define MEMORY_ENOUGH_BYTES  (256ull << 20)
#define MEMORY_MINIMUM_BYTES (32ull << 20)
/* A consumer takes a descriptor for each buffer and a few more; a daemon three for each consumer. */
#define DESCRIPTORS_ENOUGH  1024
#define DESCRIPTORS_MINIMUM 64
#define CLOCK_SLOW_NS       500
#define CLOCK_READS         10000

void check_processors(struct findings *findings)
{
	cpu_set_t allowed;
	int count = sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? CPU_COUNT(&allowed) : 0;

	if (count >= 2) {
		findings_good(findings, "processors", "%d processors", count);
		return;
	}
	findings_problem(findings, FINDING_WARNING, "processors",
			 "only one processor: producer and consumers take turns, latency suffers");
	findings_remedy(findings, "give this machine, container or service a second one");
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool success = file != NULL && fgets(line, (int)size, file) != NULL;

	if (file != NULL)
		fclose(file);
	if (success)
		line[strcspn(line, "\n")] = '\0';
	return success;
}

static double measure_clock_read_ns(void)
{
	struct timespec first, last, now;

	clock_gettime(CLOCK_MONOTONIC, &first);
	for (int i = 0; i < CLOCK_READS; i++)
		clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_MONOTONIC, &last);
	return ((double)(last.tv_sec - first.tv_sec) * 1e9 + (double)(last.tv_nsec - first.tv_nsec)) / CLOCK_READS;
}

/* Every frame is stamped a few times: a clock that needs a system call or a slow device shows in latencies. */
void check_clock(struct findings *findings)
{
	char source[64] = "unknown", available[128] = "";
	double read_ns = measure_clock_read_ns();

	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source, sizeof(source));
	read_line("/sys/devices/system/clocksource/clocksource0/available_clocksource", available, sizeof(available));
	if (read_ns < CLOCK_SLOW_NS) {
		findings_good(findings, "clock", "clock source %s, %.0f ns to read", source, read_ns);
		return;
	}
	findings_problem(findings, FINDING_WARNING, "clock", "clock source %s is slow: %.0f ns to read", source,
			 read_ns);
	if (strstr(available, "tsc") != NULL && strcmp(source, "tsc") != 0)
		findings_remedy(findings,
				"echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource, or "
				"boot with clocksource=tsc if its TSC is sound");
	else
		findings_remedy(findings, "available here: %s; a machine without a fast one still works", available);
}

static uint64_t read_available_memory(void)
{
	char line[128];
	uint64_t kibibytes = 0;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &kibibytes) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kibibytes * 1024;
}

static void judge_memory(struct findings *findings, const char *check, const char *what, uint64_t bytes,
			 const char *remedy)
{
	char text[UNITS_SIZE];

	if (bytes >= MEMORY_ENOUGH_BYTES) {
		findings_good(findings, check, "%s: %s free", what, units_bytes(text, bytes));
		return;
	}
	findings_problem(findings, bytes < MEMORY_MINIMUM_BYTES ? FINDING_BROKEN : FINDING_WARNING, check,
			 "%s: only %s free", what, units_bytes(text, bytes));
	findings_remedy(findings, "%s", remedy);
}

/* Buffers are shared memory of the kernel (memfd), which the size of /dev/shm does not limit; what does is the
 * memory of the machine and of the control group. */
void check_memory(struct findings *findings)
{
	struct statvfs file_system;
	char limit[64];
	uint64_t limit_bytes, used_bytes;

	judge_memory(findings, "memory", "memory", read_available_memory(),
		     "end what needs it, or configure smaller frames and fewer buffers");
	if (statvfs("/dev/shm", &file_system) < 0) {
		findings_problem(findings, FINDING_WARNING, "dev-shm", "/dev/shm: %s", strerror(errno));
		findings_remedy(findings, "mount -t tmpfs tmpfs /dev/shm; POSIX shared memory needs it");
	} else {
		judge_memory(findings, "dev-shm", "/dev/shm", (uint64_t)file_system.f_bavail * file_system.f_frsize,
			     "remove what fills it, or mount -o remount,size=512M /dev/shm");
	}
	if (read_line("/sys/fs/cgroup/memory.max", limit, sizeof(limit)) &&
	    sscanf(limit, "%" SCNu64, &limit_bytes) == 1 &&
	    read_line("/sys/fs/cgroup/memory.current", limit, sizeof(limit)) &&
	    sscanf(limit, "%" SCNu64, &used_bytes) == 1)
		judge_memory(findings, "memory-limit", "memory limit of this container",
			     limit_bytes > used_bytes ? limit_bytes - used_bytes : 0,
			     "raise the container's memory limit");
}

void check_descriptors(struct findings *findings)
{
	struct rlimit limit = {0};

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= DESCRIPTORS_ENOUGH) {
		findings_good(findings, "descriptors", "up to %" PRIu64 " open files", (uint64_t)limit.rlim_cur);
		return;
	}
	findings_problem(findings, limit.rlim_cur < DESCRIPTORS_MINIMUM ? FINDING_BROKEN : FINDING_WARNING,
			 "descriptors",
			 "only %" PRIu64 " open files a process: a daemon with many consumers runs out of them",
			 (uint64_t)limit.rlim_cur);
	if (limit.rlim_max >= DESCRIPTORS_ENOUGH)
		findings_remedy(findings, "ulimit -n %d here, LimitNOFILE=%d in a systemd unit", DESCRIPTORS_ENOUGH,
				DESCRIPTORS_ENOUGH);
	else
		findings_remedy(findings,
				"LimitNOFILE=%d in a systemd unit; for logins, 'nofile' in "
				"/etc/security/limits.conf",
				DESCRIPTORS_ENOUGH);
}
