/* SPDX-License-Identifier: Apache-2.0 */
/* /api/stats, /metrics and /healthz. */
#include "routes.h"
#include "server.h"
#include "survey.h"

enum MHD_Result stats_handle(struct request *request)
{
	return survey_answer(request->server->survey, SURVEY_STATS, request);
}

enum MHD_Result metrics_handle(struct request *request)
{
	return survey_answer(request->server->survey, SURVEY_METRICS, request);
}

enum MHD_Result health_handle(struct request *request)
{
	return survey_answer(request->server->survey, SURVEY_HEALTH, request);
}
