// SPDX-License-Identifier: Apache-2.0

package hbmem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zcframe/zcframe/go/hbmem"
	"github.com/zcframe/zcframe/go/zcframe"
)

const cached = hbmem.CPURead | hbmem.CPUWrite | hbmem.Cached

// TestMain lets the test's program be the other process as well: see child.
func TestMain(m *testing.M) {
	if what := os.Getenv("HBMEM_TEST_CHILD"); what != "" {
		fmt.Println(children[what]())
		return
	}
	os.Exit(m.Run())
}

var children = map[string]func() string{
	"first bytes": func() string {
		var description hbmem.GraphicBuffer
		if err := json.Unmarshal([]byte(os.Getenv("HBMEM_TEST_DESCRIPTION")), &description); err != nil {
			return err.Error()
		}
		picture, err := description.Import()
		if err != nil {
			return err.Error()
		}
		defer picture.Free()
		return fmt.Sprint(picture.Plane(0)[0], picture.Plane(1)[0])
	},
	"no library": func() string {
		_, err := hbmem.AllocateCommon(4096, cached)
		return fmt.Sprintf("%v %v", errors.Is(err, hbmem.ErrNoLibrary), err)
	},
	"invalidate": invalidateChild,
}

// child runs one of these in another process.
func child(t *testing.T, what string, environment ...string) string {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(append(os.Environ(), environment...), "HBMEM_TEST_CHILD="+what)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return strings.TrimSpace(string(output))
}

// onBoard gives the test an emulated board of its own, or skips it where there is none.
func onBoard(t *testing.T) {
	t.Helper()
	t.Setenv("ZCF_EMULATION_DIR", t.TempDir())
	memory, err := hbmem.AllocateCommon(4096, cached)
	if errors.Is(err, hbmem.ErrNoLibrary) {
		t.Skip("no libhbmem.so.1: put the emulation's directory into LD_LIBRARY_PATH")
	}
	if err != nil {
		t.Fatal(err)
	}
	memory.Free()
}

func newPicture(t *testing.T, flags hbmem.Usage) *hbmem.Memory {
	t.Helper()
	picture, err := hbmem.AllocateGraphic(64, 48, hbmem.NV12, flags, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { picture.Free() })
	return picture
}

func TestPictureIsImportedByAnotherProcess(t *testing.T) {
	onBoard(t)
	for name, flags := range map[string]hbmem.Usage{"planes apart": cached, "in one piece": cached | hbmem.Contiguous} {
		picture := newPicture(t, flags)
		picture.Plane(0)[0], picture.Plane(1)[0] = 47, 11
		if err := picture.Flush(); err != nil {
			t.Error(err)
		}
		graphic, ok := picture.Graphic()
		if _, common := picture.Common(); !ok || common || graphic.PlaneCount != 2 || graphic.Contiguous != (flags&hbmem.Contiguous != 0) {
			t.Errorf("%s: %+v", name, graphic)
		}
		description, err := json.Marshal(graphic)
		if err != nil {
			t.Fatal(err)
		}
		if got := child(t, "first bytes", "HBMEM_TEST_DESCRIPTION="+string(description)); got != "47 11" {
			t.Errorf("%s: the other process says %q", name, got)
		}
	}
}

func TestPlainMemoryIsSharedNotCopied(t *testing.T) {
	onBoard(t)
	memory, err := hbmem.AllocateCommon(10000, cached)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Free()
	description, _ := memory.Common()
	imported, err := description.Import()
	if err != nil {
		t.Fatal(err)
	}
	defer imported.Free()
	memory.Plane(0)[9999] = 5
	if plane := imported.Plane(0); len(plane) != 10000 || plane[9999] != 5 || memory.Plane(1) != nil {
		t.Errorf("%d bytes", len(plane))
	}
	again, err := description.ImportWritable()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Free()
	again.Plane(0)[0] = 6 // would fault if it were read-only
	if memory.Plane(0)[0] != 6 {
		t.Error("written elsewhere")
	}
}

func TestFreeTwiceIsFine(t *testing.T) {
	onBoard(t)
	picture := newPicture(t, cached)
	description, _ := picture.Graphic()
	if err := errors.Join(picture.Free(), picture.Free()); err != nil {
		t.Error(err)
	}
	if picture.Plane(0) != nil {
		t.Error("freed memory has planes")
	}
	if err := picture.Invalidate(); !errors.Is(err, hbmem.ErrFreed) {
		t.Errorf("invalidate: %v", err)
	}
	if _, err := description.Import(); !errors.Is(err, hbmem.InvalidParams) {
		t.Errorf("import of what is gone: %v", err)
	}
}

