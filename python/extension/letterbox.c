/* SPDX-License-Identifier: Apache-2.0 */
/* From the frame straight into a model's input tensor: scaled (bilinear), converted and planar in one pass. Only two
 * rows of temporary values lie between. */
#include "module.h"

#include <stdlib.h>

/* The inner loops, once for any x86-64 and once for those with AVX2, chosen when the module is loaded. Elsewhere the
 * compiler's one version does. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define INNER_LOOP __attribute__((target_clones("avx2", "default")))
#else
#define INNER_LOOP
#endif

/* Between element `index` and the next one; weight 0..256 for the next. */
struct tap {
	uint32_t index;
	uint32_t weight;
};

struct source_image {
	const uint8_t *y, *uv; /* uv: NULL for grey. */
	uint32_t width, height, y_stride, uv_stride;
};

struct scaler {
	struct source_image source;
	struct output_region region;
	float *planes[3]; /* Of the output, in the order R, G, B whatever their order in memory. */
	size_t output_width;
	float factor;
	struct tap *y_taps, *uv_taps;    /* For each column of the region. */
	uint16_t *y_row, *uv_row;        /* One source row, blended of two. */
	float *y_line, *u_line, *v_line; /* One output row. */
};

/* Pixel centres are at halves; beyond the edge is as the edge. */
static struct tap tap_of(uint32_t position, uint32_t output_size, uint32_t source_size)
{
	double place = (position + 0.5) * source_size / output_size - 0.5;
	struct tap tap = {0, 0};

	if (place <= 0)
		return tap;
	tap.index = (uint32_t)place;
	if (tap.index >= source_size - 1)
		return (struct tap){source_size - 1, 0};
	tap.weight = (uint32_t)((place - tap.index) * 256 + 0.5);
	return tap;
}

/* Taps of weight 0 at the last element need no next one, but read it: the rows have one more. */
INNER_LOOP static void blend_rows(const uint8_t *plane, size_t stride, struct tap tap, size_t bytes, uint16_t *row)
{
	const uint8_t *first = plane + tap.index * stride;
	const uint8_t *second = tap.weight ? first + stride : first;
	uint16_t weight = (uint16_t)tap.weight;

	for (size_t i = 0; i < bytes; i++)
		row[i] = (uint16_t)(first[i] * (256 - weight) + second[i] * weight);
}

/* Between a value and the next one. Signed, as processors convert that to float in one step. */
static float between(int32_t value, int32_t next, uint32_t weight)
{
	return (float)(value * 256 + (next - value) * (int32_t)weight) * (1.0f / 65536);
}

INNER_LOOP static void sample_y(const uint16_t *restrict row, const struct tap *restrict taps, uint32_t count,
				float *restrict line)
{
	for (uint32_t x = 0; x < count; x++)
		line[x] = between(row[taps[x].index], row[taps[x].index + 1], taps[x].weight);
}

INNER_LOOP static void sample_uv(const uint16_t *restrict row, const struct tap *restrict taps, uint32_t count,
				 float *restrict u_line, float *restrict v_line)
{
	for (uint32_t x = 0; x < count; x++) {
		const uint16_t *value = row + (size_t)taps[x].index * 2;

		u_line[x] = between(value[0], value[2], taps[x].weight);
		v_line[x] = between(value[1], value[3], taps[x].weight);
	}
}

static float clamp(float value)
{
	value = value > 0 ? value : 0;
	return value < 255 ? value : 255;
}

/* BT.601 in full range: what the channels carry, and what the JPEGs had that models are trained with. */
INNER_LOOP static void convert_line(const struct scaler *scaler, uint32_t line)
{
	size_t offset = (scaler->region.top + line) * scaler->output_width + scaler->region.left;
	float *restrict red = scaler->planes[0] + offset;
	float *restrict green = scaler->planes[1] + offset;
	float *restrict blue = scaler->planes[2] + offset;
	float factor = scaler->factor;

	for (uint32_t x = 0; x < scaler->region.width; x++) {
		float y = scaler->y_line[x];
		float u = scaler->u_line[x] - 128, v = scaler->v_line[x] - 128;

		red[x] = factor * clamp(y + 1.402f * v);
		green[x] = factor * clamp(y - 0.344136f * u - 0.714136f * v);
		blue[x] = factor * clamp(y + 1.772f * u);
	}
}

