// SPDX-License-Identifier: Apache-2.0

package page

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/detections"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

// heard runs Serve for one viewer.
func heard(t *testing.T, hub *live.Hub) (messages <-chan map[string]any, say chan<- []byte) {
	t.Helper()
	told, received, done, ended := make(chan map[string]any, 100), make(chan []byte, 1), make(chan struct{}), make(chan struct{})
	served := &Messages{Hub: hub, Detections: detections.NewFeed("none", t.TempDir(), testcamera.Quiet())}
	go func() {
		defer close(ended)
		served.Serve(done, func(text []byte) {
			var message map[string]any
			if err := json.Unmarshal(text, &message); err != nil {
				t.Error(err)
			}
			told <- message
		}, received)
	}()
	t.Cleanup(func() {
		close(done)
		<-ended
	})
	return told, received
}

func next(t *testing.T, messages <-chan map[string]any, kind string) map[string]any {
	t.Helper()
	for end := time.After(testcamera.Patience); ; {
		select {
		case message := <-messages:
			if message["type"] == kind {
				return message
			}
		case <-end:
			t.Fatalf("no message %q", kind)
		}
	}
}

func TestAPageIsToldTheStateAndItsChanges(t *testing.T) {
	camera := testcamera.New(t)
	hub := testcamera.Stream(t, camera, new(testcamera.Encoder).Backend())
	messages, _ := heard(t, hub)
	if first := next(t, messages, "state"); first["state"] != "asleep" {
		t.Errorf("first %v", first)
	}
	hub.Subscribe(8)
	for next(t, messages, "state")["state"] != "gone" {
	}
	camera.Start(64, 48)
	for next(t, messages, "state")["state"] != "live" {
	}
}

func TestAStampCanBeTurnedIntoATimeOfTheWallClock(t *testing.T) {
	messages, say := heard(t, live.NewHub())
	anchor := next(t, messages, "clock")
	// As the page does it: from the anchor to now.
	stamps := int32(live.Stamp(zcframe.Monotonic()) - uint32(anchor["stamp"].(float64)))
	computed := anchor["wall_us"].(float64) + float64(stamps)*1e6/live.ClockRate
	if away := math.Abs(computed - float64(time.Now().UnixMicro())); away > 50_000 {
		t.Errorf("%v microseconds away", away)
	}

	say <- []byte(`nonsense`)
	say <- []byte(`{"type": "ping", "sent": 123.5}`)
	if answer := next(t, messages, "pong"); answer["sent"] != 123.5 || answer["wall_us"].(float64) < 1e15 {
		t.Errorf("answer %v", answer)
	}
}

func TestABoxThatIsNoBoxDoesNotHideTheOthers(t *testing.T) {
	nan := float32(math.NaN())
	text, err := json.Marshal(boxesOf(&zcframe.Detections{
		CaptureTime: time.Second, ImageWidth: 640, ImageHeight: 360,
		Boxes: []zcframe.Box{{Width: nan}, {X: float32(math.Inf(1))}, {X: 1, Y: 2, Width: 3, Height: 4, Score: 0.5, Label: "<cat>"}},
	}))
	if err != nil || strings.Count(string(text), `"x"`) != 1 ||
		!strings.Contains(string(text), `"boxes":[{"x":1,"y":2,"width":3,"height":4,"score":0.5,`) {
		t.Errorf("%s, %v", text, err)
	}
	// A picture without anything in it is told too: the boxes before it are over.
	if text, _ = json.Marshal(boxesOf(&zcframe.Detections{})); !strings.Contains(string(text), `"boxes":[]`) {
		t.Errorf("%s", text)
	}
}
