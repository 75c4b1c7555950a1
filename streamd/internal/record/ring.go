// SPDX-License-Identifier: Apache-2.0

package record

import (
	"time"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

// ring holds the newest pictures, from a keyframe on.
type ring struct {
	length time.Duration // What it is to hold at least, once there has been so much.
	units  []*live.Unit
	bytes  int
}

// maximumRing bounds what is held in memory, whatever the bit rate. If there is no keyframe in so much, there is nothing to
// begin with.
const maximumRing = 256 << 20

func (r *ring) add(unit *live.Unit) {
	if len(r.units) == 0 && !unit.Keyframe {
		return
	}
	if unit.Keyframe && len(r.units) > 0 && r.units[0].Stream != unit.Stream {
		r.clear()
	}
	r.units = append(r.units, unit)
	r.bytes += sizeOf(unit)
	for r.canShrink(unit.Capture) {
		next := r.secondKeyframe()
		for _, old := range r.units[:next] {
			r.bytes -= sizeOf(old)
		}
		r.units = append([]*live.Unit(nil), r.units[next:]...)
	}
	if r.bytes > maximumRing {
		r.clear()
	}
}

// canShrink says whether what begins with the second keyframe is long enough, or all of it too large.
func (r *ring) canShrink(now time.Duration) bool {
	next := r.secondKeyframe()
	return next > 0 && (now-r.units[next].Capture >= r.length || r.bytes > maximumRing)
}

func (r *ring) secondKeyframe() int {
	for i := 1; i < len(r.units); i++ {
		if r.units[i].Keyframe {
			return i
		}
	}
	return 0
}

func (r *ring) clear() {
	r.units = nil
	r.bytes = 0
}

func sizeOf(unit *live.Unit) int {
	size := 0
	for _, nal := range unit.NALUnits {
		size += len(nal)
	}
	return size
}
