// SPDX-License-Identifier: Apache-2.0

package live

import (
	"bytes"
	"testing"
	"time"
)

func picture(keyframe bool, number uint64) *Unit {
	return &Unit{Stream: testStream, NALUnits: [][]byte{{0x41, 1}}, Keyframe: keyframe, FrameNumber: number}
}

var testStream = &Stream{Generation: 1}

func numbers(subscription *Subscription) []uint64 {
	var got []uint64
	for {
		select {
		case unit := <-subscription.Units:
			got = append(got, unit.FrameNumber)
		default:
			return got
		}
	}
}

func expect(t *testing.T, got []uint64, wanted ...uint64) {
	t.Helper()
	if len(got) != len(wanted) {
		t.Fatalf("got %v, want %v", got, wanted)
	}
	for i := range got {
		if got[i] != wanted[i] {
			t.Fatalf("got %v, want %v", got, wanted)
		}
	}
}

func TestASubscriptionBeginsWithAKeyframe(t *testing.T) {
	hub := NewHub()
	subscription := hub.Subscribe(8)
	hub.publish(picture(false, 1))
	hub.publish(picture(true, 2))
	hub.publish(picture(false, 3))
	expect(t, numbers(subscription), 2, 3)
}

func TestASlowReaderLosesPicturesUpToAKeyframeAndNobodyElseDoes(t *testing.T) {
	hub := NewHub()
	slow, quick := hub.Subscribe(2), hub.Subscribe(8)
	hub.keyframe.take(time.Now())
	hub.publish(picture(true, 1))
	hub.publish(picture(false, 2))
	hub.publish(picture(false, 3)) // No room for the slow one.
	expect(t, numbers(slow), 1, 2)
	hub.publish(picture(false, 4)) // It refers to what was lost.
	hub.publish(picture(true, 5))
	hub.publish(picture(false, 6))
	expect(t, numbers(slow), 5, 6)
	expect(t, numbers(quick), 1, 2, 3, 4, 5, 6)
	if slow.Dropped() != 1 || quick.Dropped() != 0 {
		t.Errorf("dropped %d and %d", slow.Dropped(), quick.Dropped())
	}
	if !hub.keyframe.take(time.Now().Add(time.Second)) {
		t.Error("nobody asked for the keyframe that the slow reader needs")
	}
}

func TestAClosedSubscriptionGetsNothingAndIsNoReader(t *testing.T) {
	hub := NewHub()
	subscription := hub.Subscribe(2)
	subscription.Close()
	subscription.Close()
	hub.publish(picture(true, 1))
	expect(t, numbers(subscription))
	if hub.Subscribers() != 0 {
		t.Error("it still counts")
	}
}

func TestRequestsForAKeyframeAreAnsweredTogetherAndNotTooOften(t *testing.T) {
	var request keyframeRequest
	now := time.Now()
	request.request()
	request.request()
	if !request.take(now) || request.take(now) {
		t.Error("two requests are not one keyframe")
	}
	request.request()
	if request.take(now.Add(keyframeInterval / 2)) {
		t.Error("too soon after the last one")
	}
	if !request.take(now.Add(keyframeInterval)) {
		t.Error("a request was forgotten")
	}
}

func TestAChangeOfStatusIsToldOnce(t *testing.T) {
	hub := NewHub()
	changed := hub.Changed()
	if hub.setStatus(Status{State: Asleep}) {
		t.Error("no change")
	}
	hub.setStatus(Status{State: Gone, Detail: "why"})
	select {
	case <-changed:
	default:
		t.Error("nobody was told")
	}
}

func TestAnnexBIsSplitAndPutTogether(t *testing.T) {
	stream := []byte{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 0, 4}
	units := splitAnnexB(stream)
	if len(units) != 3 || NALType(units[0]) != NALTypeSPS || NALType(units[1]) != NALTypePPS || NALType(units[2]) != NALTypeIDR {
		t.Fatalf("units %v", units)
	}
	if again := splitAnnexB((&Unit{NALUnits: units}).AnnexB()); !bytes.Equal(bytes.Join(again, nil), bytes.Join(units, nil)) {
		t.Errorf("units %v", again)
	}
	for _, damaged := range [][]byte{nil, {0}, {0, 0, 1}, {0, 0, 1, 0, 0, 1}, {1, 2, 3}} {
		if units := splitAnnexB(damaged); len(units) != 0 {
			t.Errorf("%v has units %v", damaged, units)
		}
	}
}

func TestPacketsFitIntoANetworkAndAreCutOnce(t *testing.T) {
	unit := &Unit{NALUnits: [][]byte{append([]byte{0x65}, bytes.Repeat([]byte{7}, 5000)...)}}
	payloads := unit.Payloads()
	if len(payloads) < 5 {
		t.Fatalf("%d packets", len(payloads))
	}
	for _, payload := range payloads {
		if len(payload) > payloadSize {
			t.Errorf("a packet of %d bytes", len(payload))
		}
	}
	if &payloads[0][0] != &unit.Payloads()[0][0] {
		t.Error("they were cut twice")
	}
}

func TestAStampIsExactAndGoesRound(t *testing.T) {
	if got := Stamp(time.Second + 100*time.Microsecond); got != 90000+9 {
		t.Errorf("stamp %d", got)
	}
	const turn = (1 << 32) * time.Second / ClockRate
	if a, b := Stamp(time.Hour), Stamp(time.Hour+turn); a-b > 1 && b-a > 1 {
		t.Errorf("stamps %d and %d", a, b)
	}
	if got := Stamp(3000 * time.Hour); got != uint32(3000*3600*uint64(ClockRate)&0xffffffff) {
		t.Errorf("stamp %d", got)
	}
}
