// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

import (
	"errors"
	"syscall"
	"unsafe"
)

// What errors.Is can ask of an [*Error], besides a [syscall.Errno].
var (
	// ErrStale: the producer revoked the lease, so what was read of the frame must not be used (ESTALE).
	ErrStale = errors.New("zcframe: the frame was overwritten")
	// ErrNoFrame: there is no new frame now (EAGAIN). From [Consumer.TryNext] only; not a failure.
	ErrNoFrame = errors.New("zcframe: no new frame")
	// ErrNoProducer: nobody publishes the channel at the moment (ENOENT, ENOTCONN).
	ErrNoProducer = errors.New("zcframe: no producer")
	// ErrTooManyLeases: this consumer holds as many frames as it was granted; release one first (ENOBUFS).
	ErrTooManyLeases = errors.New("zcframe: too many frames held")
	// ErrNoBuffer: consumers hold every buffer, a camera frame is lost (ENOBUFS). From [Producer.Dequeue].
	ErrNoBuffer = errors.New("zcframe: no free buffer")
	// ErrVersion: library and producer are of incompatible versions; the text says which to upgrade (EPROTONOSUPPORT).
	ErrVersion = errors.New("zcframe: incompatible versions")
	// ErrTooManyConsumers: the channel has as many consumers as it takes (EUSERS).
	ErrTooManyConsumers = errors.New("zcframe: too many consumers")
	// ErrProtocol: the other side sent what cannot be right (EPROTO).
	ErrProtocol = errors.New("zcframe: broken peer")
	// ErrClosed: the consumer or producer was closed by this process.
	ErrClosed = errors.New("zcframe: closed")
	// ErrNotDetections: the frame holds no detections, or damaged ones.
	ErrNotDetections = errors.New("zcframe: these are no detections")
)

// Error is a failure of the C library.
type Error struct {
	// Operation is the function that failed, such as "acquire".
	Operation string
	// Errno is what the library returned.
	Errno syscall.Errno
	// Detail is the library's sentence: the object, the cause, and what to do about it. It may be empty.
	Detail string

	kind error // one of the variables above, or nil
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return "zcframe: " + e.Operation + ": " + e.Errno.Error()
	}
	return "zcframe: " + e.Operation + ": " + e.Detail
}

// Unwrap returns the [syscall.Errno], so that [errors.Is] finds it and, for a refusal, [io/fs.ErrPermission].
func (e *Error) Unwrap() error { return e.Errno }

// Is says whether the error is one of this package's Err variables.
func (e *Error) Is(target error) bool { return e.kind != nil && target == e.kind }

func newError(operation string, errno syscall.Errno, detail string) *Error {
	return &Error{Operation: operation, Errno: errno, Detail: detail, kind: kindOf(operation, errno)}
}

func kindOf(operation string, errno syscall.Errno) error {
	switch errno {
	case syscall.ESTALE:
		return ErrStale
	case syscall.EAGAIN:
		return ErrNoFrame
	case syscall.ENOTCONN:
		return ErrNoProducer
	case syscall.ENOENT:
		if operation == "open" {
			return ErrNoProducer
		}
	case syscall.ENOBUFS:
		if operation == "dequeue" {
			return ErrNoBuffer
		}
		return ErrTooManyLeases
	case syscall.EPROTONOSUPPORT:
		return ErrVersion
	case syscall.EUSERS:
		return ErrTooManyConsumers
	case syscall.EPROTO:
		return ErrProtocol
	}
	return nil
}

// makeError takes the detail, which is the caller's to free: the library keeps one for each thread, and a goroutine may
// be on another one already.
func makeError(operation string, code C.int, detail *C.char) *Error {
	defer C.free(unsafe.Pointer(detail))
	return newError(operation, syscall.Errno(-code), C.GoString(detail))
}
