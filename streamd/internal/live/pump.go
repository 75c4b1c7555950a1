// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

// Settings of a Pump.
type Settings struct {
	Channel          string
	RuntimeDirectory string  // "": the default.
	MaxRate          float64 // Pictures per second at most; 0: the camera's rate.

	Backends []encoder.Backend
	Encoder  string           // Name of a backend, or encoder.Auto.
	Encoding encoder.Settings // Size and rate are the camera's, and filled in here.
}

const (
	// linger is how long the camera is kept when the last reader has gone: one who reloads the page comes back soon.
	linger = 3 * time.Second
	// silence is how long no frame comes before that is said.
	silence = time.Second
	// retry is how long to wait before an encoder is opened anew.
	retry = time.Second
)

// Pump reads a channel and feeds a hub.
type Pump struct {
	settings Settings
	hub      *Hub
	log      *slog.Logger
	counters *counters

	alive      atomic.Int64 // Unix nanoseconds of the last sign of life.
	generation int
}

// NewPump makes a pump; Run works it.
func NewPump(settings Settings, hub *Hub, log *slog.Logger, registry prometheus.Registerer) *Pump {
	pump := &Pump{settings: settings, hub: hub, log: log, counters: newCounters(registry)}
	pump.beat()
	return pump
}

// Beat returns when the pump last showed that it is alive, which it does at least every few seconds.
func (p *Pump) Beat() time.Time { return time.Unix(0, p.alive.Load()) }

func (p *Pump) beat() { p.alive.Store(time.Now().UnixNano()) }

// Run pumps until the context ends.
func (p *Pump) Run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		p.beat()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-p.hub.wanted:
			if p.hub.Subscribers() > 0 {
				p.setStatus(Waiting, "")
				p.pump(ctx)
				p.setStatus(Asleep, "")
			}
		}
	}
}

func (p *Pump) setStatus(state State, detail string) {
	if !p.hub.setStatus(Status{State: state, Detail: detail}) {
		return
	}
	switch state {
	case Gone, Stalled, Broken:
		p.log.Warn("no pictures", "state", string(state), "why", detail)
	default:
		p.log.Info("the camera is "+string(state), "channel", p.settings.Channel)
	}
}

// pump reads the channel for as long as somebody wants its pictures.
func (p *Pump) pump(ctx context.Context) {
	consumer := p.attach(ctx)
	if consumer == nil {
		return
	}
	defer consumer.Close()

	work := &session{pump: p, consumer: consumer, idleSince: time.Now()}
	defer work.closeEncoder()
	for ctx.Err() == nil && work.isWanted() {
		p.beat()
		work.step(ctx)
	}
}

// attach waits for the camera daemon, and returns nil if nobody wants it any more.
func (p *Pump) attach(ctx context.Context) *zcframe.Consumer {
	options := []zcframe.Option{zcframe.NoWait(), zcframe.Label("zcf-streamd"), zcframe.Logger(p.log)}
	if p.settings.RuntimeDirectory != "" {
		options = append(options, zcframe.RuntimeDirectory(p.settings.RuntimeDirectory))
	}
	if p.settings.MaxRate > 0 {
		options = append(options, zcframe.AtMost(p.settings.MaxRate))
	}
	for {
		p.beat()
		consumer, err := zcframe.Open(p.settings.Channel, options...)
		if err == nil {
			return consumer
		}
		p.setStatus(Gone, err.Error())
		if !sleep(ctx, 200*time.Millisecond) || p.hub.Subscribers() == 0 {
			return nil
		}
	}
}