func TestWrongDescriptionIsTheVendorsError(t *testing.T) {
	onBoard(t)
	picture := newPicture(t, cached|hbmem.Contiguous)
	right, _ := picture.Graphic()
	for name, spoil := range map[string]func(*hbmem.GraphicBuffer){
		"number alone":     func(b *hbmem.GraphicBuffer) { *b = hbmem.GraphicBuffer{ShareID: b.ShareID} },
		"another number":   func(b *hbmem.GraphicBuffer) { b.ShareID[0] += 1000 },
		"another address":  func(b *hbmem.GraphicBuffer) { b.PhysAddr[0] += 4096 },
		"another size":     func(b *hbmem.GraphicBuffer) { b.Size[1]++ },
		"not cached":       func(b *hbmem.GraphicBuffer) { b.Flags &^= hbmem.Cached },
		"too many planes":  func(b *hbmem.GraphicBuffer) { b.PlaneCount = 1 << 30 },
		"planes apart":     func(b *hbmem.GraphicBuffer) { b.Contiguous = false },
		"impossible width": func(b *hbmem.GraphicBuffer) { b.Width = -1 },
	} {
		wrong := right
		spoil(&wrong)
		memory, err := wrong.Import()
		if !errors.Is(err, hbmem.InvalidParams) || !strings.Contains(err.Error(), "hb_mem_import_graph_buf") {
			t.Errorf("%s: %v", name, err)
		}
		if memory != nil {
			memory.Free()
		}
	}
	if _, err := hbmem.AllocateCommon(1<<40, cached); !errors.Is(err, hbmem.NoMemory) {
		t.Errorf("too much: %v", err)
	}
}

func TestBytesThatDescribeNothingAreRefused(t *testing.T) {
	planes := make([]byte, hbmem.GraphicBufferSize)
	planes[12] = 4
	for _, data := range [][]byte{nil, make([]byte, 159), make([]byte, 161), make([]byte, hbmem.GraphicBufferSize), planes} {
		if _, err := hbmem.ParseGraphicBuffer(data); !errors.Is(err, hbmem.ErrDescription) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
	if _, err := hbmem.ParseCommonBuffer(make([]byte, 47)); !errors.Is(err, hbmem.ErrDescription) {
		t.Errorf("47 bytes: %v", err)
	}
}

func TestFrameOfAChannelIsImportedByItsHandle(t *testing.T) {
	onBoard(t)
	directory := t.TempDir()
	producer, err := zcframe.NewProducer("camera", zcframe.ProducerConfig{
		Width: 64, Height: 48, Backend: "hbmem", LeaseDeadline: time.Hour, RuntimeDirectory: directory,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	consumer, err := zcframe.Open("camera", zcframe.RuntimeDirectory(directory))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	buffer, err := producer.Dequeue()
	if err != nil {
		t.Fatal(err)
	}
	buffer.Plane(1)[7] = 99
	if err := buffer.Publish(); err != nil {
		t.Fatal(err)
	}
	frame, err := consumer.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer frame.Release()
	handle, err := frame.VendorHandle()
	if err != nil {
		t.Fatal(err)
	}
	description, err := hbmem.ParseGraphicBuffer(handle)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := description.Import()
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Free()
	if err := picture.Invalidate(); err != nil {
		t.Error(err)
	}
	if picture.Plane(1)[7] != 99 || frame.Plane(1)[7] != 99 || description.ShareID[0] != frame.ShareID[0] {
		t.Errorf("%+v", description)
	}
}

func TestWithoutTheLibraryTheErrorSaysSo(t *testing.T) {
	var rest []string
	for _, directory := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if _, err := os.Stat(filepath.Join(directory, "libhbmem.so.1")); err != nil {
			rest = append(rest, directory)
		}
	}
	if _, err := os.Stat("/usr/hobot/lib/libhbmem.so.1"); err == nil {
		t.Skip("this is the board")
	}
	got := child(t, "no library", "LD_LIBRARY_PATH="+strings.Join(rest, ":"))
	if !strings.HasPrefix(got, "true ") || !strings.Contains(got, "RDK X5") {
		t.Errorf("got %q", got)
	}
}

// On the board the CPU's cache hides what the hardware wrote; the emulation can do that too.
func TestInvalidateShowsWhatWasWrittenElsewhere(t *testing.T) {
	onBoard(t)
	if got := child(t, "invalidate", "ZCF_EMULATION_INCOHERENT_CACHES=1"); got != "0 0 7" {
		t.Errorf("before flush, before invalidate, after: %q", got)
	}
}

func invalidateChild() string {
	written, err := hbmem.AllocateGraphic(64, 48, hbmem.NV12, cached, 0, 0)
	if err != nil {
		return err.Error()
	}
	defer written.Free()
	description, _ := written.Graphic()
	read, err := description.Import()
	if err != nil {
		return err.Error()
	}
	defer read.Free()
	look := func() byte { return read.Plane(1)[3] }
	written.Plane(1)[3] = 7
	first := look()
	if err := written.Flush(); err != nil {
		return err.Error()
	}
	second := look()
	if err := read.Invalidate(); err != nil {
		return err.Error()
	}
	return fmt.Sprint(first, second, look())
}
