/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "app/log.h"

#include <string.h>

static const struct source_ops *const sources[] = {
	&source_synthetic,
	&source_file,
	&source_vio,
};

const struct source_ops *source_list(size_t index)
{
	return index < sizeof(sources) / sizeof(sources[0]) ? sources[index] : NULL;
}

const struct source_ops *source_find(const char *name)
{
	const struct source_ops *ops;

	for (size_t i = 0; (ops = source_list(i)) != NULL; i++) {
		if (strcmp(ops->name, name) == 0)
			return ops;
	}
	return NULL;
}

int source_open(const struct source_ops *ops, const struct source_settings *settings, struct source **ret_source)
{
	char why[768], quoted[1024];
	const struct source_info *info;
	int error = ops->open(settings, ret_source, why, sizeof(why));

	if (error != 0) {
		app_log(APP_LOG_ERROR, "the source cannot be opened", "source=%s reason=%s", ops->name,
			app_log_quote(quoted, sizeof(quoted), why));
		return error;
	}
	info = &(*ret_source)->info;
	app_log(APP_LOG_INFO, "source opened", "source=%s size=%ux%u rate=%.3f description=%s", ops->name,
		info->width_pixels, info->height_pixels, info->rate_millihertz / 1000.0,
		app_log_quote(quoted, sizeof(quoted), info->description));
	return 0;
}

void source_close(struct source *source)
{
	if (source != NULL)
		source->ops->close(source);
}

struct source_target *source_find_native_target(struct source_target *targets, size_t target_count,
						uint32_t width_pixels, uint32_t height_pixels)
{
	for (size_t i = 0; i < target_count; i++) {
		struct source_target *target = &targets[i];

		if (target->image.width_pixels == width_pixels && target->image.height_pixels == height_pixels &&
		    crop_is_whole(&target->crop, width_pixels, height_pixels))
			return target;
	}
	return NULL;
}
