// SPDX-License-Identifier: Apache-2.0

// Package detections hands what a detector found to those who want to know, and reads its channel only while somebody
// does.
package detections

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
)

// Feed reads a channel of detections.
type Feed struct {
	channel          string
	runtimeDirectory string
	log              *slog.Logger

	mu        sync.Mutex
	listeners map[*Listener]struct{}
	wanted    chan struct{}
}

// Listener hears the newest detections.
type Listener struct {
	// Found has the newest only: a listener that is slow misses older ones.
	Found <-chan *zcframe.Detections

	found chan *zcframe.Detections
	feed  *Feed
}

// NewFeed makes a feed; Run works it.
func NewFeed(channel, runtimeDirectory string, log *slog.Logger) *Feed {
	return &Feed{
		channel: channel, runtimeDirectory: runtimeDirectory, log: log,
		listeners: map[*Listener]struct{}{}, wanted: make(chan struct{}, 1),
	}
}

// Listen adds a listener.
func (f *Feed) Listen() *Listener {
	found := make(chan *zcframe.Detections, 1)
	listener := &Listener{Found: found, found: found, feed: f}
	f.mu.Lock()
	f.listeners[listener] = struct{}{}
	f.mu.Unlock()
	select {
	case f.wanted <- struct{}{}:
	default:
	}
	return listener
}

// Close ends listening. Closing twice is fine.
func (l *Listener) Close() {
	l.feed.mu.Lock()
	defer l.feed.mu.Unlock()
	delete(l.feed.listeners, l)
}

func (f *Feed) isWanted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners) > 0
}

func (f *Feed) tell(found *zcframe.Detections) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for listener := range f.listeners {
		select {
		case <-listener.found:
		default:
		}
		listener.found <- found
	}
}

// Run reads until the context ends.
func (f *Feed) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wanted:
			f.read(ctx)
		}
	}
}

// patience is how long to wait for a detector that is not there, and how soon to notice that nobody listens any more.
const patience = 500 * time.Millisecond

func (f *Feed) read(ctx context.Context) {
	options := []zcframe.Option{zcframe.NoWait(), zcframe.Label("zcf-streamd"), zcframe.Logger(f.log)}
	if f.runtimeDirectory != "" {
		options = append(options, zcframe.RuntimeDirectory(f.runtimeDirectory))
	}
	var consumer *zcframe.Consumer
	for f.isWanted() && ctx.Err() == nil {
		var err error
		if consumer == nil {
			if consumer, err = zcframe.Open(f.channel, options...); err != nil {
				consumer = nil
				rest(ctx)
				continue
			}
			f.log.Info("detections", "channel", f.channel)
		}
		f.readOne(ctx, consumer)
	}
	if consumer != nil {
		consumer.Close()
	}
}

func (f *Feed) readOne(ctx context.Context, consumer *zcframe.Consumer) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	frame, err := consumer.Next(waiting)
	cancel()
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			rest(ctx)
		}
		return
	}
	found, err := frame.Detections()
	if err == nil && frame.Release() == nil {
		f.tell(found)
		return
	}
	frame.Release()
	f.log.Debug("detections thrown away", "why", err)
}

func rest(ctx context.Context) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
