/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file producer.h
 * Publish frames: a pool of buffers, and a channel over it.
 *
 *     struct zcf_format format;
 *     struct zcf_pool *pool;
 *     struct zcf_producer *producer;
 *     zcf_format_init(&format, ZCF_FOURCC_NV12, 640, 480, 0);
 *     zcf_pool_create("memfd", &format, 3, &pool);
 *     struct zcf_producer_options options;
 *     zcf_producer_options_init(&options);
 *     options.frame_interval_ns = 33333333;
 *     zcf_producer_create("my_channel", pool, &options, &producer);
 *     for (;;) {
 *             struct zcf_buffer *buffer;
 *             struct zcf_frame_metadata metadata = { .frame_number = ++n, ... };
 *             zcf_producer_wait(producer, time_of_the_next_frame_ns);
 *             if (zcf_producer_dequeue(producer, 0, 0, &buffer) == 0) {
 *                     camera_writes_into(zcf_buffer_get_plane(buffer, 0));
 *                     zcf_producer_publish(producer, buffer, &metadata);
 *             }
 *     }
 *
 * Buffers are in one of three places: free, with the source (dequeued), or with the channel (published).
 * The producer never waits for a consumer: a dequeue that finds every buffer held fails, and the holders
 * are on record.
 *
 * A producer and its pool belong to one thread at a time. To dequeue, publish, dispatch or answer allocates nothing; a
 * consumer that attaches costs a page.
 */
#ifndef ZCFRAME_PRODUCER_H
#define ZCFRAME_PRODUCER_H

#include "snapshot.h"
#include "types.h"

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct zcf_pool;
struct zcf_buffer;
struct zcf_producer;

/**
 * Make @p buffer_count buffers of one format.
 *
 * @param backend  Kind of memory: "memfd" (any Linux) or "hbmem" (RDK X5). NULL: "memfd".
 * @param buffer_count  2..ZCF_MAX_BUFFERS. The design's pools have 3: one that the camera writes, one that
 *                      is newest, one that is being read.
 * @param ret_pool  The caller destroys it with zcf_pool_destroy(), after the producer.
 * @return 0; -EINVAL for a format or count that cannot be; -ENOTSUP for an unknown backend; -ENOMEM,
 *         -ENOSPC, -EMFILE, -ENFILE if the system has no room: all memory is taken here, not on first write.
 * @note Does not block, but takes as long as the kernel needs to find the memory.
 */
ZCF_API int zcf_pool_create(const char *backend, const struct zcf_format *format, uint32_t buffer_count,
			    struct zcf_pool **ret_pool);

/**
 * Make a pool for buffers that the camera's own hardware ring has. The camera has all of them at first: each is
 * dequeued, so to say, from the beginning. When the camera brings a filled one, zcf_pool_adopt() names it, and
 * zcf_producer_publish() offers it; zcf_producer_reclaim() gets back what can be given to the camera again.
 *
 * @param backend  Kind of memory: "hbmem" (the RDK X5's graphic buffers, described by an hb_mem_graphic_buf_t).
 * @param format   What the frames will be like; each buffer's own description decides.
 * @return 0; -EINVAL, -ENOMEM as zcf_pool_create(); -ENOTSUP for a backend that makes its buffers itself.
 * @note Does not block. Takes no frame memory.
 */
ZCF_API int zcf_pool_create_for_camera(const char *backend, const struct zcf_format *format, uint32_t buffer_count,
				       struct zcf_pool **ret_pool);

/**
 * Say which memory the camera's buffer @p index is. To be called with every frame: the first time the buffer is taken
 * into the pool, later it is compared, since consumers have imported it by then.
 *
 * @param handle      The vendor's description; copied.
 * @param ret_buffer  Borrowed from the pool.
 * @return 0; -EINVAL for an index, size or description that cannot be; -EEXIST if the buffer is not the one that it was
 *         before (the camera was restarted: make a new pool and producer); -ENOSYS without the vendor's library.
 * @note Does not block.
 */
ZCF_API int zcf_pool_adopt(struct zcf_pool *pool, uint32_t index, const void *handle, size_t handle_size_bytes,
			   struct zcf_buffer **ret_buffer);

/** Unmap and close every buffer. Consumers that still map one keep it until they let go. */
ZCF_API void zcf_pool_destroy(struct zcf_pool *pool);

/** @return The number of buffers. */
ZCF_API uint32_t zcf_pool_get_buffer_count(const struct zcf_pool *pool);

/** @return Buffer @p index of the pool, or NULL if there is none; borrowed from the pool. */
ZCF_API struct zcf_buffer *zcf_pool_get_buffer(struct zcf_pool *pool, uint32_t index);