// sleep returns false if the context ended meanwhile.
func sleep(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// session is the time from the first reader to the last one's leaving.
type session struct {
	pump      *Pump
	consumer  *zcframe.Consumer
	idleSince time.Time

	encoder       encoder.Encoder
	width, height int      // Of the encoder's pictures.
	proven        bool     // It has encoded one.
	unfit         []string // Encoders that opened and then could not encode a single picture of this camera.
	epoch         uint64
	pacer         *pacer
	stream        *Stream
	wantsKeyframe bool // What decoders have is not what the encoder has.
	newest        frameTimes
}

// frameTimes is what a unit takes from its frame.
type frameTimes struct {
	number  uint64
	capture time.Duration
	wall    time.Time
}

func (s *session) isWanted() bool {
	if s.pump.hub.Subscribers() > 0 {
		s.idleSince = time.Now()
	}
	return time.Since(s.idleSince) < linger
}

// step waits for one frame and encodes it.
func (s *session) step(ctx context.Context) {
	waiting, cancel := context.WithTimeout(ctx, silence)
	frame, err := s.consumer.Next(waiting)
	cancel()
	switch {
	case err == nil:
		s.take(ctx, frame)
	case ctx.Err() != nil:
	case errors.Is(err, zcframe.ErrNoProducer):
		s.pump.setStatus(Gone, "the camera daemon is gone; waiting for it to come back")
	case errors.Is(err, context.DeadlineExceeded):
		s.pump.setStatus(Stalled, "the camera daemon runs, but no frame has come for "+silence.String())
	default:
		s.pump.setStatus(Gone, err.Error())
		sleep(ctx, 200*time.Millisecond)
	}
}

// take encodes a frame and publishes the result. The lease is held while the encoder reads, and no longer.
func (s *session) take(ctx context.Context, frame *zcframe.Frame) {
	acquired := time.Now()
	if err := s.fit(frame); err != nil {
		frame.Release()
		s.pump.setStatus(Broken, err.Error())
		sleep(ctx, retry)
		return
	}
	if !s.pacer.wants(frame.CaptureTime) {
		frame.Release()
		s.pump.counters.leftOut.Inc()
		return
	}

	picture := s.pictureOf(frame)
	picture.ForceKeyframe = s.pump.hub.keyframe.take(acquired) || s.wantsKeyframe
	began := time.Now()
	units, err := s.encoder.Encode(picture)
	took := time.Since(began)
	staleness := frame.Release()
	s.pump.counters.leaseSeconds.Observe(time.Since(acquired).Seconds())
	s.pump.counters.encodeTime.Observe(took.Seconds())

	switch {
	case err != nil:
		s.pump.counters.failures.Inc()
		if !s.proven {
			s.unfit = append(s.unfit, s.encoder.Name())
		}
		s.closeEncoder()
		s.pump.setStatus(Broken, err.Error())
		sleep(ctx, retry)
	case staleness != nil:
		// The encoder may have read half a frame and half of the next one, and goes on from that; nobody else shall.
		s.pump.counters.stale.Inc()
		s.wantsKeyframe = true
	default:
		s.publish(units)
	}
	s.adapt(took)
}

func (s *session) adapt(took time.Duration) {
	if s.pacer.encoded(took) {
		s.pump.counters.frameDivisor.Set(float64(s.pacer.divisor))
		s.pump.log.Info("the rate follows what encoding takes here", "every_nth_frame", s.pacer.divisor,
			"encode_time", s.pacer.mean.Round(time.Microsecond))
	}
}

// fit makes the encoder one for frames like this.
func (s *session) fit(frame *zcframe.Frame) error {
	format := &frame.Format
	s.newest = frameTimes{frame.FrameNumber, frame.CaptureTime, frame.CaptureWall}
	if s.encoder != nil && s.width == format.Width && s.height == format.Height && s.epoch == frame.Epoch {
		return nil
	}
	if format.FourCC != zcframe.NV12Format {
		return fmt.Errorf("channel %s has pictures of format %v; only NV12 can be encoded", s.pump.settings.Channel,
			format.FourCC)
	}
	rate := s.rate()
	if s.pacer == nil || s.epoch != frame.Epoch {
		s.pacer = newPacer(time.Duration(float64(time.Second) / max(rate, 0.001)))
	}
	sameSize := s.width == format.Width && s.height == format.Height
	s.epoch = frame.Epoch
	if s.encoder != nil && sameSize {
		// The camera daemon was restarted, and with it perhaps the rate, but not what decoders must know.
		s.wantsKeyframe = true
		return nil
	}
	return s.openEncoder(format.Width, format.Height, rate)
}

// rate is what to expect, per second; 0 if it is not known.
func (s *session) rate() float64 {
	limit := s.pump.settings.MaxRate
	if interval := s.consumer.Info().FrameInterval; interval > 0 {
		rate := 1 / interval.Seconds()
		if limit > 0 {
			rate = min(rate, limit)
		}
		return rate
	}
	return limit
}

func (s *session) openEncoder(width, height int, rate float64) error {
	s.closeEncoder()
	asked := s.pump.settings.Encoding
	asked.Width, asked.Height, asked.FrameRate = width, height, rate
	opened, err := encoder.Choose(s.candidates(), s.pump.settings.Encoder, asked)
	if err != nil {
		return err
	}
	s.encoder, s.width, s.height, s.proven = opened, width, height, false
	s.stream = nil
	s.wantsKeyframe = true
	s.pump.log.Info("encoder opened", "encoder", opened.Name(), "size", fmt.Sprintf("%dx%d", width, height),
		"rate", fmt.Sprintf("%.3f", rate), "bit_rate", asked.BitRate)
	return nil
}

// candidates leaves out what has turned out not to be able to encode this camera's pictures, if there is a choice: such as
// the board's encoder, which takes only the board's own buffers.
func (s *session) candidates() []encoder.Backend {
	if s.pump.settings.Encoder != encoder.Auto {
		return s.pump.settings.Backends
	}
	return slices.DeleteFunc(slices.Clone(s.pump.settings.Backends), func(candidate encoder.Backend) bool {
		return slices.Contains(s.unfit, candidate.Name)
	})
}

func (s *session) closeEncoder() {
	if s.encoder != nil {
		s.encoder.Close()
		s.encoder = nil
		s.width, s.height = 0, 0
	}
}

func (s *session) pictureOf(frame *zcframe.Frame) *encoder.Picture {
	format := &frame.Format
	return &encoder.Picture{
		Width: format.Width, Height: format.Height,
		Y: frame.Plane(0), UV: frame.Plane(1),
		YStride: format.Planes[0].Stride, UVStride: format.Planes[1].Stride,
		Time: frame.CaptureTime,
	}
}

func (s *session) publish(units []encoder.Unit) {
	s.proven = s.proven || len(units) > 0
	for i := range units {
		unit := s.unitOf(&units[i])
		if unit.Keyframe {
			s.wantsKeyframe = unit.Stream == nil
			s.pump.counters.keyframes.Inc()
		}
		s.pump.counters.encoded.Inc()
		s.pump.counters.bytes.Add(float64(len(units[i].Data)))
		if unit.Stream == nil {
			s.pump.setStatus(Broken, s.encoder.Name()+" gives keyframes without parameter sets, so nobody can decode them")
		}
		// A picture that refers to what was thrown away is of no use, until the keyframe.
		if !s.wantsKeyframe && unit.Stream != nil {
			s.pump.setStatus(Live, "")
			s.pump.hub.publish(unit)
		}
	}
}

func (s *session) unitOf(encoded *encoder.Unit) *Unit {
	unit := &Unit{
		NALUnits:    splitAnnexB(encoded.Data),
		Keyframe:    encoded.Keyframe,
		FrameNumber: s.newest.number,
		Capture:     encoded.Time,
		CaptureWall: s.newest.wall.Add(encoded.Time - s.newest.capture),
		Stamp:       Stamp(encoded.Time),
	}
	if encoded.Keyframe {
		s.stream = s.streamOf(unit)
	}
	unit.Stream = s.stream
	return unit
}

// smallestSPS has profile and level, which descriptions of the stream quote.
const smallestSPS = 4

// streamOf returns the present stream, or a new one if a keyframe has other parameter sets; nil if it has none.
func (s *session) streamOf(unit *Unit) *Stream {
	found := &Stream{Encoder: s.encoder.Name(), Width: s.width, Height: s.height}
	for _, nal := range unit.NALUnits {
		switch NALType(nal) {
		case NALTypeSPS:
			found.SPS = nal
		case NALTypePPS:
			found.PPS = nal
		}
	}
	if len(found.SPS) < smallestSPS || len(found.PPS) == 0 {
		return nil
	}
	if s.stream.isLike(found) {
		return s.stream
	}
	s.pump.generation++
	found.Generation = s.pump.generation
	return found
}

func (s *Stream) isLike(other *Stream) bool {
	return s != nil && s.Width == other.Width && s.Height == other.Height && s.Encoder == other.Encoder &&
		string(s.SPS) == string(other.SPS) && string(s.PPS) == string(other.PPS)
}
