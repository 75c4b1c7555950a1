// SPDX-License-Identifier: Apache-2.0

// Package libavcodec encodes with the H.264 encoders of FFmpeg's libavcodec: libx264 and libopenh264 on the processor,
// h264_v4l2m2m and h264_vaapi on hardware.
//
// Each picture is handed over where the camera wrote it. All of these encoders copy it once, on their own side: libx264
// into a frame with room around it for its motion search, hardware into memory of its own. libopenh264 wants U and V in
// planes of their own, so these are split first.
package libavcodec

/*
#cgo pkg-config: libavcodec libavutil
#cgo LDFLAGS: -lyuv
#include <stdlib.h>
#include "h264.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

// Backends are the encoders that libavcodec may have, in the order in which they are worth trying: hardware first, for
// it leaves the processor alone.
func Backends() []encoder.Backend {
	var backends []encoder.Backend
	for _, name := range []string{"h264_vaapi", "h264_v4l2m2m", "libx264", "libopenh264"} {
		backends = append(backends, encoder.Backend{
			Name: name,
			Open: func(settings encoder.Settings) (encoder.Encoder, error) { return open(name, settings) },
		})
	}
	return backends
}

const reasonSize = 256

// maximumWaiting is more pictures than any encoder holds back.
const maximumWaiting = 64

type avEncoder struct {
	name     string
	settings encoder.Settings
	handle   *C.struct_h264_encoder
	waiting  []time.Duration // Times of the pictures that have not come out yet, to the nanosecond.
}

func open(name string, settings encoder.Settings) (encoder.Encoder, error) {
	reason := (*C.char)(C.calloc(1, reasonSize))
	defer C.free(unsafe.Pointer(reason))
	asked := C.struct_h264_settings{
		name:          C.CString(name),
		width_pixels:  C.int(settings.Width),
		height_pixels: C.int(settings.Height),
		frame_rate_hz: C.double(settings.FrameRate),
		bit_rate:      C.int64_t(settings.BitRate),
		threads:       C.int(settings.Threads),
		full_range:    C.bool(settings.FullRange),

		keyframe_interval_frames: C.int(framesWithin(settings.KeyframeInterval, settings.FrameRate)),
	}
	defer C.free(unsafe.Pointer(asked.name))
	if settings.Preset != "" {
		asked.preset = C.CString(settings.Preset)
		defer C.free(unsafe.Pointer(asked.preset))
	}
	if settings.Device != "" {
		asked.device = C.CString(settings.Device)
		defer C.free(unsafe.Pointer(asked.device))
	}

	opened := &avEncoder{name: name, settings: settings}
	if C.h264_encoder_open(&asked, &opened.handle, reason, reasonSize) < 0 {
		return nil, errors.New(C.GoString(reason))
	}
	return opened, nil
}

func framesWithin(interval time.Duration, rate float64) int {
	if rate <= 0 {
		rate = 30
	}
	return int(math.Max(1, math.Round(interval.Seconds()*rate)))
}

func (e *avEncoder) Name() string { return e.name }

func (e *avEncoder) Encode(picture *encoder.Picture) ([]encoder.Unit, error) {
	if err := e.check(picture); err != nil {
		return nil, err
	}
	var reason [reasonSize]C.char
	given := C.struct_h264_picture{
		y:               (*C.uint8_t)(unsafe.SliceData(picture.Y)),
		uv:              (*C.uint8_t)(unsafe.SliceData(picture.UV)),
		y_size_bytes:    C.size_t(len(picture.Y)),
		uv_size_bytes:   C.size_t(len(picture.UV)),
		y_stride_bytes:  C.int(picture.YStride),
		uv_stride_bytes: C.int(picture.UVStride),
		time_ns:         C.int64_t(picture.Time),
		force_keyframe:  C.bool(picture.ForceKeyframe),
	}
	if C.h264_encoder_send(e.handle, &given, &reason[0], reasonSize) < 0 {
		return nil, errors.New(C.GoString(&reason[0]))
	}
	e.waiting = append(e.waiting, picture.Time)
	if len(e.waiting) > maximumWaiting {
		// A camera whose clock stands still or goes back: its units come out with times that are nobody's.
		e.waiting = e.waiting[1:]
	}
	return e.receive()
}

// check keeps an encoder from reading past the planes: they come from another process.
func (e *avEncoder) check(picture *encoder.Picture) error {
	width, height := e.settings.Width, e.settings.Height
	if picture.Width != width || picture.Height != height {
		return fmt.Errorf("%s: picture is %dx%d, the encoder was opened for %dx%d", e.name,
			picture.Width, picture.Height, width, height)
	}
	if picture.YStride < width || len(picture.Y) < picture.YStride*(height-1)+width {
		return fmt.Errorf("%s: plane Y of %d bytes is too small for %dx%d", e.name, len(picture.Y), width, height)
	}
	if picture.UVStride < width || len(picture.UV) < picture.UVStride*(height/2-1)+width {
		return fmt.Errorf("%s: plane UV of %d bytes is too small for %dx%d", e.name, len(picture.UV), width, height)
	}
	return nil
}

func (e *avEncoder) receive() ([]encoder.Unit, error) {
	var units []encoder.Unit
	for {
		var unit C.struct_h264_unit
		var reason [reasonSize]C.char

		switch result := C.h264_encoder_receive(e.handle, &unit, &reason[0], reasonSize); {
		case result < 0:
			return nil, errors.New(C.GoString(&reason[0]))
		case result == 0:
			return units, nil
		}
		units = append(units, encoder.Unit{
			Data:     C.GoBytes(unsafe.Pointer(unit.data), C.int(unit.size_bytes)),
			Keyframe: bool(unit.keyframe),
			Time:     e.timeOf(time.Duration(unit.time_ns)),
		})
	}
}

// timeOf finds the picture that a unit was made of. The encoder counts in 90000ths of a second.
func (e *avEncoder) timeOf(rounded time.Duration) time.Duration {
	const tick = time.Second / 90000
	for i, exact := range e.waiting {
		if (exact - rounded).Abs() <= 2*tick {
			e.waiting = e.waiting[i+1:]
			return exact
		}
	}
	return rounded
}

func (e *avEncoder) Close() {
	C.h264_encoder_close(e.handle)
	e.handle = nil
	e.waiting = nil
}
