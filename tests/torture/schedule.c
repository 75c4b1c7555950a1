/* SPDX-License-Identifier: Apache-2.0 */
/* The processes, and which fault comes next. All that is random comes from the seed; what the scheduler does, does not.
 */
#include "torture.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_peer.h"

/* For a point that the victim comes to now and then. */
#define REACH_NS (NS_PER_S / 4)
/* Where every point has to be reached. */
#define ATTEMPTS 60
#define NOBODY   (-1)

void start_process(struct cast *cast, int place)
{
	uint64_t seed = next_random(&cast->seed) | 1;
	pid_t parent = getpid(), pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		own_place = place;
		if (place == CAMERA)
			run_camera(seed);
		else
			run_reader(place - 1, seed);
		_exit(0);
	}
	cast->pids[place] = pid;
}

/* A stopped victim goes on up to four deadlines later. */
void attend(struct cast *cast)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		for (int place = 0; place < PROCESSES; place++) {
			if (cast->pids[place] != pid)
				continue;
			if (WIFSTOPPED(status)) {
				test_sleep_ns((int64_t)(next_random(&cast->seed) % (4 * DEADLINE_NS)));
				kill(pid, SIGCONT);
				continue;
			}
			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
				fail_torture("%s ended by itself (status %x)",
					     place == CAMERA ? "the camera" : "a reader", status);
			cast->deaths[place]++;
			start_process(cast, place);
			break;
		}
	}
}

/* Until so many have died in that place, and there is another. */
static void await_deaths(struct cast *cast, int place, unsigned long count)
{
	for (; cast->deaths[place] < count; attend(cast))
		test_sleep_ns(NS_PER_MS / 10);
}

static void kill_process(struct cast *cast, int place)
{
	unsigned long deaths = cast->deaths[place];

	kill(cast->pids[place], SIGKILL);
	await_deaths(cast, place, deaths + 1);
}

static bool is_cameras(int point)
{
	return point <= ZCF_FAULT_POINT_WELCOME_SENT;
}

static bool is_handshake(int point)
{
	return (point >= ZCF_FAULT_POINT_ACCEPTED && point <= ZCF_FAULT_POINT_WELCOME_SENT) ||
	       point >= ZCF_FAULT_POINT_CONNECTED;
}

static int any_reader(struct cast *cast)
{
	return 1 + (int)(next_random(&cast->seed) % READERS);
}

/* Have a process suffer at a point. Returns whether it came there. */
static bool inject_at(struct cast *cast, enum fault_kind kind, int point)
{
	int place = is_cameras(point) ? CAMERA : any_reader(cast);
	int caller = !is_handshake(point) ? NOBODY : place == CAMERA ? any_reader(cast) : place;
	unsigned long fired = atomic_load(&arena->plans[place].fired);
	unsigned long deaths = cast->deaths[place] + (caller == place);
	uint64_t until_ns = test_now_ns() + REACH_NS;

	plan_fault(place, kind, point, is_handshake(point) ? 1 : 1 + (int)(next_random(&cast->seed) % 4));
	/* Somebody has to call. */
	if (caller != NOBODY)
		kill_process(cast, caller);
	atomic_store(&arena->hold_on, point == ZCF_FAULT_POINT_B1 || point == ZCF_FAULT_POINT_B2);
	while (atomic_load(&arena->plans[place].fired) == fired && test_now_ns() < until_ns) {
		test_sleep_ns(NS_PER_MS / 10);
		attend(cast);
	}
	atomic_store(&arena->hold_on, false);
	bool reached = atomic_load(&arena->plans[place].fired) != fired;
	forget_fault(place);
	if (reached)
		atomic_fetch_add(&arena->faults[kind], 1);
	else
		cast->unreached++;
	if (reached && kind == FAULT_KILL)
		await_deaths(cast, place, deaths + 1);
	return reached;
}

void inject_everywhere(struct cast *cast)
{
	for (int kind = FAULT_KILL; kind <= FAULT_FORK; kind++) {
		for (int point = 0; point < ZCF_FAULT_POINT_COUNT; point++) {
			bool reached = false;

			for (int i = 0; i < ATTEMPTS && !reached && !atomic_load(&arena->failures); i++) {
				reached = inject_at(cast, (enum fault_kind)kind, point);
				/* Four readers of a frame each, all of the newest, leave a camera buffers: others then.
				 */
				if (!reached)
					kill_process(cast, any_reader(cast));
			}
			if (!reached)
				fail_torture("fault point %d was never reached", point);
		}
		audit(cast);
	}
}

