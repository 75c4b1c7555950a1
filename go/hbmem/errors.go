// SPDX-License-Identifier: Apache-2.0

package hbmem

import (
	"errors"
	"fmt"
)

// Code is an error of the vendor's library, for [errors.Is].
type Code int32

// The vendor's codes that these calls return.
const (
	Unknown        Code = -16777215
	InvalidParams  Code = -16777214 // the parameters do not describe a buffer that exists
	InvalidFD      Code = -16777213 // the descriptor names no buffer of this process
	InvalidAddress Code = -16777212
	NoMemory       Code = -16777211 // the board's buffer memory is full
	TooManyFDs     Code = -16777210
	Timeout        Code = -16777209
	ModuleNotFound Code = -16777208 // the module is not open in this process
	ModuleOpenFail Code = -16777207 // the driver (/dev/ion) cannot be opened
	NotAllowed     Code = -16777197
	VersionFail    Code = -16777196 // library and driver are of different versions
)

var meanings = map[Code]string{
	Unknown:        "unknown",
	InvalidParams:  "the parameters do not describe a buffer that exists",
	InvalidFD:      "the descriptor names no buffer of this process",
	InvalidAddress: "the address is in no buffer of this process",
	NoMemory:       "the board's buffer memory is full",
	TooManyFDs:     "no file descriptor is left; raise the limit (ulimit -n)",
	Timeout:        "out of time",
	ModuleNotFound: "the module is not open",
	ModuleOpenFail: "the driver (/dev/ion) cannot be opened; is this user allowed to?",
	NotAllowed:     "not allowed for this buffer",
	VersionFail:    "library and driver are of different versions",
}

func (c Code) Error() string {
	if meaning := meanings[c]; meaning != "" {
		return fmt.Sprintf("error %d: %s", int32(c), meaning)
	}
	return fmt.Sprintf("error %d", int32(c))
}

// ErrNoLibrary: this machine has no libhbmem.so.1, or one that lacks a function.
var ErrNoLibrary = errors.New("hbmem: no library")

// ErrFreed: the memory was freed.
var ErrFreed = errors.New("hbmem: the memory was freed")

// ErrDescription: these bytes do not describe a buffer.
var ErrDescription = errors.New("hbmem: this is no description of a buffer")

func failure(call string, code int32) error {
	if code == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", call, Code(code))
}
