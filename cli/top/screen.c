/* SPDX-License-Identifier: Apache-2.0 */
#include "screen.h"

#include "terminal.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Other screen, no cursor, no wrapping at the right edge: a line that is too long must not become two. */
#define ENTER_SCREEN "\033[?1049h\033[?25l\033[?7l"
#define LEAVE_SCREEN "\033[?7h\033[?25h\033[?1049l"

static struct termios original_mode;
static bool has_keyboard;
static volatile sig_atomic_t is_open;
static volatile sig_atomic_t ending_signal;
static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t resized;
static sigset_t mask_while_waiting;
static char typed[64]; /* and not yet understood; ends with a zero */

/* write() and tcsetattr() are all it takes, and both may be called from a signal handler. */
static void restore(void)
{
	ssize_t ignored;

	if (!is_open)
		return;
	is_open = 0;
	ignored = write(STDOUT_FILENO, LEAVE_SCREEN, sizeof(LEAVE_SCREEN) - 1);
	(void)ignored;
	if (has_keyboard)
		tcsetattr(STDIN_FILENO, TCSANOW, &original_mode);
}

static int take_over(void)
{
	struct termios mode;

	if (has_keyboard) {
		mode = original_mode;
		mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		mode.c_cc[VMIN] = 0;
		mode.c_cc[VTIME] = 0;
		if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) < 0)
			return -errno;
	}
	is_open = 1;
	if (write(STDOUT_FILENO, ENTER_SCREEN, sizeof(ENTER_SCREEN) - 1) < 0)
		return -errno;
	return 0;
}

static void note_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else if (number == SIGTSTP)
		stop_wanted = 1;
	else
		ending_signal = number;
}

/* A bug must not leave the terminal unusable as well. */
static void restore_and_die(int number)
{
	restore();
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	static const int noted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction note = {.sa_handler = note_signal};
	struct sigaction die = {.sa_handler = restore_and_die, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
	sigset_t blocked;

	sigemptyset(&note.sa_mask);
	sigemptyset(&die.sa_mask);
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		sigaddset(&blocked, noted[i]);
		sigaction(noted[i], &note, NULL);
	}
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i], &die, NULL);
	/* Let in only while screen_wait() sleeps: then none can fall between a look at the flags and the sleep. */
	sigprocmask(SIG_BLOCK, &blocked, &mask_while_waiting);
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++)
		sigdelset(&mask_while_waiting, noted[i]);
}

int screen_open(void)
{
	has_keyboard = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &original_mode) == 0;
	catch_signals();
	atexit(restore);
	return take_over();
}

void screen_close(void)
{
	restore();
}

void screen_end_by_signal(void)
{
	sigset_t none;

	if (ending_signal == 0)
		return;
	signal(ending_signal, SIG_DFL);
	sigemptyset(&none);
	raise(ending_signal);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Ctrl-Z: give the terminal back, stop for real, and take it over again when the shell says so. */
static void stop(void)
{
	stop_wanted = 0;
	restore();
	raise(SIGSTOP);
	take_over();
	resized = 1;
}

/* Bytes of the key at the start of the text: a whole escape sequence, or one character. */
static size_t key_length(const char *text)
{
	size_t length = 2;

	if (text[0] != '\033' || (text[1] != '[' && text[1] != 'O'))
		return 1;
	length += strspn(text + length, "0123456789;");
	return text[length] != '\0' ? length + 1 : length;
}

static enum screen_key understand_key(const char *text, size_t length)
{
	static const struct {
		const char *sequence;
		enum screen_key key;
	} keys[] = {
		{"q", SCREEN_QUIT},
		{"Q", SCREEN_QUIT},
		{"\033", SCREEN_QUIT},
		{" ", SCREEN_PAUSE},
		{"p", SCREEN_PAUSE},
		{"k", SCREEN_UP},
		{"j", SCREEN_DOWN},
		{"\033[A", SCREEN_UP},
		{"\033[B", SCREEN_DOWN},
		{"\033OA", SCREEN_UP},
		{"\033OB", SCREEN_DOWN},
		{"\033[5~", SCREEN_PAGE_UP},
		{"\033[6~", SCREEN_PAGE_DOWN},
		{"\033[H", SCREEN_HOME},
		{"\033[1~", SCREEN_HOME},
		{"g", SCREEN_HOME},
		{"\033[F", SCREEN_END},
		{"\033[4~", SCREEN_END},
		{"G", SCREEN_END},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].sequence) == length && strncmp(text, keys[i].sequence, length) == 0)
			return keys[i].key;
	return SCREEN_OTHER;
}

