/* SPDX-License-Identifier: Apache-2.0 */
/** @file checks.h
 * The things that zcf doctor looks at. Each notes at least one finding. */
#ifndef ZCF_CLI_DOCTOR_CHECKS_H
#define ZCF_CLI_DOCTOR_CHECKS_H

#include "findings.h"

void check_kernel(struct findings *findings);
void check_processors(struct findings *findings);
void check_clock(struct findings *findings);
void check_memory(struct findings *findings);
void check_descriptors(struct findings *findings);
void check_runtime_directory(struct findings *findings);
void check_board(struct findings *findings);
void check_cameras(struct findings *findings);
void check_programs(struct findings *findings);
void check_services(struct findings *findings);
void check_channels(struct findings *findings);

#endif
