// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"errors"
	"testing"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

func TestNothingIsReadOrEncodedWhileNobodyWatches(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	time.Sleep(200 * time.Millisecond)
	if camera.Consumers() != 0 || encoder.Encoded() != 0 {
		t.Fatalf("%d consumers, %d pictures encoded", camera.Consumers(), encoder.Encoded())
	}

	subscription := hub.Subscribe(8)
	testcamera.NextUnit(t, subscription)
	subscription.Close()
	testcamera.Eventually(t, "the camera is left", func() bool { return camera.Consumers() == 0 && encoder.Open() == 0 })
	testcamera.Eventually(t, "asleep", func() bool { return hub.Status().State == live.Asleep })
}

func TestManyReadersCostOneEncode(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	var subscriptions []*live.Subscription
	for range 10 {
		subscriptions = append(subscriptions, hub.Subscribe(64))
	}
	seen := map[*live.Unit]bool{}
	for _, subscription := range subscriptions {
		for range 20 {
			seen[testcamera.NextUnit(t, subscription)] = true
		}
	}
	if encoded := encoder.Encoded(); len(seen) > encoded {
		t.Errorf("%d pictures seen, %d encoded", len(seen), encoded)
	}
	if len(encoder.Opened()) != 1 {
		t.Errorf("%d encoders", len(encoder.Opened()))
	}
	if len(seen) >= 10*20 {
		t.Error("each reader has pictures of its own")
	}
}

func TestANewReaderGetsAKeyframeAtOnce(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	first := hub.Subscribe(1000)
	for range 20 {
		testcamera.NextUnit(t, first)
	}
	// This encoder makes keyframes only when it is told to.
	if unit := testcamera.NextUnit(t, hub.Subscribe(8)); !unit.Keyframe || unit.Stream == nil {
		t.Error("it begins with something else")
	}
}

func TestAChangeOfSizeMakesANewStreamOfKeyframes(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	subscription := hub.Subscribe(64)
	before := testcamera.NextUnit(t, subscription)
	camera.Stop()
	camera.Start(128, 96)
	for {
		unit := testcamera.NextUnit(t, subscription)
		if unit.Stream == before.Stream {
			continue
		}
		if !unit.Keyframe || unit.Stream.Width != 128 || unit.Stream.Height != 96 || unit.Stream.Generation <= before.Stream.Generation {
			t.Errorf("keyframe %v, stream %+v", unit.Keyframe, unit.Stream)
		}
		break
	}
	if encoder.Open() != 1 {
		t.Errorf("%d encoders are open", encoder.Open())
	}
}

func TestADeadCameraDaemonIsSaidAndTheStreamResumes(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	subscription := hub.Subscribe(64)
	testcamera.Eventually(t, "gone before the start", func() bool { return hub.Status().State == live.Gone })
	if hub.Status().Detail == "" {
		t.Error("it does not say why")
	}
	camera.Start(64, 48)
	testcamera.NextUnit(t, subscription)
	testcamera.Eventually(t, "live", func() bool { return hub.Status().State == live.Live })
	camera.Stop()
	testcamera.Eventually(t, "gone", func() bool { return hub.Status().State == live.Gone })
	for len(subscription.Units) > 0 {
		<-subscription.Units
	}
	camera.Start(64, 48)
	if unit := testcamera.NextUnit(t, subscription); !unit.Keyframe {
		t.Error("it resumes with a picture that cannot be decoded by itself")
	}
}

func TestAnEncoderThatFailsIsReplacedAndSaid(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	subscription := hub.Subscribe(64)
	testcamera.NextUnit(t, subscription)
	encoder.FailNext()
	testcamera.Eventually(t, "said", func() bool { return hub.Status().State == live.Broken })
	if hub.Status().Detail != "test: told to fail" {
		t.Errorf("detail %q", hub.Status().Detail)
	}
	testcamera.Eventually(t, "live again", func() bool { return hub.Status().State == live.Live })
	if len(encoder.Opened()) != 2 || encoder.Open() != 1 {
		t.Errorf("%d opened, %d open", len(encoder.Opened()), encoder.Open())
	}
}

func TestAMachineWithoutEncoderIsTold(t *testing.T) {
	camera := testcamera.New(t)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera)
	hub.Subscribe(8)
	testcamera.Eventually(t, "said", func() bool {
		return hub.Status() == live.Status{State: live.Broken, Detail: "this program was built without encoders"}
	})
}

func TestAPictureThatWasOverwrittenWhileItWasEncodedIsNotSent(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	subscription := hub.Subscribe(64)
	testcamera.NextUnit(t, subscription)
	// Longer than the lease lasts, in which the camera needs the buffer: the frame is revoked.
	encoder.SetDelay(500 * time.Millisecond)
	before := encoder.Encoded()
	testcamera.Eventually(t, "slow pictures", func() bool { return encoder.Encoded() > before+2 })
	encoder.SetDelay(0)
	for len(subscription.Units) > 0 {
		<-subscription.Units
	}
	// What comes after a picture that was thrown away must not refer to it.
	if unit := testcamera.NextUnit(t, subscription); !unit.Keyframe {
		t.Error("the next picture is no keyframe")
	}
}

// picky opens like any other encoder, and takes no picture.
type picky struct{ encoder.Encoder }

func (picky) Name() string                                    { return "picky" }
func (picky) Encode(*encoder.Picture) ([]encoder.Unit, error) { return nil, errors.New("not this one") }
func (picky) Close()                                          {}
func openPicky(encoder.Settings) (encoder.Encoder, error)     { return picky{}, nil }

func TestAnEncoderThatTakesNoPictureOfThisCameraGivesWayToTheNext(t *testing.T) {
	camera, other := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, encoder.Backend{Name: "picky", Open: openPicky}, other.Backend())
	if unit := testcamera.NextUnit(t, hub.Subscribe(8)); unit.Stream.Encoder != "test" {
		t.Errorf("encoded by %s", unit.Stream.Encoder)
	}
}

func TestKeyframesWithoutParameterSetsReachNobody(t *testing.T) {
	camera, encoder := testcamera.New(t), new(testcamera.Encoder)
	camera.Start(64, 48)
	encoder.LeaveSetsOut(true)
	hub := testcamera.Stream(t, camera, encoder.Backend())
	subscription := hub.Subscribe(8)
	testcamera.Eventually(t, "the encoder is blamed", func() bool { return hub.Status().State == live.Broken })
	encoder.LeaveSetsOut(false)
	if unit := testcamera.NextUnit(t, subscription); len(unit.Stream.SPS) == 0 || len(unit.Stream.PPS) == 0 {
		t.Errorf("a picture without parameter sets: %+v", unit.Stream)
	}
}
