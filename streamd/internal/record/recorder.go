// SPDX-License-Identifier: Apache-2.0

// Package record keeps the stream in files: fragmented MP4, cut into segments, with what was before the beginning.
package record

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/detections"
	"github.com/zcframe/zcframe/streamd/internal/live"
)

// Settings of a Recorder.
type Settings struct {
	Always      bool // Record from the start to the end of the program.
	OnDetection bool
	Directory   string
	Segment     time.Duration // Length of a file.
	Fragment    time.Duration // What a crash may cost.
	PreRoll     time.Duration // How long before its beginning a recording begins. More than 0 keeps the encoder working.
	PostRoll    time.Duration // How long it goes on after the last detection.
	Quota       int64         // Bytes of all recordings.
	Labels      []string      // Detections that start a recording; none: all do.
	MinScore    float64
}

// Status is what a Recorder does, for people and for JSON.
type Status struct {
	Recording bool   `json:"recording"`
	File      string `json:"file,omitempty"`    // That is being written.
	Bytes     int64  `json:"bytes,omitempty"`   // Of it, in whole fragments.
	Trouble   string `json:"trouble,omitempty"` // Why nothing is written although it should be.
}

const (
	// depth is how many pictures a slow disk may be behind before some are lost.
	depth = 120
	// retryInterval is how long to wait after a failure: a full disk is not empty at once.
	retryInterval = 10 * time.Second
	// lastDuration is how long the last picture of a file is shown.
	lastDuration = 33 * time.Millisecond
)

// Recorder records. Run works it.
type Recorder struct {
	settings Settings
	hub      *live.Hub
	feed     *detections.Feed
	log      *slog.Logger
	commands chan bool

	mu     sync.Mutex
	status Status

	// Only Run's goroutine uses these.
	asked         bool // By Start.
	detectedUntil time.Time
	before        ring
	segment       *segment
	retryAt       time.Time

	recording prometheus.Gauge
	segments  prometheus.Counter
	failures  prometheus.Counter
	deleted   prometheus.Counter
}

// New makes a recorder, and its directory.
func New(settings Settings, hub *live.Hub, feed *detections.Feed, log *slog.Logger,
	registry prometheus.Registerer) (*Recorder, error) {
	if err := os.MkdirAll(settings.Directory, 0o750); err != nil {
		return nil, err
	}
	recorder := &Recorder{
		settings: settings, hub: hub, feed: feed, log: log, commands: make(chan bool, 8),
		before: ring{length: settings.PreRoll},
		recording: prometheus.NewGauge(prometheus.GaugeOpts{Name: "zcframe_streamd_recording",
			Help: "1 while a file is written."}),
		segments: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_recorded_files_total",
			Help: "Files that were begun."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_recording_failures_total",
			Help: "Files that could not be begun or written to the end."}),
		deleted: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_recordings_deleted_total",
			Help: "Files that were deleted to keep the quota."}),
	}
	registry.MustRegister(recorder.recording, recorder.segments, recorder.failures, recorder.deleted)
	return recorder, nil
}

// Start asks for a recording until Stop.
func (r *Recorder) Start() error { return r.command(true) }

// Stop ends the recording that Start or a detection began.
func (r *Recorder) Stop() error { return r.command(false) }

func (r *Recorder) command(start bool) error {
	if r.settings.Always {
		return errors.New("everything is recorded (record = always)")
	}
	select {
	case r.commands <- start:
		return nil
	default:
		return errors.New("the recorder is busy; try again")
	}
}

// Status returns what the recorder does now.
func (r *Recorder) Status() any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Run records until the context ends. What was begun is finished.
func (r *Recorder) Run(ctx context.Context) {
	var found <-chan *zcframe.Detections
	if r.settings.OnDetection {
		listener := r.feed.Listen()
		defer listener.Close()
		found = listener.Found
	}
	var subscription *live.Subscription
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		subscription = r.subscribe(subscription)
		var units <-chan *live.Unit
		if subscription != nil {
			units = subscription.Units
		}
		select {
		case <-ctx.Done():
			r.finish()
			if subscription != nil {
				subscription.Close()
			}
			return
		case start := <-r.commands:
			r.obey(start)
		case newest := <-found:
			r.see(newest)
		case unit := <-units:
			r.take(unit)
		case <-ticker.C:
		}
		if !r.isWanted() {
			r.finish()
		}
		r.report()
	}
}

