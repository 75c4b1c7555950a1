/* SPDX-License-Identifier: Apache-2.0 */
#include "version.h"

#include "command.h"
#include "json_output.h"

#include <zcframe/version.h>

#include <stdio.h>

int cli_print_version(bool json)
{
	if (json)
		return json_output_print(json_pack("{s:s, s:s, s:i, s:i}", "zcf", ZCF_CLI_VERSION, "library",
						   zcf_version(), "protocol_major", ZCF_PROTOCOL_MAJOR,
						   "protocol_minor", ZCF_PROTOCOL_MINOR));
	printf("zcf %s (libzcframe %s, protocol %u.%u)\n", ZCF_CLI_VERSION, zcf_version(), ZCF_PROTOCOL_MAJOR,
	       ZCF_PROTOCOL_MINOR);
	return CLI_OK;
}

static int run(const struct cli_invocation *invocation)
{
	return cli_print_version(invocation->json);
}

const struct cli_command cli_version_command = {
	.name = "version",
	.summary = "Show the versions of zcf, the library and the protocol",
	.has_json = true,
	.run = run,
};
