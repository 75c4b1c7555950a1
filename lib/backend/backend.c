/* SPDX-License-Identifier: Apache-2.0 */
#include "backend/backend.h"

#include <string.h>

static const struct zcf_backend *const backends[] = {
	&zcf_backend_memfd,
	&zcf_backend_hbmem,
};

const struct zcf_backend *zcf_backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}
