/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>

static volatile sig_atomic_t received;
static void (*wake_function)(void);

static void note(int number)
{
	received = number;
	if (wake_function != NULL)
		wake_function();
}

void interrupt_open(void (*wake)(void))
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = note};

	wake_function = wake;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction present;
		/* nohup(1) and shells that run us in the background ignore signals on purpose. */
		if (sigaction(signals[i], NULL, &present) == 0 && present.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
	}
}

int interrupt_signal(void)
{
	return received;
}

void interrupt_end_by_signal(void)
{
	if (received == 0)
		return;
	fflush(NULL);
	signal(received, SIG_DFL);
	raise(received);
}
