/* SPDX-License-Identifier: Apache-2.0 */
/** @file survey.h
 * The state of all channels, asked for when somebody wants to know and in a thread of its own: a producer
 * that does not answer delays no picture. */
#ifndef ZCFRAME_MJPEGD_SURVEY_H
#define ZCFRAME_MJPEGD_SURVEY_H

#include "request.h"

struct survey;

enum survey_answer {
	SURVEY_STATS,
	SURVEY_METRICS,
	SURVEY_HEALTH,
	SURVEY_ANSWERS,
};

/** @return 0 or a negative errno. */
int survey_start(struct server *server, struct survey **ret_survey);

/** Send an answer that is fresh enough, or have the request wait for one. In the HTTP thread. */
enum MHD_Result survey_answer(struct survey *survey, enum survey_answer answer, struct request *request);

/** End its thread and every wait. */
void survey_stop(struct survey *survey);

/** After survey_stop(). */
void survey_destroy(struct survey *survey);

#endif
