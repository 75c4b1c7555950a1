/* SPDX-License-Identifier: Apache-2.0 */
/* zcf doctor: what is wrong with this machine's set-up, and what mends it. */
#include "checks.h"
#include "command.h"
#include "json_output.h"
#include "terminal.h"

#include <stdio.h>

static int run(const struct cli_invocation *invocation)
{
	static void (*const checks[])(struct findings *) = {
		check_kernel,   check_processors,        check_clock, check_memory,  check_descriptors, check_programs,
		check_services, check_runtime_directory, check_board, check_cameras, check_channels,
	};
	struct findings *findings = findings_create();
	size_t warnings, broken;
	int code = CLI_OK;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](findings);
	warnings = findings_count(findings, FINDING_WARNING);
	broken = findings_count(findings, FINDING_BROKEN);
	if (invocation->json) {
		code = json_output_print(json_pack("{s:b, s:i, s:i, s:o}", "healthy", broken == 0, "broken",
						   (int)broken, "warnings", (int)warnings, "findings",
						   findings_make_json(findings)));
	} else {
		findings_print(findings);
		if (broken == 0 && warnings == 0)
			printf("Everything is as it should be.\n");
		else
			printf("%zu broken, %zu to look at.\n", broken, warnings);
	}
	findings_destroy(findings);
	if (code == CLI_OK && broken > 0)
		code = CLI_FAILED;
	return code;
}

const struct cli_command cli_doctor_command = {
	.name = "doctor",
	.summary = "Say what is wrong with this machine's set-up, and how to mend it",
	.description = "Tries out what the kernel must be able to do, looks at processors, clock, memory, descriptors, "
		       "versions,\n"
		       "configurations and services of the daemons, the detector's model, the streaming server's "
		       "encoders,\n"
		       "the runtime directory and cameras, and fetches a frame from each channel. Run it as the user "
		       "who has the\n"
		       "problem. Exits with 1 if something is broken; what is merely worth a look does not count.\n",
	.examples = "  zcf doctor\n"
		    "  zcf doctor --json | jq '.findings[] | select(.verdict != \"ok\")'\n",
	.has_json = true,
	.run = run,
};
