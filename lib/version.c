/* SPDX-License-Identifier: Apache-2.0 */
#include "zcframe/version.h"

#define STRINGIFY(number)                 #number
#define VERSION_TEXT(major, minor, patch) STRINGIFY(major) "." STRINGIFY(minor) "." STRINGIFY(patch)

const char *zcf_version(void)
{
	return VERSION_TEXT(ZCF_VERSION_MAJOR, ZCF_VERSION_MINOR, ZCF_VERSION_PATCH);
}
