// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is written to by the finalizers' goroutine.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

//go:noinline
func dropFrame(t *testing.T, consumer *Consumer) {
	if _, err := consumer.Next(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// collectUntil runs the collector until the condition holds; the test's own time limit is the watchdog.
func collectUntil(condition func() bool) {
	for !condition() {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

func TestDroppedFrameIsReportedAndReleased(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	var log lockedBuffer
	consumer := c.attach(Logger(slog.New(slog.NewTextHandler(&log, nil))))
	for i := range byte(2) {
		if i == 0 {
			c.publish(i) // is there
		} else {
			time.AfterFunc(5*time.Millisecond, func() { c.publish(i) }) // is waited for
		}
		dropFrame(t, consumer)
		collectUntil(func() bool { return strings.Count(log.String(), "\n") > int(i) })
	}
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		for _, part := range []string{"level=ERROR", "channel=camera", "sequence=", `acquired_at="`} {
			if !strings.Contains(line, part) {
				t.Errorf("no %q in the log: %s", part, line)
			}
		}
		if place, _, _ := strings.Cut(line[strings.Index(line, "acquired_at="):], " < "); !strings.Contains(place, "leak_test.go:") {
			t.Errorf("the acquirer is not the first place: %s", line)
		}
	}
	c.publish(2)
	next(t, consumer).Release() // the lease is back: only one was granted
}

func TestReleasedFrameIsNotReported(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	var log lockedBuffer
	consumer := c.attach(Logger(slog.New(slog.NewTextHandler(&log, nil))))
	collected := make(chan struct{})
	func() {
		c.publish(1)
		frame := next(t, consumer)
		frame.Release()
		runtime.SetFinalizer(frame, func(*Frame) { close(collected) }) // panics if one were left
	}()
	collectUntil(func() bool {
		select {
		case <-collected:
			return true
		default:
			return false
		}
	})
	if log.String() != "" {
		t.Errorf("log: %s", log.String())
	}
}
