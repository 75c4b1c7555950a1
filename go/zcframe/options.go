// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

import (
	"log/slog"
	"math"
	"time"
)

// An Option says how a consumer is opened.
type Option func(*settings)

type settings struct {
	rate             C.enum_zcf_rate
	rateValue        uint32
	inOrder          bool
	maxLeases        int
	deadline         time.Duration
	spin             time.Duration
	label            string
	runtimeDirectory string
	copyOut          bool
	noWait           bool
	logger           *slog.Logger
}

// EveryNth wants frames only whose sequence is a multiple of n. The others do not wake this process.
func EveryNth(n int) Option {
	return func(s *settings) { s.rate, s.rateValue = C.ZCF_RATE_EVERY_NTH, clampToUint32(float64(n)) }
}

// AtMost wants no more frames a second than that, evenly spaced. The others do not wake this process.
func AtMost(framesPerSecond float64) Option {
	return func(s *settings) {
		s.rate, s.rateValue = C.ZCF_RATE_AT_MOST_MILLIHERTZ, clampToUint32(math.Round(framesPerSecond*1000))
	}
}

// InOrder makes Next return the oldest frame that this consumer has not had and that is still there. Without it Next
// returns the newest, and passes over older ones. How far back it reaches depends on the channel's number of buffers.
func InOrder() Option { return func(s *settings) { s.inOrder = true } }

// MaxLeases asks for so many frames to hold at once, 1 to 8; the default is 1. The producer may grant fewer, see
// [Consumer.Info].
func MaxLeases(n int) Option { return func(s *settings) { s.maxLeases = n } }

// Deadline asks for so long a time to hold a frame. The producer caps it. The default is the channel's own.
func Deadline(d time.Duration) Option { return func(s *settings) { s.deadline = d } }

// Spin makes Next spin for so long before it sleeps, for those who pay for latency with a processor.
func Spin(d time.Duration) Option { return func(s *settings) { s.spin = d } }

// CopyOut is for a consumer that knows it will be slow: Next copies each frame once into memory of this process and gives
// the camera's buffer back at once. Such a frame is valid for ever. MaxLeases is then how many copies may be held.
func CopyOut() Option { return func(s *settings) { s.copyOut = true } }

// Label is what `zcf top` shows; the default is the program's name.
func Label(label string) Option { return func(s *settings) { s.label = label } }

// RuntimeDirectory is where the channels' sockets are; the default is that of zcf_runtime_directory(): $ZCF_RUNTIME_DIR,
// or /run/zcframe, and so on.
func RuntimeDirectory(path string) Option { return func(s *settings) { s.runtimeDirectory = path } }

// NoWait makes Open fail with ErrNoProducer if nobody publishes the channel now.
func NoWait() Option { return func(s *settings) { s.noWait = true } }

// Logger is told of frames that were never released; the default is [slog.Default].
func Logger(logger *slog.Logger) Option { return func(s *settings) { s.logger = logger } }

func clampToUint32(value float64) uint32 {
	return uint32(min(max(value, 0), math.MaxUint32)) // 0 is refused by the library, with a sentence
}

func settingsOf(options []Option) settings {
	s := settings{maxLeases: 1}
	for _, option := range options {
		option(&s)
	}
	if s.rate == C.ZCF_RATE_EVERY_FRAME && !s.inOrder {
		s.rate = C.ZCF_RATE_NEWEST_ONLY
	}
	return s
}
