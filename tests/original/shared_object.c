/* SPDX-License-Identifier: Apache-2.0 */
/* The object in /dev/shm: who may open it, whose it is, and what becomes of it when somebody dies or misbehaves. */
#include "camerad/original/shared_object.h"
#include "camerad/original/bus_guard.h"
#include "child.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER_UID 64321

static char name[64], path[80], slash_name[72], why[512];
static const struct shared_object_access usual = {0660, (uid_t)-1, (gid_t)-1};

static struct stat look(void)
{
	struct stat status;

	REQUIRE_EQUAL(stat(path, &status), 0);
	return status;
}

static bool exists(void)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static void make_file(mode_t mode, size_t size)
{
	char text[8192];
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	memset(text, 'x', sizeof(text));
	REQUIRE(fd >= 0);
	REQUIRE_EQUAL(write(fd, text, size), size);
	REQUIRE_EQUAL(close(fd), 0);
}

static int try_open(struct shared_object *object, const struct shared_object_access *access)
{
	why[0] = '\0';
	return shared_object_open(object, name, access, why, sizeof(why));
}

static void open_ours(struct shared_object *object)
{
	int error = try_open(object, &usual);

	if (error != 0)
		print_error("%s\n", why);
	REQUIRE_EQUAL(error, 0);
}

static void it_has_the_configured_mode_whatever_the_umask_is(void **state)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	static const mode_t modes[] = {0600, 0640, 0660, 0666, 0777};
	struct shared_object object;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 5; j++) {
			struct shared_object_access access = {modes[j], (uid_t)-1, (gid_t)-1};
			mode_t before = umask(masks[i]);

			REQUIRE_EQUAL(try_open(&object, &access), 0);
			umask(before);
			/* Nothing in it can be run. */
			REQUIRE_EQUAL(look().st_mode & 07777, modes[j] & 0666);
			shared_object_close(&object);
			REQUIRE(!exists());
		}
	}
}

static void what_a_dead_daemon_left_gets_the_configured_mode_too(void **state)
{
	struct shared_object_access access = {0600, (uid_t)-1, (gid_t)-1};
	struct shared_object object;

	(void)state;
	make_file(0666, 512);
	REQUIRE_EQUAL(chmod(path, 0666), 0);
	REQUIRE_EQUAL(try_open(&object, &access), 0);
	REQUIRE_EQUAL(look().st_mode & 07777, 0600);
	shared_object_close(&object);
}

static void it_gets_the_configured_owner_and_group(void **state)
{
	struct shared_object_access access = {0640, OTHER_UID, OTHER_UID + 1};
	struct shared_object object;

	(void)state;
	if (geteuid() != 0) {
		REQUIRE_EQUAL(try_open(&object, &access), -EPERM);
		REQUIRE(strstr(why, "socket_owner") != NULL);
		REQUIRE(!exists());
		return;
	}
	REQUIRE_EQUAL(try_open(&object, &access), 0);
	REQUIRE_EQUAL(look().st_uid, OTHER_UID);
	REQUIRE_EQUAL(look().st_gid, OTHER_UID + 1);
	/* And is found to be ours again after a crash. */
	close(object.fd);
	munmap(object.memory, sizeof(*object.memory));
	REQUIRE_EQUAL(try_open(&object, &access), 0);
	shared_object_close(&object);
}

static void shm_open_finds_it_whole(void **state)
{
	struct shared_object object;
	struct zero_copy_memory *memory;
	int fd;

	(void)state;
	open_ours(&object);
	fd = shm_open(slash_name, O_RDWR, 0);
	REQUIRE(fd >= 0);
	REQUIRE_EQUAL(look().st_size, 512);
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(memory != MAP_FAILED);
	REQUIRE_EQUAL(memory->extension.magic, ZERO_COPY_EXTENSION_MAGIC);
	REQUIRE_EQUAL(memory->extension.size_bytes, 360);
	REQUIRE_EQUAL(memory->extension.state, ZERO_COPY_SERVED);
	REQUIRE_EQUAL(sem_trywait(&memory->design.new_frame_sem), -1);
	REQUIRE_EQUAL(sem_post(&memory->design.consumed_sem), 0);
	shared_object_close(&object);
	REQUIRE_EQUAL(memory->extension.state, ZERO_COPY_CLOSED);
	REQUIRE_EQUAL(shm_open(slash_name, O_RDWR, 0), -1);
	REQUIRE_EQUAL(errno, ENOENT);
	munmap(memory, sizeof(*memory));
	close(fd);
}

