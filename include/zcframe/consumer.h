/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file consumer.h
 * Read the frames of a channel that another process publishes.
 *
 *     struct zcf_consumer *consumer;
 *     int error = zcf_consumer_open("pet_camera_active_zc", NULL, -1, &consumer);
 *     while (error == 0) {
 *             struct zcf_frame *frame;
 *             error = zcf_consumer_acquire(consumer, -1, &frame);
 *             if (error == 0) {
 *                     use(zcf_frame_get_plane(frame, 0), zcf_frame_get_info(frame));
 *                     if (zcf_frame_release(frame) == -ESTALE)
 *                             discard_what_was_computed();
 *             }
 *     }
 *     zcf_consumer_close(consumer);
 *
 * A consumer that loses its producer finds the next one by itself, inside zcf_consumer_acquire(); frames
 * that it still holds stay readable. A process may open any number of consumers. One consumer may be used
 * from any number of threads: acquiring is serialised, everything else runs in parallel. After fork() the
 * child must open its own consumer; the parent's fails there with -ECHILD.
 */
#ifndef ZCFRAME_CONSUMER_H
#define ZCFRAME_CONSUMER_H

#include "frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct zcf_consumer;

/** Which frames a consumer wants. It is not woken for the others, and never sees them. */
enum zcf_rate {
	/** Every frame that is still there when the consumer asks. */
	ZCF_RATE_EVERY_FRAME = 0,
	/** Frames whose sequence is a multiple of `rate_value`. */
	ZCF_RATE_EVERY_NTH = 1,
	/** At most `rate_value` frames per 1000 seconds (30000 is 30 a second), evenly spaced. */
	ZCF_RATE_AT_MOST_MILLIHERTZ = 2,
	/** The newest only: zcf_consumer_acquire_next() behaves as zcf_consumer_acquire(). */
	ZCF_RATE_NEWEST_ONLY = 3,
};

/** What a consumer asks for when it opens a channel. Fill with zcf_consumer_options_init(). */
struct zcf_consumer_options {
	uint32_t struct_size;
	enum zcf_rate rate;         /**< Default ZCF_RATE_EVERY_FRAME. */
	uint32_t rate_value;        /**< For ZCF_RATE_EVERY_NTH and ZCF_RATE_AT_MOST_MILLIHERTZ. */
	uint32_t max_leases;        /**< Frames to hold at once, 1..ZCF_MAX_LEASES; the producer may grant fewer.
					 Default 1. */
	uint64_t lease_deadline_ns; /**< How long a frame may be held; the producer caps it. 0: the channel's. */
	uint64_t spin_ns;           /**< Spin this long for a frame before sleeping. Default 0. */
	/**
	 * For a consumer that wants its frame sooner than a sleeping process can be woken: learn the camera's beat,
	 * wake up shortly before a frame is due, and spin for it, for this long at most for each frame. 300000 (0.3 ms)
	 * is 1 % of a processor at 30 frames a second; what is spent in fact is a fraction of it. Frames that come
	 * earlier or later wake the consumer as usual. It leaves off by itself while the camera has no beat that fits
	 * into the time. Costs the producer nothing: it makes no call to wake a consumer that spins. Default 0: off.
	 */
	uint64_t anticipate_ns;
	/**
	 * For a consumer that knows it will be slow: each frame is copied once into memory of its own, inside the
	 * acquire, and its lease given back at once, so that the camera never waits for what the consumer does with the
	 * frame. A frame that is overwritten while it is copied is not returned; the acquire goes on to another. What
	 * is returned is valid for ever: zcf_frame_check() and zcf_frame_release() say 0. `max_leases` is then how many
	 * copies may be held at once, which the producer does not limit. Costs one copy for each frame and the memory
	 * of max_leases frames, taken when the consumer attaches. On the RDK X5 the vendor's DMA engine makes the copy.
	 * Default false.
	 */
	bool copy_out;
	const char *label;             /**< Shown by `zcf top`; NULL: the program's name. Copied. */
	const char *runtime_directory; /**< Where the sockets are; NULL: see zcf_runtime_directory(). Copied. */
};

/** Set the defaults. @note Thread-safe, does not block. */
ZCF_API void zcf_consumer_options_init(struct zcf_consumer_options *options);

/**
 * Attach to a channel. Waits for its producer if there is none yet.
 *
 * @param channel     Name of the channel, such as "pet_camera_active_zc".
 * @param options     NULL for the defaults.
 * @param timeout_ns  How long to wait for a producer.
 * @param ret_consumer  The caller closes it with zcf_consumer_close().
 * @return 0, or
 *   -EINVAL          a channel name or option that cannot be;
 *   -ENOENT          no producer in time (with a timeout of 0: no producer now);
 *   -EACCES          this user may not attach (by the socket's permissions, or the channel's list of users);
 *   -EPERM           the runtime directory is /tmp/zcframe-UID, and another user made it;
 *   -EPROTONOSUPPORT library and producer are of incompatible versions; the detail says which to upgrade;
 *   -EUSERS          the channel has as many consumers as it takes, from everybody or from this user;
 *   -EPROTO          the producer sent what cannot be right;
 *   -ENAMETOOLONG    the socket's path does not fit into a Unix address (107 bytes);
 *   -EINTR           a signal handler ran while waiting;
 *   -EMFILE, -ENFILE, -ENOMEM  the process or the system ran out of descriptors or memory;
 *   -ENOSYS, -ENODEV, -EIO, -EINVAL  of the vendor's library: a buffer of kind hbmem could not be imported.
 * @note Blocks up to the timeout. Maps every buffer of the pool, once.
 */
