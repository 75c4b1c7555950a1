// SPDX-License-Identifier: Apache-2.0

package encoder

import (
	"errors"
	"fmt"
	"strings"
)

// Auto is the name that stands for the first backend that works.
const Auto = "auto"

// Check finds a name that none of the backends has.
func Check(backends []Backend, name string) error {
	known := name == Auto
	for _, backend := range backends {
		known = known || name == backend.Name
	}
	if !known {
		return fmt.Errorf("there is no encoder %q; there are %s", name, Names(backends))
	}
	return nil
}

// Choose opens the backend of that name, or with Auto the first one of the list that opens.
func Choose(backends []Backend, name string, settings Settings) (Encoder, error) {
	var refused []string

	for _, backend := range backends {
		if name != Auto && name != backend.Name {
			continue
		}
		opened, err := backend.Open(settings)
		if err == nil {
			return opened, nil
		}
		if name != Auto {
			return nil, err
		}
		refused = append(refused, err.Error())
	}
	if err := Check(backends, name); err != nil {
		return nil, err
	}
	if len(refused) == 0 {
		return nil, errors.New("this program was built without encoders")
	}
	return nil, fmt.Errorf("no H.264 encoder works here (Debian's libavcodec has libx264): %s",
		strings.Join(refused, "; "))
}

// Names lists what a configuration may choose from.
func Names(backends []Backend) string {
	names := []string{Auto}
	for _, backend := range backends {
		names = append(names, backend.Name)
	}
	return strings.Join(names, ", ")
}
