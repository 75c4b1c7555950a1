/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the board has its library, if the linker does not know already. */
static const char *const paths[] = {"libhbmem.so.1", "/usr/hobot/lib/libhbmem.so.1"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned references;
static void *library;

static struct {
	int32_t (*module_open)(void);
	int32_t (*module_close)(void);
	int32_t (*alloc_com_buf)(uint64_t size, int64_t flags, struct common_buffer *buffer);
	int32_t (*alloc_graph_buf)(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
				   int32_t vstride, struct graphic_buffer *buffer);
	int32_t (*import_com_buf)(struct common_buffer *in, struct common_buffer *out);
	int32_t (*import_graph_buf)(struct graphic_buffer *in, struct graphic_buffer *out);
	int32_t (*free_buf)(int32_t fd);
	int32_t (*invalidate_buf_with_vaddr)(uint64_t address, uint64_t size);
	int32_t (*flush_buf_with_vaddr)(uint64_t address, uint64_t size);
} functions;

static const struct {
	const char *name;
	void *function;
} symbols[] = {
	{"hb_mem_module_open", &functions.module_open},
	{"hb_mem_module_close", &functions.module_close},
	{"hb_mem_alloc_com_buf", &functions.alloc_com_buf},
	{"hb_mem_alloc_graph_buf", &functions.alloc_graph_buf},
	{"hb_mem_import_com_buf", &functions.import_com_buf},
	{"hb_mem_import_graph_buf", &functions.import_graph_buf},
	{"hb_mem_free_buf", &functions.free_buf},
	{"hb_mem_invalidate_buf_with_vaddr", &functions.invalidate_buf_with_vaddr},
	{"hb_mem_flush_buf_with_vaddr", &functions.flush_buf_with_vaddr},
};

static int32_t fail(char **ret_detail, const char *what, const char *why)
{
	size_t size = strlen(what) + strlen(why) + sizeof(": ");

	*ret_detail = malloc(size);
	if (*ret_detail)
		snprintf(*ret_detail, size, "%s: %s", what, why);
	return NO_LIBRARY;
}

/* It stays loaded, once found: the vendor's does not expect to be unloaded. */
static int32_t load(char **ret_detail)
{
	void *found = NULL;

	if (library)
		return 0;
	for (size_t i = 0; !found && i < sizeof(paths) / sizeof(paths[0]); i++)
		found = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
	if (!found)
		return fail(ret_detail, "this machine has no libhbmem.so.1; its buffers exist on the RDK X5 only",
			    dlerror());
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *function = dlsym(found, symbols[i].name);

		if (!function) {
			fail(ret_detail, "libhbmem.so.1 is too old or not the vendor's; it lacks", symbols[i].name);
			dlclose(found);
			return NO_LIBRARY;
		}
		memcpy(symbols[i].function, &function, sizeof(function));
	}
	library = found;
	return 0;
}

int32_t hbmem_open(char **ret_detail)
{
	int32_t code = 0;

	pthread_mutex_lock(&lock);
	if (references == 0) {
		code = load(ret_detail);
		if (code == 0)
			code = functions.module_open();
	}
	if (code == 0)
		references++;
	pthread_mutex_unlock(&lock);
	return code;
}

void hbmem_close(void)
{
	pthread_mutex_lock(&lock);
	if (--references == 0)
		functions.module_close();
	pthread_mutex_unlock(&lock);
}

int32_t hbmem_alloc_com_buf(uint64_t size, int64_t flags, struct common_buffer *buffer)
{
	return functions.alloc_com_buf(size, flags, buffer);
}

int32_t hbmem_alloc_graph_buf(int32_t width, int32_t height, int32_t format, int64_t flags, int32_t stride,
			      int32_t vstride, struct graphic_buffer *buffer)
{
	return functions.alloc_graph_buf(width, height, format, flags, stride, vstride, buffer);
}

int32_t hbmem_import_com_buf(struct common_buffer *in, struct common_buffer *out)
{
	return functions.import_com_buf(in, out);
}

int32_t hbmem_import_graph_buf(struct graphic_buffer *in, struct graphic_buffer *out)
{
	return functions.import_graph_buf(in, out);
}

int32_t hbmem_free_buf(int32_t fd)
{
	return functions.free_buf(fd);
}

int32_t hbmem_invalidate(const uint8_t *address, uint64_t size)
{
	return functions.invalidate_buf_with_vaddr((uint64_t)(uintptr_t)address, size);
}

int32_t hbmem_flush(const uint8_t *address, uint64_t size)
{
	return functions.flush_buf_with_vaddr((uint64_t)(uintptr_t)address, size);
}
