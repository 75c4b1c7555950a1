/* SPDX-License-Identifier: Apache-2.0 */
/* Are the libraries of an RDK X5 here, which ones, and do they reach their driver? */
#include "checks.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BOARD           "board"
#define BOARD_DIRECTORY "/usr/hobot/lib/"
#define SUPPORTED_MAJOR 1

struct board_library {
	const char *name, *symbol, *purpose;
};

static const struct board_library libraries[] = {
	{"libhbmem.so.1", "hb_mem_get_version", "buffers"},
	{"libvpf.so.1", "hbn_vnode_getframe", "camera frames"},
	{"libcam.so.1", "hbn_camera_create", "cameras"},
};

#define LIBRARY_COUNT (sizeof(libraries) / sizeof(libraries[0]))

/* As the programs do: the linker's own paths, then where the board has its libraries. */
static void *open_library(const char *name)
{
	char path[128];
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (library != NULL)
		return library;
	snprintf(path, sizeof(path), BOARD_DIRECTORY "%s", name);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static const char *file_of(void *library, const char *symbol)
{
	Dl_info info;
	void *address = dlsym(library, symbol);

	return address != NULL && dladdr(address, &info) != 0 ? info.dli_fname : NULL;
}

static void check_driver(struct findings *findings, void *memory)
{
	int32_t (*get_version)(uint32_t *, uint32_t *, uint32_t *) = NULL;
	int32_t (*module_open)(void) = NULL, (*module_close)(void) = NULL;
	uint32_t major = 0, minor = 0, patch = 0;
	int32_t code;

	*(void **)&get_version = dlsym(memory, "hb_mem_get_version");
	*(void **)&module_open = dlsym(memory, "hb_mem_module_open");
	*(void **)&module_close = dlsym(memory, "hb_mem_module_close");
	if (get_version == NULL || module_open == NULL || module_close == NULL)
		return;
	get_version(&major, &minor, &patch);
	if (major != SUPPORTED_MAJOR) {
		findings_problem(findings, FINDING_BROKEN, BOARD, "libhbmem is of version %u.%u.%u; zcframe knows %d.x",
				 major, minor, patch, SUPPORTED_MAJOR);
		findings_remedy(findings, "install the board's packages and zcframe of releases that fit");
		return;
	}
	code = module_open();
	if (code != 0) {
		findings_problem(findings, FINDING_BROKEN, BOARD,
				 "libhbmem %u.%u.%u does not reach its driver: hb_mem_module_open: error %d", major,
				 minor, patch, code);
		findings_remedy(findings,
				"let this user read and write /dev/ion ('ls -l /dev/ion'; on the board: a udev "
				"rule for the group video), or run as root");
		return;
	}
	module_close();
	findings_good(findings, BOARD, "libhbmem %u.%u.%u reaches its driver", major, minor, patch);
}

static void report_missing(struct findings *findings, const struct board_library *library, const char *why)
{
	findings_problem(findings, FINDING_BROKEN, BOARD, "%s (%s) cannot be used: %s", library->name, library->purpose,
			 why);
	findings_remedy(findings,
			"the board's libraries belong together: install the package hobot-multimedia anew, and "
			"see that /etc/ld.so.conf.d names " BOARD_DIRECTORY);
}

void check_board(struct findings *findings)
{
	void *opened[LIBRARY_COUNT];
	char why[LIBRARY_COUNT][256] = {{0}};
	size_t present = 0;

	for (size_t i = 0; i < LIBRARY_COUNT; i++) {
		opened[i] = open_library(libraries[i].name);
		if (opened[i] == NULL)
			snprintf(why[i], sizeof(why[i]), "%s", dlerror());
		present += opened[i] != NULL;
	}
	if (present == 0) {
		findings_good(findings, BOARD,
			      "no RDK X5: its libraries are not here (the source vio and the backend hbmem need them)");
		return;
	}
	for (size_t i = 0; i < LIBRARY_COUNT; i++) {
		const char *file = opened[i] != NULL ? file_of(opened[i], libraries[i].symbol) : NULL;

		if (file != NULL)
			findings_good(findings, BOARD, "%s is here: %s", libraries[i].name, file);
		else
			report_missing(findings, &libraries[i],
				       opened[i] == NULL ? why[i] : "it is not the vendor's, or of another release");
	}
	if (opened[0] != NULL)
		check_driver(findings, opened[0]);
}
