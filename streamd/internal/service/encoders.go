// SPDX-License-Identifier: Apache-2.0

package service

import (
	"fmt"
	"io"

	"github.com/zcframe/zcframe/streamd/internal/config"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

// The size at which an encoder is tried before there is a picture.
const (
	trialWidth  = 640
	trialHeight = 480
	trialRate   = 30
)

// Encoding is what an encoder is asked for, but for size and rate, which are the camera's.
func Encoding(settings *config.Config) encoder.Settings {
	return encoder.Settings{
		BitRate:          settings.BitRate,
		KeyframeInterval: settings.KeyframeInterval,
		Preset:           settings.EncoderPreset,
		Device:           settings.EncoderDevice,
		Threads:          settings.EncoderThreads,
		FullRange:        settings.ColorRange == config.ColorRangeFull,
	}
}

// tryEncoder opens the encoder that was chosen, so that a machine without one is told so at the start and not when the
// first viewer comes. It returns the encoder's name.
func tryEncoder(settings *config.Config, name string, backends []encoder.Backend) (string, error) {
	trial := Encoding(settings)
	trial.Width, trial.Height, trial.FrameRate = trialWidth, trialHeight, trialRate
	opened, err := encoder.Choose(backends, name, trial)
	if err != nil {
		return "", err
	}
	defer opened.Close()
	return opened.Name(), nil
}

// ListEncoders writes which encoders work here, and why the others do not.
func ListEncoders(to io.Writer, settings *config.Config, backends []encoder.Backend) {
	for _, backend := range backends {
		if _, err := tryEncoder(settings, backend.Name, backends); err != nil {
			fmt.Fprintf(to, "%-14s no: %v\n", backend.Name, err)
		} else {
			fmt.Fprintf(to, "%-14s works\n", backend.Name)
		}
	}
}
