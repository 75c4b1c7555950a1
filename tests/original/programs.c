/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon, with buffers of the emulated board, and programs that are not ours at its original endpoint, while a
 * consumer of ours reads every frame of the same channel: for that one nothing ever changes.
 */
#include "../camerad/process.h"
#include "bus_error.h"
#include "test.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zcframe/zcframe.h>

#include "camerad/original/zero_copy_frame.h"

/* The daemon measures every fourth row, a program all of them. */
#define SAMPLING_TOLERANCE 3.0
/* Of a float. */
#define ROUNDING_TOLERANCE 0.0001
#define FRAMES_SEEN        4096

static const char *daemon_program, *c_program, *python_program, *bad_program;
static struct process daemon_process, second_daemon, program;
static char scratch[] = "/tmp/zcf-test-original-XXXXXX";
static char config[64], channel[64], path[96];

/* Our consumer: every frame of the channel, in a thread. */
static struct {
	pthread_t thread;
	struct zcf_consumer *consumer;
	atomic_bool stopping;
	atomic_uint frames;
	double means[FRAMES_SEEN]; /* By frame number; 0: not seen. */
	float brightness[FRAMES_SEEN];
	struct zcf_consumer_counters counters;
} native;

static void write_config(const char *camera, const char *channels)
{
	FILE *file = fopen(config, "we");

	REQUIRE(file != NULL);
	REQUIRE(fprintf(file, "[camera]\nrate = 20\n%s%s", camera, channels) > 0);
	REQUIRE_EQUAL(fclose(file), 0);
}

/* One channel, of more buffers than a busy machine makes our consumer be late for. */
static void write_usual_config(const char *camera)
{
	char text[256];

	snprintf(text, sizeof(text), "[channel %s]\nwidth = 640\nheight = 360\nbuffers = 24\n", channel);
	write_config(camera, text);
}

static void start_daemon(void)
{
	process_program = daemon_program;
	PROCESS_START(&daemon_process, "--config", config, "--backend", "hbmem");
	process_await(&daemon_process, "camera started");
}

static void stop_daemon(void)
{
	process_signal(&daemon_process, SIGTERM);
	REQUIRE_EQUAL(process_finish(&daemon_process), 0);
}

static bool exists(const char *file)
{
	struct stat status;

	return lstat(file, &status) == 0;
}

static double mean_of(const struct zcf_frame *frame)
{
	uint64_t size = zcf_frame_get_info(frame)->format.planes[0].size_bytes, sum = 0;
	const uint8_t *luma = zcf_frame_get_plane(frame, 0);

	for (uint64_t i = 0; i < size; i++)
		sum += luma[i];
	return (double)sum / (double)size;
}

static void *read_every_frame(void *context)
{
	while (!atomic_load(&native.stopping)) {
		struct zcf_frame *frame;

		if (zcf_consumer_acquire_next(native.consumer, 100 * NS_PER_MS, &frame) != 0)
			continue;
		const struct zcf_frame_info *info = zcf_frame_get_info(frame);
		if (info->frame_number < FRAMES_SEEN) {
			native.brightness[info->frame_number] = info->brightness_avg;
			native.means[info->frame_number] = mean_of(frame);
		}
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
		atomic_fetch_add(&native.frames, 1);
	}
	return context;
}

static void start_native(void)
{
	memset(&native, 0, sizeof(native));
	REQUIRE_EQUAL(zcf_consumer_open(channel, NULL, PATIENCE_NS, &native.consumer), 0);
	REQUIRE_EQUAL(pthread_create(&native.thread, NULL, read_every_frame, NULL), 0);
}

static void await_native_frames(unsigned count)
{
	unsigned until = atomic_load(&native.frames) + count;

	while (atomic_load(&native.frames) < until)
		test_sleep_ns(10 * NS_PER_MS);
}

