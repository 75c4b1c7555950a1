// SPDX-License-Identifier: Apache-2.0

// Package service puts the parts together and runs them.
package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/config"
	"github.com/zcframe/zcframe/streamd/internal/detections"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/logline"
	"github.com/zcframe/zcframe/streamd/internal/page"
	"github.com/zcframe/zcframe/streamd/internal/push"
	"github.com/zcframe/zcframe/streamd/internal/record"
	"github.com/zcframe/zcframe/streamd/internal/rtsp"
	"github.com/zcframe/zcframe/streamd/internal/web"
	"github.com/zcframe/zcframe/streamd/internal/whep"
)

// Check reads the files that the configuration names, and looks for its encoder.
func Check(settings *config.Config, backends []encoder.Backend) error {
	if err := encoder.Check(backends, settings.Encoder); err != nil {
		return err
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, path := range []string{settings.TokenFile, settings.PushTokenFile} {
		if _, err := access.LoadToken(path, quiet); err != nil {
			return err
		}
	}
	return nil
}

// service is the program while it runs.
type service struct {
	settings *config.Config
	backends []encoder.Backend
	version  string
	token    access.Token
	log      *slog.Logger
	registry *prometheus.Registry

	hub        *live.Hub
	pump       *live.Pump
	detections *detections.Feed
	recorder   *record.Recorder // nil: off.
	pusher     *push.Pusher     // nil: off.
	working    sync.WaitGroup
	failed     chan error
}

// Run serves until the program is told to stop. It fails if it cannot begin.
func Run(settings *config.Config, backends []encoder.Backend, version string) error {
	level, err := logline.ParseLevel(settings.LogLevel)
	if err != nil {
		return err
	}
	log := slog.New(logline.New(os.Stderr, logline.TargetOfStandardError(), "zcf-streamd", level))
	token, err := access.LoadToken(settings.TokenFile, log)
	if err != nil {
		return err
	}
	s := &service{
		settings: settings, backends: backends, version: version, token: token, log: log,
		registry: prometheus.NewRegistry(), failed: make(chan error, 8),
	}
	s.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s.run()
}

func (s *service) run() error {
	name, err := tryEncoder(s.settings, s.settings.Encoder, s.backends)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Nothing is reloaded, but a reload must not be the end.
	signal.Ignore(syscall.SIGHUP)

	s.addSource()
	if err := s.addRecorder(); err != nil {
		return err
	}
	if err := s.addPusher(); err != nil {
		return err
	}
	closers, err := s.addServers()
	defer func() {
		for _, closer := range closers {
			closer()
		}
		stop()
		s.working.Wait()
	}()
	if err != nil {
		return err
	}
	s.start(ctx, s.pump.Run)
	s.start(ctx, s.detections.Run)
	if s.recorder != nil {
		s.start(ctx, s.recorder.Run)
	}
	if s.pusher != nil {
		s.start(ctx, s.pusher.Run)
	}
	s.log.Info("ready", "encoder", name, "channel", s.settings.Channel)
	s.warnIfOpen()
	notifyReady()
	s.start(ctx, s.watchdog)

	select {
	case <-ctx.Done():
		s.log.Info("stopping")
		err = nil
	case err = <-s.failed:
	}
	notifyStopping()
	return err
}

// start runs a part until the context ends.
func (s *service) start(ctx context.Context, part func(context.Context)) {
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		part(ctx)
	}()
}

// serve runs a server until it is closed. If it ends by itself, the program does.
func (s *service) serve(server func() error) {
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		if err := server(); err != nil {
			s.failed <- err
		}
	}()
}

func (s *service) addSource() {
	s.hub = live.NewHub()
	s.pump = live.NewPump(live.Settings{
		Channel:          s.settings.Channel,
		RuntimeDirectory: s.settings.RuntimeDirectory,
		MaxRate:          s.settings.MaxRate,
		Backends:         s.backends,
		Encoder:          s.settings.Encoder,
		Encoding:         Encoding(s.settings),
	}, s.hub, s.log, s.registry)
	s.detections = detections.NewFeed(s.settings.DetectionsChannel, s.settings.RuntimeDirectory, s.log)
}

