/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_VERSION_H
#define ZCF_CLI_VERSION_H

#include <stdbool.h>

/** Print the versions of zcf, of the library that is loaded, and of the protocol. @return CLI_OK. */
int cli_print_version(bool json);

#endif
