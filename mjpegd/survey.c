/* SPDX-License-Identifier: Apache-2.0 */
#include "survey.h"

#include "channel_report.h"
#include "clock.h"
#include "connections.h"
#include "health.h"
#include "metrics.h"
#include "reply.h"
#include "server.h"
#include "stats_json.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Many clients, one survey: answers this old are as good as new ones. */
#define FRESH_NS (200 * NANOSECONDS_PER_MILLISECOND)
/* More channels than this are not shown; a board has a handful. */
#define MAX_CHANNELS 64

struct answer {
	unsigned status;
	uint64_t size_bytes;
	struct MHD_Response *response;
};

struct survey {
	struct server *server;
	pthread_t thread;

	/* The thread's own. */
	struct channel_report *channels[MAX_CHANNELS]; /* In alphabetical order. */
	size_t channel_count;
	uint64_t time_ns;

	pthread_mutex_t mutex; /* Holds what follows. */
	pthread_cond_t wanted;
	struct waiting_list waiting;
	struct answer answers[SURVEY_ANSWERS];
	uint64_t answered_ns; /* When the survey behind the answers began. */
	bool stopping;
};

static size_t find_channel(const struct survey *survey, const char *name, bool *ret_found)
{
	size_t i = 0;

	while (i < survey->channel_count && strcmp(survey->channels[i]->name, name) < 0)
		i++;
	*ret_found = i < survey->channel_count && strcmp(survey->channels[i]->name, name) == 0;
	return i;
}

/* For zcf_channel_for_each(), which goes on while this returns 0. */
static int visit_channel(void *context, const char *name)
{
	struct survey *survey = context;
	struct channel_report *report;
	bool found;
	size_t place = find_channel(survey, name, &found);

	if (!found) {
		report = survey->channel_count < MAX_CHANNELS ? channel_report_create(name) : NULL;
		if (report == NULL)
			return 0;
		memmove(&survey->channels[place + 1], &survey->channels[place],
			(survey->channel_count - place) * sizeof(survey->channels[0]));
		survey->channels[place] = report;
		survey->channel_count++;
	}
	survey->channels[place]->surveyed_ns = survey->time_ns;
	return 0;
}

static void forget_unseen_channels(struct survey *survey)
{
	size_t kept = 0;

	for (size_t i = 0; i < survey->channel_count; i++) {
		if (survey->channels[i]->surveyed_ns == survey->time_ns)
			survey->channels[kept++] = survey->channels[i];
		else
			channel_report_destroy(survey->channels[i]);
	}
	survey->channel_count = kept;
}

static void look_at_channels(struct survey *survey)
{
	const struct options *options = survey->server->options;

	survey->time_ns = clock_now_ns();
	/* Ours is always there, if only to be reported gone. */
	visit_channel(survey, options->channel);
	zcf_channel_for_each(options->runtime_directory, visit_channel, survey);
	forget_unseen_channels(survey);
	for (size_t i = 0; i < survey->channel_count; i++)
		channel_report_update(survey->channels[i], options->runtime_directory);
}

static struct answer make_answer(unsigned status, char *text, const char *content_type)
{
	struct answer answer = {.status = status, .size_bytes = text != NULL ? strlen(text) : 0};

	if (text != NULL)
		answer.response = reply_prepare(
			MHD_create_response_from_buffer(answer.size_bytes, text, MHD_RESPMEM_MUST_FREE), content_type);
	return answer;
}

static void make_answers(struct survey *survey, struct answer answers[SURVEY_ANSWERS])
{
	struct channel_report *const *channels = survey->channels;
	unsigned status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	bool found;
	size_t own = find_channel(survey, survey->server->options->channel, &found);
	char *text;

	answers[SURVEY_STATS] = make_answer(MHD_HTTP_OK, stats_json(survey->server, channels, survey->channel_count),
					    "application/json");
	answers[SURVEY_METRICS] =
		make_answer(MHD_HTTP_OK, metrics_text(survey->server, channels, survey->channel_count),
			    "text/plain; version=0.0.4; charset=utf-8");
	text = health_text(found ? channels[own] : NULL, &status);
	answers[SURVEY_HEALTH] = make_answer(status, text, REPLY_TYPE_TEXT);
}

