// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

// awaitGoroutines fails if goroutines are left over: a wait that ended must leave none behind.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 2000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("goroutines were left behind:\n%s", stacks[:runtime.Stack(stacks, true)])
}

func TestContextEndsTheWait(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	before := runtime.NumGoroutine()
	for range 50 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Millisecond, cancel)
		if _, err := consumer.Next(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoProducer) {
			t.Fatalf("cancelled: %v", err)
		}
	}
	awaitGoroutines(t, before)
	c.publish(1) // and it goes on as if nothing had been
	next(t, consumer).Release()
	if _, err := consumer.Next(cancelled()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCancellationWithACauseIsStillOne(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(time.Millisecond, func() { cancel(errors.New("the viewer left")) })
	for range 2 { // while it waits, and before it begins
		if _, err := consumer.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

func TestOneWaitEndsAndTheOthersGoOn(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	for range 3 {
		go func() {
			_, err := consumer.Next(ctx)
			ended <- err
		}()
	}
	got := make(chan *Frame)
	go func() { got <- next(t, consumer) }()
	cancel()
	for range 3 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	c.publish(1)
	(<-got).Release()
}

func TestCloseEndsEveryWait(t *testing.T) {
	c := openChannel(t, ProducerConfig{})
	consumer := c.attach()
	before := runtime.NumGoroutine()
	ended := make(chan error)
	for range 4 {
		go func() {
			_, err := consumer.Next(context.Background())
			ended <- err
		}()
	}
	time.Sleep(5 * time.Millisecond)
	consumer.Close()
	for range 4 {
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	}
	consumer.Close()
	awaitGoroutines(t, before)
	if _, err := consumer.TryNext(); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}
