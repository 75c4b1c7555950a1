// SPDX-License-Identifier: Apache-2.0

package hbmm

import (
	"bytes"
	"testing"
)

var (
	sps   = []byte{0, 0, 0, 1, 0x67, 1, 2}
	pps   = []byte{0, 0, 1, 0x68, 3}
	sei   = []byte{0, 0, 1, 0x06, 4, 0, 0}
	idr   = []byte{0, 0, 0, 1, 0x65, 5, 6, 7}
	slice = []byte{0, 0, 1, 0x41, 8}
)

func join(nals ...[]byte) []byte { return bytes.Join(nals, nil) }

func TestEveryKeyframeHasParameterSetsInFront(t *testing.T) {
	var headers parameterSets
	for i, step := range []struct {
		unit, want []byte
		keyframe   bool
	}{
		{join(sps, pps, sei, idr), join(sps, pps, sei, idr), true},
		{slice, slice, false},
		{idr, join(sps, pps, idr), true},
		{join(sei, slice), join(sei, slice), false},
		{join(sei, idr), join(sps, pps, sei, idr), true},
		{join(pps, idr), join(pps, idr), true}, // from now on these
		{idr, join(pps, idr), true},
	} {
		got, keyframe := headers.complete(step.unit)
		if !bytes.Equal(got, step.want) || keyframe != step.keyframe {
			t.Errorf("step %d: %x, %v; want %x, %v", i, got, keyframe, step.want, step.keyframe)
		}
	}
}

func TestUnitsThatAreNoneAreLeftAlone(t *testing.T) {
	for _, unit := range [][]byte{nil, {0}, {0, 0, 1}, {0, 0, 0, 1}, {1, 2, 3, 4, 5}, {0, 0, 0, 0, 0, 0}} {
		var headers parameterSets
		if got, keyframe := headers.complete(unit); !bytes.Equal(got, unit) || keyframe {
			t.Errorf("%x became %x, %v", unit, got, keyframe)
		}
	}
}
