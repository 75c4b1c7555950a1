/* SPDX-License-Identifier: Apache-2.0 */
/** @file routes.h
 * Which path is answered by whom. What all requests have in common is checked here: method, token, host. */
#ifndef ZCFRAME_MJPEGD_ROUTES_H
#define ZCFRAME_MJPEGD_ROUTES_H

#include "request.h"

struct route {
	const char *path;
	/** Answers a GET or HEAD. Is called again when the request's wait is over. */
	enum MHD_Result (*handle)(struct request *request);
};

/** MHD_AccessHandlerCallback; the context is the server. */
enum MHD_Result routes_handle(void *context, struct MHD_Connection *http, const char *path, const char *method,
			      const char *version, const char *upload_data, size_t *upload_data_size,
			      void **request_pointer);

/** MHD_RequestCompletedCallback. */
void routes_completed(void *context, struct MHD_Connection *http, void **request_pointer,
		      enum MHD_RequestTerminationCode code);

/* The handlers. */
enum MHD_Result page_handle(struct request *request);
enum MHD_Result stream_handle(struct request *request);
enum MHD_Result snapshot_handle(struct request *request);
enum MHD_Result detections_handle(struct request *request);
enum MHD_Result detection_stream_handle(struct request *request);
enum MHD_Result stats_handle(struct request *request);
enum MHD_Result metrics_handle(struct request *request);
enum MHD_Result health_handle(struct request *request);

#endif
