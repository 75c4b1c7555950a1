// SPDX-License-Identifier: Apache-2.0

package hbmm

import "bytes"

const (
	nalIDR = 5
	nalSPS = 7
	nalPPS = 8
)

// parameterSets remembers the stream's SPS and PPS. The hardware sends them with its first picture only, and a viewer may
// come later.
type parameterSets struct {
	sets []byte // with start codes
}

// complete says whether an access unit is a keyframe, and puts the parameter sets in front of one that lacks them.
func (p *parameterSets) complete(unit []byte) (whole []byte, keyframe bool) {
	var sets []byte
	for _, nal := range splitNALs(unit) {
		switch nalType(nal) {
		case nalSPS, nalPPS:
			sets = append(sets, nal...)
		case nalIDR:
			keyframe = true
		}
	}
	if len(sets) > 0 {
		p.sets = sets
		return unit, keyframe
	}
	if !keyframe {
		return unit, false
	}
	return append(bytes.Clone(p.sets), unit...), true
}

// splitNALs cuts at the start codes, of three or four bytes, and leaves them in front of their units.
func splitNALs(unit []byte) [][]byte {
	var nals [][]byte
	for from := nextStart(unit, 0); from < len(unit); {
		to := nextStart(unit, from+3)
		nals = append(nals, unit[from:to])
		from = to
	}
	return nals
}

// nextStart finds a start code at that place or later; the end if there is none.
func nextStart(unit []byte, from int) int {
	if from > len(unit) {
		return len(unit)
	}
	i := bytes.Index(unit[from:], []byte{0, 0, 1})
	if i < 0 {
		return len(unit)
	}
	if i > 0 && unit[from+i-1] == 0 {
		i--
	}
	return from + i
}

// nalType returns 0 for what is none.
func nalType(nal []byte) byte {
	header := bytes.IndexByte(nal, 1) + 1
	if header == 0 || header >= len(nal) {
		return 0
	}
	return nal[header] & 0x1f
}
