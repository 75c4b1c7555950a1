/* SPDX-License-Identifier: Apache-2.0 */
/** @file vio_settings.h
 * The section [vio] of the configuration: which camera is plugged in where. */
#ifndef CAMERAD_VIO_SETTINGS_H
#define CAMERAD_VIO_SETTINGS_H

#include "app/config.h"

struct vio_settings {
	char *sensor; /**< Name of the vendor's driver for it, such as "imx219". */
	char *tuning; /**< The image processor's tuning file; NULL: the board's own for this sensor and size. */
	uint32_t sensor_mode;
	uint32_t mipi_host;
	uint32_t width_pixels, height_pixels;
	uint32_t rate_hertz;
	uint32_t raw_bits;
	uint32_t i2c_address;
	uint32_t gpio_enable, gpio_level;
	uint32_t lanes;
	uint32_t link_mbit_s;
	uint32_t master_clock_mhz;
	uint32_t line_length, frame_length; /**< Pixels of a line and lines of a frame, blanking included. */
	uint32_t settle;
	uint64_t give_back_margin_ns; /**< How long before a frame is due the ring must have room for it. */
	uint64_t silence_ns;          /**< No frame for so long: the camera is started anew. */
};

extern const struct app_config_key vio_settings_keys[];

/** The IMX219 at 1920x1080, 30 frames a second, on MIPI host 0. @return 0 or -ENOMEM. */
int vio_settings_init(struct vio_settings *settings);
/** Fill an unused struct with a copy. @return 0 or -ENOMEM. */
int vio_settings_copy(struct vio_settings *settings, const struct vio_settings *other);
void vio_settings_fini(struct vio_settings *settings);

/** @return 0, or -EINVAL with a sentence in @p why. */
int vio_settings_check(const struct vio_settings *settings, char *why, size_t why_size);
bool vio_settings_are_same(const struct vio_settings *a, const struct vio_settings *b);

#endif
