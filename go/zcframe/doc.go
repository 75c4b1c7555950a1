// SPDX-License-Identifier: Apache-2.0

/*
Package zcframe reads and publishes camera frames that several processes share without a copy.

	consumer, err := zcframe.Open("pet_camera_active_zc")
	if err != nil {
		return err
	}
	defer consumer.Close()
	for {
		frame, err := consumer.Next(ctx)
		if err != nil {
			return err
		}
		result := use(frame.NV12()) // the camera's own memory
		if frame.Release() == nil {
			report(frame.FrameNumber, result)
		} // else zcframe.ErrStale: we were too slow, what we read must not be used
	}

# Leases

A [Frame] is a lease on a buffer that the camera wrote. While it is valid nobody writes into the buffer. It ends with
[Frame.Release], with the death of the process, or when the producer revokes it after its deadline, by default two frame
intervals. After that the pixels may be those of a newer picture; [Frame.Release] and [Frame.Valid] say so, and whatever
was computed from the frame must be thrown away.

Slices and images over a frame's planes point into the shared memory. They are read-only (a write is a fault that ends
the program) and are valid until Release. Copy what is to be kept.

Release every frame, in a defer at the latest. One that is dropped instead holds its lease until the garbage collector
finds it: then it is released, and the place where it was acquired is logged, for it is a bug. A collector is no way to
return a camera's buffer.

# Goroutines

Every method of [Consumer] and [Producer] may be called from any number of goroutines. So may those of [Frame], and one
goroutine may release what another acquired; but whoever reads pixels must be done before Release is called. Waiting in
[Consumer.Next] takes no thread, and ends at once with its context. Several goroutines that wait with one consumer take
turns.

The library under this package keeps no pointer to Go memory.

# Errors

Errors of the C library are of type [*Error]: a sentence that names the object, the cause and what to do, over a
[syscall.Errno]. Use [errors.Is] with the variables of this package, with an errno, or with [io/fs.ErrPermission].

# Building

The package is a binding: it needs the C library and its header, found by pkg-config. For a build of the library that is
not installed:

	export PKG_CONFIG_PATH=/path/to/build/meson-uninstalled LD_LIBRARY_PATH=/path/to/build/lib
*/
package zcframe
