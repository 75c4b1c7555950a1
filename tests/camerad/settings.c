/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon makes of its configuration file and command line. */
#include "camerad/settings.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/zcf-test-settings-XXXXXX";
static struct settings_overrides overrides;
static char why[768];

static int load(const char *text, struct settings *settings)
{
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL);
	REQUIRE(fputs(text, file) >= 0);
	REQUIRE_EQUAL(fclose(file), 0);
	overrides.config_path = path;
	why[0] = '\0';
	return settings_load(&overrides, settings, why, sizeof(why));
}

static void require_refused(const char *text, int line, const char *words)
{
	struct settings settings;
	char place[64];

	REQUIRE_EQUAL(load(text, &settings), -EINVAL);
	settings_fini(&settings);
	snprintf(place, sizeof(place), "%s:%d: ", path, line);
	if (strncmp(why, place, strlen(place)) != 0 || strstr(why, words) == NULL)
		print_error("said: %s\n", why);
	REQUIRE(strncmp(why, place, strlen(place)) == 0);
	REQUIRE(strstr(why, words) != NULL);
}

static void an_empty_file_gives_the_three_channels_of_the_design(void **state)
{
	static const struct {
		const char *name;
		uint32_t width_pixels, height_pixels;
	} expected[] = {
		{"pet_camera_active_zc", 640, 480},
		{"pet_camera_yolo_zc", 640, 360},
		{"pet_camera_mjpeg_zc", 640, 480},
	};
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(load("", &settings), 0);
	REQUIRE(settings.camera.source == &source_synthetic);
	REQUIRE_EQUAL(settings.camera.rate_millihertz, 30000);
	REQUIRE_EQUAL(settings.channel_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct channel_settings *channel = &settings.channels[i];

		REQUIRE(strcmp(channel->name, expected[i].name) == 0);
		REQUIRE_EQUAL(channel->width_pixels, expected[i].width_pixels);
		REQUIRE_EQUAL(channel->height_pixels, expected[i].height_pixels);
		REQUIRE_EQUAL(channel->buffer_count, 3);
		REQUIRE_EQUAL(channel->fourcc, ZCF_FOURCC_NV12);
		REQUIRE_EQUAL(channel->rate_millihertz, 0);
	}
	settings_fini(&settings);
}

static void channels_of_the_file_take_the_place_of_the_default_ones(void **state)
{
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(load("[channel front]\nwidth = 1920\nheight = 1080\nrate = 12.5\nbuffers = 5\n"
			   "crop = 320x240+16+9\nlease_deadline = 100ms\nmax_consumers = 4\nformat = nv12\n"
			   "[channel back]\n",
			   &settings),
		      0);
	REQUIRE_EQUAL(settings.channel_count, 2);
	REQUIRE(strcmp(settings.channels[0].name, "front") == 0);
	REQUIRE_EQUAL(settings.channels[0].width_pixels, 1920);
	REQUIRE_EQUAL(settings.channels[0].height_pixels, 1080);
	REQUIRE_EQUAL(settings.channels[0].rate_millihertz, 12500);
	REQUIRE_EQUAL(settings.channels[0].buffer_count, 5);
	REQUIRE_EQUAL(settings.channels[0].crop.width_pixels, 320);
	REQUIRE_EQUAL(settings.channels[0].crop.height_pixels, 240);
	REQUIRE_EQUAL(settings.channels[0].crop.x, 16);
	REQUIRE_EQUAL(settings.channels[0].crop.y, 9);
	REQUIRE_EQUAL(settings.channels[0].lease_deadline_ns, 100000000);
	REQUIRE_EQUAL(settings.channels[0].max_consumers, 4);
	REQUIRE(strcmp(settings.channels[1].name, "back") == 0);
	settings_fini(&settings);
}

static void absurd_sizes_are_refused_with_their_line(void **state)
{
	(void)state;
	require_refused("[camera]\nwidth = 0\n", 2, "even number from 2 to 16384, not '0'");
	require_refused("[camera]\nheight = 481\n", 2, "'481'");
	require_refused("[camera]\nwidth = 100000\nheight = 100000\n", 2, "'100000'");
	require_refused("[channel x]\nwidth = 640\nheight = 100000\n", 3, "'100000'");
	require_refused("[channel x]\nwidth = 4294967936\n", 2, "'4294967936'");
	require_refused("[channel x]\nwidth = 18446744073709552256\n", 2, "width");
	require_refused("[channel x]\nwidth = -640\n", 2, "'-640'");
	require_refused("[channel x]\nwidth = 640.0\n", 2, "'640.0'");
}

