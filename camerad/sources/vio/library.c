/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#define BOARD_DIRECTORY "/usr/hobot/lib/"
#define SUPPORTED_MAJOR 1

struct symbol {
	const char *name;
	size_t offset; /* In struct vio_library. */
};

#define SYMBOL(prefix, function) #prefix #function, offsetof(struct vio_library, function)

static const struct symbol vpf_symbols[] = {
	{SYMBOL(hbn_, vnode_open)},          {SYMBOL(hbn_, vnode_close)},
	{SYMBOL(hbn_, vnode_set_attr)},      {SYMBOL(hbn_, vnode_set_ichn_attr)},
	{SYMBOL(hbn_, vnode_set_ochn_attr)}, {SYMBOL(hbn_, vnode_set_ochn_buf_attr)},
	{SYMBOL(hbn_, vnode_get_fd)},        {SYMBOL(hbn_, vnode_getframe)},
	{SYMBOL(hbn_, vnode_releaseframe)},  {SYMBOL(hbn_, vflow_create)},
	{SYMBOL(hbn_, vflow_destroy)},       {SYMBOL(hbn_, vflow_add_vnode)},
	{SYMBOL(hbn_, vflow_bind_vnode)},    {SYMBOL(hbn_, vflow_start)},
	{SYMBOL(hbn_, vflow_stop)},          {0},
};

static const struct symbol camera_symbols[] = {
	{SYMBOL(hbn_, camera_create)},
	{SYMBOL(hbn_, camera_destroy)},
	{SYMBOL(hbn_, camera_attach_to_vin)},
	{0},
};

static const struct symbol memory_symbols[] = {
	{"hb_mem_flush_buf_with_vaddr", offsetof(struct vio_library, mem_flush)},
	{0},
};

/* By name, so that the linker's own paths go first; then where the board has its libraries. */
static void *open_file(const char *name, char *why, size_t why_size)
{
	char path[128], first_error[256];
	void *file = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (file != NULL)
		return file;
	snprintf(first_error, sizeof(first_error), "%s", dlerror());
	snprintf(path, sizeof(path), BOARD_DIRECTORY "%s", name);
	file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (file == NULL)
		snprintf(why, why_size,
			 "the library %s cannot be loaded (%s); on an RDK X5 it is in " BOARD_DIRECTORY
			 ", part of the package hobot-multimedia; elsewhere the source vio needs the emulated board: "
			 "set LD_LIBRARY_PATH to its folder",
			 name, first_error);
	return file;
}

static int load_symbols(struct vio_library *library, const char *name, const struct symbol *symbols, char *why,
			size_t why_size)
{
	void *file = open_file(name, why, why_size);

	for (; file != NULL && symbols->name != NULL; symbols++) {
		void *function = dlsym(file, symbols->name);

		if (function == NULL) {
			snprintf(why, why_size, "the library %s has no %s: it is too old, too new, or not the vendor's",
				 name, symbols->name);
			return -ENOSYS;
		}
		*(void **)((char *)library + symbols->offset) = function;
	}
	return file == NULL ? -ENOSYS : 0;
}

static int check_version(char ret_version[static 32], char *why, size_t why_size)
{
	int32_t (*get_version)(uint32_t *, uint32_t *, uint32_t *) = NULL;
	uint32_t major = 0, minor = 0, patch = 0;
	void *file = open_file("libhbmem.so.1", why, why_size);

	if (file == NULL)
		return -ENOSYS;
	*(void **)&get_version = dlsym(file, "hb_mem_get_version");
	if (get_version == NULL || get_version(&major, &minor, &patch) != 0 || major != SUPPORTED_MAJOR) {
		snprintf(why, why_size,
			 "the library libhbmem.so.1 is of version %u.%u.%u, and this program knows %d.x: install the "
			 "board's packages of one release",
			 major, minor, patch, SUPPORTED_MAJOR);
		return -ENOSYS;
	}
	snprintf(ret_version, 32, "%u.%u.%u", major, minor, patch);
	return 0;
}

int vio_library_open(struct vio_library *library, char ret_version[static 32], char *why, size_t why_size)
{
	int error = check_version(ret_version, why, why_size);

	/* In the order in which they need each other. */
	if (error == 0)
		error = load_symbols(library, "libhbmem.so.1", memory_symbols, why, why_size);
	if (error == 0)
		error = load_symbols(library, "libvpf.so.1", vpf_symbols, why, why_size);
	if (error == 0)
		error = load_symbols(library, "libcam.so.1", camera_symbols, why, why_size);
	return error;
}