/* It has had every frame, and the camera has lost none. */
static void stop_native_unharmed(void)
{
	static struct zcf_snapshot snapshot;

	REQUIRE_EQUAL(zcf_snapshot_query(channel, NULL, PATIENCE_NS, &snapshot), 0);
	REQUIRE_EQUAL(snapshot.skipped, 0);
	atomic_store(&native.stopping, true);
	REQUIRE_EQUAL(pthread_join(native.thread, NULL), 0);
	zcf_consumer_get_counters(native.consumer, &native.counters);
	zcf_consumer_close(native.consumer);
	REQUIRE(native.counters.acquired > 0);
	REQUIRE_EQUAL(native.counters.missed, 0);
	REQUIRE_EQUAL(native.counters.stale, 0);
	REQUIRE_EQUAL(native.counters.reattached, 0);
}

/* Each line of the program: what it saw is what our consumer saw in the same frame, and what the daemon measured. */
static void check_report(int frames)
{
	unsigned long long number, last_number = 0;
	unsigned version, width, height;
	const char *line = program.output;
	double brightness, mean, fourth_rows;
	int count = 0, compared = 0;

	for (; (line = strstr(line, "frame ")) != NULL; line++, count++) {
		REQUIRE_EQUAL(sscanf(line, "frame %llu version %u size %ux%u brightness %lf mean %lf fourth_rows %lf",
				     &number, &version, &width, &height, &brightness, &mean, &fourth_rows),
			      7);
		REQUIRE_EQUAL(width, 640);
		REQUIRE_EQUAL(height, 360);
		REQUIRE(number > last_number);
		last_number = number;
		REQUIRE(fabs(brightness - mean) < SAMPLING_TOLERANCE);
		REQUIRE(fabs(brightness - fourth_rows) < ROUNDING_TOLERANCE);
		if (number >= FRAMES_SEEN || native.means[number] == 0)
			continue;
		REQUIRE(fabs(native.means[number] - mean) < ROUNDING_TOLERANCE);
		REQUIRE(fabs(native.brightness[number] - brightness) < ROUNDING_TOLERANCE);
		compared++;
	}
	REQUIRE_EQUAL(count, frames);
	REQUIRE(compared >= frames - 1);
}

static void run_consumer(const char *which, const char *count, const char *extension)
{
	process_program = which;
	PROCESS_START(&program, channel, count, extension);
}

static void finish_consumer(void)
{
	int status = process_finish(&program);

	if (status != 0)
		print_error("it ended with %d:\n%s\n", status, program.output);
	REQUIRE_EQUAL(status, 0);
}

static void sees_what_everybody_sees(const char *which, const char *extension)
{
	start_daemon();
	start_native();
	await_native_frames(2);
	run_consumer(which, "25", extension);
	finish_consumer();
	await_native_frames(2);
	stop_native_unharmed();
	check_report(25);
	stop_daemon();
}

static void skip_without_python(void)
{
	if (*python_program != '\0')
		return;
	print_message("skipped: Python cannot load libraries with a sanitizer or of another architecture\n");
	skip();
}

static void a_c_program_from_the_design_alone_works_where_share_id_suffices(void **state)
{
	(void)state;
	setenv("ZCF_EMULATION_SHARE_ID_SUFFICES", "1", 1);
	sees_what_everybody_sees(c_program, NULL);
}

static void the_designs_python_snippet_works_where_share_id_suffices(void **state)
{
	(void)state;
	skip_without_python();
	setenv("ZCF_EMULATION_SHARE_ID_SUFFICES", "1", 1);
	sees_what_everybody_sees(python_program, NULL);
}

static void a_c_program_with_the_extension_works_as_on_the_board(void **state)
{
	(void)state;
	sees_what_everybody_sees(c_program, "extension");
}

static void a_python_program_with_the_extension_works_as_on_the_board(void **state)
{
	(void)state;
	skip_without_python();
	sees_what_everybody_sees(python_program, "extension");
}

