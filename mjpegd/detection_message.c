/* SPDX-License-Identifier: Apache-2.0 */
#include "detection_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct detection_message *detection_message_create(const char *event, const char *json)
{
	size_t room = strlen(event) + strlen(json) + sizeof("event: \ndata: \n\n");
	struct detection_message *message = calloc(1, sizeof(*message) + room);

	if (message == NULL)
		return NULL;
	atomic_init(&message->references, 1);
	message->json_offset = (size_t)snprintf(message->text, room, "event: %s\ndata: ", event);
	message->json_bytes = strlen(json);
	message->size_bytes = message->json_offset + (size_t)snprintf(message->text + message->json_offset,
								      room - message->json_offset, "%s\n\n", json);
	return message;
}

struct detection_message *detection_message_ref(struct detection_message *message)
{
	atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
	return message;
}

void detection_message_unref(struct detection_message *message)
{
	/* Whoever frees it must see what the others did with it: release here, acquire by the last one. */
	if (message != NULL && atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) == 1)
		free(message);
}