/* The next key that was typed; several may come with one read(), from a held key or a slow line. */
static enum screen_key take_key(void)
{
	size_t length = key_length(typed);
	enum screen_key key = understand_key(typed, length);

	memmove(typed, typed + length, strlen(typed + length) + 1);
	return key;
}

static void read_keys(void)
{
	ssize_t length = read(STDIN_FILENO, typed, sizeof(typed) - 1);

	if (length < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (length <= 0)
		has_keyboard = false; /* gone: no reason to poll it for ever */
	typed[length > 0 ? length : 0] = '\0';
}

static struct timespec time_left(uint64_t until_ns)
{
	struct timespec now;
	uint64_t now_ns, left_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	return (struct timespec){.tv_sec = (time_t)(left_ns / 1000000000), .tv_nsec = (long)(left_ns % 1000000000)};
}

enum screen_key screen_wait(uint64_t until_ns)
{
	struct timespec left = time_left(until_ns);
	struct pollfd keyboard = {.fd = has_keyboard ? STDIN_FILENO : -1, .events = POLLIN};
	int ready = typed[0] != '\0' ? 0 : ppoll(&keyboard, 1, &left, &mask_while_waiting);

	if (ending_signal != 0)
		return SCREEN_SIGNAL;
	if (stop_wanted)
		stop();
	if (resized) {
		resized = 0;
		return SCREEN_RESIZED;
	}
	if (ready > 0)
		read_keys();
	if (typed[0] != '\0')
		return take_key();
	return ready == 0 ? SCREEN_NOTHING : SCREEN_OTHER;
}

static void write_all(const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		bytes += written;
		size -= (size_t)written;
	}
}

static void print_line(FILE *output, const char *line, size_t length, size_t columns)
{
	char *copy = strndup(line, length);
	size_t used = copy != NULL ? text_print_clipped(output, copy, columns) : 0;

	free(copy);
	fputs(terminal_style_off(TERMINAL_BOLD), output); /* the end of a style may have been cut off */
	/* Behind a full line the cursor still stands on its last character, which \033[K would erase. */
	fputs(used < columns ? "\033[K\r\n" : "\r\n", output);
}

void screen_paint(const char *text, size_t first, const char *footer)
{
	char *bytes = NULL;
	size_t size = 0;
	int columns, rows;
	/* In memory first: one write shows no half-painted screen. */
	FILE *output = open_memstream(&bytes, &size);

	if (output == NULL)
		return;
	terminal_get_size(&columns, &rows);
	fputs("\033[H", output);
	for (size_t line = 0, shown = 0; *text != '\0' && shown + 1 < (size_t)rows; line++) {
		size_t length = strcspn(text, "\n");
		if (line >= first) {
			print_line(output, text, length, (size_t)columns);
			shown++;
		}
		text += length + (text[length] == '\n');
	}
	fprintf(output, "\033[J\033[%d;1H%s", rows, terminal_style_on(TERMINAL_REVERSE));
	size_t used = text_print_clipped(output, footer, (size_t)columns);
	fprintf(output, "%*s%s", columns - (int)used, "", terminal_style_off(TERMINAL_REVERSE));
	if (fclose(output) == 0)
		write_all(bytes, size);
	free(bytes);
}