static void what_the_extension_says_brings_the_cache_up_to_date(void **state)
{
	(void)state;
	setenv("ZCF_EMULATION_INCOHERENT_CACHES", "1", 1);
	sees_what_everybody_sees(c_program, "extension");
}

static void the_snippet_is_refused_as_the_board_refuses_it(void **state)
{
	(void)state;
	start_daemon();
	start_native();
	run_consumer(c_program, "1", NULL);
	REQUIRE_EQUAL(process_finish(&program), 1);
	/* It does not open the module either. */
	REQUIRE(process_said(&program, "hb_mem_import_com_buf: -167772"));
	await_native_frames(5);
	stop_native_unharmed();
	stop_daemon();
}

static void changes_nothing(const char *how, int end_signal)
{
	start_daemon();
	start_native();
	process_program = bad_program;
	PROCESS_START(&program, channel, how);
	process_await(&program, "misbehaving");
	await_native_frames(20);
	process_signal(&program, end_signal);
	REQUIRE_EQUAL(process_finish(&program), -end_signal);
	await_native_frames(5);
	/* And the next program that does as it should is served. */
	run_consumer(c_program, "10", "extension");
	finish_consumer();
	stop_native_unharmed();
	check_report(10);
	stop_daemon();
}

static void one_that_is_killed_while_it_holds_a_frame_changes_nothing(void **state)
{
	(void)state;
	changes_nothing("hold", SIGKILL);
}

static void one_that_never_gives_back_changes_nothing(void **state)
{
	(void)state;
	changes_nothing("never", SIGTERM);
}

static void one_that_is_late_changes_nothing_and_is_logged(void **state)
{
	(void)state;
	changes_nothing("late", SIGTERM);
	REQUIRE(process_said(&daemon_process, "did not give its frame back in time"));
}

static void one_that_posts_repeatedly_changes_nothing(void **state)
{
	(void)state;
	changes_nothing("repeatedly", SIGTERM);
}

static void one_that_posts_out_of_turn_changes_nothing(void **state)
{
	(void)state;
	changes_nothing("out_of_turn", SIGTERM);
}

static void one_that_writes_garbage_everywhere_changes_nothing(void **state)
{
	(void)state;
	changes_nothing("garbage", SIGKILL);
}

static void one_that_truncates_the_memory_changes_nothing(void **state)
{
	(void)state;
	skip_where_bus_errors_cannot_be_survived();
	changes_nothing("truncate", SIGTERM);
	/* It did meet what it has to survive. */
	REQUIRE(process_said(&daemon_process, "truncated the shared memory of the original endpoint"));
}

static struct zero_copy_memory *map_endpoint(void)
{
	struct zero_copy_memory *memory;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(memory != MAP_FAILED);
	close(fd);
	return memory;
}

static void with_nobody_there_the_semaphores_do_not_grow(void **state)
{
	struct zero_copy_memory *memory;
	int value;

	(void)state;
	start_daemon();
	start_native();
	memory = map_endpoint();
	for (int i = 0; i < 30; i++) {
		await_native_frames(1);
		REQUIRE_EQUAL(sem_getvalue(&memory->design.new_frame_sem, &value), 0);
		REQUIRE(value == 0 || value == 1);
		REQUIRE_EQUAL(sem_getvalue(&memory->design.consumed_sem, &value), 0);
		REQUIRE_EQUAL(value, 0);
	}
	REQUIRE(memory->design.frame.version > 1);
	munmap(memory, sizeof(*memory));
	stop_native_unharmed();
	stop_daemon();
	REQUIRE(!exists(path));
}

