/* SPDX-License-Identifier: Apache-2.0 */
#include "backend/hbmem/hb_mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "error.h"

#define SUPPORTED_MAJOR 1

/* Where the board has its libraries, if the linker does not know already. */
static const char *const library_paths[] = {"libhbmem.so.1", "/usr/hobot/lib/libhbmem.so.1"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned references;
static void *library;
static struct zcf_hb_mem functions;

struct symbol {
	const char *name;
	size_t offset; /* In struct zcf_hb_mem. */
};

#define SYMBOL(function) "hb_mem_" #function, offsetof(struct zcf_hb_mem, function)

static const struct symbol symbols[] = {
	{SYMBOL(get_version)},          {SYMBOL(module_open)},      {SYMBOL(module_close)},
	{SYMBOL(alloc_com_buf)},        {SYMBOL(alloc_graph_buf)},  {SYMBOL(free_buf)},
	{SYMBOL(import_com_buf)},       {SYMBOL(import_graph_buf)}, {SYMBOL(invalidate_buf_with_vaddr)},
	{SYMBOL(flush_buf_with_vaddr)}, {SYMBOL(dma_copy)},
};

static const struct {
	int32_t code;
	int error;
	const char *meaning;
} codes[] = {
	{-16777214, -EINVAL, "the parameters do not describe a buffer that exists"},
	{-16777213, -EBADF, "the descriptor names no buffer of this process"},
	{-16777212, -EFAULT, "the address is in no buffer of this process"},
	{-16777211, -ENOMEM, "the board's buffer memory is full"},
	{-16777210, -EMFILE, "no file descriptor is left; raise the limit (ulimit -n)"},
	{-16777208, -ENODEV, "the module is not open"},
	{-16777207, -EIO, "the driver (/dev/ion) cannot be opened; is this user allowed to?"},
	{-16777196, -EPROTONOSUPPORT, "library and driver are of different versions"},
};

int zcf_hb_mem_fail(const char *call, int32_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return zcf_fail(codes[i].error, "%s: error %d: %s", call, code, codes[i].meaning);
	return zcf_fail(-EIO, "%s: error %d", call, code);
}

static int load_functions(void)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *function = dlsym(library, symbols[i].name);

		if (!function)
			return zcf_fail(-ENOSYS, "libhbmem.so.1 has no %s: it is too old or not the vendor's",
					symbols[i].name);
		*(void **)((char *)&functions + symbols[i].offset) = function;
	}
	return 0;
}

static int check_version(void)
{
	uint32_t major = 0, minor = 0, patch = 0;

	functions.get_version(&major, &minor, &patch);
	if (major != SUPPORTED_MAJOR)
		return zcf_fail(-ENOSYS, "libhbmem.so.1 is of version %u.%u.%u; this program knows %d.x", major, minor,
				patch, SUPPORTED_MAJOR);
	return 0;
}

static int open_library(void)
{
	for (size_t i = 0; !library && i < sizeof(library_paths) / sizeof(library_paths[0]); i++)
		library = dlopen(library_paths[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return zcf_fail(
			-ENOSYS,
			"this machine has no libhbmem.so.1 (%s); buffers of kind hbmem exist on the RDK X5 only",
			dlerror());
	int error = load_functions();
	if (error == 0)
		error = check_version();
	if (error < 0)
		return error;
	int32_t code = functions.module_open();
	return code == 0 ? 0 : zcf_hb_mem_fail("hb_mem_module_open", code);
}

int zcf_hb_mem_ref(const struct zcf_hb_mem **ret_hb_mem)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	if (references == 0)
		error = open_library();
	if (error == 0) {
		references++;
		*ret_hb_mem = &functions;
	} else if (library) {
		dlclose(library);
		library = NULL;
	}
	pthread_mutex_unlock(&lock);
	return error;
}

void zcf_hb_mem_unref(void)
{
	pthread_mutex_lock(&lock);
	if (--references == 0) {
		/* The library stays loaded: the vendor's does not expect to be unloaded. */
		functions.module_close();
	}
	pthread_mutex_unlock(&lock);
}
