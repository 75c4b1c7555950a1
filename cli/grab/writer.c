/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <string.h>
#include <strings.h>

static const struct grab_writer writers[] = {
	{.name = "png", .extensions = "png", .takes_pictures = true, .write = grab_write_png},
	{.name = "jpg", .extensions = "jpg jpeg", .takes_pictures = true, .write = grab_write_jpeg},
	{.name = "nv12",
	 .extensions = "nv12 yuv",
	 .takes_pictures = true,
	 .holds_sequences = true,
	 .write = grab_write_nv12},
	{.name = "y4m",
	 .extensions = "y4m",
	 .takes_pictures = true,
	 .holds_sequences = true,
	 .begin = grab_begin_y4m,
	 .write = grab_write_y4m},
	{.name = "data", .extensions = "data bin", .takes_data = true, .write = grab_write_data},
};

const struct grab_writer *grab_writer_find(const char *name)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(writers[i].name, name) == 0)
			return &writers[i];
	return NULL;
}

static bool has_extension(const struct grab_writer *writer, const char *extension)
{
	size_t length = strlen(extension);

	for (const char *known = writer->extensions; *known != '\0';) {
		size_t known_length = strcspn(known, " ");
		if (known_length == length && strncasecmp(known, extension, length) == 0)
			return true;
		known += known_length;
		known += strspn(known, " ");
	}
	return false;
}

const struct grab_writer *grab_writer_find_by_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash != NULL ? slash : path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(writers) / sizeof(writers[0]); i++)
		if (has_extension(&writers[i], dot + 1))
			return &writers[i];
	return NULL;
}