/** @return First byte of a plane, writable, or NULL if there is no such plane; borrowed from the pool. */
ZCF_API void *zcf_buffer_get_plane(struct zcf_buffer *buffer, uint32_t plane);

/** @return The buffer's geometry, borrowed from the pool. */
ZCF_API const struct zcf_format *zcf_buffer_get_format(const struct zcf_buffer *buffer);

/** @return The buffer's index in its pool. */
ZCF_API uint32_t zcf_buffer_get_index(const struct zcf_buffer *buffer);

/** A descriptor that a service manager kept when the process of the producer before ended. */
struct zcf_kept_fd {
	const char *name; /**< As given to zcf_producer_options.keep. */
	int fd;           /**< Stays the caller's. */
};

/** How a channel is set up. Fill with zcf_producer_options_init(). */
struct zcf_producer_options {
	uint32_t struct_size;
	uint32_t max_consumers;          /**< 1..ZCF_MAX_CONSUMERS. Default ZCF_MAX_CONSUMERS. */
	uint64_t frame_interval_ns;      /**< Of the camera; 0 if it has no fixed rate. */
	uint64_t lease_deadline_ns;      /**< How long a consumer may hold a frame at most. 0: two frame intervals,
					      or 66 ms without one. */
	uint32_t max_consumers_per_user; /**< Of one user; 0: as many as there may be. */
	uint32_t reserved;
	/**
	 * Users and groups (a process's own or supplementary ones) that may attach or ask, of those that the socket's
	 * permissions let in. Root and this process's own user always may. Both empty: whoever is let in. Copied.
	 */
	const uint32_t *allowed_users;
	size_t allowed_user_count;
	const uint32_t *allowed_groups;
	size_t allowed_group_count;
	mode_t socket_mode;            /**< Permissions of the socket: who may attach. Default 0660. */
	uid_t socket_owner;            /**< (uid_t)-1: leave. */
	gid_t socket_group;            /**< (gid_t)-1: leave. */
	const char *runtime_directory; /**< NULL: see zcf_runtime_directory(). Created if missing. Copied. */
	/**
	 * For a restart without loss: called, inside the producer's own calls, with each descriptor that a later
	 * process needs to go on where this one ends, under a name of up to 103 printable characters without a colon.
	 * It replaces what was kept under the name; -1 says that it is not needed any more. The descriptor stays the
	 * producer's: the service manager (systemd's FDSTORE=1) has to have a copy of its own, at the latest when the
	 * process ends. A process that ends by SIGKILL is succeeded in the same way. NULL: nothing is kept.
	 */
	void (*keep)(void *context, const char *name, int fd);
	void *keep_context;
	/** What was kept of the producer before, other channels' too. Used with `keep` only. Borrowed for the call. */
	const struct zcf_kept_fd *kept;
	size_t kept_count;
};

/** Set the defaults. @note Thread-safe, does not block. */
ZCF_API void zcf_producer_options_init(struct zcf_producer_options *options);

/**
 * Open a channel over a pool. Consumers can attach from now on, whenever the producer dispatches.
 *
 * @param channel  1..63 characters of A-Z a-z 0-9 _ - and . (not the first one).
 * @param pool     Borrowed: it must outlive the producer, and serves one producer only.
 * @param options  NULL for the defaults.
 * @return 0, or
 *   -EINVAL      a name or option that cannot be;
 *   -EADDRINUSE  another process publishes this channel;
 *   -EBUSY       the pool already serves a channel;
 *   -EPERM       the runtime directory does not belong to this user, or others may write to it, or this user may not
 *                give the socket the owner or group that was asked for;
 *   -EACCES      no right to create the runtime directory or the socket;
 *   -ENAMETOOLONG  the socket's path does not fit into a Unix address (107 bytes);
 *   -ENOMEM, -EMFILE, -ENFILE, -ENOSPC  no room.
 * @note Does not block. A socket left behind by a producer that died is taken over.
 */
ZCF_API int zcf_producer_create(const char *channel, struct zcf_pool *pool, const struct zcf_producer_options *options,
				struct zcf_producer **ret_producer);

/** Close the channel: consumers look for its successor. Removes the socket. */
ZCF_API void zcf_producer_destroy(struct zcf_producer *producer);

/**
 * End this process's part of a channel whose descriptors are kept (zcf_producer_options.keep): consumers stay attached,
 * what they hold stays valid, and the socket keeps its name. A successor that is given what was kept goes on with the
 * same consumers, epoch and sequence. Without `keep` this is zcf_producer_destroy(). Where buffers are imported by
 * number (kind hbmem), consumers have to see that the process ended: they attach anew, to the same epoch.
 */