static void a_program_goes_on_after_the_daemon_was_killed_and_started_again(void **state)
{
	struct stat before, after;

	(void)state;
	start_daemon();
	run_consumer(c_program, "30", "extension");
	process_await(&program, "frame");
	process_await(&program, "frame");
	REQUIRE_EQUAL(stat(path, &before), 0);
	process_signal(&daemon_process, SIGKILL);
	REQUIRE_EQUAL(process_finish(&daemon_process), -SIGKILL);
	start_daemon();
	finish_consumer();
	REQUIRE_EQUAL(stat(path, &after), 0);
	REQUIRE_EQUAL(before.st_ino, after.st_ino);
	stop_daemon();
	REQUIRE(!exists(path));
}

static void it_has_the_mode_of_the_sockets(void **state)
{
	struct stat status;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "[runtime]\nsocket_mode = 0640\n[channel %s]\n", channel);
	write_config("", text);
	start_daemon();
	REQUIRE_EQUAL(stat(path, &status), 0);
	REQUIRE_EQUAL(status.st_mode & 07777, 0640);
	stop_daemon();
}

static void it_can_be_switched_off_and_on(void **state)
{
	char text[256];

	(void)state;
	write_usual_config("original_endpoint = no\n");
	start_daemon();
	REQUIRE(!exists(path));
	write_usual_config("");
	process_signal(&daemon_process, SIGHUP);
	process_await(&daemon_process, "configuration reloaded");
	REQUIRE(exists(path));
	snprintf(text, sizeof(text), "[channel %s]\noriginal_endpoint = no\n", channel);
	write_config("original_endpoint = yes\n", text);
	process_signal(&daemon_process, SIGHUP);
	process_await(&daemon_process, "configuration reloaded");
	REQUIRE(!exists(path));
	stop_daemon();
}

static void buffers_that_nobody_could_import_have_one_only_if_asked(void **state)
{
	(void)state;
	process_program = daemon_program;
	PROCESS_START(&daemon_process, "--config", config, "--backend", "memfd");
	process_await(&daemon_process, "camera started");
	REQUIRE(!exists(path));
	write_usual_config("original_endpoint = yes\n");
	process_signal(&daemon_process, SIGHUP);
	process_await(&daemon_process, "configuration reloaded");
	REQUIRE(exists(path));
	stop_daemon();
	REQUIRE(!exists(path));
}

static void the_three_names_of_the_design_are_there_by_default(void **state)
{
	static const char *const names[] = {"/dev/shm/pet_camera_yolo_zc", "/dev/shm/pet_camera_mjpeg_zc",
					    "/dev/shm/pet_camera_active_zc"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		if (!exists(names[i]))
			continue;
		print_message("skipped: %s exists already, some daemon seems to run\n", names[i]);
		skip();
	}
	write_config("", "");
	start_daemon();
	for (int i = 0; i < 3; i++)
		REQUIRE(exists(names[i]));
	stop_daemon();
	for (int i = 0; i < 3; i++)
		REQUIRE(!exists(names[i]));
}

static void a_name_that_is_taken_is_named_and_got_when_it_is_free(void **state)
{
	(void)state;
	REQUIRE_EQUAL(mkdir(path, 0700), 0);
	start_daemon();
	REQUIRE(process_said(&daemon_process, "a channel goes without its original endpoint"));
	REQUIRE(process_said(&daemon_process, path));
	start_native();
	await_native_frames(3);
	REQUIRE_EQUAL(rmdir(path), 0);
	process_await(&daemon_process, "original endpoint opened");
	run_consumer(c_program, "5", "extension");
	finish_consumer();
	stop_native_unharmed();
	stop_daemon();
	/* Where it was asked for nobody waits for it. */
	REQUIRE_EQUAL(mkdir(path, 0700), 0);
	write_usual_config("original_endpoint = yes\n");
	process_program = daemon_program;
	REQUIRE_EQUAL(PROCESS_RUN(&daemon_process, "--config", config, "--backend", "hbmem"), 1);
	REQUIRE(process_said(&daemon_process, path));
	REQUIRE_EQUAL(rmdir(path), 0);
}

