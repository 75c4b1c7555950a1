// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"context"
	"testing"
	"time"
)

// channel is a producer of small pictures in this process.
type channel struct {
	*Producer
	t    testing.TB
	name string
	dir  string
}

func openChannel(t testing.TB, config ProducerConfig) *channel {
	t.Helper()
	c := &channel{t: t, name: "camera", dir: t.TempDir()}
	c.reopen(config)
	t.Cleanup(func() { c.Close() })
	return c
}

func (c *channel) reopen(config ProducerConfig) {
	c.t.Helper()
	config.RuntimeDirectory = c.dir
	if config.FourCC == 0 {
		config.Width, config.Height = 64, 48
	}
	if config.LeaseDeadline == 0 {
		config.LeaseDeadline = time.Hour
	}
	producer, err := NewProducer(c.name, config)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Producer = producer
}

func (c *channel) attach(options ...Option) *Consumer {
	c.t.Helper()
	consumer, err := Open(c.name, append(options, RuntimeDirectory(c.dir))...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { consumer.Close() })
	return consumer
}

// publish offers a frame all of whose bytes are the value.
func (c *channel) publish(value byte) {
	c.t.Helper()
	buffer, err := c.Dequeue()
	if err != nil {
		c.t.Fatal(err)
	}
	for plane := range buffer.Format.PlaneCount {
		pixels := buffer.Plane(plane)
		for i := range pixels {
			pixels[i] = value
		}
	}
	if err := buffer.Publish(); err != nil {
		c.t.Fatal(err)
	}
}

func next(t testing.TB, consumer *Consumer) *Frame {
	t.Helper()
	frame, err := consumer.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return frame
}
