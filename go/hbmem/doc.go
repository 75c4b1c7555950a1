// SPDX-License-Identifier: Apache-2.0

/*
Package hbmem imports buffers of the RDK X5's memory library (hb_mem, libhbmem.so.1), which the camera's hardware writes
and which processes share by number, and maps them as slices.

	handle, err := frame.VendorHandle() // of package zcframe, or 160 bytes that came by any other way
	...
	description, err := hbmem.ParseGraphicBuffer(handle)
	...
	picture, err := description.Import()
	if err != nil {
		return err
	}
	defer picture.Free()
	if err := picture.Invalidate(); err != nil { // the hardware wrote behind this processor's cache
		return err
	}
	use(picture.Plane(0))

A number alone (share_id) finds no buffer: the vendor's library wants size, physical address and flags as well, so pass
the whole description on. An import keeps the memory, not what is in it: whoever imports a frame of a channel must hold
its lease while reading, as package zcframe does.

The library is looked for when the first buffer is asked for, under its soname and in /usr/hobot/lib; on other machines
than the board the emulation is one (LD_LIBRARY_PATH=build/emulation). Its module is open as long as there are buffers.

Functions may be called from any number of goroutines; a [Memory] must not be used while another goroutine frees it.
*/
package hbmem
