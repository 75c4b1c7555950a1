/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GStreamer without a copy: the camera writes into memory of the allocator that the sink proposes. Buffers are used
 * again, so that their memory is mapped and its pages are there. The producer's own thread hands each buffer to the
 * sink, as a camera's element does, and frames are taken in the source's thread: there is no queue and no other thread
 * between. (appsrc would be one more thread to wake.)
 */
#include "gstreamer.h"

#include "message.h"
#include "peer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFERS 4
/* Of each buffer, for what an allocator adds. */
#define SPARE_BYTES 65536

struct source {
	GstElement *pipeline;
	GstPad *pad;
	GstBufferPool *pool;
	GstBuffer *buffer;
	GstMapInfo map;
};

static bool is_available(void)
{
	GstElementFactory *sink, *source;
	bool are_there;

	gst_init(NULL, NULL);
	sink = gst_element_factory_find(gstreamer_elements.sink);
	source = gst_element_factory_find(gstreamer_elements.source);
	are_there = sink != NULL && source != NULL;
	gst_clear_object(&sink);
	gst_clear_object(&source);
	return are_there;
}

static GstCaps *make_caps(const struct trial *trial)
{
	return gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "NV12", "width", G_TYPE_INT,
				   (gint)trial->width_pixels, "height", G_TYPE_INT, (gint)trial->height_pixels,
				   "framerate", GST_TYPE_FRACTION, 30, 1, NULL);
}

/* Buffers of the memory that the sink would like. */
static GstBufferPool *make_pool(const struct trial *trial, GstPad *pad, GstCaps *caps)
{
	GstQuery *query = gst_query_new_allocation(caps, FALSE);
	GstAllocator *allocator = NULL;
	GstAllocationParams params;
	GstBufferPool *pool = gst_buffer_pool_new();
	GstStructure *config = gst_buffer_pool_get_config(pool);

	if (gst_pad_peer_query(pad, query) && gst_query_get_n_allocation_params(query) > 0)
		gst_query_parse_nth_allocation_param(query, 0, &allocator, &params);
	gst_query_unref(query);
	if (allocator == NULL) {
		cli_message("%s offers no memory to write to", gstreamer_elements.sink);
		return NULL;
	}
	gst_buffer_pool_config_set_params(config, caps, (guint)trial->frame_size_bytes, BUFFERS, BUFFERS);
	gst_buffer_pool_config_set_allocator(config, allocator, &params);
	gst_object_unref(allocator);
	if (gst_buffer_pool_set_config(pool, config) && gst_buffer_pool_set_active(pool, TRUE))
		return pool;
	cli_message("%s has no memory for %d frames of %ux%u", gstreamer_elements.sink, BUFFERS, trial->width_pixels,
		    trial->height_pixels);
	return NULL;
}

static void *get_buffer(void *state, uint64_t number)
{
	GstBufferPoolAcquireParams at_once = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT};
	struct source *source = state;

	(void)number;
	if (gst_buffer_pool_acquire_buffer(source->pool, &source->buffer, &at_once) != GST_FLOW_OK)
		return NULL;
	if (!gst_buffer_map(source->buffer, &source->map, GST_MAP_WRITE)) {
		gst_buffer_unref(source->buffer);
		return NULL;
	}
	return source->map.data;
}

static int publish(void *state, uint64_t number)
{
	struct source *source = state;

	(void)number;
	gst_buffer_unmap(source->buffer, &source->map);
	return gst_pad_push(source->pad, source->buffer) == GST_FLOW_OK ? 0 : -1;
}

static GstElement *make_sink(const struct trial *trial, const char *path)
{
	GstElement *sink = gst_element_factory_make(gstreamer_elements.sink, NULL);

	if (sink == NULL) {
		cli_message("GStreamer has no %s", gstreamer_elements.sink);
		return NULL;
	}
	g_object_set(sink, "socket-path", path, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, NULL);
	if (gstreamer_elements.set_up_sink != NULL)
		gstreamer_elements.set_up_sink(sink, BUFFERS * (trial->frame_size_bytes + SPARE_BYTES));
	return sink;
}