static void hold_it(void *context)
{
	struct shared_object object;

	(void)context;
	test_child_report(try_open(&object, &usual));
	test_child_await_command();
	shared_object_close(&object);
}

static void one_that_is_served_is_refused_to_a_second(void **state)
{
	struct shared_object object;
	struct test_child child;
	ino_t inode;

	(void)state;
	test_child_start(&child, hold_it, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	inode = look().st_ino;
	REQUIRE_EQUAL(try_open(&object, &usual), -EADDRINUSE);
	REQUIRE(strstr(why, path) != NULL);
	REQUIRE_EQUAL(look().st_ino, inode);
	test_child_command(&child, 1);
	REQUIRE_EQUAL(test_child_finish(&child, NULL), 0);
	REQUIRE(!exists());
}

static void one_whose_daemon_was_killed_is_taken_over_as_it_is(void **state)
{
	struct shared_object object;
	struct test_child child;
	ino_t inode;

	(void)state;
	test_child_start(&child, hold_it, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	inode = look().st_ino;
	test_child_kill(&child);
	REQUIRE(exists());
	open_ours(&object);
	/* The same object, so who has it open still goes on. */
	REQUIRE_EQUAL(look().st_ino, inode);
	REQUIRE_EQUAL(object.memory->extension.state, ZERO_COPY_SERVED);
	shared_object_close(&object);
	REQUIRE(!exists());
}

static void one_that_was_truncated_or_made_longer_is_taken_over(void **state)
{
	static const off_t sizes[] = {0, 152, 512};
	struct shared_object object;
	struct test_child child;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make_file(0600, (size_t)sizes[i]);
		open_ours(&object);
		REQUIRE_EQUAL(look().st_size, 512);
		shared_object_close(&object);
	}
	test_child_start(&child, hold_it, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	REQUIRE_EQUAL(truncate(path, 100000), 0);
	test_child_kill(&child);
	open_ours(&object);
	/* Never made shorter: others may have mapped it. */
	REQUIRE_EQUAL(look().st_size, 100000);
	shared_object_close(&object);
}

static void refused_untouched(int error)
{
	struct shared_object object;
	struct stat before, after;

	REQUIRE_EQUAL(lstat(path, &before), 0);
	REQUIRE_EQUAL(try_open(&object, &usual), error);
	REQUIRE(strstr(why, path) != NULL);
	REQUIRE_EQUAL(lstat(path, &after), 0);
	REQUIRE_EQUAL(before.st_ino, after.st_ino);
	REQUIRE_EQUAL(before.st_mode, after.st_mode);
	REQUIRE_EQUAL(before.st_size, after.st_size);
	REQUIRE_EQUAL(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void what_is_something_else_is_refused_and_left_alone(void **state)
{
	char other[96];

	(void)state;
	make_file(0600, 4096);
	refused_untouched(-EPERM);
	REQUIRE(strstr(why, "something else") != NULL);
	REQUIRE_EQUAL(unlink(path), 0);

	/* Another name of a file that is somebody's. */
	make_file(0600, 512);
	snprintf(other, sizeof(other), "%s.other", path);
	REQUIRE_EQUAL(link(path, other), 0);
	refused_untouched(-EPERM);
	REQUIRE_EQUAL(unlink(other), 0);
	REQUIRE_EQUAL(unlink(path), 0);

	REQUIRE_EQUAL(mkdir(path, 0700), 0);
	refused_untouched(-EISDIR);
	REQUIRE_EQUAL(rmdir(path), 0);

	REQUIRE_EQUAL(symlink("/etc/passwd", path), 0);
	refused_untouched(-ELOOP);
	REQUIRE_EQUAL(unlink(path), 0);

	REQUIRE_EQUAL(mkfifo(path, 0600), 0);
	refused_untouched(-EPERM);
	REQUIRE_EQUAL(unlink(path), 0);
}

static void what_belongs_to_somebody_else_is_refused(void **state)
{
	char number[16];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can make a file of another user\n");
		skip();
	}
	make_file(0666, 512);
	REQUIRE_EQUAL(chown(path, OTHER_UID, -1), 0);
	refused_untouched(-EPERM);
	snprintf(number, sizeof(number), "user %d", OTHER_UID);
	REQUIRE(strstr(why, number) != NULL);
	REQUIRE_EQUAL(unlink(path), 0);
}

static void a_name_that_became_another_object_is_not_removed(void **state)
{
	struct shared_object object;

	(void)state;
	open_ours(&object);
	REQUIRE(shared_object_has_name(&object));
	REQUIRE_EQUAL(unlink(path), 0);
	REQUIRE(!shared_object_has_name(&object));
	make_file(0600, 10);
	REQUIRE(!shared_object_has_name(&object));
	shared_object_close(&object);
	REQUIRE(exists());
	REQUIRE_EQUAL(unlink(path), 0);
}

static void scribble(void *context)
{
	memset(context, 0xff, sizeof(struct zero_copy_memory));
}

static void touching_it_after_somebody_truncated_it_is_survived_and_repaired(void **state)
{
	struct shared_object object;

	(void)state;
	open_ours(&object);
	for (int i = 0; i < 100; i++) {
		REQUIRE(bus_guard_run(object.memory, sizeof(*object.memory), scribble, object.memory));
		REQUIRE_EQUAL(truncate(path, 0), 0);
		REQUIRE(!bus_guard_run(object.memory, sizeof(*object.memory), scribble, object.memory));
		REQUIRE_EQUAL(shared_object_repair(&object), 0);
		REQUIRE_EQUAL(object.memory->extension.magic, ZERO_COPY_EXTENSION_MAGIC);
		REQUIRE_EQUAL(object.memory->design.frame.version, 0);
		REQUIRE_EQUAL(sem_trywait(&object.memory->design.new_frame_sem), -1);
	}
	REQUIRE_EQUAL(truncate(path, 0), 0);
	shared_object_close(&object);
	REQUIRE(!exists());
}

static void fault_elsewhere(void *context)
{
	int fd = memfd_create("zcf-test", MFD_CLOEXEC);
	volatile char *memory;

	(void)context;
	bus_guard_install();
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	test_child_report(0);
	*memory = 1;
}

static void a_bus_error_of_another_cause_still_ends_the_process(void **state)
{
	struct test_child child;

	(void)state;
	test_child_start(&child, fault_elsewhere, NULL);
	REQUIRE_EQUAL(test_child_next_report(&child, NULL), 0);
	REQUIRE_EQUAL(test_child_finish(&child, NULL), -SIGBUS);
}

static int setup(void **state)
{
	static int number;

	snprintf(name, sizeof(name), "zcf_test_object_%d_%d", (int)getpid(), number++);
	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	snprintf(slash_name, sizeof(slash_name), "/%s", name);
	return test_setup(state);
}

static int teardown(void **state)
{
	int error = test_teardown(state);

	if (!exists())
		return error;
	print_error("left behind: %s\n", path);
	unlink(path);
	return -1;
}

#define OBJECT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OBJECT_TEST(it_has_the_configured_mode_whatever_the_umask_is),
		OBJECT_TEST(what_a_dead_daemon_left_gets_the_configured_mode_too),
		OBJECT_TEST(it_gets_the_configured_owner_and_group),
		OBJECT_TEST(shm_open_finds_it_whole),
		OBJECT_TEST(one_that_is_served_is_refused_to_a_second),
		OBJECT_TEST(one_whose_daemon_was_killed_is_taken_over_as_it_is),
		OBJECT_TEST(one_that_was_truncated_or_made_longer_is_taken_over),
		OBJECT_TEST(what_is_something_else_is_refused_and_left_alone),
		OBJECT_TEST(what_belongs_to_somebody_else_is_refused),
		OBJECT_TEST(a_name_that_became_another_object_is_not_removed),
		OBJECT_TEST(touching_it_after_somebody_truncated_it_is_survived_and_repaired),
		OBJECT_TEST(a_bus_error_of_another_cause_still_ends_the_process),
	};

	return TEST_RUN(tests);
}
