/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_object.h"

#include "bus_guard.h"
#include "shared_semaphore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where shm_open() of the GNU C library has its names. */
#define DIRECTORY "/dev/shm"
/* A name may come and go while we look. */
#define ATTEMPTS    8

#define OBJECT_SIZE sizeof(struct zero_copy_memory)

static int fail(int error, const char *what, const struct shared_object *object, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s: %s", object->path, what, strerror(-error));
	return error;
}

/* fchmod(), since the umask has a say in open()'s mode; the owner first, so that nobody gets the mode of another. */
static int set_access(const struct shared_object *object, const struct shared_object_access *access, char *why,
		      size_t why_size)
{
	if ((access->owner != (uid_t)-1 || access->group != (gid_t)-1) &&
	    fchown(object->fd, access->owner, access->group) < 0)
		return fail(-errno, "cannot be given to the configured socket_owner and socket_group", object, why,
			    why_size);
	if (fchmod(object->fd, access->mode & 0666) < 0)
		return fail(-errno, "its permissions cannot be set", object, why, why_size);
	return 0;
}

static void write_empty_frame(void *context)
{
	struct zero_copy_memory *memory = context;

	memset(&memory->design.frame, 0, sizeof(memory->design.frame));
	memory->extension = (struct zero_copy_extension){
		.magic = ZERO_COPY_EXTENSION_MAGIC,
		.version = ZERO_COPY_EXTENSION_VERSION,
		.size_bytes = sizeof(memory->extension),
		.state = ZERO_COPY_SERVED,
	};
	shared_semaphore_init(&memory->design.new_frame_sem);
	shared_semaphore_init(&memory->design.consumed_sem);
}

int shared_object_repair(struct shared_object *object)
{
	/* Grows and never shrinks, and takes the memory now: no write can end for want of it. */
	int error = posix_fallocate(object->fd, 0, OBJECT_SIZE);

	if (error != 0)
		return -error;
	return bus_guard_run(object->memory, OBJECT_SIZE, write_empty_frame, object->memory) ? 0 : -EAGAIN;
}

static int map(struct shared_object *object, char *why, size_t why_size)
{
	int error = posix_fallocate(object->fd, 0, OBJECT_SIZE);
	void *memory;

	if (error != 0)
		return fail(-error, "there is no memory for it", object, why, why_size);
	memory = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, object->fd, 0);
	if (memory == MAP_FAILED)
		return fail(-errno, "it cannot be mapped", object, why, why_size);
	object->memory = memory;
	error = shared_object_repair(object);
	return error == 0 ? 0 : fail(error, "another process keeps truncating it", object, why, why_size);
}

/* Gets its name last, so whoever finds it finds it whole. -EEXIST: there is one of that name. */
static int create(struct shared_object *object, const struct shared_object_access *access, char *why, size_t why_size)
{
	char descriptor_path[32];
	int error;

	object->fd = open(DIRECTORY, O_TMPFILE | O_RDWR | O_CLOEXEC, 0);
	if (object->fd < 0)
		return fail(-errno, "cannot be created", object, why, why_size);
	if (flock(object->fd, LOCK_EX | LOCK_NB) < 0)
		return fail(-errno, "cannot be locked", object, why, why_size);
	error = map(object, why, why_size);
	if (error == 0)
		error = set_access(object, access, why, why_size);
	if (error != 0)
		return error;
	snprintf(descriptor_path, sizeof(descriptor_path), "/proc/self/fd/%d", object->fd);
	if (linkat(AT_FDCWD, descriptor_path, AT_FDCWD, object->path, AT_SYMLINK_FOLLOW) < 0)
		return fail(-errno, "cannot get its name", object, why, why_size);
	return 0;
}

/* An object of somebody else, or of another kind, is left alone: what is in it may matter to them. */
static bool looks_like_ours(const struct shared_object *object, const struct stat *status)
{
	uint64_t magic = 0;

	if (status->st_size == 0 || status->st_size == sizeof(ZeroCopyFrameBuffer) || status->st_size == OBJECT_SIZE)
		return true;
	return pread(object->fd, &magic, sizeof(magic), offsetof(struct zero_copy_memory, extension)) ==
		       sizeof(magic) &&
	       magic == ZERO_COPY_EXTENSION_MAGIC;
}

