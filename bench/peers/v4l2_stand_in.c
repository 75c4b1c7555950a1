/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A V4L2 camera for uStreamer on machines that have none, by LD_PRELOAD: the device's file, and the calls on it, are
 * answered here. Its buffers hold the pictures of mjpeg/footage.c as YUYV, one each, from the start, so that it takes
 * no processor time of the program that reads them. ZCF_BENCH_CAMERA_SIZE=WIDTHxHEIGHT.
 */
/* Or else the functions below get the names of open64() and mmap64(). */
#undef _FILE_OFFSET_BITS

#include "../mjpeg/footage.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define DEVICE      "/dev/zcf-bench-camera"
#define INTERVAL_NS 33333333

static struct {
	int fd;
	uint32_t width, height;
	uint8_t *memory; /* All buffers, one behind the other. */
	bool is_queued[FOOTAGE_PICTURES];
	uint32_t next, sequence;
} camera = {.fd = -1};

int open(const char *path, int flags, ...);
int access(const char *path, int mode);
int ioctl(int fd, unsigned long request, ...);
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *cli_allocate(size_t count, size_t size_bytes)
{
	return calloc(count, size_bytes);
}

static size_t buffer_size(void)
{
	/* Whole pages: a buffer is mapped by its offset. */
	return ((size_t)camera.width * camera.height * 2 + 4095) / 4096 * 4096;
}

static void fill(uint8_t *buffer, const uint8_t *picture)
{
	const uint8_t *chroma = picture + (size_t)camera.width * camera.height;

	for (uint32_t y = 0; y < camera.height; y++)
		for (uint32_t x = 0; x < camera.width; x += 2) {
			const uint8_t *pair = chroma + (size_t)(y / 2) * camera.width + x;
			*buffer++ = picture[(size_t)y * camera.width + x];
			*buffer++ = pair[0];
			*buffer++ = picture[(size_t)y * camera.width + x + 1];
			*buffer++ = pair[1];
		}
}

static int open_camera(void)
{
	const char *size = getenv("ZCF_BENCH_CAMERA_SIZE");
	struct footage footage;

	if (size == NULL || sscanf(size, "%ux%u", &camera.width, &camera.height) != 2) {
		errno = ENODEV;
		return -1;
	}
	camera.memory = aligned_alloc(4096, buffer_size() * FOOTAGE_PICTURES);
	if (camera.memory == NULL)
		return -1;
	footage_create(&footage, camera.width, camera.height);
	for (uint32_t i = 0; i < FOOTAGE_PICTURES; i++)
		fill(camera.memory + i * buffer_size(), footage.pictures[i]);
	footage_destroy(&footage);
	camera.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return camera.fd;
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	if (strcmp(path, DEVICE) == 0)
		return open_camera();
	va_start(arguments, flags);
	mode = (mode_t)va_arg(arguments, int);
	va_end(arguments);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int access(const char *path, int mode)
{
	return strcmp(path, DEVICE) == 0 ? 0 : (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (fd >= 0 && fd == camera.fd) {
		/* A mapping of its own, since it will be unmapped. */
		void *memory = (void *)syscall(SYS_mmap, address, size, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory != MAP_FAILED)
			memcpy(memory, camera.memory + offset, size);
		return memory;
	}
	return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static int start(void)
{
	struct itimerspec interval = {.it_interval.tv_nsec = INTERVAL_NS, .it_value.tv_nsec = INTERVAL_NS};

	return timerfd_settime(camera.fd, 0, &interval, NULL);
}

static int dequeue(struct v4l2_buffer *buffer)
{
	struct timespec now;
	uint64_t ticks;

	if (read(camera.fd, &ticks, sizeof(ticks)) != sizeof(ticks) || !camera.is_queued[camera.next])
		return fail(EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &now);
	buffer->index = camera.next;
	buffer->bytesused = camera.width * camera.height * 2;
	buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	buffer->timestamp = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
	buffer->sequence = camera.sequence++;
	camera.is_queued[camera.next] = false;
	camera.next = (camera.next + 1) % FOOTAGE_PICTURES;
	return 0;
}

static int describe_buffer(struct v4l2_buffer *buffer)
{
	if (buffer->index >= FOOTAGE_PICTURES)
		return fail(EINVAL);
	buffer->length = (uint32_t)buffer_size();
	buffer->m.offset = buffer->index * (uint32_t)buffer_size();
	return 0;
}

static int describe_format(struct v4l2_format *format)
{
	format->fmt.pix.width = camera.width;
	format->fmt.pix.height = camera.height;
	format->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format->fmt.pix.bytesperline = camera.width * 2;
	format->fmt.pix.sizeimage = camera.width * camera.height * 2;
	return 0;
}

static int answer(unsigned long request, void *argument)
{
	/* Some callers keep requests in an int, which extends the sign. */
	switch ((uint32_t)request) {
	case VIDIOC_QUERYCAP:
		((struct v4l2_capability *)argument)->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
		return 0;
	case VIDIOC_S_FMT:
		return describe_format(argument);
	case VIDIOC_REQBUFS:
		((struct v4l2_requestbuffers *)argument)->count = FOOTAGE_PICTURES;
		return 0;
	case VIDIOC_QUERYBUF:
		return describe_buffer(argument);
	case VIDIOC_QBUF:
		camera.is_queued[((struct v4l2_buffer *)argument)->index % FOOTAGE_PICTURES] = true;
		return 0;
	case VIDIOC_DQBUF:
		return dequeue(argument);
	case VIDIOC_STREAMON:
		return start();
	case VIDIOC_STREAMOFF:
	case VIDIOC_S_INPUT:
		return 0;
	default:
		return fail(ENOTTY);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fd >= 0 && fd == camera.fd)
		return answer(request, argument);
	return (int)syscall(SYS_ioctl, fd, request, argument);
}
