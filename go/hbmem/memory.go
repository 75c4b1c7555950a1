// SPDX-License-Identifier: Apache-2.0

package hbmem

// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "library.h"
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

// Memory is a buffer as this process has it. Free it. (The collector does not: slices of it may be in use that it cannot
// see.)
type Memory struct {
	graphic *GraphicBuffer // nil for plain memory
	common  *CommonBuffer  // nil for a picture

	mu     sync.Mutex
	fd     C.int32_t
	planes [][]byte // nil: freed
}

// Import maps the picture, to be read: a write faults. It fails with [InvalidParams] if there is no buffer that is just so,
// with [ErrNoLibrary], or with another [Code].
func (b GraphicBuffer) Import() (*Memory, error) {
	b.Flags &^= writeMask
	return b.ImportWritable()
}

// ImportWritable maps the picture with the rights that its flags say.
func (b GraphicBuffer) ImportWritable() (*Memory, error) {
	wanted := b.toC()
	return openGraphic("hb_mem_import_graph_buf", func(c *C.struct_graphic_buffer) C.int32_t {
		return C.hbmem_import_graph_buf(&wanted, c)
	})
}

// Import maps the memory, to be read, as [GraphicBuffer.Import].
func (b CommonBuffer) Import() (*Memory, error) {
	b.Flags &^= writeMask
	return b.ImportWritable()
}

// ImportWritable maps the memory with the rights that its flags say.
func (b CommonBuffer) ImportWritable() (*Memory, error) {
	wanted := b.toC()
	return openCommon("hb_mem_import_com_buf", func(c *C.struct_common_buffer) C.int32_t {
		return C.hbmem_import_com_buf(&wanted, c)
	})
}

// AllocateGraphic makes a picture; stride and vstride 0 are width and height.
func AllocateGraphic(width, height int32, format PixelFormat, flags Usage, stride, vstride int32) (*Memory, error) {
	return openGraphic("hb_mem_alloc_graph_buf", func(c *C.struct_graphic_buffer) C.int32_t {
		return C.hbmem_alloc_graph_buf(C.int32_t(width), C.int32_t(height), C.int32_t(format), C.int64_t(flags),
			C.int32_t(stride), C.int32_t(vstride), c)
	})
}

// AllocateCommon makes plain memory of so many bytes.
func AllocateCommon(size uint64, flags Usage) (*Memory, error) {
	return openCommon("hb_mem_alloc_com_buf", func(c *C.struct_common_buffer) C.int32_t {
		return C.hbmem_alloc_com_buf(C.uint64_t(size), C.int64_t(flags), c)
	})
}

func openGraphic(call string, get func(*C.struct_graphic_buffer) C.int32_t) (*Memory, error) {
	var c C.struct_graphic_buffer
	if err := withModule(call, func() C.int32_t { return get(&c) }); err != nil {
		return nil, err
	}
	graphic := graphicOf(&c)
	memory := &Memory{graphic: &graphic, fd: c.fd[0]}
	for i := range min(graphic.PlaneCount, MaxPlanes) {
		memory.planes = append(memory.planes, unsafe.Slice((*byte)(c.virt_addr[i]), c.size[i]))
	}
	return memory, nil
}

func openCommon(call string, get func(*C.struct_common_buffer) C.int32_t) (*Memory, error) {
	var c C.struct_common_buffer
	if err := withModule(call, func() C.int32_t { return get(&c) }); err != nil {
		return nil, err
	}
	common := commonOf(&c)
	return &Memory{common: &common, fd: c.fd, planes: [][]byte{unsafe.Slice((*byte)(c.virt_addr), c.size)}}, nil
}

// withModule makes the call with the module open, and leaves it open if the call succeeds.
func withModule(call string, get func() C.int32_t) error {
	var detail *C.char
	if code := C.hbmem_open(&detail); code == C.NO_LIBRARY {
		defer C.free(unsafe.Pointer(detail))
		return fmt.Errorf("%w: %s", ErrNoLibrary, C.GoString(detail))
	} else if code != 0 {
		return failure("hb_mem_module_open", int32(code))
	}
	code := get()
	if code != 0 {
		C.hbmem_close()
	}
	return failure(call, int32(code))
}

// Graphic returns how the picture is described to other processes; ok is false for plain memory.
func (m *Memory) Graphic() (description GraphicBuffer, ok bool) {
	if m.graphic == nil {
		return GraphicBuffer{}, false
	}
	return *m.graphic, true
}

// Common returns how plain memory is described to other processes; ok is false for a picture.
func (m *Memory) Common() (description CommonBuffer, ok bool) {
	if m.common == nil {
		return CommonBuffer{}, false
	}
	return *m.common, true
}

// Plane returns plane number i of a picture, or plain memory as number 0, as a slice over the shared memory, valid until
// [Memory.Free]. It is nil if there is no such plane, or the memory was freed.
func (m *Memory) Plane(i int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i < 0 || i >= len(m.planes) {
		return nil
	}
	return m.planes[i]
}

// Invalidate makes this processor see what the hardware, or another process that flushed it, has written. Nothing to do,
// and quick, for memory that is not [Cached].
func (m *Memory) Invalidate() error {
	return m.eachPlane("hb_mem_invalidate_buf_with_vaddr", func(first *C.uint8_t, size C.uint64_t) C.int32_t {
		return C.hbmem_invalidate(first, size)
	})
}

// Flush makes the hardware, and other processes that invalidate it, see what this one has written.
func (m *Memory) Flush() error {
	return m.eachPlane("hb_mem_flush_buf_with_vaddr", func(first *C.uint8_t, size C.uint64_t) C.int32_t {
		return C.hbmem_flush(first, size)
	})
}

func (m *Memory) eachPlane(call string, do func(first *C.uint8_t, size C.uint64_t) C.int32_t) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.planes == nil {
		return ErrFreed
	}
	for _, plane := range m.planes {
		if code := do((*C.uint8_t)(unsafe.SliceData(plane)), C.uint64_t(len(plane))); code != 0 {
			return failure(call, int32(code))
		}
	}
	return nil
}

// Free unmaps the memory and gives this process's reference back. Freeing twice is fine.
func (m *Memory) Free() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.planes == nil {
		return nil
	}
	m.planes = nil
	code := C.hbmem_free_buf(m.fd)
	C.hbmem_close()
	return failure("hb_mem_free_buf", int32(code))
}