/* A pad of our own in front of the sink, with which it plays. */
static int start(struct source *source, const struct trial *trial, GstElement *sink)
{
	GstCaps *caps = make_caps(trial);
	GstPad *sink_pad = gst_element_get_static_pad(sink, "sink");
	GstSegment segment;

	source->pipeline = gst_pipeline_new(NULL);
	source->pad = gst_pad_new("source", GST_PAD_SRC);
	gst_bin_add(GST_BIN(source->pipeline), sink);
	gst_pad_link(source->pad, sink_pad);
	gst_object_unref(sink_pad);
	gst_pad_set_active(source->pad, TRUE);
	if (gst_element_set_state(source->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
		cli_message("%s does not start", gstreamer_elements.sink);
		gst_caps_unref(caps);
		return -1;
	}
	gst_segment_init(&segment, GST_FORMAT_TIME);
	gst_pad_push_event(source->pad, gst_event_new_stream_start("camera"));
	gst_pad_push_event(source->pad, gst_event_new_caps(caps));
	gst_pad_push_event(source->pad, gst_event_new_segment(&segment));
	source->pool = make_pool(trial, source->pad, caps);
	gst_caps_unref(caps);
	return source->pool != NULL ? 0 : -1;
}

static void stop(struct source *source)
{
	if (source->pipeline == NULL)
		return;
	gst_element_set_state(source->pipeline, GST_STATE_NULL);
	if (source->pool != NULL) {
		gst_buffer_pool_set_active(source->pool, FALSE);
		gst_object_unref(source->pool);
	}
	gst_object_unref(source->pad);
	gst_object_unref(source->pipeline);
}

static int produce(struct trial *trial)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	struct source source = {0};
	char path[160], early_path[176];
	GstElement *sink;
	int error;

	gst_init(NULL, NULL);
	peer_socket_path(trial, path, sizeof(path));
	snprintf(early_path, sizeof(early_path), "%s.early", path);
	sink = make_sink(trial, early_path);
	if (sink == NULL)
		return -1;
	if (gstreamer_elements.name_memory != NULL)
		gstreamer_elements.name_memory(trial->shared_memory, sizeof(trial->shared_memory));
	error = start(&source, trial, sink);
	/* Only now is the sink ready for consumers: unixfdsrc fails if there are no caps when it comes. */
	if (error == 0 && rename(early_path, path) < 0) {
		cli_message("%s has made no socket %s: %s", gstreamer_elements.sink, early_path, strerror(errno));
		error = -1;
	}
	if (error == 0)
		error = trial_produce(trial, &steps, &source);
	stop(&source);
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
	cli_message("%s has lost its sink; its further frames count as lost", gstreamer_elements.source);
	gst_message_unref(message);
	return true;
}

static GstElement *make_receiving_pipeline(const char *path)
{
	GError *error = NULL;
	GstElement *pipeline;
	char description[512];

	snprintf(description, sizeof(description),
		 "%s socket-path=%s %s ! fakesink name=sink sync=false async=false enable-last-sample=false "
		 "signal-handoffs=true",
		 gstreamer_elements.source, path, gstreamer_elements.source_options);
	pipeline = gst_parse_launch(description, &error);
	if (error == NULL)
		return pipeline;
	cli_message("%s", error->message);
	return NULL;
}

static int consume(struct trial *trial, uint32_t index)
{
	struct receiver receiver = {.trial = trial, .index = index};
	GstElement *pipeline, *sink;
	char path[160];

	gst_init(NULL, NULL);
	if (peer_wait_for_file(peer_socket_path(trial, path, sizeof(path))) < 0)
		return -1;
	pipeline = make_receiving_pipeline(path);
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
	static const struct peer peer = {.is_available = is_available, .produce = produce, .consume = consume};

	return peer_main(argument_count, arguments, &peer);
}
