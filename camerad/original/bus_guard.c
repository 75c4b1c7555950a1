/* SPDX-License-Identifier: Apache-2.0 */
#include "bus_guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

/* The thread sanitizer blocks every signal while a handler runs, whatever its flags say: then the jump has to unblock
 * them, or the next bus error ends the process. */
#ifdef __SANITIZE_THREAD__
#define SAVE_SIGNAL_MASK 1
#else
#define SAVE_SIGNAL_MASK 0
#endif

struct guard {
	sigjmp_buf way_out;
	uintptr_t begin, end;
};

static _Thread_local struct guard *volatile current;

static void on_bus_error(int signal_number, siginfo_t *info, void *context)
{
	struct guard *guard = current;
	uintptr_t address = (uintptr_t)info->si_addr;

	(void)context;
	if (guard != NULL && info->si_code > 0 && address >= guard->begin && address < guard->end)
		siglongjmp(guard->way_out, 1);
	/* Not ours: the instruction is tried again, and ends the process as if we had not been asked. */
	signal(signal_number, SIG_DFL);
	if (info->si_code <= 0)
		raise(signal_number);
}

int bus_guard_install(void)
{
	/* Not blocked while it runs, as it is left by a jump. */
	struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER};

	return sigaction(SIGBUS, &action, NULL) < 0 ? -errno : 0;
}

bool bus_guard_run(const void *memory, size_t size_bytes, void (*access)(void *context), void *context)
{
	struct guard guard = {.begin = (uintptr_t)memory, .end = (uintptr_t)memory + size_bytes};

	if (sigsetjmp(guard.way_out, SAVE_SIGNAL_MASK) != 0) {
		current = NULL;
		return false;
	}
	current = &guard;
	access(context);
	current = NULL;
	return true;
}