func (r *Recorder) isWanted() bool {
	return r.settings.Always || r.asked || time.Now().Before(r.detectedUntil)
}

// subscribe reads the stream while there is anything to keep, which with a pre-roll is always.
func (r *Recorder) subscribe(subscription *live.Subscription) *live.Subscription {
	needed := r.isWanted() || r.settings.PreRoll > 0
	switch {
	case needed && subscription == nil:
		return r.hub.Subscribe(depth)
	case !needed && subscription != nil:
		subscription.Close()
		return nil
	}
	return subscription
}

func (r *Recorder) obey(start bool) {
	r.asked = start
	if start {
		r.retryAt = time.Time{}
	} else {
		r.detectedUntil = time.Time{}
	}
}

// see begins or prolongs a recording if there is something among the detections that shall be recorded.
func (r *Recorder) see(found *zcframe.Detections) {
	for _, box := range found.Boxes {
		if float64(box.Score) < r.settings.MinScore {
			continue
		}
		if len(r.settings.Labels) == 0 || slices.Contains(r.settings.Labels, box.Label) {
			if !r.isWanted() {
				r.log.Info("recording begins", "because", box.Label, "score", box.Score)
			}
			r.detectedUntil = time.Now().Add(r.settings.PostRoll)
			return
		}
	}
}

func (r *Recorder) take(unit *live.Unit) {
	if !r.isWanted() || time.Now().Before(r.retryAt) {
		if r.settings.PreRoll > 0 {
			r.before.add(unit)
		}
		return
	}
	if r.segment != nil && r.segment.isOver(unit, r.settings.Segment) {
		r.finish()
	}
	if r.segment == nil {
		r.begin(unit)
		return
	}
	if err := r.segment.add(unit, r.settings.Fragment); err != nil {
		r.fail(err)
	}
}

// begin begins a file: with what was kept from before, or else with this picture if decoding can start there.
func (r *Recorder) begin(unit *live.Unit) {
	r.before.add(unit)
	units := r.before.units
	r.before.clear()
	if len(units) == 0 {
		r.hub.RequestKeyframe()
		return
	}
	r.keepQuota()
	begun, err := newSegment(r.settings.Directory, units[0])
	if err != nil {
		r.fail(err)
		return
	}
	r.segment = begun
	r.segments.Inc()
	r.log.Info("recording", "file", begun.file.Name(), "from_before",
		(unit.Capture - units[0].Capture).Round(time.Millisecond))
	for _, each := range units {
		if err := begun.add(each, r.settings.Fragment); err != nil {
			r.fail(err)
			return
		}
	}
	r.setTrouble("")
}

// finish ends the file that is being written.
func (r *Recorder) finish() {
	if r.segment == nil {
		return
	}
	done := r.segment
	r.segment = nil
	if err := done.close(lastDuration); err != nil {
		r.failed(err)
		return
	}
	r.log.Info("recorded", "file", done.file.Name(), "bytes", done.size)
	r.keepQuota()
}

// fail ends a file that cannot be written. Its whole fragments stay.
func (r *Recorder) fail(err error) {
	if r.segment != nil {
		r.segment.abandon()
		r.segment = nil
	}
	r.retryAt = time.Now().Add(retryInterval)
	r.failed(err)
}

func (r *Recorder) failed(err error) {
	r.failures.Inc()
	r.log.Error("recording failed", "why", err, "next_try_in", retryInterval)
	r.setTrouble(err.Error())
}

// keepQuota is called between files, so that none is deleted that is being written.
func (r *Recorder) keepQuota() {
	deleted, err := makeRoom(r.settings.Directory, r.settings.Quota)
	for _, path := range deleted {
		r.deleted.Inc()
		r.log.Info("old recording deleted to keep record_quota", "file", filepath.Base(path))
	}
	if err != nil {
		r.log.Warn("the quota of the recordings cannot be kept", "directory", r.settings.Directory, "why", err)
	}
}

func (r *Recorder) setTrouble(trouble string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Trouble = trouble
}

func (r *Recorder) report() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Recording = r.segment != nil
	r.status.File, r.status.Bytes = "", 0
	r.recording.Set(0)
	if r.segment != nil {
		r.status.File, r.status.Bytes = r.segment.file.Name(), r.segment.size
		r.recording.Set(1)
	}
}
