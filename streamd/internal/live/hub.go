// SPDX-License-Identifier: Apache-2.0

package live

import (
	"sync"
	"time"
)

// State says what the camera does, as far as this server can see.
type State string

const (
	Asleep  State = "asleep"  // Nobody watches, so nothing is read.
	Waiting State = "waiting" // Somebody does, and the first picture is on its way.
	Live    State = "live"
	Stalled State = "stalled" // There is a camera daemon, but no frame comes.
	Gone    State = "gone"    // No camera daemon.
	Broken  State = "broken"  // Frames come but cannot be encoded; the sentence says why.
)

// Status is the state, and a sentence about it.
type Status struct {
	State  State
	Detail string
}

// Hub hands encoded pictures to those who subscribed.
type Hub struct {
	mu            sync.Mutex
	subscriptions map[*Subscription]struct{}
	wanted        chan struct{} // Holds a token when somebody came.
	status        Status
	stream        *Stream
	changed       chan struct{} // Closed and replaced when status or stream changes.

	keyframe keyframeRequest
}

// NewHub returns a hub that nobody feeds yet.
func NewHub() *Hub {
	return &Hub{
		subscriptions: map[*Subscription]struct{}{},
		wanted:        make(chan struct{}, 1),
		status:        Status{State: Asleep},
		changed:       make(chan struct{}),
	}
}

// Subscription is one reader of the hub.
type Subscription struct {
	// Units begins with a keyframe. A reader that is slow misses pictures, up to the next keyframe; a subscription
	// never holds the others up. It is never closed: stop reading after Close.
	Units <-chan *Unit

	units   chan *Unit
	hub     *Hub
	started bool // A keyframe was sent and nothing lost since.
	dropped uint64
}

// Subscribe adds a reader that may be so many pictures behind. While there is one, the camera's frames are encoded. The
// next picture will be a keyframe.
func (h *Hub) Subscribe(depth int) *Subscription {
	units := make(chan *Unit, depth)
	subscription := &Subscription{Units: units, units: units, hub: h}

	h.mu.Lock()
	h.subscriptions[subscription] = struct{}{}
	h.mu.Unlock()
	h.RequestKeyframe()
	select {
	case h.wanted <- struct{}{}:
	default:
	}
	return subscription
}

// Close ends the subscription. Closing twice is fine.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.subscriptions, s)
}

// Dropped counts the pictures that the reader was too slow for.
func (s *Subscription) Dropped() uint64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.dropped
}

// Subscribers counts the readers.
func (h *Hub) Subscribers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subscriptions)
}

// publish gives a picture to everybody.
func (h *Hub) publish(unit *Unit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stream != unit.Stream {
		h.stream = unit.Stream
		h.announce()
	}
	for subscription := range h.subscriptions {
		subscription.offer(unit)
	}
}

// offer is called with the hub's lock.
func (s *Subscription) offer(unit *Unit) {
	if !s.started && !unit.Keyframe {
		return
	}
	select {
	case s.units <- unit:
		s.started = true
	default:
		s.dropped++
		s.started = false
		s.hub.keyframe.request()
	}
}

// RequestKeyframe makes one of the next pictures a keyframe. Requests are answered together, and not too often: a keyframe
// costs everybody bandwidth.
func (h *Hub) RequestKeyframe() { h.keyframe.request() }

// Status returns the present status.
func (h *Hub) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

// Stream returns what decoders need of the newest stream, or nil if there was none yet.
func (h *Hub) Stream() *Stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stream
}

// Changed returns a channel that is closed when the status or the stream changes.
func (h *Hub) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

func (h *Hub) setStatus(status Status) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status == status {
		return false
	}
	h.status = status
	h.announce()
	return true
}

func (h *Hub) announce() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// keyframeInterval is the shortest time between two keyframes that somebody asked for.
const keyframeInterval = 250 * time.Millisecond

type keyframeRequest struct {
	mu     sync.Mutex
	wanted bool
	last   time.Time
}

func (k *keyframeRequest) request() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wanted = true
}

// take says whether the next picture shall be a keyframe.
func (k *keyframeRequest) take(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.wanted || now.Sub(k.last) < keyframeInterval {
		return false
	}
	k.wanted = false
	k.last = now
	return true
}
