// SPDX-License-Identifier: Apache-2.0

package page

import (
	"encoding/json"
	"math"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/detections"
	"github.com/zcframe/zcframe/streamd/internal/live"
)

// Messages tells a viewer's page, over its data channel, what pictures do not say: the camera's state, what time a time
// stamp is, and what a detector found. It is a whep.Messages.
type Messages struct {
	Hub        *live.Hub
	Detections *detections.Feed
}

// Each message is an object of JSON; Type says which of the other fields there are.
type message struct {
	Type string `json:"type"`

	// "state"
	State  string `json:"state,omitempty"`
	Detail string `json:"detail,omitempty"`

	// "clock": the picture with this time stamp was taken at this time. Others follow from it, 90000 to the second.
	Stamp      uint32 `json:"stamp"`
	WallMicros int64  `json:"wall_us,omitempty"` // Also in "pong": the time here.

	// "pong": what the "ping" had.
	Sent float64 `json:"sent,omitempty"`

	// "detections", as /api/detections of zcf-mjpegd has them.
	Model  string  `json:"model,omitempty"`
	Source *source `json:"source,omitempty"`
	Boxes  []box   `json:"boxes,omitzero"`
}

// source is the picture that was analysed. The boxes are in its pixels.
type source struct {
	CaptureWallMicros int64  `json:"capture_wall_us"`
	FrameNumber       uint64 `json:"frame_number"`
	Width             int    `json:"width"`
	Height            int    `json:"height"`
}

type box struct {
	X       float32 `json:"x"`
	Y       float32 `json:"y"`
	Width   float32 `json:"width"`
	Height  float32 `json:"height"`
	Score   float32 `json:"score"`
	ClassID uint32  `json:"class_id"`
	Label   string  `json:"label"`
}

// clockInterval is how often the page is told the time. Clocks of one machine drift apart slowly.
const clockInterval = time.Second

// Serve is called for each viewer.
func (m *Messages) Serve(done <-chan struct{}, send func([]byte), received <-chan []byte) {
	found := m.Detections.Listen()
	defer found.Close()
	ticker := time.NewTicker(clockInterval)
	defer ticker.Stop()

	say := func(what message) {
		if text, err := json.Marshal(what); err == nil {
			send(text)
		}
	}
	changed := m.Hub.Changed()
	say(m.state())
	say(clock())
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			say(clock())
		case <-changed:
			changed = m.Hub.Changed()
			say(m.state())
		case text := <-received:
			if answer, ok := answerTo(text); ok {
				say(answer)
			}
		case newest := <-found.Found:
			say(boxesOf(newest))
		}
	}
}

func (m *Messages) state() message {
	status := m.Hub.Status()
	return message{Type: "state", State: string(status.State), Detail: status.Detail}
}

func clock() message {
	return message{Type: "clock", Stamp: live.Stamp(zcframe.Monotonic()), WallMicros: time.Now().UnixMicro()}
}

func answerTo(text []byte) (message, bool) {
	var asked message
	if json.Unmarshal(text, &asked) != nil || asked.Type != "ping" {
		return message{}, false
	}
	return message{Type: "pong", Sent: asked.Sent, WallMicros: time.Now().UnixMicro()}, true
}

func boxesOf(found *zcframe.Detections) message {
	// By the clock that the page is told, so that a picture and its boxes have the same time to the microsecond.
	captured := time.Now().Add(found.CaptureTime - zcframe.Monotonic())
	told := message{
		Type: "detections", Model: found.Model, Boxes: []box{},
		Source: &source{captured.UnixMicro(), found.FrameNumber, found.ImageWidth, found.ImageHeight},
	}
	for _, each := range found.Boxes {
		// A box that is no box must not keep the others from being told: JSON has no word for it.
		if isFinite(each.X, each.Y, each.Width, each.Height, each.Score) {
			told.Boxes = append(told.Boxes, box{each.X, each.Y, each.Width, each.Height, each.Score, each.ClassID, each.Label})
		}
	}
	return told
}

func isFinite(values ...float32) bool {
	for _, value := range values {
		if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
			return false
		}
	}
	return true
}
