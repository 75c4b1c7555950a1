/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PipeWire: a daemon of our own, without a session manager, a stream that drives the graph, and streams that are linked
 * to it. The camera writes into the stream's own buffers, which consumers map; they get them in their data thread, so
 * that there is no thread between. Nobody runs at real-time priority, as none of the other contenders does.
 */
#include "clock.h"
#include "message.h"
#include "peer.h"

#include <errno.h>
#include <pipewire/impl.h>
#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS UINT64_C(10000000000)
#define LOOK_NS     UINT64_C(2000000)
#define BUFFERS     4

struct client {
	struct trial *trial;
	uint32_t index;
	bool is_over;
	struct pw_thread_loop *loop;
	struct pw_context *context;
	struct pw_core *core;
	struct pw_stream *stream;
	struct pw_buffer *buffer; /* That the camera writes. */
	_Atomic int state;        /* enum pw_stream_state */
};

static void note_state(void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error)
{
	struct client *client = data;

	(void)old;
	if (error != NULL)
		cli_message("%s", error);
	client->state = (int)state;
}

/* The one format that there is, and how large a buffer is. */
static uint32_t make_format(const struct trial *trial, struct spa_pod_builder *builder, const struct spa_pod **params)
{
	params[0] = spa_pod_builder_add_object(
		builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
		SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
		SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_NV12), SPA_FORMAT_VIDEO_size,
		SPA_POD_Rectangle(&SPA_RECTANGLE(trial->width_pixels, trial->height_pixels)),
		SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&SPA_FRACTION(30, 1)));
	return 1;
}

static void offer_buffers(void *data, uint32_t id, const struct spa_pod *param)
{
	struct client *client = data;
	uint8_t memory[512];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof(memory));
	const struct spa_pod *params[1];

	if (param == NULL || id != SPA_PARAM_Format)
		return;
	params[0] = spa_pod_builder_add_object(
		&builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
		SPA_POD_CHOICE_RANGE_Int(BUFFERS, 2, 8), SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1),
		SPA_PARAM_BUFFERS_size, SPA_POD_Int((int)client->trial->frame_size_bytes), SPA_PARAM_BUFFERS_stride,
		SPA_POD_Int((int)client->trial->width_pixels), SPA_PARAM_BUFFERS_dataType,
		SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
	pw_stream_update_params(client->stream, params, 1);
}

static void take_frame(void *data)
{
	struct client *client = data;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(client->stream);

	if (buffer == NULL)
		return;
	if (!client->is_over && buffer->buffer->datas[0].data != NULL &&
	    !trial_receive(client->trial, client->index, buffer->buffer->datas[0].data))
		client->is_over = true;
	pw_stream_queue_buffer(client->stream, buffer);
}

/* The daemon's socket has its name a moment before the daemon listens to it. With the loop locked. */
static void connect_core(struct client *client, const char *name)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	for (;;) {
		client->core =
			pw_context_connect(client->context, pw_properties_new(PW_KEY_REMOTE_NAME, name, NULL), 0);
		if (client->core != NULL || bench_now_ns() > deadline_ns)
			return;
		pw_thread_loop_unlock(client->loop);
		bench_sleep_until(bench_now_ns() + LOOK_NS);
		pw_thread_loop_lock(client->loop);
	}
}

static int connect_client(struct client *client, enum pw_direction direction, const struct pw_stream_events *events)
{
	enum pw_stream_flags flags = PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS |
				     (direction == PW_DIRECTION_OUTPUT ? PW_STREAM_FLAG_DRIVER : 0);
	uint8_t memory[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof(memory));
	const struct spa_pod *params[1];
	char path[160];
	int error = -ECONNREFUSED;

	if (peer_wait_for_file(peer_socket_path(client->trial, path, sizeof(path))) < 0)
		return -ETIMEDOUT;
	setenv("PIPEWIRE_RUNTIME_DIR", client->trial->directory, 1);
	/* Errors only; it warns of real-time priority, which is left off on purpose. */
	setenv("PIPEWIRE_DEBUG", "1", 0);
	pw_init(NULL, NULL);
	client->loop = pw_thread_loop_new(client->trial->channel, NULL);
	client->context = pw_context_new(pw_thread_loop_get_loop(client->loop), NULL, 0);
	pw_thread_loop_start(client->loop);
	pw_thread_loop_lock(client->loop);
	connect_core(client, strrchr(path, '/') + 1);
	if (client->core != NULL) {
		struct spa_hook *hook = calloc(1, sizeof(*hook));
		client->stream =
			pw_stream_new(client->core, "frames", pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", NULL));
		pw_stream_add_listener(client->stream, hook, events, client);
		error = pw_stream_connect(client->stream, direction, PW_ID_ANY, flags, params,
					  make_format(client->trial, &builder, params));
	}
	pw_thread_loop_unlock(client->loop);
	if (error < 0)
		cli_message("cannot connect to the daemon at %s", path);
	return error;
}

static int wait_for_state(struct client *client, enum pw_stream_state state)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	while (client->state < (int)state) {
		if (bench_now_ns() > deadline_ns || client->state == PW_STREAM_STATE_ERROR) {
			cli_message("a stream of %s stays in state %s", client->trial->channel,
				    pw_stream_state_as_string((enum pw_stream_state)client->state));
			return -ETIMEDOUT;
		}
		bench_sleep_until(bench_now_ns() + LOOK_NS);
	}
	return 0;
}

