/* SPDX-License-Identifier: Apache-2.0 */
/* /: the page, one document with its style and script inside. Only what carries the nonce runs in it. */
#include "page_data.h"
#include "reply.h"
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NONCE_LENGTH (sizeof(PAGE_NONCE) - 1)

static bool make_nonce(char nonce[NONCE_LENGTH + 1])
{
	unsigned char random[NONCE_LENGTH / 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return false;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(nonce + i * 2, 3, "%02x", random[i]);
	return true;
}

/* The page with @p nonce in its places. */
static char *make_page(const char *nonce)
{
	char *page = malloc(page_data_size);

	if (page == NULL)
		return NULL;
	memcpy(page, page_data, page_data_size);
	for (char *place = page;
	     (place = memmem(place, page_data_size - (size_t)(place - page), PAGE_NONCE, NONCE_LENGTH));)
		memcpy(place, nonce, NONCE_LENGTH);
	return page;
}

enum MHD_Result page_handle(struct request *request)
{
	char nonce[NONCE_LENGTH + 1], policy[512];
	struct MHD_Response *response;
	char *page = make_nonce(nonce) ? make_page(nonce) : NULL;

	if (page == NULL)
		return MHD_NO;
	snprintf(policy, sizeof(policy),
		 "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; "
		 "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
		 nonce, nonce);
	response = MHD_create_response_from_buffer(page_data_size, page, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(page);
		return MHD_NO;
	}
	reply_prepare(response, "text/html; charset=utf-8");
	MHD_add_response_header(response, "Content-Security-Policy", policy);
	return reply_send(request, MHD_HTTP_OK, response, page_data_size);
}
