// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"
)

// detectionsBytes writes the layout of docs/detections.md by its offsets: header and boxes of the given sizes.
func detectionsBytes(headerSize, boxSize, boxCount int) []byte {
	data := make([]byte, headerSize+boxCount*boxSize)
	native := binary.NativeEndian
	copy(data, "ZCDT")
	native.PutUint16(data[4:], 1)
	for offset, value := range map[int]int{8: headerSize, 12: boxSize, 16: boxCount, 20: 5, 24: 640, 28: 360, 112: 2} {
		native.PutUint32(data[offset:], uint32(value))
	}
	for offset := 32; offset <= 104; offset += 8 {
		native.PutUint64(data[offset:], uint64(1000+offset))
	}
	copy(data[120:], "pet_camera_yolo_zc")
	copy(data[184:], "yolox_nano.onnx")
	for i := range boxCount {
		box := data[headerSize+i*boxSize:]
		for word := range 5 {
			native.PutUint32(box[4*word:], math.Float32bits(float32(i)+float32(word)/8))
		}
		native.PutUint32(box[20:], uint32(16+i))
		copy(box[32:64], "dog with a name of more than 32 bytes")
	}
	return data
}

func wantDetections(boxCount int) *Detections {
	want := &Detections{
		FrameNumber: 1032, Sequence: 1040, Epoch: 1048, CaptureTime: 1056, CaptureWall: time.Unix(0, 1064), PublishTime: 1072,
		AcquiredTime: 1080, Preprocess: 1088, Inference: 1096, Postprocess: 1104,
		ImageWidth: 640, ImageHeight: 360, CameraID: 2, SourceChannel: "pet_camera_yolo_zc", Model: "yolox_nano.onnx", BoxesDropped: 5,
	}
	for i := range boxCount {
		f := float32(i)
		want.Boxes = append(want.Boxes, Box{f, f + .125, f + .25, f + .375, f + .5, uint32(16 + i), "dog with a name of more than 32"})
	}
	return want
}

func TestDetectionsAreReadFromTheirChannel(t *testing.T) {
	for name, sizes := range map[string][3]int{"three": {256, 64, 3}, "none": {256, 64, 0}, "later minor version": {320, 96, 2}} {
		c := openChannel(t, ProducerConfig{FourCC: DataFormat, Capacity: 16384})
		consumer := c.attach()
		buffer, err := c.Dequeue()
		if err != nil {
			t.Fatal(err)
		}
		buffer.BytesUsed = copy(buffer.Plane(0), detectionsBytes(sizes[0], sizes[1], sizes[2]))
		if err := buffer.Publish(); err != nil {
			t.Fatal(err)
		}
		frame := next(t, consumer)
		found, err := frame.Detections()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := wantDetections(sizes[2]); !reflect.DeepEqual(found, want) {
			t.Errorf("%s: %+v, want %+v", name, found, want)
		}
		frame.Release()
	}
}

func TestDamagedDetectionsAreRefused(t *testing.T) {
	native := binary.NativeEndian
	for name, damage := range map[string]func([]byte) []byte{
		"empty":             func(d []byte) []byte { return nil },
		"cut in the header": func(d []byte) []byte { return d[:255] },
		"cut in a box":      func(d []byte) []byte { return d[:len(d)-1] },
		"other magic":       func(d []byte) []byte { d[0] = 'X'; return d },
		"small header":      func(d []byte) []byte { native.PutUint32(d[8:], 255); return d },
		"small boxes":       func(d []byte) []byte { native.PutUint32(d[12:], 63); return d },
		"many boxes":        func(d []byte) []byte { native.PutUint32(d[16:], 129); return make129(d) },
		"huge sizes": func(d []byte) []byte {
			native.PutUint32(d[8:], math.MaxUint32)
			native.PutUint32(d[12:], math.MaxUint32)
			return d
		},
	} {
		if found, err := ParseDetections(damage(detectionsBytes(256, 64, 2))); !errors.Is(err, ErrNotDetections) || found != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := detectionsBytes(256, 64, 2)
	native.PutUint16(other[4:], 2)
	if _, err := ParseDetections(other); !errors.Is(err, ErrVersion) {
		t.Errorf("other version: %v", err)
	}
}

// make129 has room for the boxes that it claims, so that only their number is wrong.
func make129(header []byte) []byte { return append(header, make([]byte, 129*64)...) }

func TestOverwrittenDetectionsAreStale(t *testing.T) {
	c := openChannel(t, ProducerConfig{FourCC: DataFormat, Capacity: 4096, LeaseDeadline: time.Millisecond})
	consumer := c.attach()
	c.publish(0)
	frame := next(t, consumer)
	for frame.Valid() {
		time.Sleep(2 * time.Millisecond)
		c.publish(1)
	}
	if _, err := frame.Detections(); !errors.Is(err, ErrStale) {
		t.Errorf("stale: %v", err)
	}
	frame.Release()
}

func FuzzParseDetections(f *testing.F) {
	f.Add(detectionsBytes(256, 64, 2))
	f.Add(detectionsBytes(320, 96, 1))
	f.Add([]byte("ZCDT"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := ParseDetections(data)
		if (found == nil) == (err == nil) {
			t.Errorf("%v, %v", found, err)
		}
		if found != nil && len(found.Boxes) > detectionsMaxBoxes {
			t.Errorf("%d boxes", len(found.Boxes))
		}
	})
}
