// SPDX-License-Identifier: Apache-2.0

// Package hbmm encodes with the RDK X5's hardware (hb_mm_mc, libmultimedia.so.1). The hardware reads each picture in
// the very buffer that the camera wrote, by its physical address: nothing is copied, and the processor does not touch a
// pixel. So it takes pictures of channels of kind "hbmem" only.
package hbmm

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "hardware.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

// Name is what the configuration calls it.
const Name = "h264_hbmm"

// Backend opens the board's encoder. On other machines than the board it fails, saying so.
func Backend() encoder.Backend { return encoder.Backend{Name: Name, Open: open} }

const reasonSize = 512

type hardwareEncoder struct {
	settings encoder.Settings
	handle   *C.struct_hardware_encoder
	headers  parameterSets
}

func open(settings encoder.Settings) (encoder.Encoder, error) {
	if err := checkSize(settings.Width, settings.Height); err != nil {
		return nil, err
	}
	rate := settings.FrameRate
	if rate <= 0 {
		rate = 30
	}
	var reason [reasonSize]C.char
	asked := C.struct_hardware_settings{
		width_pixels:             C.int(settings.Width),
		height_pixels:            C.int(settings.Height),
		frame_rate_hz:            C.int(within(rate, 1, 240)),
		bit_rate_kilobits:        C.int(within(float64(settings.BitRate)/1000, 1, 700_000)),
		keyframe_interval_frames: C.int(within(settings.KeyframeInterval.Seconds()*rate, 1, 2047)),
	}
	opened := &hardwareEncoder{settings: settings}
	if C.hardware_encoder_open(&asked, &opened.handle, &reason[0], reasonSize) < 0 {
		return nil, fmt.Errorf("%s: %s", Name, C.GoString(&reason[0]))
	}
	return opened, nil
}

// checkSize says in pixels what the vendor's library only says by a number.
func checkSize(width, height int) error {
	if width < 256 || width > 8192 || width%8 != 0 || height < 128 || height > 8192 || height%8 != 0 {
		return fmt.Errorf("%s: the board encodes sizes from 256x128 to 8192x8192 in steps of 8, not %dx%d", Name, width, height)
	}
	return nil
}

// within rounds to the range that the hardware takes.
func within(value, smallest, largest float64) int {
	return int(min(max(math.Round(value), smallest), largest))
}

func (e *hardwareEncoder) Name() string { return Name }

func (e *hardwareEncoder) Encode(picture *encoder.Picture) ([]encoder.Unit, error) {
	if picture.Width != e.settings.Width || picture.Height != e.settings.Height {
		return nil, fmt.Errorf("%s: picture is %dx%d, the encoder was opened for %dx%d", Name,
			picture.Width, picture.Height, e.settings.Width, e.settings.Height)
	}
	if e.handle == nil {
		return nil, errors.New(Name + ": closed")
	}
	var (
		unit   C.struct_hardware_unit
		reason [reasonSize]C.char
	)
	first := (*C.uint8_t)(unsafe.SliceData(picture.Y))
	if C.hardware_encoder_encode(e.handle, first, C.uint64_t(picture.Time), C.bool(picture.ForceKeyframe), &unit,
		&reason[0], reasonSize) < 0 {
		return nil, fmt.Errorf("%s: %s", Name, C.GoString(&reason[0]))
	}
	// Out of the hardware's buffer, which it wants back.
	data := C.GoBytes(unsafe.Pointer(unit.data), C.int(unit.size_bytes))
	if C.hardware_encoder_take_back(e.handle, &reason[0], reasonSize) < 0 {
		return nil, fmt.Errorf("%s: %s", Name, C.GoString(&reason[0]))
	}
	data, keyframe := e.headers.complete(data)
	return []encoder.Unit{{Data: data, Keyframe: keyframe, Time: picture.Time}}, nil
}

func (e *hardwareEncoder) Close() {
	C.hardware_encoder_close(e.handle)
	e.handle = nil
}