static void disconnect_client(struct client *client)
{
	pw_thread_loop_lock(client->loop);
	pw_stream_destroy(client->stream);
	pw_core_disconnect(client->core);
	pw_thread_loop_unlock(client->loop);
	pw_thread_loop_stop(client->loop);
	pw_context_destroy(client->context);
	pw_thread_loop_destroy(client->loop);
}

static void *get_buffer(void *state, uint64_t number)
{
	struct client *client = state;

	(void)number;
	pw_thread_loop_lock(client->loop);
	client->buffer = pw_stream_dequeue_buffer(client->stream);
	pw_thread_loop_unlock(client->loop);
	return client->buffer == NULL ? NULL : client->buffer->buffer->datas[0].data;
}

static int publish(void *state, uint64_t number)
{
	struct client *client = state;
	struct spa_chunk *chunk = client->buffer->buffer->datas[0].chunk;

	(void)number;
	chunk->offset = 0;
	chunk->size = (uint32_t)client->trial->frame_size_bytes;
	chunk->stride = (int32_t)client->trial->width_pixels;
	pw_thread_loop_lock(client->loop);
	pw_stream_queue_buffer(client->stream, client->buffer);
	pw_stream_trigger_process(client->stream);
	pw_thread_loop_unlock(client->loop);
	return 0;
}

/* What a session manager does elsewhere. */
static void link_consumers(struct client *client)
{
	struct trial *trial = client->trial;

	for (uint32_t i = 0; i < trial->consumers; i++) {
		char output[16], input[16];
		snprintf(output, sizeof(output), "%u", pw_stream_get_node_id(client->stream));
		snprintf(input, sizeof(input), "%u", atomic_load(&trial->peer_words[i]));
		struct spa_dict_item items[] = {
			SPA_DICT_ITEM_INIT(PW_KEY_LINK_OUTPUT_NODE, output),
			SPA_DICT_ITEM_INIT(PW_KEY_LINK_INPUT_NODE, input),
		};
		struct spa_dict properties = SPA_DICT_INIT_ARRAY(items);
		pw_thread_loop_lock(client->loop);
		pw_core_create_object(client->core, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK,
				      &properties, 0);
		pw_thread_loop_unlock(client->loop);
	}
}

static int wait_for_consumers(struct trial *trial)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	while (atomic_load(&trial->consumers_ready) < trial->consumers) {
		if (bench_now_ns() > deadline_ns) {
			cli_message("the consumers did not come");
			return -ETIMEDOUT;
		}
		bench_sleep_until(bench_now_ns() + LOOK_NS);
	}
	return 0;
}

static int produce(struct trial *trial)
{
	static const struct producer_steps steps = {.get_buffer = get_buffer, .publish = publish};
	static const struct pw_stream_events events = {PW_VERSION_STREAM_EVENTS, .state_changed = note_state,
						       .param_changed = offer_buffers};
	struct client client = {.trial = trial};
	int error = connect_client(&client, PW_DIRECTION_OUTPUT, &events);

	if (error >= 0)
		error = wait_for_state(&client, PW_STREAM_STATE_PAUSED);
	if (error == 0)
		error = wait_for_consumers(trial);
	if (error == 0) {
		link_consumers(&client);
		error = wait_for_state(&client, PW_STREAM_STATE_STREAMING);
	}
	if (error == 0)
		error = trial_produce(trial, &steps, &client);
	if (client.stream != NULL)
		disconnect_client(&client);
	return error;
}