static void absurd_rates_buffers_and_crops_are_refused_with_their_line(void **state)
{
	(void)state;
	require_refused("[camera]\nrate = 0\n", 2, "frames per second");
	require_refused("[camera]\nrate = 1e9\n", 2, "frames per second");
	require_refused("[camera]\nrate = nan\n", 2, "frames per second");
	require_refused("[channel x]\nbuffers = 1\n", 2, "from 2 to 64");
	require_refused("[channel x]\nbuffers = 65\n", 2, "from 2 to 64");
	require_refused("[channel x]\ncrop = 640\n", 2, "WIDTHxHEIGHT+X+Y");
	require_refused("[channel x]\ncrop = 0x10+0+0\n", 2, "WIDTHxHEIGHT+X+Y");
	require_refused("[channel x]\ncrop = 10x10+-1+0\n", 2, "WIDTHxHEIGHT+X+Y");
	require_refused("[channel x]\ncrop = 10x10+0+0 \t;\ncrop = 99999999999x10+0+0\n", 3, "twice");
	require_refused("[channel x]\ncrop = 99999999999x10+0+0\n", 2, "WIDTHxHEIGHT+X+Y");
	require_refused("[channel x]\nformat = rgb\n", 2, "nv12");
	require_refused("[channel x]\nlease_deadline = 2min\n", 2, "lease_deadline");
}

static void impossible_names_and_repeated_channels_are_refused_with_their_line(void **state)
{
	(void)state;
	require_refused("[channel a/b]\n", 1, "cannot be the name");
	require_refused("[channel ..]\n", 1, "cannot be the name");
	require_refused("[channel a b]\n", 1, "cannot be the name");
	require_refused("[channel aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 1,
			"1 to 63");
	require_refused("[channel a]\n[channel b]\n[channel a]\n", 3, "second time");
}

static void too_many_channels_are_refused_with_their_line(void **state)
{
	char text[SETTINGS_MAX_CHANNELS * 32] = "";
	size_t length = 0;

	(void)state;
	for (int i = 0; i <= SETTINGS_MAX_CHANNELS; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "[channel c%d]\n", i);
	require_refused(text, SETTINGS_MAX_CHANNELS + 1, "more than 32 channels");
}

static void unknown_sources_users_and_modes_are_refused_with_their_line(void **state)
{
	(void)state;
	require_refused("[camera]\nsource = webcam\n", 2, "known are synthetic, file");
	require_refused("[camera]\nplayback = backwards\n", 2, "natural or every_frame");
	require_refused("[camera]\nlog_level = loud\n", 2, "error, warning, info or debug");
	require_refused("[runtime]\nsocket_mode = 0888\n", 2, "octal");
	require_refused("[runtime]\nsocket_mode = 01777\n", 2, "octal");
	require_refused("[runtime]\nsocket_owner = no_such_user_here\n", 2, "no user");
	require_refused("[runtime]\nsocket_group = no_such_group_here\n", 2, "no group");
}

static void users_and_groups_may_be_names_or_numbers(void **state)
{
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(load("[runtime]\nsocket_owner = root\nsocket_group = 44\nsocket_mode = 0600\n", &settings), 0);
	REQUIRE_EQUAL(settings.runtime.socket_owner, 0);
	REQUIRE_EQUAL(settings.runtime.socket_group, 44);
	REQUIRE_EQUAL(settings.runtime.socket_mode, 0600);
	settings_fini(&settings);
}

static void a_file_source_needs_a_path(void **state)
{
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(load("[camera]\nsource = file\n", &settings), -EINVAL);
	REQUIRE(strstr(why, "path = FILE") != NULL);
	settings_fini(&settings);
}

static void the_command_line_goes_before_the_file(void **state)
{
	struct settings settings;

	(void)state;
	overrides = (struct settings_overrides){
		.source = "some video.avi", .rate = "source", .runtime_directory = "/elsewhere", .log_level = "debug"};
	REQUIRE_EQUAL(load("[camera]\nsource = synthetic\npath = other.avi\nrate = 15\n[runtime]\ndirectory = /here\n",
			   &settings),
		      0);
	REQUIRE(settings.camera.source == &source_file);
	REQUIRE(strcmp(settings.camera.path, "some video.avi") == 0);
	REQUIRE_EQUAL(settings.camera.rate_millihertz, 0);
	REQUIRE(strcmp(settings.runtime.directory, "/elsewhere") == 0);
	REQUIRE_EQUAL(settings.camera.log_level, APP_LOG_DEBUG);
	settings_fini(&settings);

	overrides = (struct settings_overrides){.source = "synthetic"};
	REQUIRE_EQUAL(load("[camera]\nsource = file\npath = other.avi\n", &settings), 0);
	REQUIRE(settings.camera.source == &source_synthetic);
	settings_fini(&settings);

	overrides = (struct settings_overrides){.rate = "fast"};
	REQUIRE_EQUAL(load("", &settings), -EINVAL);
	REQUIRE(strncmp(why, "--rate: ", 8) == 0);
	settings_fini(&settings);
	overrides = (struct settings_overrides){0};
}

