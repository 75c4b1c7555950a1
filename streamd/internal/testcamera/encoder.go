// SPDX-License-Identifier: Apache-2.0

package testcamera

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

// Encoder is a backend that encodes nothing: its units have the shape of H.264, and say which picture they are of.
type Encoder struct {
	mu       sync.Mutex
	opened   []encoder.Settings
	open     int
	encoded  int
	failNext bool
	delay    time.Duration
	bare     bool
}

// Backend makes it one that can be chosen.
func (e *Encoder) Backend() encoder.Backend {
	return encoder.Backend{Name: "test", Open: func(settings encoder.Settings) (encoder.Encoder, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.opened = append(e.opened, settings)
		e.open++
		return &instance{encoder: e, settings: settings}, nil
	}}
}

// Opened returns the settings of each encoder that was opened.
func (e *Encoder) Opened() []encoder.Settings {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]encoder.Settings(nil), e.opened...)
}

// Open counts the encoders that are open now.
func (e *Encoder) Open() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// Encoded counts the pictures that were encoded.
func (e *Encoder) Encoded() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.encoded
}

// FailNext makes the next picture fail.
func (e *Encoder) FailNext() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failNext = true
}

// SetDelay makes encoding take so long.
func (e *Encoder) SetDelay(delay time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.delay = delay
}

// LeaveSetsOut makes keyframes come without parameter sets.
func (e *Encoder) LeaveSetsOut(bare bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bare = bare
}

type instance struct {
	encoder  *Encoder
	settings encoder.Settings
	started  bool
}

func (i *instance) Name() string { return "test" }

func (i *instance) Encode(picture *encoder.Picture) ([]encoder.Unit, error) {
	i.encoder.mu.Lock()
	fail, delay, bare := i.encoder.failNext, i.encoder.delay, i.encoder.bare
	i.encoder.failNext = false
	i.encoder.encoded++
	i.encoder.mu.Unlock()
	time.Sleep(delay)
	if fail {
		return nil, errors.New("test: told to fail")
	}
	if picture.Width != i.settings.Width || picture.Height != i.settings.Height {
		return nil, fmt.Errorf("test: opened for %dx%d", i.settings.Width, i.settings.Height)
	}
	keyframe := picture.ForceKeyframe || !i.started
	i.started = true
	return []encoder.Unit{{Data: i.unit(picture, keyframe, bare), Keyframe: keyframe, Time: picture.Time}}, nil
}

// unit is parameter sets that differ with the size, and a slice that fills several packets.
func (i *instance) unit(picture *encoder.Picture, keyframe, bare bool) []byte {
	startCode := []byte{0, 0, 0, 1}
	var data []byte
	kind := byte(0x41)
	if keyframe {
		kind = 0x65
	}
	if keyframe && !bare {
		data = append(append(data, startCode...), 0x67, 66, 0xc0, 30, byte(i.settings.Width/8), byte(i.settings.Height/8), 1)
		data = append(append(data, startCode...), 0x68, 0xce, 0x3c, 0x80|1)
	}
	data = append(append(data, startCode...), kind)
	data = binary.BigEndian.AppendUint64(append(data, 1), uint64(picture.Time)|1<<63)
	for len(data) < 3000 {
		data = append(data, 0xaa)
	}
	return data
}

func (i *instance) Close() {
	i.encoder.mu.Lock()
	defer i.encoder.mu.Unlock()
	i.encoder.open--
}
