// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"bytes"
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
	next(t, consumer)
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
	c.publish(1)
	dropFrame(t, consumer)
	c.publish(2)
	collectUntil(func() bool { return log.String() != "" })
	for _, part := range []string{"level=ERROR", "channel=camera", "sequence=1", "consumer_test.go:", "leak_test.go:"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %q in the log: %s", part, log.String())
		}
	}
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
