// SPDX-License-Identifier: Apache-2.0

// Package testcamera is a camera for tests: a channel in this process with pictures that move.
package testcamera

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
)

// Channel is the name of the channel.
const Channel = "test_camera"

// Interval is the time between two frames.
const Interval = 20 * time.Millisecond

// Camera publishes frames until it is stopped.
type Camera struct {
	Directory string // Where its socket is.

	t        testing.TB
	producer *zcframe.Producer
	stopping chan struct{}
	stopped  sync.WaitGroup
}

// New returns a camera that has not been started. The test stops it.
func New(t testing.TB) *Camera {
	camera := &Camera{Directory: t.TempDir(), t: t}
	t.Cleanup(camera.Stop)
	return camera
}

// Start publishes frames of this size.
func (c *Camera) Start(width, height int) {
	c.t.Helper()
	producer, err := zcframe.NewProducer(Channel, zcframe.ProducerConfig{
		Width: width, Height: height, FrameInterval: Interval, RuntimeDirectory: c.Directory,
		LeaseDeadline: 200 * time.Millisecond,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.producer = producer
	c.stopping = make(chan struct{})
	c.stopped.Add(1)
	go c.publish(c.stopping)
}

// Stop ends the channel, as a camera daemon that dies would. Stopping twice is fine.
func (c *Camera) Stop() {
	if c.producer == nil {
		return
	}
	close(c.stopping)
	c.stopped.Wait()
	c.producer.Close()
	c.producer = nil
}

// Consumers counts who is attached.
func (c *Camera) Consumers() int { return c.producer.ConsumerCount() }

func (c *Camera) publish(stopping <-chan struct{}) {
	defer c.stopped.Done()
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for number := 0; ; number++ {
		select {
		case <-stopping:
			return
		case <-ticker.C:
		}
		buffer, err := c.producer.Dequeue()
		if errors.Is(err, zcframe.ErrNoBuffer) {
			continue
		}
		if err != nil {
			c.t.Error(err)
			return
		}
		draw(buffer, number)
		if err := buffer.Publish(); err != nil {
			c.t.Error(err)
			return
		}
	}
}

// draw makes a picture that is unlike the one before it.
func draw(buffer *zcframe.Buffer, number int) {
	luma, chroma := buffer.Plane(0), buffer.Plane(1)
	for i := range luma {
		luma[i] = byte(i/16 + number*5)
	}
	for i := range chroma {
		chroma[i] = byte(128 + i%16 - 8)
	}
}
