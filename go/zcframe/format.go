// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

// FourCC is a four-character code as DRM and V4L2 write it.
type FourCC uint32

const (
	// NV12Format is a full-resolution Y plane, then one of interleaved U and V at half width and height.
	NV12Format FourCC = 'N' | 'V'<<8 | '1'<<16 | '2'<<24
	// GreyFormat is one plane of 8-bit luminance.
	GreyFormat FourCC = 'G' | 'R'<<8 | 'E'<<16 | 'Y'<<24
	// DataFormat is one plane of bytes with no pixels: detections, an encoded bitstream.
	DataFormat FourCC = 'D' | 'A'<<8 | 'T'<<16 | 'A'<<24
)

// String returns the four characters.
func (f FourCC) String() string {
	return string([]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24)})
}

// MaxPlanes is how many planes a frame has at most.
const MaxPlanes = C.ZCF_MAX_PLANES

// PlaneLayout is where one plane lies in its buffer, in bytes.
type PlaneLayout struct {
	Offset int
	Size   int // of the whole plane, padding at the end of rows included
	Stride int // from one row to the next; for data, the plane's size
}

// Format is the geometry of a frame.
type Format struct {
	FourCC     FourCC
	Width      int // pixels; 0 for data
	Height     int // pixels; 0 for data
	PlaneCount int
	Planes     [MaxPlanes]PlaneLayout
	Size       int // bytes that a buffer must have at least
}

func formatOf(c *C.struct_zcf_format) Format {
	format := Format{
		FourCC:     FourCC(c.fourcc),
		Width:      int(c.width_pixels),
		Height:     int(c.height_pixels),
		PlaneCount: int(c.plane_count),
		Size:       int(c.size_bytes),
	}
	for i := range min(format.PlaneCount, MaxPlanes) {
		plane := &c.planes[i]
		format.Planes[i] = PlaneLayout{int(plane.offset_bytes), int(plane.size_bytes), int(plane.stride_bytes)}
	}
	return format
}
