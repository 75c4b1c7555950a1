// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/encoder/libavcodec"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

// x264 makes pictures that a decoder takes.
func x264(t *testing.T) encoder.Backend {
	t.Helper()
	for _, backend := range libavcodec.Backends() {
		if backend.Name == "libx264" {
			if opened, err := backend.Open(encoder.Settings{Width: 64, Height: 48, BitRate: 1e5, KeyframeInterval: time.Second}); err == nil {
				opened.Close()
				return backend
			}
		}
	}
	t.Skip("libavcodec has no libx264 here")
	return encoder.Backend{}
}

type fixture struct {
	*Recorder
	t      *testing.T
	camera *testcamera.Camera
	hub    *live.Hub
}

// run starts a camera and a recorder.
func run(t *testing.T, settings Settings) *fixture {
	t.Helper()
	camera := testcamera.New(t)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, x264(t))
	settings.Directory = filepath.Join(t.TempDir(), "deep", "recordings")
	if settings.Segment == 0 {
		settings.Segment = time.Hour
	}
	if settings.Fragment == 0 {
		settings.Fragment = 100 * time.Millisecond
	}
	if settings.Quota == 0 {
		settings.Quota = 1 << 40
	}
	recorder, err := New(settings, hub, nil, testcamera.Quiet(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		recorder.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return &fixture{Recorder: recorder, t: t, camera: camera, hub: hub}
}

func (f *fixture) now() Status { return f.Status().(Status) }

func (f *fixture) files() []string {
	found, err := recordings(f.settings.Directory)
	if err != nil {
		f.t.Fatal(err)
	}
	var paths []string
	for _, each := range found {
		paths = append(paths, each.path)
	}
	return paths
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// pictures decodes a file and counts its pictures. Any damage is a failure.
func pictures(t *testing.T, path string) int {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is missing (Debian: ffmpeg)")
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "framemd5", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
	return strings.Count(string(out), "\n0,")
}

func TestARecordingIsWholeWhileItIsMadeAndAfterwards(t *testing.T) {
	f := run(t, Settings{})
	f.must(f.Start())
	testcamera.Eventually(t, "fragments are written", func() bool { return f.now().Bytes > 3000 })
	if pictures(t, f.now().File) < 2 {
		t.Error("what is being written cannot be played")
	}
	f.must(f.Stop())
	testcamera.Eventually(t, "it ends", func() bool { return !f.now().Recording })
	if files := f.files(); len(files) != 1 || pictures(t, files[0]) < 5 {
		t.Errorf("files %v", files)
	}
	testcamera.Eventually(t, "the stream is left", func() bool { return f.hub.Subscribers() == 0 })
}

func TestARecordingBeginsBeforeItWasAskedFor(t *testing.T) {
	f := run(t, Settings{PreRoll: 500 * time.Millisecond})
	subscription := f.hub.Subscribe(1000)
	for range 50 {
		testcamera.NextUnit(t, subscription)
	}
	asked := time.Now()
	f.must(f.Start())
	testcamera.Eventually(t, "it is recorded", func() bool { return f.now().Recording })
	name := strings.TrimSuffix(filepath.Base(f.now().File), extension)
	began, err := time.Parse(nameLayout, name)
	if err != nil {
		t.Fatal(err)
	}
	if before := asked.Sub(began); before < 450*time.Millisecond {
		t.Errorf("it begins %v before it was asked for", before)
	}
}

func TestASegmentEndsWithAKeyframeAndAnotherBegins(t *testing.T) {
	f := run(t, Settings{Always: true, Segment: 300 * time.Millisecond})
	if f.Start() == nil {
		t.Error("what is recorded always cannot be asked for")
	}
	testcamera.Eventually(t, "three files", func() bool {
		f.hub.RequestKeyframe()
		return len(f.files()) >= 3
	})
	for _, path := range f.files()[:2] {
		if pictures(t, path) < 5 {
			t.Errorf("%s is too short", path)
		}
	}
}

func TestAChangeOfSizeBeginsAnotherFile(t *testing.T) {
	f := run(t, Settings{Always: true})
	testcamera.Eventually(t, "the first", func() bool { return f.now().Bytes > 1500 })
	f.camera.Stop()
	f.camera.Start(128, 96)
	testcamera.Eventually(t, "the second", func() bool { return len(f.files()) == 2 && f.now().Bytes > 1500 })
	for _, path := range f.files() {
		pictures(t, path)
	}
}

func TestADetectionIsRecordedForAWhile(t *testing.T) {
	r := &Recorder{settings: Settings{Labels: []string{"cat"}, MinScore: 0.5, PostRoll: time.Minute}, log: testcamera.Quiet()}
	see := func(label string, score float32) bool {
		r.detectedUntil = time.Time{}
		r.see(&zcframe.Detections{Boxes: []zcframe.Box{{Label: "dog", Score: 0.1}, {Label: label, Score: score}}})
		return r.isWanted()
	}
	if !see("cat", 0.6) || see("cat", 0.4) || see("dog", 0.9) {
		t.Error("the wrong ones")
	}
	r.settings.Labels = nil
	if !see("dog", 0.9) {
		t.Error("without labels any will do")
	}
	r.detectedUntil = time.Now().Add(-time.Millisecond)
	if r.isWanted() {
		t.Error("it does not end")
	}
}

func TestADiskThatIsFullIsSaidAndSurvived(t *testing.T) {
	// Files that may not grow any more fail in the same place as a disk without room.
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	f := run(t, Settings{})
	f.must(f.Start())
	testcamera.Eventually(t, "it is recorded", func() bool { return f.now().Bytes > 3000 })
	path := f.now().File
	restore := func() { _ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) }
	defer restore()
	limit := syscall.Rlimit{Cur: uint64(f.now().Bytes) + 2000, Max: before.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	testcamera.Eventually(t, "it is said", func() bool {
		return strings.Contains(f.now().Trouble, path) && strings.Contains(f.now().Trouble, "file too large")
	})
	if f.now().Recording {
		t.Error("it says that it records")
	}
	restore()
	if pictures(t, path) < 3 {
		t.Error("what was written before is lost")
	}
	// Who asks again need not wait for the next try.
	f.must(f.Start())
	testcamera.Eventually(t, "it goes on", func() bool { return f.now().Bytes > 1500 && f.now().Trouble == "" })
}

func TestADirectoryThatCannotBeMadeIsNamed(t *testing.T) {
	_, err := New(Settings{Directory: "/dev/null/recordings"}, live.NewHub(), nil, testcamera.Quiet(), prometheus.NewRegistry())
	if err == nil || !strings.Contains(err.Error(), "/dev/null") {
		t.Errorf("%v", err)
	}
}

func TestTheQuotaDeletesTheOldestAndOnlyRecordings(t *testing.T) {
	directory := t.TempDir()
	put := func(name string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	third := put("2026-11-25T19-40-02.000Z.mp4")
	first := put("2026-11-25T19-40-00.000Z.mp4")
	second := put("2026-11-25T19-40-01.000Z.mp4")
	others := []string{put("holiday.mp4"), put("2026-11-25T19-40-00.000Z.mp4.part"), put("2020-01-01.mp4")}
	deleted, err := makeRoom(directory, 1500)
	if err != nil || !slices.Equal(deleted, []string{first, second}) {
		t.Errorf("deleted %v, %v", deleted, err)
	}
	for _, path := range append(others, third) {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := makeRoom("/nonexistent", 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestTheRingHoldsWholeGroupsOfPictures(t *testing.T) {
	stream := new(live.Stream)
	held := ring{length: 2 * time.Second}
	add := func(at time.Duration, keyframe bool) {
		held.add(&live.Unit{Stream: stream, Capture: at, Keyframe: keyframe, NALUnits: [][]byte{make([]byte, 10)}})
	}
	add(0, false)
	if len(held.units) != 0 {
		t.Error("it begins with a picture that cannot be decoded")
	}
	for at := time.Second; at <= 10*time.Second; at += 100 * time.Millisecond {
		add(at, at%time.Second == 0)
	}
	oldest := held.units[0]
	if !oldest.Keyframe || oldest.Capture != 8*time.Second || held.bytes != 10*len(held.units) {
		t.Errorf("it holds from %v on, keyframe %v, %d bytes in %d", oldest.Capture, oldest.Keyframe, held.bytes, len(held.units))
	}
	stream = new(live.Stream)
	add(11*time.Second, true)
	if len(held.units) != 1 {
		t.Error("it mixes two streams")
	}
}

func TestTheRingIsBoundedAlsoWithoutKeyframes(t *testing.T) {
	stream, large := new(live.Stream), make([]byte, 1<<20)
	held := ring{length: time.Minute}
	for number := range 600 {
		held.add(&live.Unit{Stream: stream, Capture: time.Duration(number) * 33 * time.Millisecond, Keyframe: number == 0,
			NALUnits: [][]byte{large}})
		if held.bytes > maximumRing {
			t.Fatalf("it holds %d bytes", held.bytes)
		}
	}
}