static void destroy_answers(struct answer answers[SURVEY_ANSWERS])
{
	for (size_t i = 0; i < SURVEY_ANSWERS; i++) {
		if (answers[i].response != NULL)
			MHD_destroy_response(answers[i].response);
	}
}

static void survey_once(struct survey *survey)
{
	struct answer answers[SURVEY_ANSWERS], old[SURVEY_ANSWERS];

	look_at_channels(survey);
	make_answers(survey, answers);
	pthread_mutex_lock(&survey->mutex);
	memcpy(old, survey->answers, sizeof(old));
	memcpy(survey->answers, answers, sizeof(answers));
	survey->answered_ns = survey->time_ns;
	for (struct request *request = survey->waiting.first; request != NULL; request = request->next_waiting)
		request->granted = true;
	waiting_list_wake_all(&survey->waiting);
	pthread_mutex_unlock(&survey->mutex);
	destroy_answers(old);
}

static bool wait_until_wanted(struct survey *survey)
{
	bool stopping;

	pthread_mutex_lock(&survey->mutex);
	while (!survey->stopping && survey->waiting.first == NULL)
		pthread_cond_wait(&survey->wanted, &survey->mutex);
	stopping = survey->stopping;
	pthread_mutex_unlock(&survey->mutex);
	return !stopping;
}

static void *survey_run(void *context)
{
	struct survey *survey = context;

	pthread_setname_np(pthread_self(), "survey");
	while (wait_until_wanted(survey)) {
		counter_set(&survey->server->counters.survey_busy_since_ns, clock_now_ns());
		survey_once(survey);
		counter_set(&survey->server->counters.survey_busy_since_ns, 0);
	}
	return NULL;
}

int survey_start(struct server *server, struct survey **ret_survey)
{
	struct survey *survey = calloc(1, sizeof(*survey));
	int error;

	if (survey == NULL)
		return -ENOMEM;
	survey->server = server;
	pthread_mutex_init(&survey->mutex, NULL);
	pthread_cond_init(&survey->wanted, NULL);
	error = pthread_create(&survey->thread, NULL, survey_run, survey);
	if (error != 0) {
		free(survey);
		return -error;
	}
	*ret_survey = survey;
	return 0;
}

static enum MHD_Result send_answer(struct survey *survey, const struct answer *answer, struct request *request)
{
	struct server *server = survey->server;

	if (answer->response == NULL)
		return MHD_NO;
	connection_set_deadline(request->connection, clock_now_ns() + server->options->client_timeout_ns);
	counter_add(&server->counters.bytes_sent, answer->size_bytes);
	return MHD_queue_response(request->http, answer->status, answer->response);
}

enum MHD_Result survey_answer(struct survey *survey, enum survey_answer kind, struct request *request)
{
	enum MHD_Result result = MHD_YES;

	pthread_mutex_lock(&survey->mutex);
	if (survey->stopping) {
		result = MHD_NO;
	} else if (request->granted || (survey->answered_ns != 0 && clock_now_ns() - survey->answered_ns < FRESH_NS)) {
		result = send_answer(survey, &survey->answers[kind], request);
	} else {
		waiting_list_add(&survey->waiting, request);
		pthread_cond_signal(&survey->wanted);
	}
	pthread_mutex_unlock(&survey->mutex);
	return result;
}

void survey_stop(struct survey *survey)
{
	pthread_mutex_lock(&survey->mutex);
	survey->stopping = true;
	waiting_list_wake_all(&survey->waiting);
	pthread_cond_signal(&survey->wanted);
	pthread_mutex_unlock(&survey->mutex);
	pthread_join(survey->thread, NULL);
}

void survey_destroy(struct survey *survey)
{
	if (survey == NULL)
		return;
	destroy_answers(survey->answers);
	for (size_t i = 0; i < survey->channel_count; i++)
		channel_report_destroy(survey->channels[i]);
	pthread_cond_destroy(&survey->wanted);
	pthread_mutex_destroy(&survey->mutex);
	free(survey);
}
