// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Consumer reads the frames of a channel that another process publishes. One that loses its producer finds the next one
// by itself, inside [Consumer.Next]; frames that it still holds stay readable.
type Consumer struct {
	channel string
	inOrder bool
	spin    time.Duration
	logger  *slog.Logger

	turn    chan struct{} // holds one token while a goroutine is inside acquire
	closing chan struct{} // closed by Close
	waker   waker

	mu     sync.RWMutex // for handle: whoever uses it holds mu or the turn
	handle *C.struct_zcf_consumer
}

// Open attaches to a channel, such as "pet_camera_active_zc". It waits for the channel's producer if there is none yet,
// unless [NoWait] is among the options. Close the consumer.
//
// It fails with [io/fs.ErrPermission] if this user may not attach, [ErrVersion], [ErrTooManyConsumers], [ErrProtocol],
// EINVAL for a name or option that cannot be, or EMFILE, ENFILE, ENOMEM.
func Open(channel string, options ...Option) (*Consumer, error) {
	return OpenContext(context.Background(), channel, options...)
}

// How often to look for a producer that is not there: quick at first, as one that restarts is back soon.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 200 * time.Millisecond
)

// OpenContext is [Open], and ends with the context's error when the context does. A producer that is there but does not
// answer is waited for up to a second regardless.
func OpenContext(ctx context.Context, channel string, options ...Option) (*Consumer, error) {
	s := settingsOf(options)
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		handle, err := attach(channel, &s)
		if err == nil {
			return &Consumer{
				channel: channel,
				inOrder: s.inOrder,
				spin:    s.spin,
				logger:  s.logger,
				turn:    make(chan struct{}, 1),
				closing: make(chan struct{}),
				handle:  handle,
			}, nil
		}
		if s.noWait || !errors.Is(err, ErrNoProducer) {
			return nil, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// attach looks once for a producer.
func attach(channel string, s *settings) (*C.struct_zcf_consumer, error) {
	var (
		options C.struct_zcf_consumer_options
		handle  *C.struct_zcf_consumer
		detail  *C.char
	)
	C.zcf_consumer_options_init(&options)
	options.rate = s.rate
	options.rate_value = C.uint32_t(s.rateValue)
	options.max_leases = C.uint32_t(min(max(s.maxLeases, 0), 1<<16))
	options.lease_deadline_ns = C.uint64_t(max(s.deadline, 0))
	options.spin_ns = C.uint64_t(max(s.spin, 0))
	options.copy_out = C.bool(s.copyOut)
	name := C.CString(channel)
	defer C.free(unsafe.Pointer(name))
	if s.label != "" {
		options.label = C.CString(s.label)
		defer C.free(unsafe.Pointer(options.label))
	}
	if s.runtimeDirectory != "" {
		options.runtime_directory = C.CString(s.runtimeDirectory)
		defer C.free(unsafe.Pointer(options.runtime_directory))
	}
	if code := C.open_consumer(name, &options, &handle, &detail); code < 0 {
		return nil, makeError("open", code, detail)
	}
	return handle, nil
}

// Next waits for a frame that this consumer has not had yet, and takes a lease on it: the newest, or with [InOrder] the
// oldest that is still there. Release it.
//
// It fails with the context's error when the context ends (which is then also [ErrNoProducer] if there is no producer at
// that moment; as long as the context lasts, Next waits for the next one), with [ErrTooManyLeases] at once if the
// consumer holds all that it was granted, with [ErrClosed], or if a new producer refuses us, as [Open].
//
// If the frame is already there, Next neither waits nor makes a system call.
func (c *Consumer) Next(ctx context.Context) (*Frame, error) {
	if err := c.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer c.endTurn()
	frame, err := c.acquire(c.spin)
	if isTransient(err) {
		frame, err = c.sleep(ctx)
	}
	if err != nil {
		return nil, err
	}
	frame.watchLeak()
	return frame, nil
}

// TryNext is [Consumer.Next] without waiting: if there is no new frame it fails with [ErrNoFrame], and if there is no
// producer either with [ErrNoProducer]. It does wait for another goroutine that is inside Next.
func (c *Consumer) TryNext() (*Frame, error) {
	if err := c.takeTurn(context.Background()); err != nil {
		return nil, err
	}
	defer c.endTurn()
	frame, err := c.acquire(0)
	if err != nil {
		return nil, err
	}
	frame.watchLeak()
	return frame, nil
}

// takeTurn waits until no other goroutine is inside acquire. The C library would serialise them too, but no context could
// end that wait.
func (c *Consumer) takeTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closing:
		return ErrClosed
	}
	if c.isClosing() {
		c.endTurn()
		return ErrClosed
	}
	return nil
}

func (c *Consumer) endTurn() { <-c.turn }

func (c *Consumer) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// isTransient says whether there may be a frame if only one asks again.
func isTransient(err error) bool {
	return errors.Is(err, ErrNoFrame) || errors.Is(err, ErrNoProducer)
}

