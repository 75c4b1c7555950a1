/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GStreamer's shmsink and shmsrc, without a copy: the camera writes into memory of the sink's own allocator, which the
 * source maps. (appsrc without that allocator would copy every frame.) Frames are taken in the streaming thread, so
 * there is no queue between. unixfdsink and unixfdsrc, which pass descriptors, are in GStreamer 1.24 and later.
 */
#include "message.h"
#include "peer.h"

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define BUFFERS 4

struct source {
	struct trial *trial;
	GstElement *pipeline, *appsrc;
	GstAllocator *allocator;
	GstAllocationParams params;
	GstBuffer *buffer;
	GstMapInfo map;
};

static void make_caps_text(const struct trial *trial, char *text, size_t size)
{
	snprintf(text, size, "video/x-raw,format=NV12,width=%u,height=%u,framerate=30/1", trial->width_pixels,
		 trial->height_pixels);
}

static GstElement *make_pipeline(const char *description)
{
	GError *error = NULL;
	GstElement *pipeline;

	gst_init(NULL, NULL);
	pipeline = gst_parse_launch(description, &error);
	if (error != NULL)
		cli_message("%s", error->message);
	return error == NULL ? pipeline : NULL;
}

/* The sink says which memory it would like, once it knows what is to come. */
static void find_allocator(struct source *source)
{
	GstPad *pad = gst_element_get_static_pad(source->appsrc, "src");
	GstCaps *caps = gst_app_src_get_caps(GST_APP_SRC(source->appsrc));
	GstQuery *query = gst_query_new_allocation(caps, FALSE);

	if (source->allocator == NULL && gst_pad_peer_query(pad, query) && gst_query_get_n_allocation_params(query) > 0)
		gst_query_parse_nth_allocation_param(query, 0, &source->allocator, &source->params);
	gst_query_unref(query);
	gst_caps_unref(caps);
	gst_object_unref(pad);
}

static void *get_buffer(void *state, uint64_t number)
{
	struct source *source = state;

	(void)number;
	source->buffer = gst_buffer_new_allocate(source->allocator, source->trial->frame_size_bytes, &source->params);
	if (source->buffer == NULL || !gst_buffer_map(source->buffer, &source->map, GST_MAP_WRITE))
		return NULL;
	return source->map.data;
}

static int publish(void *state, uint64_t number)
{
	struct source *source = state;

	(void)number;
	gst_buffer_unmap(source->buffer, &source->map);
	return gst_app_src_push_buffer(GST_APP_SRC(source->appsrc), source->buffer) == GST_FLOW_OK ? 0 : -1;
}

static int produce(struct trial *trial)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	struct source source = {.trial = trial};
	char description[640], path[160], caps[128];
	int error;

	make_caps_text(trial, caps, sizeof(caps));
	snprintf(description, sizeof(description),
		 "appsrc name=source is-live=true format=time caps=%s ! "
		 "shmsink socket-path=%s shm-size=%llu wait-for-connection=false sync=false async=false",
		 caps, peer_socket_path(trial, path, sizeof(path)),
		 (unsigned long long)(BUFFERS * (trial->frame_size_bytes + 65536)));
	source.pipeline = make_pipeline(description);
	if (source.pipeline == NULL)
		return -1;
	source.appsrc = gst_bin_get_by_name(GST_BIN(source.pipeline), "source");
	gst_element_set_state(source.pipeline, GST_STATE_PLAYING);
	gst_element_get_state(source.pipeline, NULL, NULL, 5 * GST_SECOND);
	find_allocator(&source);
	if (source.allocator == NULL) {
		cli_message("shmsink offers no memory to write to");
		return -1;
	}
	error = trial_produce(trial, &steps, &source);
	gst_element_set_state(source.pipeline, GST_STATE_NULL);
	unlink(path);
	return error;
}

struct receiver {
	struct trial *trial;
	uint32_t index;
	bool is_over;
	_Atomic bool is_done;
};

static void take_frame(GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer context)
{
	struct receiver *receiver = context;
	GstMapInfo map;

	(void)sink;
	(void)pad;
	if (receiver->is_over || !gst_buffer_map(buffer, &map, GST_MAP_READ))
		return;
	receiver->is_over = !trial_receive(receiver->trial, receiver->index, map.data);
	gst_buffer_unmap(buffer, &map);
	if (receiver->is_over && !receiver->is_done) {
		receiver->is_done = true;
		trial_consumer_is_done(receiver->trial, receiver->index);
	}
}

/* On a busy machine shmsink drops a client that does not keep up, for good: the frames from then on are lost. */
static bool has_failed(GstElement *pipeline)
{
	GstBus *bus = gst_element_get_bus(pipeline);
	GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);

	gst_object_unref(bus);
	if (message == NULL)
		return false;
	cli_message("shmsrc has lost its sink; its further frames count as lost");
	gst_message_unref(message);
	return true;
}

static int consume(struct trial *trial, uint32_t index)
{
	struct receiver receiver = {.trial = trial, .index = index};
	char description[512], path[160];
	GstElement *pipeline, *sink;

	if (peer_wait_for_file(peer_socket_path(trial, path, sizeof(path))) < 0)
		return -1;
	snprintf(description, sizeof(description),
		 "shmsrc socket-path=%s is-live=true ! fakesink name=sink sync=false async=false signal-handoffs=true",
		 path);
	pipeline = make_pipeline(description);
	if (pipeline == NULL)
		return -1;
	sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
	g_signal_connect(sink, "handoff", G_CALLBACK(take_frame), &receiver);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	gst_element_get_state(pipeline, NULL, NULL, 5 * GST_SECOND);
	trial_consumer_is_ready(trial);
	while (atomic_load(&trial->stopping) == 0) {
		if (!receiver.is_done && has_failed(pipeline)) {
			receiver.is_done = true;
			trial_consumer_is_done(trial, index);
		}
		usleep(50000);
	}
	gst_element_set_state(pipeline, GST_STATE_NULL);
	return 0;
}

int main(int argument_count, char **arguments)
{
	static const struct peer peer = {.produce = produce, .consume = consume};

	return peer_main(argument_count, arguments, &peer);
}
