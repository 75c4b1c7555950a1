// SPDX-License-Identifier: Apache-2.0

package zcframe

// #cgo pkg-config: zcframe
// #cgo CFLAGS: -D_GNU_SOURCE
// #include "call.h"
import "C"

// Version returns the version of the C library that is loaded, such as "0.1.0".
func Version() string { return C.GoString(C.zcf_version()) }
