// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

import (
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Metadata is all that is known about a frame. It is a copy, which nobody changes.
type Metadata struct {
	Sequence          uint64        // 1, 2, 3, ... of the frames published in this epoch
	Epoch             uint64        // names one life of the producer; another value after a restart
	FrameNumber       uint64        // the camera's own count, skipped frames included
	SequenceGap       uint64        // frames published since the last one acquired and not seen
	SkippedBefore     uint64        // camera frames lost directly before this one, because consumers held every buffer
	CaptureTime       time.Duration // CLOCK_MONOTONIC when the camera took the picture
	CaptureWall       time.Time     // wall clock at the same moment
	PublishTime       time.Duration // CLOCK_MONOTONIC when the frame was published
	BytesUsed         int           // bytes that carry content; the format's size for pictures
	Format            Format
	DesignFormat      int32 // the number of the original design's struct: 1 is NV12
	CameraID          int32
	ShareID           [MaxPlanes]int32 // the vendor's buffer ids; 0 where there are none
	BrightnessAvg     float32          // mean of Y, 0..255; negative if not measured
	Version           uint32           // changes with every frame: the sequence's low 32 bits
	BufferIndex       int              // which buffer of the pool, 0..n-1
	Discontinuity     bool             // the first frame after the producer was restarted
	CorrectionApplied bool             // the low-light correction was applied
}

// Frame is one frame as a consumer holds it: its metadata, and a lease on the memory that the camera wrote. Get one from
// [Consumer.Next], give it back with [Frame.Release].
type Frame struct {
	Metadata

	channel *Consumer
	mu      sync.Mutex // for what follows
	handle  *C.struct_zcf_frame
	planes  [MaxPlanes]unsafe.Pointer
	stale   bool
	origin  [originDepth]uintptr
}

func metadataOf(info *C.struct_zcf_frame_info) Metadata {
	return Metadata{
		Sequence:          uint64(info.sequence),
		Epoch:             uint64(info.epoch),
		FrameNumber:       uint64(info.frame_number),
		SequenceGap:       uint64(info.sequence_gap),
		SkippedBefore:     uint64(info.skipped_before),
		CaptureTime:       time.Duration(info.capture_time_ns),
		CaptureWall:       time.Unix(0, int64(info.capture_wall_ns)),
		PublishTime:       time.Duration(info.publish_time_ns),
		BytesUsed:         int(info.bytes_used),
		Format:            formatOf(&info.format),
		DesignFormat:      int32(info.design_format),
		CameraID:          int32(info.camera_id),
		ShareID:           [MaxPlanes]int32{int32(info.share_id[0]), int32(info.share_id[1]), int32(info.share_id[2]), int32(info.share_id[3])},
		BrightnessAvg:     float32(info.brightness_avg),
		Version:           uint32(info.version),
		BufferIndex:       int(info.buffer_index),
		Discontinuity:     info.flags&C.ZCF_FRAME_DISCONTINUITY != 0,
		CorrectionApplied: info.correction_applied != 0,
	}
}

// Plane returns plane number i as a slice over the shared memory, padding at the end of rows included; its rows are
// Format.Planes[i].Stride bytes apart. It is nil if there is no such plane, or the frame was released.
//
// The slice is read-only (a write faults) and valid until [Frame.Release]. After a revocation it can still be read,
// but its content may change; see [Frame.Valid].
func (f *Frame) Plane(i int) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle == nil || i < 0 || i >= f.Format.PlaneCount {
		return nil
	}
	size := f.Format.Planes[i].Size
	return unsafe.Slice((*byte)(f.planes[i]), size)[:size:size]
}

// Data returns the bytes of a frame of a data channel that carry content, under the rules of [Frame.Plane].
func (f *Frame) Data() []byte {
	plane := f.Plane(0)
	return plane[:min(len(plane), f.BytesUsed)]
}

// Valid says whether what has been read of the frame so far can be trusted: false once the lease was revoked. It may be
// called as often as wanted. After [Frame.Release] it returns the verdict of the release.
func (f *Frame) Valid() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle == nil {
		return !f.stale
	}
	return C.zcf_frame_check(f.handle) == 0
}

// Release gives the frame up and lets the camera have its buffer back. It returns nil if the frame was valid to the end,
// or an error that is [ErrStale] if it was revoked, so that what was read from it must not be used. The frame is released
// in both cases. Releasing twice is fine, and returns the same again.
func (f *Frame) Release() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle != nil {
		f.stale = C.zcf_frame_release(f.handle) < 0
		f.handle = nil
		f.forgetLeak()
	}
	if f.stale {
		return f.staleError("release")
	}
	return nil
}

func (f *Frame) staleError(operation string) error {
	return newError(operation, syscall.ESTALE, "channel "+f.channel.channel+
		": the frame was held past its deadline and was overwritten; discard what was computed from it")
}

// Age returns how long ago the camera took the picture.
func (f *Frame) Age() time.Duration { return Monotonic() - f.CaptureTime }

// VendorHandle returns a copy of how the frame's buffer is described to those who do not use this library: for buffers
// of kind "hbmem" the vendor's hb_mem_graphic_buf_t, as the producer has it (package hbmem reads it). The error has errno
// ENOENT if buffers of this kind have no such description, and is [ErrClosed] after Release.
func (f *Frame) VendorHandle() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var (
		handle unsafe.Pointer
		size   C.size_t
		detail *C.char
	)
	if f.handle == nil {
		return nil, ErrClosed
	}
	if code := C.get_handle(f.handle, &handle, &size, &detail); code < 0 {
		return nil, makeError("handle", code, detail)
	}
	return C.GoBytes(handle, C.int(size)), nil
}

// Monotonic returns the time of CLOCK_MONOTONIC, which the times of a frame are of.
func Monotonic() time.Duration { return time.Duration(C.monotonic_now_ns()) }
