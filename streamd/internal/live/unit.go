// SPDX-License-Identifier: Apache-2.0

// Package live encodes the frames of a channel once, for everybody who wants them, and only while somebody does.
package live

import (
	"bytes"
	"sync"
	"time"

	"github.com/pion/rtp/codecs"
)

// ClockRate is that of the time stamps of video in RTP.
const ClockRate = 90000

// payloadSize keeps a packet of RTP, with encryption and the headers around it, below what any network carries whole.
const payloadSize = 1200

// Stream is what stays the same from one keyframe to the next: who decodes needs it.
type Stream struct {
	Generation    int // Counts the encoders that there have been.
	Encoder       string
	Width, Height int    // Pixels.
	SPS, PPS      []byte // Parameter sets of H.264, without start codes.
}

// Unit is one encoded picture. It is shared by everybody who gets it: do not change it.
type Unit struct {
	Stream      *Stream
	NALUnits    [][]byte // Without start codes; parameter sets and delimiters included.
	Keyframe    bool
	FrameNumber uint64
	Capture     time.Duration // When the camera took it, CLOCK_MONOTONIC,
	CaptureWall time.Time     // and by the wall clock.
	Stamp       uint32        // Capture as time stamp for RTP.

	packetsOnce sync.Once
	payloads    [][]byte
}

// Payloads cuts the unit into what packets of RTP carry. This is done once, when it is first asked for.
func (u *Unit) Payloads() [][]byte {
	u.packetsOnce.Do(func() {
		var payloader codecs.H264Payloader
		u.payloads = payloader.Payload(payloadSize, u.AnnexB())
	})
	return u.payloads
}

var startCode = []byte{0, 0, 0, 1}

// AnnexB puts a start code in front of each NAL unit.
func (u *Unit) AnnexB() []byte {
	var data []byte
	for _, unit := range u.NALUnits {
		data = append(append(data, startCode...), unit...)
	}
	return data
}

// Types of NAL units.
const (
	NALTypeIDR = 5
	NALTypeSPS = 7
	NALTypePPS = 8
)

// NALType returns the type of a NAL unit.
func NALType(unit []byte) byte { return unit[0] & 0x1f }

// splitAnnexB returns the NAL units between start codes.
func splitAnnexB(data []byte) [][]byte {
	var units [][]byte
	short := startCode[1:]

	for at := bytes.Index(data, short); at >= 0; {
		data = data[at+len(short):]
		at = bytes.Index(data, short)
		unit := data
		if at >= 0 {
			unit = data[:at]
		}
		// The zero byte of a long start code, and trailing zeros, belong to no unit.
		if unit = bytes.TrimRight(unit, "\x00"); len(unit) > 0 {
			units = append(units, unit)
		}
	}
	return units
}

// Stamp is the time stamp of RTP for a time of CLOCK_MONOTONIC. It is exact: the same picture has the same stamp for every client, and after a restart of this server.
func Stamp(capture time.Duration) uint32 {
	seconds, rest := capture/time.Second, capture%time.Second
	return uint32(uint64(seconds)*ClockRate + uint64(rest)*ClockRate/uint64(time.Second))
}
