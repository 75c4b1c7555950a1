// SPDX-License-Identifier: Apache-2.0

// Package whep serves the stream by WebRTC. A viewer asks for it by WHEP: it posts an offer, and gets an answer.
//
// All viewers get the same packets, so that one more costs its encryption and nothing else.
package whep

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/peer"
)

// Settings of a Server.
type Settings struct {
	ICE        ICE
	MaxViewers int
}

// Messages makes what the page is told over a data channel besides pictures. Each viewer has its own.
type Messages interface {
	// Serve sends until done is closed. It must not block in send for long.
	Serve(done <-chan struct{}, send func(message []byte), received <-chan []byte)
}

// Server serves viewers.
type Server struct {
	settings Settings
	hub      *live.Hub
	log      *slog.Logger
	messages Messages

	api   *webrtc.API
	mux   ice.UDPMux
	track *peer.Track

	mu       sync.Mutex
	sessions map[string]*session
	feeding  bool
	closed   bool

	viewers  prometheus.Gauge
	accepted prometheus.Counter
	refused  prometheus.Counter
}

// ErrTooManyViewers is what Offer fails with when there is no room.
var ErrTooManyViewers = errors.New("there are as many viewers as max_viewers allows")

// ErrBadOffer is in errors about an offer that cannot be answered.
var ErrBadOffer = errors.New("the offer cannot be answered")

// NewServer listens for media. Close the server.
func NewServer(settings Settings, hub *live.Hub, messages Messages, log *slog.Logger,
	registry prometheus.Registerer) (*Server, error) {
	api, mux, err := newAPI(settings.ICE, log)
	if err != nil {
		return nil, err
	}
	track, err := peer.NewTrack()
	if err != nil {
		return nil, err
	}
	server := &Server{
		settings: settings, hub: hub, log: log, messages: messages,
		api: api, mux: mux, track: track, sessions: map[string]*session{},
		viewers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "zcframe_streamd_webrtc_viewers",
			Help: "Viewers by WebRTC now."}),
		accepted: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_webrtc_viewers_total",
			Help: "Viewers by WebRTC so far."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_webrtc_refused_total",
			Help: "Offers that were refused."}),
	}
	registry.MustRegister(server.viewers, server.accepted, server.refused)
	return server, nil
}

// Offer answers a viewer's offer, and returns the name of its session.
func (s *Server) Offer(offer, viewer string) (answer, id string, err error) {
	added, err := s.open(viewer)
	if err == nil {
		answer, err = added.answer(offer)
		if err != nil {
			added.close("no answer")
		}
	}
	if err != nil {
		s.refused.Inc()
		s.log.Warn("viewer refused", "viewer", viewer, "why", err)
		return "", "", err
	}
	s.accepted.Inc()
	return answer, added.id, nil
}

// open adds a session that has not heard of its viewer's offer yet.
func (s *Server) open(viewer string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the server is stopping")
	}
	if len(s.sessions) >= s.settings.MaxViewers {
		return nil, fmt.Errorf("%w (%d)", ErrTooManyViewers, s.settings.MaxViewers)
	}
	added, err := newSession(s, viewer)
	if err != nil {
		return nil, err
	}
	s.sessions[added.id] = added
	s.viewers.Set(float64(len(s.sessions)))
	if !s.feeding {
		s.feeding = true
		go s.feed()
	}
	return added, nil
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, id)
	s.viewers.Set(float64(len(s.sessions)))
}

// find returns the session of that name, or nil.
func (s *Server) find(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

// AddCandidates gives a session the addresses that its viewer found later. It returns false if there is no such session.
func (s *Server) AddCandidates(id, fragment string) (bool, error) {
	found := s.find(id)
	if found == nil {
		return false, nil
	}
	return true, found.addCandidates(fragment)
}

// End ends a session. It returns false if there is no such session.
func (s *Server) End(id string) bool {
	found := s.find(id)
	if found != nil {
		found.close("it left")
	}
	return found != nil
}

// Viewers counts the sessions.
func (s *Server) Viewers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Close ends every session.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	var sessions []*session
	for _, each := range s.sessions {
		sessions = append(sessions, each)
	}
	s.mu.Unlock()
	for _, each := range sessions {
		each.close("the server stops")
	}
	s.mux.Close()
}

// wanted says whether anybody watches, and if not, that feed is over.
func (s *Server) wanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeding = len(s.sessions) > 0
	return s.feeding
}

// feedDepth is how far the writer of packets may be behind the encoder: it hardly ever is.
const feedDepth = 8

// feed sends the pictures to every viewer, while there is one.
func (s *Server) feed() {
	subscription := s.hub.Subscribe(feedDepth)
	defer subscription.Close()
	idle := newIdleTimer()
	defer idle.Stop()
	for s.wanted() {
		select {
		case unit := <-subscription.Units:
			s.track.Send(unit)
		case <-idle.C:
		}
	}
}
