/* SPDX-License-Identifier: Apache-2.0 */
#include "output_file.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output_file {
	FILE *stream;
	char *path;           /* where the file will be; symbolic links are followed */
	char *temporary_path; /* where it is now; NULL if it is written directly */
	const char *name;     /* for messages */
};

static struct output_file *fail(struct output_file *file, const char *what)
{
	/* Of standard output cli_finish_output() says it. */
	if (file->stream != stdout)
		cli_message("cannot %s %s: %s", what, file->name, strerror(errno));
	output_file_discard(file);
	return NULL;
}

static char *copy_text(const char *text)
{
	return strcpy(cli_allocate(strlen(text) + 1, 1), text);
}

/* "dir/.name.XXXXXX" beside the target: rename() does not cross file systems. */
static char *make_temporary_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	int directory_length = slash != NULL ? (int)(slash - path) + 1 : 0;
	size_t size = strlen(path) + sizeof("..XXXXXX");
	char *temporary = cli_allocate(size, 1);

	snprintf(temporary, size, "%.*s.%s.XXXXXX", directory_length, path, path + directory_length);
	return temporary;
}

static int open_temporary(struct output_file *file)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	file->temporary_path = make_temporary_path(file->path);
	fd = mkostemp(file->temporary_path, O_CLOEXEC);
	if (fd < 0) {
		free(file->temporary_path);
		file->temporary_path = NULL;
		return -1;
	}
	/* mkostemp() lets only the owner read; a picture is as readable as any other new file. */
	if (fchmod(fd, 0666 & ~mask) < 0 && errno != EPERM) {
		close(fd);
		return -1;
	}
	return fd;
}

struct output_file *output_file_create(const char *path)
{
	struct output_file *file = cli_allocate(1, sizeof(*file));
	struct stat status;
	char *target;
	int fd;

	file->name = path;
	if (strcmp(path, "-") == 0) {
		file->stream = stdout;
		return file;
	}
	target = realpath(path, NULL);
	file->path = target != NULL ? target : copy_text(path);
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return fail(file, "write to");
	}
	/* Never rename over /dev/null or a pipe. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_temporary(file);
	if (fd < 0)
		return fail(file, "create");
	file->stream = fdopen(fd, "wb");
	if (file->stream == NULL) {
		close(fd);
		return fail(file, "open");
	}
	return file;
}

FILE *output_file_get_stream(struct output_file *file)
{
	return file->stream;
}

static void destroy(struct output_file *file)
{
	if (file->stream != NULL && file->stream != stdout)
		fclose(file->stream);
	free(file->temporary_path);
	free(file->path);
	free(file);
}

int output_file_commit(struct output_file *file)
{
	bool failed = fflush(file->stream) != 0 || ferror(file->stream);

	if (!failed && file->stream != stdout) {
		failed = fclose(file->stream) != 0;
		file->stream = NULL;
	}
	if (!failed && file->temporary_path != NULL)
		failed = rename(file->temporary_path, file->path) < 0;
	if (failed) {
		int error = errno != 0 ? errno : EIO;
		fail(file, "write");
		return -error;
	}
	destroy(file);
	return 0;
}

void output_file_discard(struct output_file *file)
{
	if (file == NULL)
		return;
	if (file->temporary_path != NULL)
		unlink(file->temporary_path);
	destroy(file);
}
