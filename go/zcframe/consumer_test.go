// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

func TestFrameShowsWhatTheProducerWrote(t *testing.T) {
	c := openChannel(t, ProducerConfig{StrideAlign: 256})
	consumer := c.attach()
	buffer, err := c.Dequeue()
	if err != nil {
		t.Fatal(err)
	}
	for i, pixels := 0, buffer.Plane(0); i < len(pixels); i++ {
		pixels[i] = byte(i)
	}
	buffer.Plane(1)[0] = 99
	wall := time.Now().Round(0)
	buffer.FrameNumber, buffer.CaptureTime, buffer.CaptureWall = 4711, Monotonic()-time.Millisecond, wall
	buffer.CameraID, buffer.BrightnessAvg, buffer.CorrectionApplied = 3, 12.5, true
	want := *buffer
	if err := buffer.Publish(); err != nil {
		t.Fatal(err)
	}

	frame := next(t, consumer)
	defer frame.Release()
	if y := frame.Plane(0); len(y) != 256*48 || y[255] != 255 || y[256+7] != 7 {
		t.Errorf("plane 0 has %d bytes", len(y))
	}
	if uv := frame.Plane(1); len(uv) != 256*24 || uv[0] != 99 {
		t.Errorf("plane 1 has %d bytes", len(uv))
	}
	if frame.Plane(2) != nil || frame.Plane(-1) != nil {
		t.Error("there is a third plane")
	}
	if frame.FrameNumber != 4711 || frame.CaptureTime != want.CaptureTime || !frame.CaptureWall.Equal(wall) ||
		frame.CameraID != 3 || frame.BrightnessAvg != 12.5 || !frame.CorrectionApplied || frame.Sequence != 1 ||
		frame.Epoch == 0 || frame.DesignFormat != 1 || frame.BytesUsed != 256*72 {
		t.Errorf("metadata %+v", frame.Metadata)
	}
	if f := frame.Format; f.FourCC != NV12Format || f.Width != 64 || f.Height != 48 || f.PlaneCount != 2 || f.Planes[0].Stride != 256 {
		t.Errorf("format %+v", f)
	}
	if age := frame.Age(); age < time.Millisecond || age > time.Hour {
		t.Errorf("age %v", age)
	}
}