ZCF_API int zcf_consumer_open(const char *channel, const struct zcf_consumer_options *options, int64_t timeout_ns,
			      struct zcf_consumer **ret_consumer);

/**
 * Detach. Frames still held stay readable until they are released, and their leases go on; the producer hears of the
 * end with the last release.
 *
 * @note No other thread may be using the consumer (its frames are fine). Does not block.
 */
ZCF_API void zcf_consumer_close(struct zcf_consumer *consumer);

/**
 * Acquire the newest frame that this consumer has not had yet; older ones are passed over.
 *
 * @param timeout_ns  0 polls. If the frame is already there the call makes no system call, but for those of
 *                    the vendor's library for buffers of kind hbmem.
 * @param ret_frame   The caller releases it with zcf_frame_release().
 * @return 0, or
 *   -EAGAIN     no new frame in time; not a failure;
 *   -ENOTCONN   no new frame in time, and there is no producer at the moment; not final either, the next
 *               call goes on looking for one;
 *   -ENOBUFS    this consumer holds as many frames as it was granted; release one first;
 *   -EINTR      a signal handler ran, or zcf_consumer_interrupt() was called;
 *   -ECHILD     the consumer was opened before a fork(), by the parent;
 *   others, as of zcf_consumer_open()  a new producer was found and refused us, or we could not map its buffers;
 *               the next call tries again.
 * @note Blocks up to the timeout. Never returns a sequence twice in one epoch. Thread-safe.
 *       Source in the design: `new_frame_sem`.
 */
ZCF_API int zcf_consumer_acquire(struct zcf_consumer *consumer, int64_t timeout_ns, struct zcf_frame **ret_frame);

/**
 * Acquire the oldest frame that this consumer has not had yet and that is still offered: as
 * zcf_consumer_acquire(), but without leaving out frames that are still there. How far back that reaches
 * depends on the number of buffers of the channel.
 */
ZCF_API int zcf_consumer_acquire_next(struct zcf_consumer *consumer, int64_t timeout_ns, struct zcf_frame **ret_frame);

/**
 * A descriptor for poll(), select() or epoll that becomes readable when zcf_consumer_acquire() with timeout
 * 0 is worth calling: a wanted frame is there, or the producer went away or came back. It is the same one for the
 * life of the consumer. Call zcf_consumer_acquire() until it returns -EAGAIN or -ENOTCONN, then poll again.
 *
 * @return The descriptor, owned by the consumer (do not read, write or close it), or -ENOMEM, -EMFILE, or -ECHILD as
 *         zcf_consumer_acquire().
 * @note Costs the producer one system call for each frame, so use it only in an event loop. It stays readable while the
 *       consumer holds as many frames as it may: release one before you poll. Thread-safe; waits for a thread of
 *       the same consumer that sleeps in an acquire.
 */
ZCF_API int zcf_consumer_get_fd(struct zcf_consumer *consumer);

/**
 * Make the acquire that is waiting now return -EINTR; if none waits, the next one that finds no frame.
 *
 * @note Thread-safe and async-signal-safe, does not block. A thread that was just about to sleep notices
 *       within two frame intervals, or 20 ms if that is longer, and 250 ms at most.
 */
ZCF_API void zcf_consumer_interrupt(struct zcf_consumer *consumer);

/** What a consumer was granted when it attached. */
struct zcf_consumer_info {
	uint64_t epoch;             /**< Of the producer attached to; 0 while there is none. */
	uint64_t frame_interval_ns; /**< 0 if the producer publishes at no fixed rate. */
	uint64_t lease_deadline_ns;
	uint32_t max_leases;
	uint32_t buffer_count;
	uint32_t granted_leases;  /**< To all consumers together, as of this one's attach. With `buffer_count` or more
				       they can between them leave the camera without a buffer, until a deadline. */
	uint32_t source_state;    /**< enum zcf_source_state, now. */
	struct zcf_format format; /**< The channel's; each frame has its own. */
	char backend[16];         /**< "memfd", ... */
};

/** What this consumer has seen so far, over all epochs. */
struct zcf_consumer_counters {
	uint64_t acquired;
	uint64_t stale;      /**< Frames whose release said -ESTALE, and copies thrown away since the frame was
				  overwritten meanwhile. Not those of a producer that had gone by then. */
	uint64_t missed;     /**< Wanted frames that were published and not acquired. */
	uint64_t copied;     /**< Frames that were copied out. */
	uint64_t reattached; /**< Times that a new producer was found. */
};

/** @note Thread-safe, does not block for longer than another thread's attach. Cannot fail. */
ZCF_API void zcf_consumer_get_info(struct zcf_consumer *consumer, struct zcf_consumer_info *ret_info);

/** @note Thread-safe, does not block. Cannot fail. */
ZCF_API void zcf_consumer_get_counters(struct zcf_consumer *consumer, struct zcf_consumer_counters *ret_counters);

/**
 * The directory of the channels' sockets: $ZCF_RUNTIME_DIR, or else /run/zcframe for root and where that
 * directory exists, or else $XDG_RUNTIME_DIR/zcframe, or else /tmp/zcframe-UID.
 *
 * @param ret_path  Empty if the path does not fit.
 * @return 0; -ENAMETOOLONG if it does not fit; -EPERM if it is /tmp/zcframe-UID, and another user made it.
 * @note Thread-safe as long as nobody changes the environment. Does not create anything.
 */
ZCF_API int zcf_runtime_directory(char *ret_path, size_t size_bytes);

#ifdef __cplusplus
}
#endif

#endif
