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
	for sequence := range uint64(10) {
		if pacer.wants(sequence) != (sequence%2 == 0) {
			t.Errorf("frame %d", sequence)
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
