// SPDX-License-Identifier: Apache-2.0

package main

// #cgo pkg-config: zcframe
// #cgo CFLAGS: -D_GNU_SOURCE
// #include <stdlib.h>
// #include "consumer.h"
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/zcframe/zcframe/go/zcframe"
)

// contender is one way to get frames.
type contender interface {
	// acquireRelease takes a frame that is there and gives it back, and says how long that took.
	acquireRelease() (time.Duration, error)
	// wake waits for a frame, and says how long after its publication it was there.
	wake() (time.Duration, error)
	close()
}

func openC() *C.struct_zcf_consumer {
	var handle *C.struct_zcf_consumer
	name := C.CString(channelName)
	defer C.free(unsafe.Pointer(name))
	if C.zcf_consumer_open(name, nil, 10_000_000_000, &handle) < 0 {
		fail(fmt.Errorf("%s", C.GoString(C.zcf_error_detail())))
	}
	return handle
}

func result(ns C.int64_t) (time.Duration, error) {
	if ns < 0 {
		return 0, syscall.Errno(-ns)
	}
	return time.Duration(ns), nil
}

// inC is the library alone, timed inside of C.
type inC struct{ handle *C.struct_zcf_consumer }

func (c *inC) acquireRelease() (time.Duration, error) {
	return result(C.time_acquire_release(c.handle))
}
func (c *inC) wake() (time.Duration, error) { return result(C.time_wake(c.handle)) }
func (c *inC) close()                       { C.zcf_consumer_close(c.handle) }

// inGo is this package.
type inGo struct {
	consumer *zcframe.Consumer
	ctx      context.Context
}

func (c *inGo) acquireRelease() (time.Duration, error) {
	start := time.Now()
	frame, err := c.consumer.Next(c.ctx)
	if err != nil {
		return 0, err
	}
	frame.Release()
	return time.Since(start), nil
}

func (c *inGo) wake() (time.Duration, error) {
	frame, err := c.consumer.Next(c.ctx)
	if err != nil {
		return 0, err
	}
	latency := zcframe.Monotonic() - frame.PublishTime
	frame.Release()
	return latency, nil
}

func (c *inGo) close() { c.consumer.Close() }

// inLibrary waits inside the library, which this package could do as well.
type inLibrary struct{ inC }

func (c *inLibrary) wake() (time.Duration, error) {
	published, err := result(C.await_publication(c.handle))
	return zcframe.Monotonic() - published, err
}

// pin keeps the goroutine on one processor.
func pin(processor int) {
	runtime.LockOSThread()
	C.pin_thread(C.int(processor))
}
