// SPDX-License-Identifier: Apache-2.0

// Package encoder says what a video encoder is to the server. Each kind of encoder is a package below this one.
package encoder

import "time"

// A Picture is one NV12 frame in memory that somebody else owns, most often the camera.
type Picture struct {
	Width, Height int // Pixels.

	// Y and UV are the planes where the camera wrote them: mapped read-only, so a write faults. They may hold more
	// bytes than the rows need, and may change under an encoder that is slower than the frame's lease; the server
	// throws such a result away. The board's encoder finds by Y's address which buffer this is.
	Y, UV             []byte
	YStride, UVStride int // Bytes from one row to the next.

	Time          time.Duration // When it was taken, CLOCK_MONOTONIC.
	ForceKeyframe bool          // Make this one a keyframe that decoding can start from (IDR).
}

// A Unit is one encoded picture, a whole access unit.
type Unit struct {
	Data     []byte        // Annex B: start codes before each NAL unit. The receiver's to keep.
	Keyframe bool          // Decoding can start here; parameter sets are in front of it.
	Time     time.Duration // Of its Picture.
}

// Settings are fixed for the life of an Encoder.
type Settings struct {
	Width, Height    int           // Pixels, even.
	FrameRate        float64       // What to expect, per second; 0: not known.
	BitRate          int           // Bits per second.
	KeyframeInterval time.Duration // From one keyframe to the next at most.
	Preset           string        // In the words of the encoder; "": its default for live pictures.
	Device           string        // Device file, for those that have one; "": the first that works.
	FullRange        bool          // Y is from 0 to 255, not from 16 to 235; decoders are told, but by the board's encoder.
	Threads          int           // Of those that compute in this process; 0: one.
}

// An Encoder encodes the pictures of one stream, in the order in which they come. It belongs to one goroutine at a
// time.
type Encoder interface {
	// Name says what works inside, such as "libx264".
	Name() string

	// Encode reads the picture and returns what is ready: one unit, or none if the encoder is behind. It has stopped
	// reading the picture's memory when it returns, so the lease can end there. After an error the encoder is
	// good for Close only.
	Encode(picture *Picture) ([]Unit, error)

	// Close frees everything. Units still inside are lost.
	Close()
}

// A Backend opens encoders of one kind.
type Backend struct {
	Name string // What the configuration calls it, such as "libx264".
	// Open fails, saying why in a sentence, where the encoder is not built in, has no device, or cannot take these
	// settings.
	Open func(Settings) (Encoder, error)
}
