/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BOARD_DIRECTORY "/usr/hobot/lib/"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct codec_library functions;
static bool loaded;

struct symbol {
	const char *name;
	void *function;
};

static const struct symbol codec_symbols[] = {
	{"hb_mm_mc_initialize", &functions.initialize},
	{"hb_mm_mc_configure", &functions.configure},
	{"hb_mm_mc_start", &functions.start},
	{"hb_mm_mc_stop", &functions.stop},
	{"hb_mm_mc_release", &functions.release},
	{"hb_mm_mc_dequeue_input_buffer", &functions.dequeue_input_buffer},
	{"hb_mm_mc_queue_input_buffer", &functions.queue_input_buffer},
	{"hb_mm_mc_dequeue_output_buffer", &functions.dequeue_output_buffer},
	{"hb_mm_mc_queue_output_buffer", &functions.queue_output_buffer},
	{"hb_mm_mc_get_rate_control_config", &functions.get_rate_control_config},
	{"hb_mm_mc_request_idr_frame", &functions.request_idr_frame},
	{0},
};

static const struct symbol memory_symbols[] = {
	{"hb_mem_get_graph_buf_with_vaddr", &functions.get_graph_buf_with_vaddr},
	{0},
};

/* By name, so that the linker's own paths go first; then where the board has its libraries. */
static void *open_file(const char *name, char *why, size_t why_size)
{
	char path[128];
	void *file = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (file != NULL)
		return file;
	snprintf(why, why_size, "this machine has no %s (%s): the hardware encoder is that of the RDK X5", name,
		 dlerror());
	snprintf(path, sizeof(path), BOARD_DIRECTORY "%s", name);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static int load(const char *name, const struct symbol *symbols, char *why, size_t why_size)
{
	void *file = open_file(name, why, why_size);

	if (file == NULL)
		return -ENOSYS;
	for (; symbols->name != NULL; symbols++) {
		void *function = dlsym(file, symbols->name);

		if (function == NULL) {
			snprintf(why, why_size, "%s has no %s: it is too old, too new, or not the vendor's", name,
				 symbols->name);
			dlclose(file);
			return -ENOSYS;
		}
		memcpy(symbols->function, &function, sizeof(function));
	}
	return 0;
}

int codec_library_get(const struct codec_library **ret_library, char *why, size_t why_size)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	if (!loaded) {
		error = load("libmultimedia.so.1", codec_symbols, why, why_size);
		if (error == 0)
			error = load("libhbmem.so.1", memory_symbols, why, why_size);
		loaded = error == 0;
	}
	pthread_mutex_unlock(&lock);
	if (error == 0)
		*ret_library = &functions;
	return error;
}
