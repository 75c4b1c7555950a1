/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file snapshot.h
 * The state of a channel at one moment, for people and tools: counters, consumers, who holds what.
 *
 * Any process that may attach to a channel may ask for its snapshot; asking does not make it a consumer.
 * The structs are also the wire format of the answer, so they hold fixed-width fields only, no padding,
 * and grow only at their ends (zcf_snapshot.consumer_size and .header_size tell by how much).
 */
#ifndef ZCFRAME_SNAPSHOT_H
#define ZCFRAME_SNAPSHOT_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Buckets of a latency histogram: four for each power of two, see zcf_latency_quantile_ns(). */
#define ZCF_LATENCY_BUCKETS 128

/** One frame that a consumer holds. */
struct zcf_snapshot_lease {
	uint64_t sequence;
	uint64_t age_ns; /**< Since it was acquired. */
	uint32_t buffer_index;
	uint32_t overdue; /**< 1 if it is past its deadline. */
};

/** How a consumer does. One that is gone is in no snapshot. */
enum zcf_consumer_state {
	ZCF_CONSUMER_LIVE = 0,
	ZCF_CONSUMER_SLOW = 1,  /**< It lost leases, or missed a quarter of the frames or more, a moment ago. */
	ZCF_CONSUMER_STUCK = 2, /**< Its process is stopped, or it does not give a frame back, revoked or not. */
};

struct zcf_snapshot_consumer {
	uint64_t id; /**< Never used twice by one producer. */
	uint64_t attached_time_ns;
	uint64_t lease_deadline_ns;
	uint64_t acquired;        /**< Frames acquired (by its own account). */
	uint64_t stale;           /**< Of those, overwritten before release (by its own account). */
	uint64_t missed;          /**< Wanted frames that it did not acquire (by its own account). */
	uint64_t revoked;         /**< Leases that the producer revoked. */
	uint64_t skips_caused;    /**< Camera frames lost while it held a buffer. */
	uint64_t last_acquire_ns; /**< When it last acquired (by its own account); 0: never. */
	int32_t pid;
	uint32_t uid;
	uint32_t rate; /**< enum zcf_rate */
	uint32_t rate_value;
	uint32_t max_leases;
	uint32_t lease_count;
	struct zcf_snapshot_lease leases[ZCF_MAX_LEASES];
	uint32_t latency_counts[ZCF_LATENCY_BUCKETS]; /**< From publish to acquire, of frames given back. */
	char label[ZCF_LABEL_SIZE];
	uint64_t copied;     /**< Frames copied out (by its own account), see zcf_consumer_options.copy_out. */
	uint32_t copies_out; /**< 1 if it asked for copy-out: it holds a frame only while it copies it. */
	uint32_t state; /**< enum zcf_consumer_state, as of the producer's last look (once a second in zcf-camerad). */
};

struct zcf_snapshot {
	uint32_t header_size;   /**< Offset of `consumers` as the sender knew it. */
	uint32_t consumer_size; /**< sizeof(struct zcf_snapshot_consumer) as the sender knew it. */
	char channel[ZCF_CHANNEL_NAME_SIZE];
	char backend[16];
	uint64_t epoch;
	uint64_t time_ns;         /**< When the snapshot was taken. */
	uint64_t created_time_ns; /**< When the producer created the channel. */
	uint64_t frame_interval_ns;
	uint64_t lease_deadline_ns;
	struct zcf_format format;
	uint64_t published;       /**< Frames published. Also the newest frame's sequence. */
	uint64_t skipped;         /**< Camera frames lost because consumers held every buffer. */
	uint64_t revoked;         /**< Leases revoked. */
	uint64_t wake_calls;      /**< System calls made to wake consumers that slept in an acquire. */
	uint64_t notice_calls;    /**< System calls made to wake consumers that slept in poll(). */
	uint64_t attached_total;  /**< Consumers that ever attached. */
	uint64_t refused_total;   /**< Consumers that were refused. */
	uint64_t dropped_calls;   /**< Connections closed at once, since their user made too many. */
	uint64_t source_silences; /**< Times that the source brought no frames any more. */
	uint64_t last_frame_number;
	uint64_t last_publish_ns; /**< 0: nothing published yet. */
	float last_brightness_avg;
	int32_t producer_pid;
	uint32_t buffer_count;
	uint32_t free_buffers; /**< Not published and not with the source. */
	uint32_t held_buffers; /**< Held by at least one consumer. */
	/** Frames that all consumers together may hold, each for its deadline at most. From `buffer_count` on they can
	    leave the camera without a buffer for so long: the frames lost are charged to those who held one. */
	uint32_t granted_leases;
	uint32_t source_state; /**< enum zcf_source_state */
	uint32_t consumer_count;
	struct zcf_snapshot_consumer consumers[ZCF_MAX_CONSUMERS];
};

/**
 * Ask a channel's producer for its state.
 *
 * @param runtime_directory  NULL: see zcf_runtime_directory().
 * @param timeout_ns  How long to wait for the answer (not for a producer to appear).
 * @return 0; -ENOENT if nobody publishes this channel; -ETIMEDOUT if the producer does not answer; -EAGAIN if it has
 *         too many callers at the moment; -EINTR if a signal handler ran; -EINVAL, -EACCES, -EPERM, -EPROTONOSUPPORT,
 *         -EPROTO, -ENAMETOOLONG, -EMFILE, -ENFILE, -ENOMEM as in zcf_consumer_open().
 * @note Thread-safe. Blocks up to the timeout. The struct is large (54 KiB): keep it off small stacks.
 */
ZCF_API int zcf_snapshot_query(const char *channel, const char *runtime_directory, int64_t timeout_ns,
			       struct zcf_snapshot *ret_snapshot);

/**
 * Call @p visit with the name of each channel that has a socket in the runtime directory, in alphabetical
 * order, until it returns other than 0. A name may belong to a producer that died: query it to find out.
 *
 * @return 0, or what @p visit returned, or -EACCES, -ENOMEM, or an error of zcf_runtime_directory(). A missing
 *         directory has no channels.
 */
ZCF_API int zcf_channel_for_each(const char *runtime_directory, int (*visit)(void *context, const char *channel),
				 void *context);

/** @return "live", "slow" or "stuck"; "unknown" for a state of a later version. */
ZCF_API const char *zcf_consumer_state_name(uint32_t state);

/** @return "delivers" or "silent"; "unknown" for a state of a later version. */
ZCF_API const char *zcf_source_state_name(uint32_t state);

/**
 * Latency below which a fraction of the frames lies. The answer is the upper bound of a bucket, at most a
 * quarter of the power of two below it too high (25 %).
 *
 * @param counts    zcf_snapshot_consumer.latency_counts, or the difference of two of them.
 * @param quantile  0.5 for the median, 0.99, ...
 * @return Nanoseconds, 0 if there are no counts.
 */
ZCF_API uint64_t zcf_latency_quantile_ns(const uint32_t counts[ZCF_LATENCY_BUCKETS], double quantile);

#ifdef __cplusplus
}
#endif

#endif
