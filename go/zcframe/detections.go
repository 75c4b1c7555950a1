// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// DetectionsChannel is where zcf-yolod publishes unless the configuration says otherwise.
const DetectionsChannel = "pet_camera_detections"

// The layout, version 1, is described in docs/detections.md.
const (
	detectionsMagic      = "ZCDT"
	detectionsVersion    = 1
	detectionsHeaderSize = 256
	detectionsBoxSize    = 64
	detectionsMaxBoxes   = 128
)

// Detections is what a detector found in one frame, and which frame that was.
type Detections struct {
	FrameNumber   uint64 // these six are those of the analysed frame
	Sequence      uint64
	Epoch         uint64
	CaptureTime   time.Duration // CLOCK_MONOTONIC
	CaptureWall   time.Time
	PublishTime   time.Duration // CLOCK_MONOTONIC
	AcquiredTime  time.Duration // CLOCK_MONOTONIC when the detector got the frame
	Preprocess    time.Duration // how long it took to scale and convert,
	Inference     time.Duration // to run the model,
	Postprocess   time.Duration // and to make boxes of the result
	ImageWidth    int           // pixels of the analysed frame
	ImageHeight   int
	CameraID      int32
	SourceChannel string // where the analysed frame came from
	Model         string // name of the model's file
	BoxesDropped  int    // boxes found beyond those that fit
	Boxes         []Box  // in order of falling score
}

// Box is one object: edges in pixels of the analysed frame, score 0..1.
type Box struct {
	X, Y, Width, Height float32
	Score               float32
	ClassID             uint32
	Label               string
}

// Detections reads what a detector found from a frame of a data channel. Everything is copied: the result outlives the
// frame. It fails with [ErrNotDetections] for what is not detections or is damaged, with [ErrVersion] for those of another
// version, and with [ErrStale] if the frame was overwritten meanwhile.
func (f *Frame) Detections() (*Detections, error) {
	data := bytes.Clone(f.Data())
	if !f.Valid() {
		return nil, f.staleError("detections")
	}
	return ParseDetections(data)
}

// ParseDetections reads the content of a frame of a data channel, which it does not keep.
func ParseDetections(data []byte) (*Detections, error) {
	if len(data) < detectionsHeaderSize || string(data[:4]) != detectionsMagic {
		return nil, ErrNotDetections
	}
	native := binary.NativeEndian
	if major := native.Uint16(data[4:]); major != detectionsVersion {
		return nil, fmt.Errorf("%w: detections of version %d, but this package knows %d: upgrade the older of reader and detector",
			ErrVersion, major, detectionsVersion)
	}
	headerSize, boxSize := uint64(native.Uint32(data[8:])), uint64(native.Uint32(data[12:]))
	boxCount := uint64(native.Uint32(data[16:]))
	if headerSize < detectionsHeaderSize || boxSize < detectionsBoxSize || boxCount > detectionsMaxBoxes ||
		headerSize+boxCount*boxSize > uint64(len(data)) {
		return nil, fmt.Errorf("%w: their sizes do not fit", ErrNotDetections)
	}
	found := parseDetectionsHeader(data)
	for i := range boxCount {
		found.Boxes = append(found.Boxes, parseBox(data[headerSize+i*boxSize:]))
	}
	return found, nil
}

func parseDetectionsHeader(data []byte) *Detections {
	native := binary.NativeEndian
	duration := func(offset int) time.Duration { return time.Duration(native.Uint64(data[offset:])) }
	return &Detections{
		BoxesDropped:  int(native.Uint32(data[20:])),
		ImageWidth:    int(native.Uint32(data[24:])),
		ImageHeight:   int(native.Uint32(data[28:])),
		FrameNumber:   native.Uint64(data[32:]),
		Sequence:      native.Uint64(data[40:]),
		Epoch:         native.Uint64(data[48:]),
		CaptureTime:   duration(56),
		CaptureWall:   time.Unix(0, int64(native.Uint64(data[64:]))),
		PublishTime:   duration(72),
		AcquiredTime:  duration(80),
		Preprocess:    duration(88),
		Inference:     duration(96),
		Postprocess:   duration(104),
		CameraID:      int32(native.Uint32(data[112:])),
		SourceChannel: textOf(data[120:183]),
		Model:         textOf(data[184:247]),
	}
}

func parseBox(data []byte) Box {
	native := binary.NativeEndian
	float := func(offset int) float32 { return math.Float32frombits(native.Uint32(data[offset:])) }
	return Box{
		X:       float(0),
		Y:       float(4),
		Width:   float(8),
		Height:  float(12),
		Score:   float(16),
		ClassID: native.Uint32(data[20:]),
		Label:   textOf(data[32:63]),
	}
}

// textOf returns the text up to the zero byte that ends it. The field's last byte, which has to be one, is left out.
func textOf(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(bytes.ToValidUTF8(text, []byte("\uFFFD")))
}