static int consume(struct trial *trial, uint32_t index)
{
	static const struct pw_stream_events events = {PW_VERSION_STREAM_EVENTS, .state_changed = note_state,
						       .param_changed = offer_buffers, .process = take_frame};
	struct client client = {.trial = trial, .index = index};
	int error = connect_client(&client, PW_DIRECTION_INPUT, &events);

	if (error >= 0)
		error = wait_for_state(&client, PW_STREAM_STATE_PAUSED);
	if (error < 0)
		return error;
	atomic_store(&trial->peer_words[index], pw_stream_get_node_id(client.stream));
	trial_consumer_is_ready(trial);
	while (!*(volatile bool *)&client.is_over && atomic_load(&trial->stopping) == 0)
		usleep(50000);
	trial_consumer_is_done(trial, index);
	disconnect_client(&client);
	return 0;
}

static const char configuration[] =
	"context.properties = { core.daemon = true core.name = %s support.dbus = false mem.warn-mlock = false }\n"
	"context.spa-libs = { support.* = support/libspa-support }\n"
	"context.modules = [\n"
	"  { name = libpipewire-module-protocol-native }\n"
	"  { name = libpipewire-module-access }\n"
	"  { name = libpipewire-module-client-node }\n"
	"  { name = libpipewire-module-link-factory }\n"
	"]\n";

struct server {
	struct trial *trial;
	struct pw_main_loop *loop;
};

/* The daemon takes part, so its time counts, between the same frames as that of the others. */
static void look_at_trial(void *data, uint64_t expirations)
{
	struct server *server = data;
	struct trial *trial = server->trial;
	uint64_t first_ns = trial_first_frame_ns(trial), now_ns = bench_now_ns();

	(void)expirations;
	if (first_ns != 0 && now_ns >= first_ns + trial->first_counted * trial->interval_ns)
		account_begin(&trial->helper_accounts[0]);
	if (first_ns != 0 && now_ns >= first_ns + trial->frames * trial->interval_ns)
		account_end(&trial->helper_accounts[0]);
	if (atomic_load(&trial->stopping) != 0)
		pw_main_loop_quit(server->loop);
}

static int serve(struct trial *trial)
{
	struct timespec interval = {.tv_nsec = 50000000};
	struct server server = {.trial = trial};
	char socket_path[160], path[192];
	struct pw_context *context;
	struct spa_source *timer;
	FILE *file;

	peer_socket_path(trial, socket_path, sizeof(socket_path));
	snprintf(path, sizeof(path), "%s.conf", socket_path);
	file = fopen(path, "we");
	if (file == NULL) {
		cli_message("cannot write %s: %s", path, strerror(errno));
		return -errno;
	}
	fprintf(file, configuration, strrchr(socket_path, '/') + 1);
	fclose(file);
	setenv("PIPEWIRE_RUNTIME_DIR", trial->directory, 1);
	/* Errors only; it warns of real-time priority, which is left off on purpose. */
	setenv("PIPEWIRE_DEBUG", "1", 0);
	pw_init(NULL, NULL);
	account_open(&trial->helper_accounts[0]);
	server.loop = pw_main_loop_new(NULL);
	context = pw_context_new(pw_main_loop_get_loop(server.loop), pw_properties_new(PW_KEY_CONFIG_NAME, path, NULL),
				 0);
	if (context == NULL) {
		cli_message("cannot start a daemon: %s", strerror(errno));
		return -errno;
	}
	timer = pw_loop_add_timer(pw_main_loop_get_loop(server.loop), look_at_trial, &server);
	pw_loop_update_timer(pw_main_loop_get_loop(server.loop), timer, &interval, &interval, false);
	pw_main_loop_run(server.loop);
	pw_context_destroy(context);
	return 0;
}

/* The library alone is not enough: Debian has the modules, and the plugins below it, in packages of their own. */
static bool is_available(void)
{
	static const char *const modules[] = {"libpipewire-module-protocol-native", "libpipewire-module-access",
					      "libpipewire-module-client-node", "libpipewire-module-link-factory"};
	struct pw_main_loop *loop;
	struct pw_context *context;
	bool all = true;

	setenv("PIPEWIRE_DEBUG", "0", 0);
	pw_init(NULL, NULL);
	loop = pw_main_loop_new(NULL);
	if (loop == NULL)
		return false;
	context = pw_context_new(pw_main_loop_get_loop(loop), pw_properties_new(PW_KEY_CONFIG_NAME, "null", NULL), 0);
	for (size_t i = 0; context != NULL && i < sizeof(modules) / sizeof(modules[0]); i++)
		all = pw_context_load_module(context, modules[i], NULL, NULL) != NULL && all;
	if (context != NULL)
		pw_context_destroy(context);
	pw_main_loop_destroy(loop);
	return context != NULL && all;
}

int main(int argument_count, char **arguments)
{
	static const struct peer peer = {
		.is_available = is_available, .produce = produce, .consume = consume, .serve = serve};

	return peer_main(argument_count, arguments, &peer);
}