/* Kill or stop it wherever it is. */
static void inject_anywhere(struct cast *cast, enum fault_kind kind)
{
	int place = (int)(next_random(&cast->seed) % PROCESSES);

	if (kind == FAULT_KILL) {
		kill_process(cast, place);
		return;
	}
	kill(cast->pids[place], SIGSTOP);
	test_sleep_ns((int64_t)(next_random(&cast->seed) % (4 * DEADLINE_NS)));
	kill(cast->pids[place], SIGCONT);
}

/* Call, say part of what there is to say, with or without descriptors, and hang up. */
static void inject_cut(struct cast *cast)
{
	int fds[] = {STDIN_FILENO, STDOUT_FILENO};
	struct zcf_message_hello hello;

	raw_hello_init(&hello);
	int fd = raw_try_connect(CHANNEL);
	if (fd < 0)
		return; /* the camera is away */
	uint64_t dice = next_random(&cast->seed);
	size_t size = dice % 2 ? sizeof(hello) : next_random(&cast->seed) % sizeof(hello);
	if (dice % 8)
		raw_try_send(fd, &hello, size, fds, dice % 3);
	if (dice % 5 == 0)
		test_sleep_ns((int64_t)(next_random(&cast->seed) % (uint64_t)NS_PER_MS));
	close(fd);
}

/* For a moment, no more than it has: every further descriptor, or page, is refused. */
static void inject_want(struct cast *cast, int resource)
{
	int place = (int)(next_random(&cast->seed) % PROCESSES);
	struct rlimit before, low;

	if (prlimit(cast->pids[place], resource, NULL, &before) < 0)
		return;
	low = before;
	low.rlim_cur = resource == RLIMIT_NOFILE ? 3 + next_random(&cast->seed) % 24 : 1 << 20;
	prlimit(cast->pids[place], resource, &low, NULL);
	/* Somebody comes meanwhile, for whom something would be needed. */
	int caller = place == CAMERA ? any_reader(cast) : place;
	if (caller != place)
		kill_process(cast, caller);
	test_sleep_ns((int64_t)(next_random(&cast->seed) % (2 * DEADLINE_NS)));
	prlimit(cast->pids[place], resource, &before, NULL);
}

static void inject_clock(struct cast *cast)
{
	static const int64_t steps_ns[] = {-3600 * NS_PER_S, -NS_PER_MS, NS_PER_MS, 3600 * NS_PER_S, 86400 * NS_PER_S};

	atomic_fetch_add(&arena->wall_offset_ns, steps_ns[next_random(&cast->seed) % 5]);
}

/* A sanitizer that finds no memory for its own books ends the process. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_BOOKS true
#elif defined(__has_feature)
#define HAS_OWN_BOOKS (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HAS_OWN_BOOKS false
#endif

void inject_any(struct cast *cast)
{
	enum fault_kind kind = (enum fault_kind)(next_random(&cast->seed) % FAULT_KINDS);

	if (HAS_OWN_BOOKS && kind == FAULT_MEMORY)
		kind = FAULT_CUT;

	if (kind <= FAULT_FORK && (kind == FAULT_FORK || next_random(&cast->seed) % 2)) {
		inject_at(cast, kind, (int)(next_random(&cast->seed) % ZCF_FAULT_POINT_COUNT));
		return;
	}
	if (kind <= FAULT_STOP)
		inject_anywhere(cast, kind);
	else if (kind == FAULT_CUT)
		inject_cut(cast);
	else if (kind == FAULT_NOFILE)
		inject_want(cast, RLIMIT_NOFILE);
	else if (kind == FAULT_MEMORY)
		inject_want(cast, RLIMIT_AS);
	else
		inject_clock(cast);
	atomic_fetch_add(&arena->faults[kind], 1);
}

void end_all(struct cast *cast)
{
	for (int place = 0; place < PROCESSES; place++)
		kill(cast->pids[place], SIGKILL);
	/* Children that they forked are ours now. */
	atomic_store(&arena->over, true);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}
