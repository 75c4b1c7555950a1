// SPDX-License-Identifier: Apache-2.0

package mp4

import (
	"testing"
	"time"
)

func TestTicksAreRightForLongRecordings(t *testing.T) {
	for duration, wanted := range map[time.Duration]int64{
		0:                              0,
		time.Second / 30:               2999,
		time.Second + time.Microsecond: 90000,
		1000 * time.Hour:               1000 * 3600 * 90000,
	} {
		if got := ticks(duration); got != wanted {
			t.Errorf("%v: %d, want %d", duration, got, wanted)
		}
	}
}
