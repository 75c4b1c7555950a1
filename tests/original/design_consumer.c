/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A consumer as somebody writes it who has the design document and the vendor's header, and nothing of ours.
 *
 *   design_consumer NAME COUNT            fills in what the document's snippet fills in: share_id and size
 *   design_consumer NAME COUNT extension  fills in the rest from behind the struct, and imports the picture too
 *
 * Says of each frame: number, version, brightness_avg, the mean of what it sees in plane 0, and that of the rows that
 * the daemon measures, every fourth.
 */
#include <emulated_hb_mem.h> /* has the vendor's names */
#include <fcntl.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* From the design document. */
typedef struct {
	uint64_t frame_number;
	struct timespec timestamp;
	int camera_id;
	int width;
	int height;
	int format;
	float brightness_avg;
	uint8_t correction_applied;
	int32_t share_id[2];
	uint64_t plane_size[2];
	int32_t plane_cnt;
	volatile uint32_t version;
	volatile uint8_t consumed;
} ZeroCopyFrame;

typedef struct {
	sem_t new_frame_sem;
	sem_t consumed_sem;
	ZeroCopyFrame frame;
} ZeroCopyFrameBuffer;

/* From docs/original-endpoint.md: offsets in the object. */
#define EXTENSION_MAGIC_OFFSET 152
#define GRAPHIC_BUFFER_OFFSET  240
#define COMMON_BUFFERS_OFFSET  400
#define OBJECT_SIZE            512

static void require(bool condition, const char *what, int32_t code)
{
	if (condition)
		return;
	fprintf(stderr, "failed: %s: %d\n", what, (int)code);
	exit(1);
}

static ZeroCopyFrameBuffer *open_endpoint(const char *channel)
{
	char name[80];
	void *memory;
	int fd;

	snprintf(name, sizeof(name), "/%s", channel);
	fd = shm_open(name, O_RDWR, 0);
	require(fd >= 0, "shm_open", fd);
	memory = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(memory != MAP_FAILED, "mmap", 0);
	close(fd);
	return memory;
}

static double mean(const uint8_t *bytes, uint64_t size)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < size; i++)
		sum += bytes[i];
	return (double)sum / (double)size;
}

static double mean_of_fourth_rows(const uint8_t *bytes, uint64_t width, uint64_t height)
{
	double sum = 0;

	for (uint64_t y = 0; y < height; y += 4)
		sum += mean(bytes + y * width, width);
	return sum / (double)((height + 3) / 4);
}

struct means {
	double all, fourth_rows;
};

static struct means look_by_the_letter(const ZeroCopyFrame *frame)
{
	hb_mem_common_buf_t in = {0}, out = {0};
	struct means seen;
	int32_t result;

	in.share_id = frame->share_id[0];
	in.size = frame->plane_size[0];
	result = hb_mem_import_com_buf(&in, &out);
	require(result == 0, "hb_mem_import_com_buf", result);
	seen.all = mean(out.virt_addr, frame->plane_size[0]);
	seen.fourth_rows = mean_of_fourth_rows(out.virt_addr, (uint64_t)frame->width, (uint64_t)frame->height);
	hb_mem_free_buf(out.fd);
	return seen;
}

static double look_at_plane(const hb_mem_common_buf_t *described)
{
	hb_mem_common_buf_t in = *described, out = {0};
	int32_t result = hb_mem_import_com_buf(&in, &out);
	double seen;

	require(result == 0, "hb_mem_import_com_buf of a plane", result);
	result = hb_mem_invalidate_buf_with_vaddr((uint64_t)(uintptr_t)out.virt_addr, out.size);
	require(result == 0, "hb_mem_invalidate_buf_with_vaddr", result);
	seen = mean(out.virt_addr, out.size);
	hb_mem_free_buf(out.fd);
	return seen;
}

/* Every way leads to the same pixels. */
static struct means look_with_extension(const ZeroCopyFrameBuffer *buffer)
{
	const char *memory = (const char *)buffer;
	hb_mem_graphic_buf_t picture, seen;
	hb_mem_common_buf_t planes[2];
	struct means means = {0};
	double plane_mean;
	int32_t result;

	require(memcmp(memory + EXTENSION_MAGIC_OFFSET, "ZCFEXT01", 8) == 0, "the extension's magic", 0);
	memcpy(&picture, memory + GRAPHIC_BUFFER_OFFSET, sizeof(picture));
	memcpy(planes, memory + COMMON_BUFFERS_OFFSET, sizeof(planes));
	result = hb_mem_import_graph_buf(&picture, &seen);
	require(result == 0, "hb_mem_import_graph_buf", result);
	for (int i = 0; i < 2; i++) {
		require(picture.size[i] == buffer->frame.plane_size[i], "plane_size", i);
		hb_mem_invalidate_buf_with_vaddr((uint64_t)(uintptr_t)seen.virt_addr[i], seen.size[i]);
		plane_mean = mean(seen.virt_addr[i], seen.size[i]);
		require(plane_mean == look_at_plane(&planes[i]), "the plane is the picture's", i);
		if (i == 0)
			means.all = plane_mean;
	}
	means.fourth_rows = mean_of_fourth_rows(seen.virt_addr[0], (uint64_t)seen.width, (uint64_t)seen.height);
	hb_mem_free_buf(seen.fd[0]);
	return means;
}

int main(int argument_count, char **arguments)
{
	bool extension = argument_count > 3 && strcmp(arguments[3], "extension") == 0;
	ZeroCopyFrameBuffer *buffer;
	int count;

	require(argument_count >= 3, "usage: design_consumer NAME COUNT [extension]", 0);
	count = atoi(arguments[2]);
	buffer = open_endpoint(arguments[1]);
	if (extension)
		require(hb_mem_module_open() == 0, "hb_mem_module_open", 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < count; i++) {
		const ZeroCopyFrame *frame = &buffer->frame;
		struct means seen;

		require(sem_wait(&buffer->new_frame_sem) == 0, "sem_wait", 0);
		seen = extension ? look_with_extension(buffer) : look_by_the_letter(frame);
		printf("frame %llu version %u size %dx%d brightness %.6f mean %.6f fourth_rows %.6f\n",
		       (unsigned long long)frame->frame_number, frame->version, frame->width, frame->height,
		       (double)frame->brightness_avg, seen.all, seen.fourth_rows);
		buffer->frame.consumed = 1;
		require(sem_post(&buffer->consumed_sem) == 0, "sem_post", 0);
	}
	return 0;
}