ZCF_API void zcf_producer_hand_over(struct zcf_producer *producer);

/**
 * Whether this producer goes on where another one ended.
 *
 * @param ret_detail  A sentence if not all is well, else ""; owned by the producer. May be NULL.
 * @return The number of consumers that came along, 0 or more; -ENOENT if nothing was kept; -EPROTO if what was kept did
 *         not fit (another version, format, rate or number of buffers): then consumers attach anew.
 */
ZCF_API int zcf_producer_get_takeover(const struct zcf_producer *producer, const char **ret_detail);

/** Leave the newest frame to the consumers even if its buffer is the only one that is not held. */
#define ZCF_DEQUEUE_KEEP_NEWEST (1u << 0)

/**
 * Get a buffer that the camera may write to: a free one, or else the oldest published one that nobody
 * holds, or else one whose every holder is past its deadline (their leases are revoked).
 *
 * Call it when the next frame is due, not earlier: the newest frame, if nobody holds it, is the last one
 * to be taken back, but it is taken.
 *
 * @param flags  0 or ZCF_DEQUEUE_KEEP_NEWEST.
 * @param timeout_ns  How long to wait for a release; 0 is what a camera uses.
 * @param ret_buffer  The source writes to it, then gives it to zcf_producer_publish() or _cancel().
 * @return 0; -ENOBUFS if consumers hold every buffer that the source does not have: a camera frame is lost, it is
 *         counted, and each holder is charged with it (see zcf_producer_get_snapshot()); -EBUSY if no consumer
 *         holds any: the source has them all.
 * @note With timeout 0 it does not block and makes no system call, but to wake consumers if the newest frame, which it
 *       had begun to take back, is offered again. Revokes every lease that is past its deadline and in the way. Source
 *       in the design: step 8, `hbn_vnode_releaseframe`.
 */
ZCF_API int zcf_producer_dequeue(struct zcf_producer *producer, uint32_t flags, int64_t timeout_ns,
				 struct zcf_buffer **ret_buffer);

/**
 * Get back a buffer that can be given to the camera, as zcf_producer_dequeue() with timeout 0 does, but for a camera
 * whose hardware has buffers of its own to go on with: finding none is no loss, and not counted. A frame that the
 * hardware did lose is counted with zcf_producer_skip().
 *
 * @return 0, or -EAGAIN if there is none now.
 * @note Does not block, and makes no system call but as zcf_producer_dequeue(). Source in the design: step 8,
 *       `hbn_vnode_releaseframe`.
 */
ZCF_API int zcf_producer_reclaim(struct zcf_producer *producer, uint32_t flags, struct zcf_buffer **ret_buffer);

/** What the source knows about a frame; the rest of zcf_frame_info is the library's. */
struct zcf_frame_metadata {
	uint64_t frame_number;    /**< The camera's own count, skipped frames included. */
	uint64_t capture_time_ns; /**< CLOCK_MONOTONIC; 0: now. */
	int64_t capture_wall_ns;  /**< CLOCK_REALTIME; 0: computed from capture_time_ns. */
	uint64_t bytes_used;      /**< 0: the whole format. Of data at most what its plane holds. */
	int32_t camera_id;
	float brightness_avg; /**< Mean of Y, 0..255; negative: not measured. */
	uint8_t correction_applied;
	uint8_t reserved[7];
	const struct zcf_format *format; /**< If this frame's differs from the buffer's; NULL: the buffer's. */
};

/**
 * Offer a frame to every consumer and wake those that wait for it.
 *
 * @param metadata  Copied.
 * @return 0; -EINVAL if the buffer is not one that was dequeued, or the metadata's format or bytes_used does not
 *         fit it; -EIO or another of the vendor's library if a buffer of kind hbmem could not be flushed. After an
 *         error the buffer is still the source's.
 * @note Never blocks: a bounded number of steps, and at most one system call for all the consumers that
 *       sleep in an acquire (none if nobody does), plus one for each that sleeps in poll(), and for two seconds after a
 *       restart without loss one for those that still sleep at the producer before.
 *       Source in the design: steps 2 and 3.
 */
ZCF_API int zcf_producer_publish(struct zcf_producer *producer, struct zcf_buffer *buffer,
				 const struct zcf_frame_metadata *metadata);

/**
 * Give a dequeued buffer back unused.
 *
 * @return 0; -EINVAL if the buffer is not one that was dequeued.
 * @note Does not block.
 */
ZCF_API int zcf_producer_cancel(struct zcf_producer *producer, struct zcf_buffer *buffer);

/**
 * Count a camera frame that the source had to drop without a dequeue (the hardware's own overrun). The
 * present holders are charged with it as with a failed dequeue.
 */
