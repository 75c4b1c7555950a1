// SPDX-License-Identifier: Apache-2.0

package zcframe

// #include "call.h"
import "C"

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// waker waits for a consumer's pollable descriptor with the runtime's poller. That is as quick as to wait inside the library
// (see bench), takes no thread, and can be ended at any time.
type waker struct {
	mu   sync.Mutex // for file: Close may come while the first wait begins
	file *os.File
	conn syscall.RawConn
}

var longAgo = time.Unix(1, 0)

// prepare makes the next wait one that lasts, until wake.
func (w *waker) prepare(handle *C.struct_zcf_consumer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		if err := w.open(handle); err != nil {
			return err
		}
	}
	return w.file.SetReadDeadline(time.Time{})
}

func (w *waker) open(handle *C.struct_zcf_consumer) error {
	var detail *C.char
	fd := C.get_fd(handle, &detail)
	if fd < 0 {
		return makeError("poll", fd, detail)
	}
	file, err := pollable(int(fd), "zcframe consumer")
	if err != nil {
		return err
	}
	w.file = file
	w.conn, err = file.SyscallConn()
	return err
}

// wait calls the function now, and again whenever there is something new, until it returns true or wake was called.
func (w *waker) wait(done func() bool) error {
	err := w.conn.Read(func(uintptr) bool { return done() })
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// wake ends the wait, or the next one that was prepared before.
func (w *waker) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		_ = w.file.SetReadDeadline(longAgo)
	}
}

func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		w.file.Close()
	}
}

// pollable hands a copy of a descriptor that the library owns to the runtime's poller.
func pollable(fd int, name string) (*os.File, error) {
	duplicate, err := syscall.Dup(fd)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(duplicate)
	if err := syscall.SetNonblock(duplicate, true); err != nil {
		syscall.Close(duplicate)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(duplicate), name), nil
}