static void a_second_daemon_elsewhere_does_not_take_the_name(void **state)
{
	char elsewhere[96];

	(void)state;
	start_daemon();
	start_native();
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", scratch);
	process_program = daemon_program;
	PROCESS_START(&second_daemon, "--config", config, "--backend", "hbmem", "--runtime-dir", elsewhere);
	process_await(&second_daemon, "goes without its original endpoint");
	process_await(&second_daemon, "camera started");
	process_signal(&second_daemon, SIGTERM);
	REQUIRE_EQUAL(process_finish(&second_daemon), 0);
	REQUIRE(exists(path));
	run_consumer(c_program, "5", "extension");
	finish_consumer();
	stop_native_unharmed();
	stop_daemon();
}

static int setup(void **state)
{
	static int number;
	char emulation[96];

	snprintf(channel, sizeof(channel), "zcf_test_programs_%d_%d", (int)getpid(), number++);
	snprintf(path, sizeof(path), "/dev/shm/%s", channel);
	snprintf(emulation, sizeof(emulation), "%s/emulation", scratch);
	setenv("ZCF_EMULATION_DIR", emulation, 1);
	unsetenv("ZCF_EMULATION_SHARE_ID_SUFFICES");
	unsetenv("ZCF_EMULATION_INCOHERENT_CACHES");
	write_usual_config("");
	return test_setup(state);
}

static int teardown(void **state)
{
	int error = test_teardown(state);

	if (!exists(path))
		return error;
	print_error("left behind: %s\n", path);
	unlink(path);
	return -1;
}

#define PROGRAM_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		PROGRAM_TEST(a_c_program_from_the_design_alone_works_where_share_id_suffices),
		PROGRAM_TEST(the_designs_python_snippet_works_where_share_id_suffices),
		PROGRAM_TEST(a_c_program_with_the_extension_works_as_on_the_board),
		PROGRAM_TEST(a_python_program_with_the_extension_works_as_on_the_board),
		PROGRAM_TEST(what_the_extension_says_brings_the_cache_up_to_date),
		PROGRAM_TEST(the_snippet_is_refused_as_the_board_refuses_it),
		PROGRAM_TEST(one_that_is_killed_while_it_holds_a_frame_changes_nothing),
		PROGRAM_TEST(one_that_never_gives_back_changes_nothing),
		PROGRAM_TEST(one_that_is_late_changes_nothing_and_is_logged),
		PROGRAM_TEST(one_that_posts_repeatedly_changes_nothing),
		PROGRAM_TEST(one_that_posts_out_of_turn_changes_nothing),
		PROGRAM_TEST(one_that_writes_garbage_everywhere_changes_nothing),
		PROGRAM_TEST(one_that_truncates_the_memory_changes_nothing),
		PROGRAM_TEST(with_nobody_there_the_semaphores_do_not_grow),
		PROGRAM_TEST(a_program_goes_on_after_the_daemon_was_killed_and_started_again),
		PROGRAM_TEST(it_has_the_mode_of_the_sockets),
		PROGRAM_TEST(it_can_be_switched_off_and_on),
		PROGRAM_TEST(buffers_that_nobody_could_import_have_one_only_if_asked),
		PROGRAM_TEST(the_three_names_of_the_design_are_there_by_default),
		PROGRAM_TEST(a_name_that_is_taken_is_named_and_got_when_it_is_free),
		PROGRAM_TEST(a_second_daemon_elsewhere_does_not_take_the_name),
	};
	char command[128];
	int failures;

	REQUIRE_EQUAL(argument_count, 5);
	daemon_program = arguments[1];
	c_program = arguments[2];
	python_program = arguments[3];
	bad_program = arguments[4];
	if (mkdtemp(scratch) == NULL)
		return 1;
	snprintf(config, sizeof(config), "%s/zcframe.conf", scratch);
	failures = test_run(tests, sizeof(tests) / sizeof(tests[0]), 280);
	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	return system(command) != 0 ? 1 : failures;
}
