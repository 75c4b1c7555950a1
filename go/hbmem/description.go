// SPDX-License-Identifier: Apache-2.0

package hbmem

// #include "library.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// PixelFormat is the vendor's number of a format (MEM_PIX_FMT_...).
type PixelFormat int32

// The formats of the camera's buffers.
const (
	NV12 PixelFormat = 8
	Grey PixelFormat = 22
)

// Usage says what a buffer is for (HB_MEM_USAGE_...).
type Usage int64

// The flags that matter to a mapping.
const (
	CPURead    Usage = 0x1
	CPUWrite   Usage = 0x10
	writeMask  Usage = 0xF0
	Cached     Usage = 0x4000000 // through the CPU's cache, so that Invalidate and Flush have work to do
	Contiguous Usage = 0x8000000 // all planes in one piece
)

// MaxPlanes is how many planes a picture has at most.
const MaxPlanes = C.PLANES

// CommonBuffer describes plain memory to other processes (hb_mem_common_buf_t).
type CommonBuffer struct {
	ShareID  int32
	Flags    Usage
	Size     uint64 // bytes
	PhysAddr uint64
	Offset   uint64
}

// GraphicBuffer describes a picture to other processes (hb_mem_graphic_buf_t).
type GraphicBuffer struct {
	Format     PixelFormat
	Width      int32 // pixels
	Height     int32
	Stride     int32 // 0: the width
	VStride    int32 // 0: the height
	PlaneCount int32
	Contiguous bool             // planes in one piece, found by the first number and address
	ShareID    [MaxPlanes]int32 // 0 where there is none
	Flags      Usage
	Size       [MaxPlanes]uint64 // bytes of each plane
	PhysAddr   [MaxPlanes]uint64
	Offset     [MaxPlanes]uint64
}

// The sizes of the vendor's structs, in bytes.
const (
	CommonBufferSize  = C.sizeof_struct_common_buffer
	GraphicBufferSize = C.sizeof_struct_graphic_buffer
)

// ParseGraphicBuffer reads the 160 bytes of the vendor's struct. Descriptors and addresses in it are those of another
// process and are left out. It fails with [ErrDescription].
func ParseGraphicBuffer(data []byte) (GraphicBuffer, error) {
	var c C.struct_graphic_buffer
	if len(data) != GraphicBufferSize {
		return GraphicBuffer{}, fmt.Errorf("%w: it has %d bytes, not %d", ErrDescription, len(data), GraphicBufferSize)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&c)), GraphicBufferSize), data)
	if c.plane_count < 1 || c.plane_count > MaxPlanes {
		return GraphicBuffer{}, fmt.Errorf("%w: it has %d planes", ErrDescription, c.plane_count)
	}
	return graphicOf(&c), nil
}

// ParseCommonBuffer reads the 48 bytes of the vendor's struct, as [ParseGraphicBuffer].
func ParseCommonBuffer(data []byte) (CommonBuffer, error) {
	var c C.struct_common_buffer
	if len(data) != CommonBufferSize {
		return CommonBuffer{}, fmt.Errorf("%w: it has %d bytes, not %d", ErrDescription, len(data), CommonBufferSize)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&c)), CommonBufferSize), data)
	return commonOf(&c), nil
}

func commonOf(c *C.struct_common_buffer) CommonBuffer {
	return CommonBuffer{
		ShareID:  int32(c.share_id),
		Flags:    Usage(c.flags),
		Size:     uint64(c.size),
		PhysAddr: uint64(c.phys_addr),
		Offset:   uint64(c.offset),
	}
}

func (b *CommonBuffer) toC() C.struct_common_buffer {
	return C.struct_common_buffer{
		share_id:  C.int32_t(b.ShareID),
		flags:     C.int64_t(b.Flags),
		size:      C.uint64_t(b.Size),
		phys_addr: C.uint64_t(b.PhysAddr),
		offset:    C.uint64_t(b.Offset),
	}
}

func graphicOf(c *C.struct_graphic_buffer) GraphicBuffer {
	b := GraphicBuffer{
		Format:     PixelFormat(c.format),
		Width:      int32(c.width),
		Height:     int32(c.height),
		Stride:     int32(c.stride),
		VStride:    int32(c.vstride),
		PlaneCount: int32(c.plane_count),
		Contiguous: c.is_contiguous != 0,
		Flags:      Usage(c.flags),
	}
	for i := range MaxPlanes {
		b.ShareID[i] = int32(c.share_id[i])
		b.Size[i] = uint64(c.size[i])
		b.PhysAddr[i] = uint64(c.phys_addr[i])
		b.Offset[i] = uint64(c.offset[i])
	}
	return b
}

func (b *GraphicBuffer) toC() C.struct_graphic_buffer {
	c := C.struct_graphic_buffer{
		plane_count: C.int32_t(b.PlaneCount),
		format:      C.int32_t(b.Format),
		width:       C.int32_t(b.Width),
		height:      C.int32_t(b.Height),
		stride:      C.int32_t(b.Stride),
		vstride:     C.int32_t(b.VStride),
		flags:       C.int64_t(b.Flags),
	}
	if b.Contiguous {
		c.is_contiguous = 1
	}
	for i := range MaxPlanes {
		c.share_id[i] = C.int32_t(b.ShareID[i])
		c.size[i] = C.uint64_t(b.Size[i])
		c.phys_addr[i] = C.uint64_t(b.PhysAddr[i])
		c.offset[i] = C.uint64_t(b.Offset[i])
	}
	return c
}