static void run(struct scaler *scaler)
{
	const struct source_image *source = &scaler->source;
	const struct output_region *region = &scaler->region;

	for (uint32_t line = 0; line < region->height; line++) {
		blend_rows(source->y, source->y_stride, tap_of(line, region->height, source->height), source->width,
			   scaler->y_row);
		sample_y(scaler->y_row, scaler->y_taps, region->width, scaler->y_line);
		if (source->uv) {
			blend_rows(source->uv, source->uv_stride, tap_of(line, region->height, source->height / 2),
				   source->width, scaler->uv_row);
			sample_uv(scaler->uv_row, scaler->uv_taps, region->width, scaler->u_line, scaler->v_line);
		}
		convert_line(scaler, line);
	}
}

static int allocate(struct scaler *scaler)
{
	size_t width = scaler->region.width, row = scaler->source.width + 2;
	size_t column_bytes = width * (2 * sizeof(struct tap) + 3 * sizeof(float));
	char *memory = calloc(1, column_bytes + 2 * row * sizeof(uint16_t));

	if (!memory) {
		PyErr_NoMemory();
		return -1;
	}
	scaler->y_taps = (struct tap *)memory;
	scaler->uv_taps = scaler->y_taps + width;
	scaler->y_line = (float *)(scaler->uv_taps + width);
	scaler->u_line = scaler->y_line + width;
	scaler->v_line = scaler->u_line + width;
	scaler->y_row = (uint16_t *)(memory + column_bytes);
	scaler->uv_row = scaler->y_row + row;
	for (uint32_t x = 0; x < width; x++) {
		scaler->y_taps[x] = tap_of(x, scaler->region.width, scaler->source.width);
		if (scaler->source.uv)
			scaler->uv_taps[x] = tap_of(x, scaler->region.width, scaler->source.width / 2);
		scaler->u_line[x] = scaler->v_line[x] = 128;
	}
	return 0;
}

static int get_source(const struct zcf_frame *frame, struct source_image *source)
{
	const struct zcf_format *format = &zcf_frame_get_info(frame)->format;

	*source = (struct source_image){
		.y = zcf_frame_get_plane(frame, 0),
		.width = format->width_pixels,
		.height = format->height_pixels,
		.y_stride = format->planes[0].stride_bytes,
	};
	if (format->fourcc == ZCF_FOURCC_NV12 && format->plane_count == 2) {
		source->uv = zcf_frame_get_plane(frame, 1);
		source->uv_stride = format->planes[1].stride_bytes;
	} else if (format->fourcc != ZCF_FOURCC_GREY) {
		PyErr_SetString(PyExc_ValueError, "only frames of NV12 or GREY can be scaled");
		return -1;
	}
	return 0;
}

/* (3, H, W), or with one more dimension of 1 before it. */
static int set_output(struct scaler *scaler, const Py_buffer *view, bool bgr)
{
	const Py_ssize_t *shape = view->shape + (view->ndim == 4);
	size_t plane;

	if ((view->ndim != 3 && (view->ndim != 4 || view->shape[0] != 1)) || shape[0] != 3) {
		PyErr_SetString(PyExc_ValueError, "the output's shape must be (3, H, W) or (1, 3, H, W)");
		return -1;
	}
	if (output_check_region(&scaler->region, shape[2], shape[1]) < 0)
		return -1;
	plane = (size_t)shape[1] * (size_t)shape[2];
	scaler->output_width = (size_t)shape[2];
	for (int i = 0; i < 3; i++)
		scaler->planes[i] = (float *)view->buf + (size_t)(bgr ? 2 - i : i) * plane;
	return 0;
}

PyObject *letterbox_to_float(PyObject *module, PyObject *arguments)
{
	struct scaler scaler = {0};
	PyObject *frame_object, *output;
	struct zcf_frame *frame;
	Py_buffer view;
	int bgr, result = -1;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "OOIIIIpf", &frame_object, &output, &scaler.region.left, &scaler.region.top,
			      &scaler.region.width, &scaler.region.height, &bgr, &scaler.factor))
		return NULL;
	if (output_get(output, "f", &view) < 0)
		return NULL;
	frame = frame_hold(frame_object);
	if (frame) {
		if (set_output(&scaler, &view, bgr) == 0 && get_source(frame, &scaler.source) == 0 &&
		    allocate(&scaler) == 0) {
			PyThreadState *state = PyEval_SaveThread();
			run(&scaler);
			PyEval_RestoreThread(state);
			free(scaler.y_taps);
			result = 0;
		}
		frame_unhold(frame_object);
	}
	PyBuffer_Release(&view);
	return result < 0 ? NULL : Py_NewRef(Py_None);
}