static void a_file_that_was_asked_for_must_exist(void **state)
{
	struct settings_overrides missing = {.config_path = "/nonexistent/zcframe.conf"};
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(settings_load(&missing, &settings, why, sizeof(why)), -ENOENT);
	REQUIRE(strstr(why, "/nonexistent/zcframe.conf") != NULL);
	settings_fini(&settings);
}

/* Every line of the file that begins with `#` and no blank is a key or section with its default. Give all of them,
 * those that stand before another program's section too. */
static void uncomment_installed_file(void)
{
	FILE *from = fopen(getenv("ZCF_CONFIG"), "re"), *to = fopen(path, "we");
	char line[256];
	int keys = 0;

	REQUIRE(from != NULL && to != NULL);
	while (fgets(line, sizeof(line), from) != NULL) {
		bool is_key = line[0] == '#' && line[1] != ' ' && line[1] != '\n';

		keys += is_key;
		fputs(is_key ? line + 1 : line, to);
	}
	fclose(from);
	REQUIRE_EQUAL(fclose(to), 0);
	REQUIRE(keys > 30);
}

static void the_installed_file_says_what_the_defaults_are(void **state)
{
	struct settings_overrides installed = {.config_path = path};
	struct settings settings, defaults;

	(void)state;
	REQUIRE_EQUAL(load("", &defaults), 0);
	uncomment_installed_file();
	if (settings_load(&installed, &settings, why, sizeof(why)) != 0)
		print_error("%s\n", why);
	REQUIRE(settings_have_same_source(&settings, &defaults));
	REQUIRE(settings_have_same_runtime(&settings, &defaults));
	REQUIRE_EQUAL(settings.channel_count, defaults.channel_count);
	for (size_t i = 0; i < settings.channel_count; i++) {
		REQUIRE(channel_settings_are_same(&settings.channels[i], &defaults.channels[i]));
		REQUIRE_EQUAL(settings.channels[i].crop.width_pixels, 0);
	}
	REQUIRE_EQUAL(settings.camera.camera_id, defaults.camera.camera_id);
	REQUIRE_EQUAL(settings.camera.sleep_when_idle, defaults.camera.sleep_when_idle);
	REQUIRE_EQUAL(settings.camera.low_light_correction, defaults.camera.low_light_correction);
	REQUIRE(settings.camera.low_light_threshold == defaults.camera.low_light_threshold);
	REQUIRE_EQUAL(settings.camera.log_level, defaults.camera.log_level);
	settings_fini(&settings);
	settings_fini(&defaults);
}

/* As it is installed, it says nothing, and no program trips over it. */
static void the_installed_file_is_right_as_it_is(void **state)
{
	struct settings_overrides installed = {.config_path = getenv("ZCF_CONFIG")};
	struct settings settings;

	(void)state;
	REQUIRE_EQUAL(settings_load(&installed, &settings, why, sizeof(why)), 0);
	REQUIRE_EQUAL(settings.channel_count, 3);
	settings_fini(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_file_gives_the_three_channels_of_the_design),
		TEST(channels_of_the_file_take_the_place_of_the_default_ones),
		TEST(absurd_sizes_are_refused_with_their_line),
		TEST(absurd_rates_buffers_and_crops_are_refused_with_their_line),
		TEST(impossible_names_and_repeated_channels_are_refused_with_their_line),
		TEST(too_many_channels_are_refused_with_their_line),
		TEST(unknown_sources_users_and_modes_are_refused_with_their_line),
		TEST(users_and_groups_may_be_names_or_numbers),
		TEST(a_file_source_needs_a_path),
		TEST(the_command_line_goes_before_the_file),
		TEST(a_file_that_was_asked_for_must_exist),
		TEST(the_installed_file_says_what_the_defaults_are),
		TEST(the_installed_file_is_right_as_it_is),
	};
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	failed = TEST_RUN(tests);
	unlink(path);
	return failed;
}
