/* SPDX-License-Identifier: Apache-2.0 */
#include "vio_settings.h"

#include "hbn_abi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(field) offsetof(struct vio_settings, field)

/* Of the scaler, into which the whole picture goes. */
#define MAXIMUM_WIDTH  5432
#define MAXIMUM_HEIGHT 3076

/* As the datasheets have it, with 0x, or decimal. */
static int parse_address(void *address, const char *value, char *why, size_t why_size)
{
	char *end;
	unsigned long number = strtoul(value, &end, 0);

	if (*value < '0' || *value > '9' || *end != '\0' || number > 0x7F) {
		snprintf(why, why_size, "must be an I2C address from 0 to 0x7f, such as 0x10, not '%s'", value);
		return -EINVAL;
	}
	*(uint32_t *)address = (uint32_t)number;
	return 0;
}

const struct app_config_key vio_settings_keys[] = {
	{"sensor", APP_CONFIG_STRING, FIELD(sensor), 0, 0, NULL},
	{"tuning", APP_CONFIG_STRING, FIELD(tuning), 0, 0, NULL},
	{"sensor_mode", APP_CONFIG_UINT32, FIELD(sensor_mode), 0, 255, NULL},
	{"mipi_host", APP_CONFIG_UINT32, FIELD(mipi_host), 0, 3, NULL},
	{"width", APP_CONFIG_UINT32, FIELD(width_pixels), 64, MAXIMUM_WIDTH, NULL},
	{"height", APP_CONFIG_UINT32, FIELD(height_pixels), 64, MAXIMUM_HEIGHT, NULL},
	{"rate", APP_CONFIG_UINT32, FIELD(rate_hertz), 1, 120, NULL},
	{"raw_bits", APP_CONFIG_UINT32, FIELD(raw_bits), 8, 14, NULL},
	{"i2c_address", APP_CONFIG_CUSTOM, FIELD(i2c_address), 0, 0, parse_address},
	{"gpio_enable", APP_CONFIG_UINT32, FIELD(gpio_enable), 0, 255, NULL},
	{"gpio_level", APP_CONFIG_UINT32, FIELD(gpio_level), 0, 255, NULL},
	{"lanes", APP_CONFIG_UINT32, FIELD(lanes), 1, 4, NULL},
	{"link_rate", APP_CONFIG_UINT32, FIELD(link_mbit_s), 1, 65535, NULL},
	{"master_clock", APP_CONFIG_UINT32, FIELD(master_clock_mhz), 0, 100, NULL},
	{"line_length", APP_CONFIG_UINT32, FIELD(line_length), 0, 65535, NULL},
	{"frame_length", APP_CONFIG_UINT32, FIELD(frame_length), 0, 65535, NULL},
	{"settle", APP_CONFIG_UINT32, FIELD(settle), 0, 127, NULL},
	{"give_back_margin", APP_CONFIG_DURATION, FIELD(give_back_margin_ns), 0, 1e9, NULL},
	{"silence", APP_CONFIG_DURATION, FIELD(silence_ns), 100e6, 60e9, NULL},
	{0},
};

int vio_settings_init(struct vio_settings *settings)
{
	*settings = (struct vio_settings){
		.sensor = strdup("imx219"),
		.sensor_mode = 1,
		.width_pixels = 1920,
		.height_pixels = 1080,
		.rate_hertz = 30,
		.raw_bits = 10,
		.i2c_address = 0x10,
		.gpio_enable = 1,
		.lanes = 2,
		.link_mbit_s = 1728,
		.master_clock_mhz = 24,
		.line_length = 3448,
		.frame_length = 1166,
		.settle = 30,
		.give_back_margin_ns = 4000000,
		.silence_ns = 2000000000,
	};
	return settings->sensor == NULL ? -ENOMEM : 0;
}

int vio_settings_copy(struct vio_settings *settings, const struct vio_settings *other)
{
	*settings = *other;
	settings->sensor = strdup(other->sensor);
	settings->tuning = other->tuning != NULL ? strdup(other->tuning) : NULL;
	if (settings->sensor != NULL && (settings->tuning != NULL || other->tuning == NULL))
		return 0;
	vio_settings_fini(settings);
	return -ENOMEM;
}

void vio_settings_fini(struct vio_settings *settings)
{
	app_config_free_strings(vio_settings_keys, settings);
}

static bool has_no_data_type(uint32_t raw_bits)
{
	return raw_bits != 8 && raw_bits != 10 && raw_bits != 12 && raw_bits != 14;
}

int vio_settings_check(const struct vio_settings *settings, char *why, size_t why_size)
{
	if (settings->sensor == NULL || *settings->sensor == '\0')
		snprintf(why, why_size, "[vio] needs 'sensor = NAME', such as imx219");
	else if (strlen(settings->sensor) >= HBN_CAMERA_NAME_SIZE)
		snprintf(why, why_size, "[vio]: the name of the sensor has more than %d characters",
			 HBN_CAMERA_NAME_SIZE - 1);
	else if (settings->tuning != NULL && strlen(settings->tuning) >= HBN_CAMERA_NAME_SIZE)
		snprintf(why, why_size, "[vio]: the path of the tuning file has more than %d characters",
			 HBN_CAMERA_NAME_SIZE - 1);
	else if (has_no_data_type(settings->raw_bits))
		snprintf(why, why_size, "[vio]: raw_bits must be 8, 10, 12 or 14, not %u", settings->raw_bits);
	else if (settings->width_pixels % 2 != 0 || settings->height_pixels % 2 != 0)
		snprintf(why, why_size, "[vio]: width and height must be even, not %ux%u", settings->width_pixels,
			 settings->height_pixels);
	else if (settings->give_back_margin_ns >= UINT64_C(500000000) / settings->rate_hertz)
		snprintf(why, why_size, "[vio]: give_back_margin must be less than half a frame interval");
	else
		return 0;
	return -EINVAL;
}

static bool same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_field(const struct app_config_key *key, const struct vio_settings *a, const struct vio_settings *b)
{
	const void *x = (const char *)a + key->offset, *y = (const char *)b + key->offset;

	switch (key->type) {
	case APP_CONFIG_STRING:
		return same_string(*(char *const *)x, *(char *const *)y);
	case APP_CONFIG_DURATION:
		return *(const uint64_t *)x == *(const uint64_t *)y;
	default:
		return *(const uint32_t *)x == *(const uint32_t *)y;
	}
}

bool vio_settings_are_same(const struct vio_settings *a, const struct vio_settings *b)
{
	for (const struct app_config_key *key = vio_settings_keys; key->name != NULL; key++) {
		if (!same_field(key, a, b))
			return false;
	}
	return true;
}