ZCF_API void zcf_producer_skip(struct zcf_producer *producer, uint64_t frame_count);

/**
 * A descriptor that becomes readable when zcf_producer_dispatch() has something to do: somebody attaches,
 * dies, or asks for statistics. Owned by the producer.
 */
ZCF_API int zcf_producer_get_fd(const struct zcf_producer *producer);

/**
 * Serve attachments, deaths and statistics.
 *
 * @return 0, or -ENOMEM, -EMFILE, -ENFILE if a consumer could not be served for lack of room; everything
 *         else was, and the producer is fine.
 * @note Does not block; work is bounded for each call.
 */
ZCF_API int zcf_producer_dispatch(struct zcf_producer *producer);

/**
 * Dispatch until @p until_ns (CLOCK_MONOTONIC): what a producer without an event loop calls between frames.
 *
 * @return 0 at that time, or -EINTR if a signal handler ran, or an error of zcf_producer_dispatch().
 * @note Blocks until then.
 */
ZCF_API int zcf_producer_wait(struct zcf_producer *producer, uint64_t until_ns);

/** @return The number of consumers attached now, as of the last dispatch. */
ZCF_API uint32_t zcf_producer_get_consumer_count(const struct zcf_producer *producer);

/** @return The channel's epoch. */
ZCF_API uint64_t zcf_producer_get_epoch(const struct zcf_producer *producer);

/**
 * The state of the channel: counters, and who holds what.
 *
 * @note Does not block. Looks at every lane, so ages are those of this moment.
 */
ZCF_API void zcf_producer_get_snapshot(struct zcf_producer *producer, struct zcf_snapshot *ret_snapshot);

/**
 * Look how each consumer does, and report changes (ZCF_EVENT_STATE). To be called once a second or so.
 *
 * @param stuck_after_ns  A consumer that has not given a frame back for so long, counted from when it was seen to hold
 * it, is stuck, whether its lease was revoked long ago or not.
 * @note Does not block. Reads /proc/PID/stat of each consumer, where it can.
 */
ZCF_API void zcf_producer_judge_consumers(struct zcf_producer *producer, uint64_t stuck_after_ns);

/**
 * Disconnect a consumer. Its leases are back at once. If it lives it may attach anew.
 *
 * @param consumer_id  zcf_snapshot_consumer.id.
 * @param detail       A sentence for the event ZCF_EVENT_EXPELLED.
 * @return 0; -ENOENT if there is no such consumer any more.
 * @note Does not block. Not from inside a listener.
 */
ZCF_API int zcf_producer_expel(struct zcf_producer *producer, uint64_t consumer_id, const char *detail);

/** Tell consumers and snapshots whether the source brings frames. A new producer's does. @note Does not block. */
ZCF_API void zcf_producer_set_source_state(struct zcf_producer *producer, enum zcf_source_state state);

/** What happened to a consumer; see zcf_producer_set_listener(). */
enum zcf_event_kind {
	ZCF_EVENT_ATTACHED = 1, /**< `consumer` is new. */
	ZCF_EVENT_DETACHED = 2, /**< It closed its consumer or died. Its leases are back already. */
	ZCF_EVENT_REFUSED = 3,  /**< It was not let in; `error` and `detail` say why. */
	ZCF_EVENT_REVOKED = 4,  /**< It held `sequence` past its deadline and lost it. */
	ZCF_EVENT_SKIPPED = 5,  /**< A camera frame was lost; `consumer` is one that held a buffer. */
	ZCF_EVENT_EXPELLED = 6, /**< It was disconnected; `detail` says why. */
	ZCF_EVENT_STATE = 7,    /**< Its `state` is another than before; `detail` says why. */
};

struct zcf_event {
	enum zcf_event_kind kind;
	int error;               /**< Negative errno with ZCF_EVENT_REFUSED. */
	uint64_t sequence;       /**< With ZCF_EVENT_REVOKED and ZCF_EVENT_SKIPPED: the frame that it held. */
	uint32_t buffer_count;   /**< Of the channel. */
	uint32_t granted_leases; /**< To all consumers together; see zcf_snapshot.granted_leases. */
	const struct zcf_snapshot_consumer *consumer; /**< Who; counters and leases are not filled in. */
	const char *detail;                           /**< A sentence, never NULL. */
};

/**
 * Be told what happens to consumers. The listener runs inside the producer's own calls, in their thread.
 * It must not call back into the producer.
 */
ZCF_API void zcf_producer_set_listener(struct zcf_producer *producer,
				       void (*listener)(void *context, const struct zcf_event *event), void *context);

#ifdef __cplusplus
}
#endif

#endif
