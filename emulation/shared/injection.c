/* SPDX-License-Identifier: Apache-2.0 */
#include "injection.h"

#include "settings.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX 16

static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;
static char rules_text[1024];
static struct rule {
	char function[64];
	int32_t code;
	long first_call, last_call;
	long calls;
} rules[RULES_MAX];
static size_t rule_count;

static bool parse_rule(char *text, struct rule *rule)
{
	char *rest, *function = strtok_r(text, ":", &rest);
	char *code = strtok_r(NULL, ":", &rest);
	char *calls = strtok_r(NULL, ":", &rest);
	if (!function || !code || strlen(function) >= sizeof(rule->function))
		return false;
	*rule = (struct rule){.code = (int32_t)strtoll(code, NULL, 0), .first_call = 1, .last_call = -1};
	memcpy(rule->function, function, strlen(function) + 1);
	if (calls) {
		char *end;
		rule->first_call = strtol(calls, &end, 10);
		rule->last_call = *end == '+' ? -1 : rule->first_call;
	}
	return rule->first_call > 0;
}

static void load_rules(const char *text)
{
	char copy[sizeof(rules_text)], *rest;
	if (!strcmp(text, rules_text))
		return;
	strcpy(rules_text, text);
	strcpy(copy, text);
	rule_count = 0;
	for (char *item = strtok_r(copy, ", ", &rest); item; item = strtok_r(NULL, ", ", &rest)) {
		if (rule_count < RULES_MAX && parse_rule(item, &rules[rule_count]))
			rule_count++;
	}
}

bool emulation_injected(const char *function, int32_t *code)
{
	char text[sizeof(rules_text)];
	bool injected = false;
	bool any = emulation_setting("ZCF_EMULATION_INJECT", text, sizeof(text));
	pthread_mutex_lock(&rules_lock);
	if (any || rule_count)
		load_rules(text);
	for (size_t i = 0; i < rule_count; i++) {
		struct rule *rule = &rules[i];
		if (strcmp(rule->function, function))
			continue;
		long call = ++rule->calls;
		if (call >= rule->first_call && (rule->last_call < 0 || call <= rule->last_call)) {
			*code = rule->code;
			injected = true;
		}
	}
	pthread_mutex_unlock(&rules_lock);
	return injected;
}
