// SPDX-License-Identifier: Apache-2.0

package testcamera

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/live"
)

// Quiet is a log that nobody reads.
func Quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// Stream pumps the camera's frames through the encoders into a hub, until the test ends.
func Stream(t testing.TB, camera *Camera, backends ...encoder.Backend) *live.Hub {
	hub := live.NewHub()
	pump := live.NewPump(live.Settings{
		Channel: Channel, RuntimeDirectory: camera.Directory, Backends: backends, Encoder: encoder.Auto,
		Encoding: encoder.Settings{BitRate: 500_000, KeyframeInterval: time.Second},
	}, hub, Quiet(), prometheus.NewRegistry())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		pump.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return hub
}

// Patience is how long a test waits for what must come. It is a watchdog, not a measure.
const Patience = 30 * time.Second

// NextUnit returns the next picture.
func NextUnit(t testing.TB, subscription *live.Subscription) *live.Unit {
	t.Helper()
	select {
	case unit := <-subscription.Units:
		return unit
	case <-time.After(Patience):
		t.Fatal("no picture came")
		return nil
	}
}

// Eventually waits until something is so.
func Eventually(t testing.TB, what string, isSo func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !isSo(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never became so: %s", what)
		}
	}
}
