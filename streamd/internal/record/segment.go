// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/record/mp4"
)

// segment is one file of a recording.
type segment struct {
	file    *os.File
	movie   *mp4.File
	stream  *live.Stream
	first   time.Duration // Capture times: of its first picture,
	flushed time.Duration // and of the first one of the fragment under construction.
	pending *live.Unit    // It is written when the next one says how long it lasts.
	size    int64         // Bytes that hold whole fragments.
}

// nameLayout sorts by time, and is a file name on any system.
const nameLayout = "2006-01-02T15-04-05.000Z"

const extension = ".mp4"

func newSegment(directory string, first *live.Unit) (*segment, error) {
	name := first.CaptureWall.UTC().Format(nameLayout) + extension
	file, err := os.OpenFile(filepath.Join(directory, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	movie, err := mp4.New(file, first)
	if err != nil {
		file.Close()
		os.Remove(file.Name())
		return nil, err
	}
	made := &segment{file: file, movie: movie, stream: first.Stream, first: first.Capture, flushed: first.Capture}
	return made, made.measure()
}

// measure notes that the file is whole up to here.
func (s *segment) measure() error {
	size, err := s.file.Seek(0, io.SeekCurrent)
	s.size = size
	return err
}

// add takes a picture. It writes the fragment before it, if that is long enough.
func (s *segment) add(unit *live.Unit, fragment time.Duration) error {
	if err := s.addPending(unit.Capture); err != nil {
		return err
	}
	s.pending = unit
	if unit.Capture-s.flushed < fragment {
		return nil
	}
	s.flushed = unit.Capture
	return s.flush()
}

// addPending hands over the picture that was waiting for its end.
func (s *segment) addPending(end time.Duration) error {
	if s.pending == nil {
		return nil
	}
	unit := s.pending
	s.pending = nil
	return s.movie.Add(unit, max(end-unit.Capture, time.Microsecond))
}

// flush makes what there is safe, also from a power failure.
func (s *segment) flush() error {
	if err := s.movie.Flush(); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil && !errors.Is(err, os.ErrInvalid) {
		return err
	}
	return s.measure()
}

// close writes what is left. After an error the file ends with its last whole fragment.
func (s *segment) close(frameInterval time.Duration) error {
	err := error(nil)
	if s.pending != nil {
		err = s.addPending(s.pending.Capture + frameInterval)
	}
	if err == nil {
		err = s.flush()
	}
	s.movie.Close()
	if err != nil {
		err = errors.Join(err, s.cut())
	}
	return errors.Join(err, s.file.Close())
}

// abandon closes after a write that failed.
func (s *segment) abandon() {
	s.movie.Close()
	_ = s.cut()
	s.file.Close()
}

func (s *segment) cut() error { return s.file.Truncate(s.size) }

// isOver says whether the next picture belongs into another file: the file is long enough, or pictures have another
// size, or the camera's time went back.
func (s *segment) isOver(next *live.Unit, length time.Duration) bool {
	if next.Stream != s.stream || s.pending != nil && next.Capture <= s.pending.Capture {
		return true
	}
	return next.Keyframe && next.Capture-s.first >= length
}
