// SPDX-License-Identifier: Apache-2.0

// Package mp4 writes fragmented MP4 files with libavformat.
package mp4

/*
#cgo pkg-config: libavformat libavcodec libavutil
#include <stdlib.h>
#include "mp4.h"
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

// File is a file under construction. It is whole, and can be played, after each Flush.
type File struct {
	file   *os.File
	handle *C.struct_mp4_file
	first  time.Duration
}

// New writes the head of a file, whose first picture will be this one.
func New(file *os.File, first *live.Unit) (*File, error) {
	stream := first.Stream
	parameters := (&live.Unit{NALUnits: [][]byte{stream.SPS, stream.PPS}}).AnnexB()
	created := C.CString(first.CaptureWall.UTC().Format("2006-01-02T15:04:05.000000Z"))
	defer C.free(unsafe.Pointer(created))

	made := &File{file: file, first: first.Capture}
	code := C.mp4_open(C.int(file.Fd()), C.int(stream.Width), C.int(stream.Height),
		(*C.uint8_t)(unsafe.SliceData(parameters)), C.size_t(len(parameters)), created, &made.handle)
	runtime.KeepAlive(file)
	return made, failure("begin", file, code)
}

// Add adds a picture, which lasts until the next one.
func (f *File) Add(unit *live.Unit, duration time.Duration) error {
	data := unit.AnnexB()
	code := C.mp4_add(f.handle, (*C.uint8_t)(unsafe.SliceData(data)), C.size_t(len(data)),
		C.int64_t(ticks(unit.Capture-f.first)), C.int64_t(ticks(duration)), C.bool(unit.Keyframe))
	return failure("add a picture to", f.file, code)
}

// Flush writes the pictures that were added since the last time.
func (f *File) Flush() error {
	code := C.mp4_flush(f.handle)
	runtime.KeepAlive(f.file)
	return failure("write to", f.file, code)
}

// Close frees everything but the os.File. What was not flushed is not written.
func (f *File) Close() {
	C.mp4_close(f.handle)
	f.handle = nil
}

// ticks does not multiply all the nanoseconds of a day at once, which would be more than there is room for.
func ticks(duration time.Duration) int64 {
	seconds, rest := duration/time.Second, duration%time.Second
	return int64(seconds)*live.ClockRate + int64(rest)*live.ClockRate/int64(time.Second)
}

func failure(what string, file *os.File, code C.int) error {
	if code >= 0 {
		return nil
	}
	return fmt.Errorf("cannot %s %s: %w", what, file.Name(), syscall.Errno(-code))
}
