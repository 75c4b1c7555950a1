/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulation_control.h
 * What tests may ask the emulated libvpf.so.1 and the board's library does not have. Other processes read the same
 * figures with `zcf-emulated-ion status`. */
#ifndef EMULATION_CONTROL_H
#define EMULATION_CONTROL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EMULATED_CHANNELS_MAX 64

/** One output channel since its node was opened. All only grow, but for `finished`, `held` and `in_use`. */
struct emulated_channel_counters {
	uint32_t in_use; /**< 0: an empty entry. */
	uint32_t node_type;
	uint32_t node_index; /**< Of this process, from 0. */
	uint32_t channel;
	uint32_t buffers;  /**< In the ring. */
	uint32_t finished; /**< Waiting for getframe now. */
	uint32_t held;     /**< Out with the user now. */
	uint32_t width, height;
	uint32_t reserved;
	uint64_t completed; /**< Frames that came to the user's side of the ring. */
	uint64_t overruns;  /**< Frames that were dropped because the ring had run dry. */
	uint64_t skipped;   /**< Frames that rate control left out on purpose. */
	uint64_t taken;     /**< By getframe. */
	uint64_t released;  /**< By releaseframe. */
	uint64_t flushed;   /**< Finished frames thrown away by a flush. */
};

/**
 * Read the counters of one channel.
 *
 * @param vnode  hbn_vnode_handle_t
 * @return 0, or a negative hbn status for a handle or channel that there is not.
 */
int32_t zcf_emulated_channel_counters(int64_t vnode, uint32_t channel, struct emulated_channel_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
