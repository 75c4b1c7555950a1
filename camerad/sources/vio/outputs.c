/* SPDX-License-Identifier: Apache-2.0 */
#include "outputs.h"

#include <errno.h>
#include <stdio.h>

#define WIDTH_STEP      16
#define MINIMUM_SIZE    64
#define UPSCALER        5
#define UPSCALER_AREA   4
#define MAXIMUM_REGION  4096
#define MAXIMUM_RATE    120
#define MAXIMUM_BUFFERS 16

static const struct {
	uint32_t width_pixels, height_pixels;
} maximum_sizes[HBN_VSE_OUTPUTS] = {{4096, 3076}, {1920, 1080}, {1920, 1080}, {1280, 720}, {1280, 720}, {4096, 3076}};

static struct hbn_rectangle region_of(const struct channel_settings *channel, const struct vio_settings *camera)
{
	const struct crop *crop = &channel->crop;

	if (crop->width_pixels == 0)
		return (struct hbn_rectangle){0, 0, camera->width_pixels, camera->height_pixels};
	return (struct hbn_rectangle){crop->x, crop->y, crop->width_pixels, crop->height_pixels};
}

/* What no output can do. */
static int check_channel(const struct channel_settings *channel, const struct hbn_rectangle *region, char *why,
			 size_t why_size)
{
	uint32_t below = channel->width_pixels / WIDTH_STEP * WIDTH_STEP;

	if (channel->fourcc != ZCF_FOURCC_NV12)
		snprintf(why, why_size, "channel %s: the scaler makes NV12 only", channel->name);
	else if (channel->width_pixels % WIDTH_STEP != 0)
		snprintf(why, why_size,
			 "channel %s: the scaler makes widths in steps of %d: use %u or %u instead of %u",
			 channel->name, WIDTH_STEP, below, below + WIDTH_STEP, channel->width_pixels);
	else if (channel->buffer_count > MAXIMUM_BUFFERS)
		snprintf(why, why_size, "channel %s: the camera's ring has 2 to %d buffers, not %u", channel->name,
			 MAXIMUM_BUFFERS, channel->buffer_count);
	else if (region->x % 2 != 0 || region->y % 2 != 0 || region->width % 2 != 0 || region->height % 2 != 0)
		snprintf(why, why_size, "channel %s: the numbers of the crop must be even", channel->name);
	else if (region->width > MAXIMUM_REGION)
		snprintf(why, why_size, "channel %s: the scaler takes at most %d pixels of a line: set a crop",
			 channel->name, MAXIMUM_REGION);
	else
		return 0;
	return -EINVAL;
}

static bool can_make(uint32_t output, const struct channel_settings *channel, const struct hbn_rectangle *region)
{
	uint32_t width = channel->width_pixels, height = channel->height_pixels;

	if (width > maximum_sizes[output].width_pixels || height > maximum_sizes[output].height_pixels)
		return false;
	if (output == UPSCALER)
		return width >= region->width && height >= region->height &&
		       (uint64_t)width * height <= (uint64_t)region->width * region->height * UPSCALER_AREA;
	return width <= region->width && height <= region->height && width >= MINIMUM_SIZE && height >= MINIMUM_SIZE;
}

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The scaler counts in whole numbers up to 120: 7.5 of 30 frames is 1 of 4. */
static int plan_rate(const struct channel_settings *channel, const struct vio_settings *camera, struct hbn_rate *rate,
		     char *why, size_t why_size)
{
	uint32_t from = camera->rate_hertz * 1000, to = channel->rate_millihertz, divisor;

	*rate = (struct hbn_rate){0};
	if (to == 0 || to >= from)
		return 0;
	divisor = to % 1000 == 0 ? 1000 : greatest_common_divisor(from, to);
	if (from / divisor > MAXIMUM_RATE) {
		snprintf(why, why_size,
			 "channel %s: the scaler cannot make %.3f of %u frames a second; choose a whole number, or a "
			 "simple fraction of the camera's rate",
			 channel->name, to / 1000.0, camera->rate_hertz);
		return -EINVAL;
	}
	*rate = (struct hbn_rate){(uint16_t)(from / divisor), (uint16_t)(to / divisor)};
	return 0;
}

static int plan_one(const struct channel_settings *channel, const struct vio_settings *camera, uint32_t *free_outputs,
		    struct vio_output *output, char *why, size_t why_size)
{
	struct hbn_rectangle region = region_of(channel, camera);
	int error = check_channel(channel, &region, why, why_size);

	*output = (struct vio_output){
		.region = region,
		.width_pixels = channel->width_pixels,
		.height_pixels = channel->height_pixels,
		.buffer_count = channel->buffer_count,
	};
	if (error == 0)
		error = plan_rate(channel, camera, &output->rate, why, why_size);
	if (error != 0)
		return error;
	for (output->number = 0; output->number < HBN_VSE_OUTPUTS; output->number++) {
		if ((*free_outputs & 1u << output->number) != 0 && can_make(output->number, channel, &region)) {
			*free_outputs &= ~(1u << output->number);
			return 0;
		}
	}
	snprintf(why, why_size,
		 "channel %s: no output of the scaler is left that makes %ux%u from %ux%u; it has one up to 4096x3076, "
		 "two "
		 "up to 1920x1080, two up to 1280x720 that make pictures smaller (to 64x64), and one that makes them "
		 "larger (up to 4 times the area)",
		 channel->name, channel->width_pixels, channel->height_pixels, region.width, region.height);
	return -EINVAL;
}

int vio_outputs_plan(const struct channel_settings *channels, size_t channel_count, const struct vio_settings *camera,
		     struct vio_output *outputs, char *why, size_t why_size)
{
	uint32_t free_outputs = (1u << HBN_VSE_OUTPUTS) - 1;
	int error = 0;

	if (channel_count > HBN_VSE_OUTPUTS) {
		snprintf(why, why_size, "the scaler has %d outputs, too few for %zu channels", HBN_VSE_OUTPUTS,
			 channel_count);
		return -EINVAL;
	}
	for (size_t i = 0; error == 0 && i < channel_count; i++)
		error = plan_one(&channels[i], camera, &free_outputs, &outputs[i], why, why_size);
	return error;
}