// whyStop says why a wait ended without a frame.
func (c *Consumer) whyStop(ctx context.Context) error {
	if c.isClosing() {
		return ErrClosed
	}
	if c.infoInTurn().Epoch == 0 {
		return fmt.Errorf("%w: channel %s: %w", ErrNoProducer, c.channel, ctx.Err())
	}
	return fmt.Errorf("zcframe: channel %s: no new frame: %w", c.channel, ctx.Err())
}

// acquire is one call into the library, by whoever has the turn.
func (c *Consumer) acquire(timeout time.Duration) (*Frame, error) {
	var acquired C.struct_acquired
	code := C.acquire(c.handle, C.bool(c.inOrder), C.int64_t(timeout), &acquired)
	switch code {
	case 0:
		return c.newFrame(&acquired), nil
	case -C.EAGAIN, -C.EINTR:
		return nil, errNoFrameNow
	default:
		return nil, makeError("acquire", code, acquired.detail)
	}
}

// Made once: it is asked for thirty times a second.
var errNoFrameNow error = newError("acquire", syscall.EAGAIN, "no new frame")

func (c *Consumer) newFrame(acquired *C.struct_acquired) *Frame {
	frame := &Frame{Metadata: metadataOf(acquired.info), channel: c, handle: acquired.frame}
	for i := range frame.planes {
		frame.planes[i] = acquired.planes[i]
	}
	return frame
}

// sleep waits for a frame, the end of the context, or Close.
func (c *Consumer) sleep(ctx context.Context) (frame *Frame, err error) {
	if err := c.waker.prepare(c.handle); err != nil {
		return nil, err
	}
	if c.isClosing() { // after the waker is prepared: from now on Close wakes us
		return nil, ErrClosed
	}
	err = errNoFrameNow
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		c.waker.wake()
	})
	waitErr := c.waker.wait(func() bool {
		frame, err = c.acquire(0)
		return !isTransient(err)
	})
	if !stop() {
		<-ended // for the waker may be closed next
	}
	if waitErr != nil {
		return nil, waitErr
	}
	if isTransient(err) {
		return nil, c.whyStop(ctx)
	}
	return frame, err
}

// Close detaches. Goroutines that wait in [Consumer.Next] get [ErrClosed]. Frames that are still held can be read until
// they are released, but nothing protects them from being overwritten any more: [Frame.Valid] tells. Closing twice is
// fine. The error is always nil.
func (c *Consumer) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosing() {
		return nil
	}
	close(c.closing)
	c.waker.wake()
	c.turn <- struct{}{} // and never given back
	c.waker.close()
	C.zcf_consumer_close(c.handle)
	c.handle = nil
	return nil
}

// Info is what a consumer was granted when it attached.
type Info struct {
	Epoch         uint64        // of the producer attached to; 0 while there is none
	FrameInterval time.Duration // 0 if the producer publishes at no fixed rate
	LeaseDeadline time.Duration
	MaxLeases     int
	BufferCount   int
	GrantedLeases int    // to all consumers together; BufferCount or more can leave the camera without a buffer
	Format        Format // the channel's; each frame has its own
	Backend       string // kind of memory: "memfd", "hbmem"
}

// Info returns what this consumer was granted; zeros while there is no producer, and after Close.
func (c *Consumer) Info() Info {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.handle == nil {
		return Info{}
	}
	return c.infoInTurn()
}

// infoInTurn is for who has the turn, or holds mu: the handle is there.
func (c *Consumer) infoInTurn() Info {
	var info C.struct_zcf_consumer_info
	C.zcf_consumer_get_info(c.handle, &info)
	return Info{
		Epoch:         uint64(info.epoch),
		FrameInterval: time.Duration(info.frame_interval_ns),
		LeaseDeadline: time.Duration(info.lease_deadline_ns),
		MaxLeases:     int(info.max_leases),
		BufferCount:   int(info.buffer_count),
		GrantedLeases: int(info.granted_leases),
		Format:        formatOf(&info.format),
		Backend:       C.GoString(&info.backend[0]),
	}
}

// Counters are what a consumer has seen so far, over all epochs.
type Counters struct {
	Acquired   uint64
	Stale      uint64 // frames that were overwritten before their release
	Missed     uint64 // wanted frames that were published and not acquired
	Copied     uint64 // frames that were copied out, see [CopyOut]
	Reattached uint64 // times that a new producer was found
}

// Counters returns what this consumer has seen so far; zeros after Close.
func (c *Consumer) Counters() Counters {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.handle == nil {
		return Counters{}
	}
	var counters C.struct_zcf_consumer_counters
	C.zcf_consumer_get_counters(c.handle, &counters)
	return Counters{
		Acquired:   uint64(counters.acquired),
		Stale:      uint64(counters.stale),
		Missed:     uint64(counters.missed),
		Copied:     uint64(counters.copied),
		Reattached: uint64(counters.reattached),
	}
}

// Channel returns the channel's name.
func (c *Consumer) Channel() string { return c.channel }
