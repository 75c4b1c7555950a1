// SPDX-License-Identifier: Apache-2.0

package zcframe_test

import (
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
)

// A camera that publishes one picture, for the examples.
func exampleCamera() (directory string, stop func()) {
	directory, err := os.MkdirTemp("", "zcframe-example")
	if err != nil {
		panic(err)
	}
	producer, err := zcframe.NewProducer("camera", zcframe.ProducerConfig{
		Width: 64, Height: 48, LeaseDeadline: time.Hour, RuntimeDirectory: directory,
	})
	if err != nil {
		panic(err)
	}
	buffer, err := producer.Dequeue()
	if err != nil {
		panic(err)
	}
	for i, luma := 0, buffer.Plane(0); i < len(luma); i++ {
		luma[i] = 200
	}
	if err := buffer.Publish(); err != nil {
		panic(err)
	}
	return directory, func() {
		producer.Close()
		os.RemoveAll(directory)
	}
}

func Example() {
	directory, stop := exampleCamera()
	defer stop()

	consumer, err := zcframe.Open("camera", zcframe.RuntimeDirectory(directory))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	frame, err := consumer.Next(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	first := frame.Plane(0)[0] // the camera's own memory
	if err := frame.Release(); err != nil {
		fmt.Println(err) // zcframe.ErrStale: we were too slow, first must not be used
		return
	}
	fmt.Printf("frame %d of %dx%d begins with %d\n", frame.FrameNumber, frame.Format.Width, frame.Format.Height, first)
	// Output: frame 1 of 64x48 begins with 200
}

// The context ends the wait; as long as it lasts, a producer that went away is waited for.
func ExampleConsumer_Next_timeout() {
	directory, stop := exampleCamera()
	consumer, err := zcframe.Open("camera", zcframe.RuntimeDirectory(directory))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer consumer.Close()
	stop()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	for {
		frame, err := consumer.Next(ctx)
		if err != nil {
			fmt.Println("out of time:", errors.Is(err, context.DeadlineExceeded))
			fmt.Println("no camera:", errors.Is(err, zcframe.ErrNoProducer))
			return
		}
		frame.Release()
	}
	// Output:
	// out of time: true
	// no camera: true
}

// The standard library's JPEG encoder reads planes of its own kind much faster than pixels one by one: one copy.
func ExampleNV12_CopyYCbCr() {
	directory, stop := exampleCamera()
	defer stop()
	consumer, err := zcframe.Open("camera", zcframe.RuntimeDirectory(directory))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer consumer.Close()

	frame, err := consumer.Next(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	picture := frame.NV12().CopyYCbCr(nil)
	if frame.Release() == nil { // only now it is known that the copy is good
		fmt.Println(jpeg.Encode(io.Discard, picture, nil))
	}
	// Output: <nil>
}

// Draw what a detector found. This example needs a camera and a detector, so it does not run here.
func ExampleFrame_Detections() {
	consumer, err := zcframe.Open(zcframe.DetectionsChannel)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer consumer.Close()
	for {
		frame, err := consumer.Next(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		found, err := frame.Detections()
		frame.Release()
		if err != nil {
			continue // overwritten while it was read: the next one is better
		}
		for _, box := range found.Boxes {
			fmt.Printf("frame %d: %s %.2f\n", found.FrameNumber, box.Label, box.Score)
		}
	}
}