func (s *service) addRecorder() (err error) {
	if s.settings.Record == config.RecordOff {
		return nil
	}
	s.recorder, err = record.New(record.Settings{
		Always:      s.settings.Record == config.RecordAlways,
		OnDetection: s.settings.Record == config.RecordOnDetection,
		Directory:   s.settings.RecordDirectory,
		Segment:     s.settings.RecordSegment,
		Fragment:    s.settings.RecordFragment,
		PreRoll:     s.settings.RecordPreRoll,
		PostRoll:    s.settings.RecordPostRoll,
		Quota:       s.settings.RecordQuota,
		Labels:      s.settings.RecordLabels,
		MinScore:    s.settings.RecordMinScore,
	}, s.hub, s.detections, s.log, s.registry)
	if err != nil {
		return fmt.Errorf("record_directory: %w", err)
	}
	return nil
}

func (s *service) addPusher() error {
	if s.settings.PushURL == "" {
		return nil
	}
	token, err := access.LoadToken(s.settings.PushTokenFile, s.log)
	if err != nil {
		return err
	}
	s.pusher, err = push.New(push.Settings{
		URL: s.settings.PushURL, Token: token, ShortestPause: time.Second, LongestPause: 30 * time.Second,
	}, s.hub, s.log, s.registry)
	return err
}

// addServers takes every port. What it returns closes those that were taken, also if it fails.
func (s *service) addServers() (closers []func(), err error) {
	viewers, err := whep.NewServer(whep.Settings{
		ICE:        whep.ICE{Addresses: s.mediaAddresses(), Port: s.settings.MediaPort},
		MaxViewers: s.settings.MaxViewers,
	}, s.hub, &page.Messages{Hub: s.hub, Detections: s.detections}, s.log, s.registry)
	if err != nil {
		return closers, err
	}
	closers = append(closers, viewers.Close)

	if s.settings.RTSPListen != "" {
		server, err := rtsp.Listen(rtsp.Settings{
			Listen: s.settings.RTSPListen, Token: s.token, MaxViewers: s.settings.MaxViewers,
			ClientTimeout: s.settings.ClientTimeout,
		}, s.hub, s.log, s.registry)
		if err != nil {
			return closers, err
		}
		closers = append(closers, server.Close)
		s.serve(server.Serve)
		s.log.Info("serving", "rtsp", server.Address())
	}
	parts := web.Parts{Hub: s.hub, WHEP: viewers, Registry: s.registry}
	if s.recorder != nil {
		parts.Recorder = s.recorder
	}
	web, err := web.Listen(web.Settings{
		Listen: s.settings.Listen, Token: s.token, AllowedHosts: s.settings.AllowedHosts,
		Certificate: s.settings.Certificate, Key: s.settings.Key,
		ClientTimeout: s.settings.ClientTimeout, Version: s.version,
	}, parts, s.log)
	if err != nil {
		return closers, err
	}
	closers = append(closers, web.Close)
	s.serve(web.Serve)
	s.log.Info("serving", "page", web.Address())
	return closers, nil
}

// mediaAddresses keeps WebRTC's pictures where the page is, unless the configuration says otherwise.
func (s *service) mediaAddresses() []net.IP {
	if len(s.settings.ICEAddresses) > 0 {
		return s.settings.ICEAddresses
	}
	if ip := addressOf(s.settings.Listen); ip != nil && !ip.IsUnspecified() {
		return []net.IP{ip}
	}
	return nil
}

func addressOf(listen string) net.IP {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	return net.ParseIP(host)
}

func (s *service) warnIfOpen() {
	for what, listen := range map[string]string{"listen": s.settings.Listen, "rtsp_listen": s.settings.RTSPListen} {
		if ip := addressOf(listen); ip != nil && !ip.IsLoopback() && !s.token.IsSet() {
			s.log.Warn("everybody on the network can see the camera: set token_file", what, fmt.Sprint(listen))
		}
	}
}
