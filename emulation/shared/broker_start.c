/* SPDX-License-Identifier: Apache-2.0 */
#include "broker_start.h"

#include "../broker/protocol.h"
#include "runtime_directory.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/** The broker's program is installed beside the library that this code is part of. */
static int program_path(char *path, size_t size)
{
	const char *configured = getenv("ZCF_EMULATION_BROKER");
	Dl_info self;
	if (configured && *configured) {
		snprintf(path, size, "%s", configured);
		return 0;
	}
	if (!dladdr((void *)(uintptr_t)broker_start, &self) || !self.dli_fname)
		return -ENOENT;
	const char *slash = strrchr(self.dli_fname, '/');
	int directory_length = slash ? (int)(slash - self.dli_fname) : 1;
	int length = snprintf(path, size, "%.*s/zcf-emulated-ion", directory_length, slash ? self.dli_fname : ".");
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

static int listening_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (emulation_runtime_path(address.sun_path, sizeof(address.sun_path), BROKER_SOCKET_NAME))
		return -ENAMETOOLONG;
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0)
		return -errno;
	unlink(address.sun_path); /* Of a broker that was killed: we hold the lock, and nobody answered there. */
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 128)) {
		int error = -errno;
		close(listener);
		return error;
	}
	return listener;
}

/** In the grandchild: keep only the listener, and become the broker. Only async-signal-safe calls. Standard error
 * stays only for debugging: whoever waits for the end of our program's output must not wait for the broker. */
static void become_broker(const char *path, int listener, int report, bool keep_standard_error)
{
	char *arguments[] = {"zcf-emulated-ion", "serve", NULL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	if (!keep_standard_error)
		dup2(null, 2);
	int kept_report = fcntl(report, F_DUPFD_CLOEXEC, 10);
	int kept_listener = fcntl(listener, F_DUPFD_CLOEXEC, 10);
	dup2(kept_listener, BROKER_LISTEN_FD);
	(void)!chdir("/");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	execv(path, arguments);
	int error = errno;
	(void)!write(kept_report, &error, sizeof(error));
	_exit(127);
}

/** Two forks, so that the broker is nobody's child: the program that started it need not reap it. _Fork() runs no
 * handlers of pthread_atfork: ours would wait for the lock under which the module is just being opened. */
static int spawn(const char *path, int listener)
{
	int report[2], error = 0;
	bool keep_standard_error = getenv("ZCF_EMULATION_DEBUG") != NULL;
	if (pipe2(report, O_CLOEXEC))
		return -errno;
	pid_t child = _Fork();
	if (child == 0) {
		setsid();
		pid_t grandchild = _Fork();
		if (grandchild == 0)
			become_broker(path, listener, report[1], keep_standard_error);
		_exit(grandchild < 0 ? 1 : 0);
	}
	close(report[1]);
	if (child < 0) {
		close(report[0]);
		return -EAGAIN;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	/* End of file: exec has closed the other end. An errno: it could not run. */
	while (read(report[0], &error, sizeof(error)) < 0 && errno == EINTR)
		;
	close(report[0]);
	return -error;
}

int broker_start(void)
{
	char path[512];
	int error = program_path(path, sizeof(path));
	int listener = error ? error : listening_socket();
	if (listener < 0)
		return listener;
	error = spawn(path, listener);
	close(listener);
	if (error) {
		char socket_path[256];
		fprintf(stderr, "emulation: cannot start the broker %s: %s; set ZCF_EMULATION_BROKER to its path\n",
			path, strerror(-error));
		if (!emulation_runtime_path(socket_path, sizeof(socket_path), BROKER_SOCKET_NAME))
			unlink(socket_path);
	}
	return error;
}