func TestPlanesAreTheSameMemoryEachTime(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	seen := map[int]*byte{}
	for i := range byte(20) {
		c.publish(i)
		frame := next(t, consumer)
		first := &frame.Plane(0)[0]
		if before := seen[frame.BufferIndex]; before != nil && before != first {
			t.Errorf("buffer %d moved", frame.BufferIndex)
		}
		seen[frame.BufferIndex] = first
		if *first != i {
			t.Errorf("frame %d shows %d", i, *first)
		}
		if err := frame.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestReleaseTwiceIsFine(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	for i := range byte(5) { // more than there are leases: none is lost or returned twice
		c.publish(i)
		frame := next(t, consumer)
		if err := errors.Join(frame.Release(), frame.Release()); err != nil {
			t.Error(err)
		}
		if frame.Plane(0) != nil || frame.NV12() != nil || !frame.Valid() {
			t.Error("a released frame has planes, or is called stale")
		}
	}
}

func TestRevokedFrameIsStale(t *testing.T) {
	c := openChannel(t, ProducerConfig{LeaseDeadline: time.Millisecond})
	consumer := c.attach()
	c.publish(0)
	frame := next(t, consumer)
	if !frame.Valid() {
		t.Fatal("stale before anything was published")
	}
	for i := byte(1); frame.Valid(); i++ {
		time.Sleep(2 * time.Millisecond)
		c.publish(i)
	}
	for range 2 {
		err := frame.Release()
		var detail *Error
		if !errors.Is(err, ErrStale) || !errors.Is(err, syscall.ESTALE) || !errors.As(err, &detail) || detail.Detail == "" {
			t.Errorf("release: %v", err)
		}
	}
	if frame.Valid() || consumer.Counters().Stale != 1 {
		t.Errorf("counters %+v", consumer.Counters())
	}
}

func TestCopiedFrameOutlivesItsLease(t *testing.T) {
	c := openChannel(t, ProducerConfig{LeaseDeadline: time.Millisecond})
	consumer := c.attach(CopyOut())
	c.publish(1)
	frame := next(t, consumer)
	for i := range byte(10) {
		time.Sleep(2 * time.Millisecond)
		c.publish(2 + i)
	}
	if frame.Plane(0)[0] != 1 || !frame.Valid() {
		t.Error("the copy changed")
	}
	if err := frame.Release(); err != nil {
		t.Error(err)
	}
	if counters := consumer.Counters(); counters.Copied != 1 {
		t.Errorf("counters %+v", counters)
	}
}

func TestMemfdFrameHasNoVendorHandle(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	c.publish(1)
	frame := next(t, consumer)
	if _, err := frame.VendorHandle(); !errors.Is(err, syscall.ENOENT) || errors.Is(err, ErrNoProducer) {
		t.Errorf("handle: %v", err)
	}
	frame.Release()
	if _, err := frame.VendorHandle(); !errors.Is(err, ErrClosed) {
		t.Errorf("handle after release: %v", err)
	}
}

func TestNewestFirstOrInOrder(t *testing.T) {
	c := openChannel(t, ProducerConfig{BufferCount: 8})
	newest, inOrder := c.attach(), c.attach(InOrder())
	for i := range byte(4) {
		c.publish(i)
	}
	frame := next(t, newest)
	if frame.Sequence != 4 {
		t.Errorf("newest is %d", frame.Sequence)
	}
	frame.Release()
	for want := uint64(1); want <= 4; want++ {
		frame := next(t, inOrder)
		if frame.Sequence != want || frame.SequenceGap != 0 {
			t.Errorf("frame %d, gap %d, want %d", frame.Sequence, frame.SequenceGap, want)
		}
		frame.Release()
	}
	if _, err := newest.TryNext(); !errors.Is(err, ErrNoFrame) {
		t.Errorf("frame seen twice: %v", err)
	}
}

func TestEveryNthPassesOverTheOthers(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach(EveryNth(3))
	var got []uint64
	for i := range byte(9) {
		c.publish(i)
		if frame, err := consumer.TryNext(); err == nil {
			got = append(got, frame.Sequence)
			frame.Release()
		}
	}
	if len(got) != 3 || got[0] != 3 || got[1] != 6 || got[2] != 9 {
		t.Errorf("got %v", got)
	}
}

func TestHoldingMoreThanGrantedFails(t *testing.T) {
	c := openChannel(t, ProducerConfig{BufferCount: 5})
	consumer := c.attach(MaxLeases(2))
	if granted := consumer.Info().MaxLeases; granted != 2 {
		t.Fatalf("granted %d", granted)
	}
	var frames []*Frame
	for i := range byte(2) {
		c.publish(i)
		frames = append(frames, next(t, consumer))
	}
	c.publish(2)
	if _, err := consumer.Next(context.Background()); !errors.Is(err, ErrTooManyLeases) || errors.Is(err, ErrNoBuffer) {
		t.Errorf("third frame: %v", err)
	}
	frames[0].Release()
	third := next(t, consumer)
	if third.Plane(0)[0] != 2 || frames[1].Plane(0)[0] != 1 {
		t.Error("frames got mixed up")
	}
	third.Release()
	frames[1].Release()
}

func TestHeldFrameOutlivesItsConsumer(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	c.publish(7)
	frame := next(t, consumer)
	consumer.Close()
	c.Close()
	if frame.Plane(0)[0] != 7 {
		t.Error("the pixels are gone")
	}
	frame.Release()
	if consumer.Info() != (Info{}) || consumer.Counters() != (Counters{}) {
		t.Error("a closed consumer reports")
	}
}

func TestConsumerFindsTheNextProducer(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	c.publish(1)
	first := next(t, consumer)
	first.Release()
	c.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := consumer.Next(ctx)
	if !errors.Is(err, ErrNoProducer) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a producer: %v", err)
	}

	c.reopen(ProducerConfig{})
	got := make(chan *Frame)
	go func() { got <- next(t, consumer) }()
	for c.ConsumerCount() == 0 {
		time.Sleep(time.Millisecond)
	}
	c.publish(2)
	second := <-got
	defer second.Release()
	if second.Epoch == first.Epoch || !second.Discontinuity || second.Plane(0)[0] != 2 {
		t.Errorf("metadata %+v", second.Metadata)
	}
	if reattached := consumer.Counters().Reattached; reattached != 1 {
		t.Errorf("reattached %d", reattached)
	}
}

func TestOpenWithoutProducer(t *testing.T) {
	dir := RuntimeDirectory(t.TempDir())
	if _, err := Open("camera", dir, NoWait()); !errors.Is(err, ErrNoProducer) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("NoWait: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := OpenContext(ctx, "camera", dir); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrNoProducer) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOpenRefusesWhatCannotBe(t *testing.T) {
	for name, options := range map[string][]Option{
		"../etc": nil,
		"leases": {MaxLeases(9)},
		"none":   {MaxLeases(-1)},
		"nth":    {EveryNth(0)},
		"rate":   {AtMost(-1)},
	} {
		_, err := Open(name, append(options, RuntimeDirectory(t.TempDir()))...)
		var detail *Error
		if !errors.Is(err, syscall.EINVAL) || !errors.As(err, &detail) || detail.Detail == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
