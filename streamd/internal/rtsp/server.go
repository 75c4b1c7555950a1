// SPDX-License-Identifier: Apache-2.0

// Package rtsp serves the stream by RTSP 1.0, over UDP or inside the connection.
//
// It is a server of one stream that is played, and no more than that: RTP, RTCP and SDP are pion's, which WebRTC needs
// anyway, so both send the same packets and a picture is cut into them once.
//
// The requests are read here, and not by gortsplib, which does all of this and more: where this was made, Go's module
// proxy did not give it out. What is here is small (message.go, transport.go), bounded, and fuzzed (FuzzRequests); whoever
// wants more of RTSP than this should look at gortsplib first.
package rtsp

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/live"
)

// Path is where the stream is: rtsp://HOST:PORT/active.
const Path = "/active"

// Settings of a Server.
type Settings struct {
	Listen        string
	Token         access.Token
	MaxViewers    int
	ClientTimeout time.Duration // For one who does not read what it asked for.
}

// Server serves clients.
type Server struct {
	settings Settings
	hub      *live.Hub
	log      *slog.Logger
	listener net.Listener
	media    *mediaPorts

	mu          sync.Mutex
	connections map[*connection]struct{}
	sessions    int
	closed      bool
	closing     chan struct{} // Closed by Close.
	working     sync.WaitGroup

	viewers  prometheus.Gauge
	accepted prometheus.Counter
	refused  prometheus.Counter
}

// connectionsMore is how many may be connected beyond those that watch.
const connectionsMore = 16

// Listen takes the ports. Serve serves, until Close.
func Listen(settings Settings, hub *live.Hub, log *slog.Logger, registry prometheus.Registerer) (*Server, error) {
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return nil, fmt.Errorf("RTSP on %s: %w; another program may have it, or the machine not the address: "+
			"set rtsp_listen, empty for none", settings.Listen, err)
	}
	media, err := listenMedia(listener.Addr().(*net.TCPAddr).IP)
	if err != nil {
		listener.Close()
		return nil, err
	}
	server := &Server{
		settings: settings, hub: hub, log: log, listener: listener, media: media,
		connections: map[*connection]struct{}{}, closing: make(chan struct{}),
		viewers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "zcframe_streamd_rtsp_viewers",
			Help: "Viewers by RTSP now."}),
		accepted: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_rtsp_viewers_total",
			Help: "Viewers by RTSP so far."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_rtsp_refused_total",
			Help: "Requests that were refused."}),
	}
	registry.MustRegister(server.viewers, server.accepted, server.refused)
	return server, nil
}

// Address is where the stream can be read.
func (s *Server) Address() string { return "rtsp://" + s.listener.Addr().String() + Path }

// Serve serves until Close.
func (s *Server) Serve() error {
	for {
		accepted, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			// No descriptors, most likely: some will be free again.
			s.log.Warn("RTSP: no connection could be taken", "why", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.serve(accepted)
	}
}

func (s *Server) serve(accepted net.Conn) {
	client := newConnection(s, accepted)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.connections) >= s.settings.MaxViewers+connectionsMore {
		accepted.Close()
		s.refused.Inc()
		return
	}
	s.connections[client] = struct{}{}
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		client.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.connections, client)
	}()
}

// admit counts a viewer, if there is room.
func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions >= s.settings.MaxViewers {
		return false
	}
	s.sessions++
	s.viewers.Set(float64(s.sessions))
	s.accepted.Inc()
	return true
}

func (s *Server) dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions--
	s.viewers.Set(float64(s.sessions))
}

// Close ends every connection. It is called once.
func (s *Server) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	close(s.closing)
	for client := range s.connections {
		client.conn.Close()
	}
	s.mu.Unlock()
	s.working.Wait()
	s.media.close()
}
