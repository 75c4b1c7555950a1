// SPDX-License-Identifier: Apache-2.0

// Package web is the HTTP server: the page, WHEP, health and metrics, recordings.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/page"
	"github.com/zcframe/zcframe/streamd/internal/whep"
)

// Settings of a Server.
type Settings struct {
	Listen        string
	Token         access.Token
	AllowedHosts  []string
	Certificate   string // Files; "": no TLS.
	Key           string
	ClientTimeout time.Duration
	Version       string
}

// Server serves HTTP.
type Server struct {
	listener net.Listener
	server   *http.Server
	log      *slog.Logger
	scheme   string
}

// Parts are what the server gives access to.
type Parts struct {
	Hub      *live.Hub
	WHEP     *whep.Server
	Recorder Recorder // nil: nothing is recorded.
	Registry *prometheus.Registry
}

const (
	maximumHeader = 16 << 10
	// maximumConnections bounds memory and descriptors. Pictures do not come by these connections, and one that is idle
	// is soon closed.
	maximumConnections = 512
)

// Listen takes the port. Serve serves, until Close.
func Listen(settings Settings, parts Parts, logger *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return nil, fmt.Errorf("HTTP on %s: %w; another program may have it, or the machine not the address: set listen",
			settings.Listen, err)
	}
	listener = netutil.LimitListener(listener, maximumConnections)
	server := &Server{listener: listener, log: logger, scheme: "http"}
	server.server = &http.Server{
		Handler:           &guard{settings.Token, settings.AllowedHosts, routes(parts, settings.Version)},
		ReadHeaderTimeout: settings.ClientTimeout,
		ReadTimeout:       settings.ClientTimeout,
		// From the end of the request's header: time for its body, and as much for the answer.
		WriteTimeout:   2 * settings.ClientTimeout,
		IdleTimeout:    settings.ClientTimeout,
		MaxHeaderBytes: maximumHeader,
		ErrorLog:       log.New(debugWriter{logger}, "", 0),
	}
	if settings.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(settings.Certificate, settings.Key)
		if err != nil {
			listener.Close()
			return nil, fmt.Errorf("certificate %s and key %s: %w", settings.Certificate, settings.Key, err)
		}
		server.listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
		})
		server.scheme = "https"
	}
	return server, nil
}

func routes(parts Parts, version string) http.Handler {
	mux := http.NewServeMux()
	sessions := whepHandlers{parts.WHEP}
	mux.Handle("GET /{$}", page.Handler(version))
	mux.HandleFunc("POST /whep", sessions.offer)
	mux.HandleFunc("PATCH /whep/{id}", sessions.patch)
	mux.HandleFunc("DELETE /whep/{id}", sessions.end)
	mux.Handle("GET /metrics", promhttp.HandlerFor(parts.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", healthHandler(parts.Hub))
	addRecordings(mux, parts.Recorder)
	return mux
}

// healthHandler answers 200 while pictures come, or nobody asks for any.
func healthHandler(hub *live.Hub) http.HandlerFunc {
	return func(response http.ResponseWriter, _ *http.Request) {
		status := hub.Status()
		switch status.State {
		case live.Live, live.Asleep, live.Waiting:
			fmt.Fprintln(response, status.State)
		default:
			refuse(response, http.StatusServiceUnavailable, fmt.Sprintf("%s: %s", status.State, status.Detail))
		}
	}
}

// Address is where the server can be reached.
func (s *Server) Address() string { return s.scheme + "://" + s.listener.Addr().String() + "/" }

// Serve serves until Close.
func (s *Server) Serve() error {
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends the server; requests that are being answered get a moment.
func (s *Server) Close() {
	ending, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ending) != nil {
		s.server.Close()
	}
}

// debugWriter is for what net/http says about clients that are broken.
type debugWriter struct{ log *slog.Logger }

func (d debugWriter) Write(text []byte) (int, error) {
	d.log.Debug("http", "message", string(text))
	return len(text), nil
}
