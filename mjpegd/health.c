/* SPDX-License-Identifier: Apache-2.0 */
#include "health.h"

#include <stdio.h>

#include <microhttpd.h>

char *health_text(const struct channel_report *channel, unsigned *ret_status)
{
	char *text = NULL;
	bool healthy = channel != NULL && (channel->condition == CHANNEL_LIVE || channel->condition == CHANNEL_ASLEEP);
	int length;

	*ret_status = healthy ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	if (channel == NULL)
		length = asprintf(&text, "unknown\n");
	else if (channel->detail[0] == '\0')
		length = asprintf(&text, "%s\n", channel_condition_name(channel->condition));
	else
		length = asprintf(&text, "%s: %s\n", channel_condition_name(channel->condition), channel->detail);
	return length < 0 ? NULL : text;
}