static int check_existing(const struct shared_object *object, const struct shared_object_access *access, char *why,
			  size_t why_size)
{
	struct stat status;

	if (fstat(object->fd, &status) < 0)
		return fail(-errno, "cannot be looked at", object, why, why_size);
	if (status.st_uid != geteuid() && (access->owner == (uid_t)-1 || status.st_uid != access->owner)) {
		snprintf(why, why_size,
			 "%s exists and belongs to user %u: remove it, or run both programs as the same user",
			 object->path, status.st_uid);
		return -EPERM;
	}
	if (!S_ISREG(status.st_mode) || status.st_nlink > 1 || !looks_like_ours(object, &status)) {
		snprintf(why, why_size,
			 "%s exists and is something else: remove it if nobody needs it, or give the channel another "
			 "name",
			 object->path);
		return -EPERM;
	}
	if (flock(object->fd, LOCK_EX | LOCK_NB) < 0) {
		snprintf(why, why_size, "%s is locked by another process, which serves it: `fuser -v %s` shows who",
			 object->path, object->path);
		return -EADDRINUSE;
	}
	return 0;
}

/* What is still open in consumers stays the same object, so that they go on. */
static int take_over(struct shared_object *object, const struct shared_object_access *access, char *why,
		     size_t why_size)
{
	int error;

	object->fd = open(object->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (object->fd < 0 && errno == EACCES) {
		snprintf(why, why_size, "%s exists and belongs to another user: remove it, or run as that user",
			 object->path);
		return -EPERM;
	}
	if (object->fd < 0)
		return fail(-errno, "cannot be opened", object, why, why_size);
	error = check_existing(object, access, why, why_size);
	/* Its daemon may have removed it between our open and its letting go of the lock. */
	if (error == 0 && !shared_object_has_name(object))
		error = -ENOENT;
	if (error == 0)
		error = set_access(object, access, why, why_size);
	return error == 0 ? map(object, why, why_size) : error;
}

static void forget(struct shared_object *object)
{
	if (object->memory != NULL)
		munmap(object->memory, OBJECT_SIZE);
	if (object->fd >= 0)
		close(object->fd);
	object->memory = NULL;
	object->fd = -1;
}

int shared_object_open(struct shared_object *object, const char *name, const struct shared_object_access *access,
		       char *why, size_t why_size)
{
	int error = bus_guard_install();

	*object = (struct shared_object){.fd = -1};
	snprintf(object->path, sizeof(object->path), "%s/%s", DIRECTORY, name);
	if (error != 0)
		return fail(error, "SIGBUS cannot be handled", object, why, why_size);
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		error = create(object, access, why, why_size);
		if (error == -EEXIST) {
			forget(object);
			error = take_over(object, access, why, why_size);
		}
		if (error == 0)
			return 0;
		forget(object);
		if (error != -ENOENT)
			break;
	}
	return error;
}

bool shared_object_has_name(const struct shared_object *object)
{
	struct stat named, opened;

	return lstat(object->path, &named) == 0 && fstat(object->fd, &opened) == 0 && named.st_ino == opened.st_ino &&
	       named.st_dev == opened.st_dev;
}

static void write_farewell(void *context)
{
	struct zero_copy_memory *memory = context;

	shared_semaphore_retract(&memory->design.new_frame_sem);
	__atomic_store_n(&memory->extension.held_sequence, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&memory->extension.state, ZERO_COPY_CLOSED, __ATOMIC_SEQ_CST);
}

void shared_object_close(struct shared_object *object)
{
	if (object->memory != NULL) {
		bus_guard_run(object->memory, OBJECT_SIZE, write_farewell, object->memory);
		if (shared_object_has_name(object))
			unlink(object->path);
	}
	forget(object);
}
