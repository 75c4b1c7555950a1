// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"log/slog"
	"runtime"
	"strconv"
	"strings"
)

// Of the call stack where a frame was acquired: enough to get past a wrapper or two.
const originDepth = 4

// watchLeak notes who acquired the frame, and has the collector tell if it is dropped without a release.
func (f *Frame) watchLeak() {
	runtime.Callers(3, f.origin[:]) // from the caller of Next on
	runtime.SetFinalizer(f, (*Frame).leaked)
}

func (f *Frame) forgetLeak() { runtime.SetFinalizer(f, nil) }

func (f *Frame) leaked() {
	logger := f.channel.logger
	if logger == nil {
		logger = slog.Default()
	}
	err := f.Release()
	logger.Error("zcframe: a frame was dropped without Release; the collector released it",
		"channel", f.channel.channel, "sequence", f.Sequence, "stale", err != nil, "acquired_at", f.acquiredAt())
}

// acquiredAt returns the acquirer's place and those of its callers, the innermost first.
func (f *Frame) acquiredAt() string {
	var places []string
	frames := runtime.CallersFrames(f.origin[:])
	for {
		frame, more := frames.Next()
		if frame.File != "" {
			places = append(places, frame.File+":"+strconv.Itoa(frame.Line))
		}
		if !more {
			return strings.Join(places, " < ")
		}
	}
}
