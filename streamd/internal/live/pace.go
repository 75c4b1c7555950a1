// SPDX-License-Identifier: Apache-2.0

package live

import "time"

// pacer leaves frames out, evenly, when encoding takes so long that nothing would be left for others.
type pacer struct {
	interval time.Duration // Between the camera's frames; 0: not known, nothing is left out.
	divisor  uint64        // One frame of so many is encoded.
	mean     time.Duration // What encoding takes, smoothed.
	since    int           // Frames since the divisor changed.
	last     time.Duration // When the camera took the last one that was wanted.
}

const (
	// Encoding may take this part of the time between two pictures. Above, there are fewer pictures.
	loadLimit = 0.8
	// So much must be left over for there to be more again; below the limit, or it would go up and down.
	loadComfort = 0.55
	// Frames to look at before anything is changed again.
	pacerPatience  = 20
	maximumLeftOut = 10
)

func newPacer(interval time.Duration) *pacer { return &pacer{interval: interval, divisor: 1} }

// wants says whether the frame that was taken then is to be encoded. It goes by time and not by the frame's sequence: with
// a rate of our own all sequences that come may be odd.
func (p *pacer) wants(captured time.Duration) bool {
	since := captured - p.last
	if p.divisor > 1 && since > 0 && since < p.interval*time.Duration(p.divisor)-p.interval/2 {
		return false
	}
	p.last = captured
	return true
}

// encoded learns how long a picture took, and says whether that changed the rate.
func (p *pacer) encoded(took time.Duration) (changed bool) {
	if p.mean == 0 {
		p.mean = took
	}
	p.mean += (took - p.mean) / 8
	p.since++
	if p.interval <= 0 || p.since < pacerPatience {
		return false
	}
	switch {
	case p.divisor < maximumLeftOut && p.load(p.divisor) > loadLimit:
		p.divisor++
	case p.divisor > 1 && p.load(p.divisor-1) < loadComfort:
		p.divisor--
	default:
		return false
	}
	p.since = 0
	return true
}

// load is the part of the time that encoding takes if one frame of so many is encoded.
func (p *pacer) load(divisor uint64) float64 {
	return p.mean.Seconds() / (p.interval.Seconds() * float64(divisor))
}
