// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "producer_call.h"
import "C"

import (
	"errors"
	"os"
	"sync"
	"time"
	"unsafe"
)

// ProducerConfig says what a channel is like. The zero value of a field is its default.
type ProducerConfig struct {
	FourCC           FourCC        // default NV12Format
	Width, Height    int           // pixels; even for NV12
	Capacity         int           // bytes of a frame of DataFormat
	BufferCount      int           // 2 to 64; default 3
	StrideAlign      int           // rows begin at multiples of so many bytes, a power of two; default 64
	FrameInterval    time.Duration // 0 if there is no fixed rate
	LeaseDeadline    time.Duration // default two frame intervals, or 66 ms without one
	MaxConsumers     int           // default 64
	SocketMode       os.FileMode   // who may attach; default 0660
	Backend          string        // "memfd" (the default) or "hbmem"
	RuntimeDirectory string        // see [RuntimeDirectory]
}

// Producer publishes frames on a channel of its own. A goroutine of its serves the consumers that attach, until Close.
type Producer struct {
	mu       sync.Mutex // for what follows: a producer belongs to one thread at a time
	pool     *C.struct_zcf_pool
	handle   *C.struct_zcf_producer
	frames   uint64
	dequeued int

	events *os.File // readable when there is something to serve
	served chan struct{}
}

// NewProducer opens a channel. Close the producer.
//
// It fails with EADDRINUSE if another process publishes the channel, EINVAL for a name or size that cannot be, or as
// zcf_producer_create() in producer.h says.
func NewProducer(channel string, config ProducerConfig) (*Producer, error) {
	p := &Producer{served: make(chan struct{})}
	if err := p.open(channel, &config); err != nil {
		return nil, err
	}
	if err := p.watchEvents(); err != nil {
		p.destroy()
		return nil, err
	}
	go p.serve()
	return p, nil
}

func (p *Producer) open(channel string, config *ProducerConfig) error {
	var detail *C.char
	setup := C.struct_channel_setup{
		fourcc:            C.uint32_t(config.FourCC),
		width_pixels:      C.uint32_t(config.Width),
		height_pixels:     C.uint32_t(config.Height),
		capacity_bytes:    C.uint64_t(config.Capacity),
		buffer_count:      C.uint32_t(config.BufferCount),
		stride_align:      C.uint32_t(config.StrideAlign),
		frame_interval_ns: C.uint64_t(config.FrameInterval),
		lease_deadline_ns: C.uint64_t(config.LeaseDeadline),
		max_consumers:     C.uint32_t(config.MaxConsumers),
		socket_mode:       C.mode_t(config.SocketMode.Perm()),
	}
	setup.channel = C.CString(channel)
	defer C.free(unsafe.Pointer(setup.channel))
	if config.Backend != "" {
		setup.backend = C.CString(config.Backend)
		defer C.free(unsafe.Pointer(setup.backend))
	}
	if config.RuntimeDirectory != "" {
		setup.runtime_directory = C.CString(config.RuntimeDirectory)
		defer C.free(unsafe.Pointer(setup.runtime_directory))
	}
	if code := C.open_channel(&setup, &p.pool, &p.handle, &detail); code < 0 {
		return makeError("create", code, detail)
	}
	return nil
}

// watchEvents hands a copy of the producer's descriptor to the runtime's poller.
func (p *Producer) watchEvents() error {
	events, err := pollable(int(C.zcf_producer_get_fd(p.handle)), "zcframe producer")
	p.events = events
	return err
}

func (p *Producer) serve() {
	defer close(p.served)
	events, err := p.events.SyscallConn()
	if err != nil {
		return
	}
	// Read's function is called whenever the descriptor may be readable; false waits for the next time.
	_ = events.Read(func(uintptr) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.handle != nil {
			C.zcf_producer_dispatch(p.handle)
		}
		return p.handle == nil
	})
}

// Buffer is memory for one frame, to be written and then published. It belongs to one goroutine at a time.
type Buffer struct {
	// Metadata of the frame to come. FrameNumber counts by itself; CaptureTime 0 is now.
	FrameNumber       uint64
	CaptureTime       time.Duration // CLOCK_MONOTONIC
	CaptureWall       time.Time
	BytesUsed         int // 0 is the whole format
	CameraID          int32
	BrightnessAvg     float32 // mean of Y, 0..255; negative, the default, if not measured
	CorrectionApplied bool

	// Format is the buffer's geometry. Read only.
	Format Format

	producer *Producer
	handle   *C.struct_zcf_buffer
	planes   [MaxPlanes]unsafe.Pointer
}

