// SPDX-License-Identifier: Apache-2.0

package live

import (
	"testing"
	"time"
)

const testInterval = 33 * time.Millisecond

func encodeMany(pacer *pacer, took time.Duration) {
	for range 200 {
		pacer.encoded(took)
	}
}

func TestEveryFrameIsEncodedWhileThatIsQuick(t *testing.T) {
	pacer := newPacer(testInterval)
	encodeMany(pacer, 10*time.Millisecond)
	if pacer.divisor != 1 {
		t.Errorf("one frame of %d", pacer.divisor)
	}
}

func TestFramesAreLeftOutEvenlyWhenEncodingIsSlowAndComeBack(t *testing.T) {
	pacer := newPacer(testInterval)
	encodeMany(pacer, 40*time.Millisecond)
	if pacer.divisor != 2 {
		t.Fatalf("one frame of %d", pacer.divisor)
	}
	for number := range 10 {
		jitter := time.Duration(number%3-1) * time.Millisecond
		if pacer.wants(time.Hour+time.Duration(number)*testInterval+jitter) != (number%2 == 0) {
			t.Errorf("frame %d", number)
		}
	}
	encodeMany(pacer, 22*time.Millisecond)
	if pacer.divisor != 2 {
		t.Error("it goes back although there is little to spare, and would go up and down")
	}
	encodeMany(pacer, 5*time.Millisecond)
	if pacer.divisor != 1 {
		t.Errorf("one frame of %d although there is time", pacer.divisor)
	}
}

func TestOneSlowPictureChangesNothing(t *testing.T) {
	pacer := newPacer(testInterval)
	encodeMany(pacer, 5*time.Millisecond)
	pacer.encoded(100 * time.Millisecond)
	encodeMany(pacer, 5*time.Millisecond)
	if pacer.divisor != 1 {
		t.Errorf("one frame of %d", pacer.divisor)
	}
}

func TestAnUnknownRateLeavesNothingOut(t *testing.T) {
	pacer := newPacer(0)
	encodeMany(pacer, time.Second)
	if pacer.divisor != 1 {
		t.Errorf("one frame of %d", pacer.divisor)
	}
}

func TestAClockThatStandsStillOrGoesBackDoesNotStopThePictures(t *testing.T) {
	pacer := newPacer(testInterval)
	encodeMany(pacer, 40*time.Millisecond)
	for _, captured := range []time.Duration{time.Hour, time.Hour, time.Minute} {
		if !pacer.wants(captured) {
			t.Errorf("the frame of %v is left out", captured)
		}
	}
}