// Dequeue gets a buffer to write to: a free one, or the oldest that nobody holds, or one whose holders are past their
// deadline. It never waits for a consumer; if consumers hold every buffer it fails with [ErrNoBuffer], and the frame is
// lost and counted. Give the buffer to [Buffer.Publish] or [Buffer.Cancel].
func (p *Producer) Dequeue() (*Buffer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle == nil {
		return nil, ErrClosed
	}
	var (
		dequeued C.struct_dequeued
		detail   *C.char
	)
	p.frames++
	if code := C.dequeue(p.handle, &dequeued, &detail); code < 0 {
		return nil, makeError("dequeue", code, detail)
	}
	buffer := &Buffer{
		FrameNumber:   p.frames,
		BrightnessAvg: -1,
		Format:        formatOf(dequeued.format),
		producer:      p,
		handle:        dequeued.buffer,
	}
	for i := range buffer.planes {
		buffer.planes[i] = dequeued.planes[i]
	}
	p.dequeued++
	return buffer, nil
}

// Plane returns plane number i, writable until the buffer is published or cancelled: it is the memory that consumers will
// read. It is nil if there is no such plane.
func (b *Buffer) Plane(i int) []byte {
	if b.handle == nil || i < 0 || i >= b.Format.PlaneCount {
		return nil
	}
	return unsafe.Slice((*byte)(b.planes[i]), b.Format.Planes[i].Size)
}

// Publish offers the frame to every consumer. It never blocks. The buffer is gone in any case.
func (b *Buffer) Publish() error {
	metadata := C.struct_zcf_frame_metadata{
		frame_number:    C.uint64_t(b.FrameNumber),
		capture_time_ns: C.uint64_t(b.CaptureTime),
		bytes_used:      C.uint64_t(b.BytesUsed),
		camera_id:       C.int32_t(b.CameraID),
		brightness_avg:  C.float(b.BrightnessAvg),
	}
	if !b.CaptureWall.IsZero() {
		metadata.capture_wall_ns = C.int64_t(b.CaptureWall.UnixNano())
	}
	if b.CorrectionApplied {
		metadata.correction_applied = 1
	}
	return b.giveBack("publish", &metadata)
}

// Cancel gives the buffer back unused.
func (b *Buffer) Cancel() error { return b.giveBack("cancel", nil) }

func (b *Buffer) giveBack(operation string, metadata *C.struct_zcf_frame_metadata) error {
	p := b.producer
	p.mu.Lock()
	defer p.mu.Unlock()
	handle := b.handle
	b.handle = nil
	if handle == nil {
		return ErrClosed
	}
	p.dequeued--
	if p.handle == nil {
		p.destroyPoolIfUnused()
		return ErrClosed
	}
	var detail *C.char
	if code := C.give_back(p.handle, handle, metadata, &detail); code < 0 {
		return makeError(operation, code, detail)
	}
	return nil
}

// ConsumerCount returns how many consumers are attached; 0 after Close.
func (p *Producer) ConsumerCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle == nil {
		return 0
	}
	return int(C.zcf_producer_get_consumer_count(p.handle))
}

// Close closes the channel: its consumers look for its successor, and can go on to read what they hold. Buffers that were
// dequeued can be written to until they are given back. Closing twice is fine. The error is always nil.
func (p *Producer) Close() error {
	p.destroy()
	if err := p.events.Close(); err == nil || errors.Is(err, os.ErrClosed) {
		<-p.served
	}
	return nil
}

func (p *Producer) destroy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle == nil {
		return
	}
	C.zcf_producer_destroy(p.handle)
	p.handle = nil
	p.destroyPoolIfUnused()
}

// destroyPoolIfUnused leaves the memory to who still writes to it.
func (p *Producer) destroyPoolIfUnused() {
	if p.dequeued == 0 {
		C.zcf_pool_destroy(p.pool)
		p.pool = nil
	}
}
