// SPDX-License-Identifier: Apache-2.0

package hbmm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

const (
	width  = 320
	height = 240
)

func settings() encoder.Settings {
	return encoder.Settings{Width: width, Height: height, FrameRate: 30, BitRate: 1_000_000, KeyframeInterval: time.Minute}
}

// TestMain lets the test's program be one that runs on a machine without the libraries.
func TestMain(m *testing.M) {
	if os.Getenv("HBMM_TEST_CHILD") != "" {
		_, err := open(settings())
		fmt.Println(err)
		return
	}
	os.Exit(m.Run())
}

// openOnBoard opens the encoder on an emulated board of the test's own, or skips it where there is none.
func openOnBoard(t *testing.T) encoder.Encoder {
	t.Helper()
	t.Setenv("ZCF_EMULATION_DIR", t.TempDir())
	opened, err := open(settings())
	if err != nil && strings.Contains(err.Error(), "this machine has no") {
		t.Skipf("put the emulation's directory into LD_LIBRARY_PATH: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// camera is a channel, and a consumer of it.
type camera struct {
	t        *testing.T
	producer *zcframe.Producer
	consumer *zcframe.Consumer
}

func openCamera(t *testing.T, backend string) *camera {
	t.Helper()
	directory := t.TempDir()
	producer, err := zcframe.NewProducer("camera", zcframe.ProducerConfig{
		Width: width, Height: height, Backend: backend, LeaseDeadline: time.Hour, RuntimeDirectory: directory,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { producer.Close() })
	consumer, err := zcframe.Open("camera", zcframe.RuntimeDirectory(directory))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { consumer.Close() })
	return &camera{t, producer, consumer}
}

// show publishes a picture that is bright up to a column and dark beyond, and returns it as the consumer gets it.
func (c *camera) show(column int) (*zcframe.Frame, *encoder.Picture) {
	c.t.Helper()
	buffer, err := c.producer.Dequeue()
	if err != nil {
		c.t.Fatal(err)
	}
	luma, stride := buffer.Plane(0), buffer.Format.Planes[0].Stride
	for y := range height {
		for x := range width {
			luma[y*stride+x] = 50
			if x < column {
				luma[y*stride+x] = 200
			}
		}
	}
	for i, chroma := 0, buffer.Plane(1); i < len(chroma); i++ {
		chroma[i] = 128
	}
	if err := buffer.Publish(); err != nil {
		c.t.Fatal(err)
	}
	frame, err := c.consumer.Next(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	return frame, &encoder.Picture{
		Width: width, Height: height, Time: frame.CaptureTime,
		Y: frame.Plane(0), UV: frame.Plane(1),
		YStride: frame.Format.Planes[0].Stride, UVStride: frame.Format.Planes[1].Stride,
	}
}

func encode(t *testing.T, opened encoder.Encoder, c *camera, column int, force bool) encoder.Unit {
	t.Helper()
	frame, picture := c.show(column)
	defer frame.Release()
	picture.ForceKeyframe = force
	units, err := opened.Encode(picture)
	if err != nil {
		t.Fatal(err)
	}
	if len(units) != 1 || units[0].Time != picture.Time {
		t.Fatalf("%d units for one picture", len(units))
	}
	return units[0]
}

// brightColumns decodes a stream and says of each picture how far its bright part reaches.
func brightColumns(t *testing.T, stream []byte) []int {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("no ffmpeg (Debian: ffmpeg)")
	}
	command := exec.Command(ffmpeg, "-v", "error", "-f", "h264", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
	command.Stdin = bytes.NewReader(stream)
	command.Stderr = os.Stderr
	pixels, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var columns []int
	for ; len(pixels) >= width*height; pixels = pixels[width*height:] {
		bright := 0
		for bright < width && pixels[height/2*width+bright] > 125 {
			bright++
		}
		columns = append(columns, bright)
	}
	return columns
}

func TestCamerasBufferComesOutOfTheHardwareAsAStream(t *testing.T) {
	opened := openOnBoard(t)
	c := openCamera(t, "hbmem")
	var stream []byte
	for i := range 6 {
		unit := encode(t, opened, c, 40+40*i, false)
		if unit.Keyframe != (i == 0) {
			t.Errorf("picture %d: keyframe %v", i, unit.Keyframe)
		}
		stream = append(stream, unit.Data...)
	}
	columns := brightColumns(t, stream)
	if len(columns) != 6 {
		t.Fatalf("%d pictures came out", len(columns))
	}
	for i, column := range columns {
		if want := 40 + 40*i; column < want-4 || column > want+4 {
			t.Errorf("picture %d is bright up to %d, want %d", i, column, want)
		}
	}
}

func TestForcedKeyframeCanBeDecodedWithoutWhatCameBefore(t *testing.T) {
	opened := openOnBoard(t)
	c := openCamera(t, "hbmem")
	encode(t, opened, c, 40, false)
	encode(t, opened, c, 80, false)
	unit := encode(t, opened, c, 120, true)
	if !unit.Keyframe {
		t.Error("not a keyframe")
	}
	if columns := brightColumns(t, unit.Data); len(columns) != 1 || columns[0] < 116 || columns[0] > 124 {
		t.Errorf("decoded: %v", columns)
	}
}

func TestPictureOutsideTheBoardsMemoryIsRefused(t *testing.T) {
	opened := openOnBoard(t)
	c := openCamera(t, "memfd")
	frame, picture := c.show(40)
	defer frame.Release()
	if _, err := opened.Encode(picture); err == nil || !strings.Contains(err.Error(), "hbmem") {
		t.Errorf("encode: %v", err)
	}
}

func TestPictureOfAnotherSizeIsRefused(t *testing.T) {
	opened := openOnBoard(t)
	c := openCamera(t, "hbmem")
	frame, picture := c.show(40)
	defer frame.Release()
	picture.Width -= 8
	if _, err := opened.Encode(picture); err == nil || !strings.Contains(err.Error(), "312x240") {
		t.Errorf("encode: %v", err)
	}
}

func TestSizeThatTheBoardCannotEncodeIsRefusedWithItsLimits(t *testing.T) {
	for _, size := range [][2]int{{248, 240}, {324, 240}, {320, 120}, {320, 244}, {8200, 240}} {
		asked := settings()
		asked.Width, asked.Height = size[0], size[1]
		if _, err := open(asked); err == nil || !strings.Contains(err.Error(), "256x128") {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func TestHardwareThatFailsIsReportedAndCanBeOpenedAgain(t *testing.T) {
	opened := openOnBoard(t)
	t.Setenv("ZCF_EMULATION_INJECT", "encode:-268435439:2")
	c := openCamera(t, "hbmem")
	encode(t, opened, c, 40, false)
	frame, picture := c.show(80)
	defer frame.Release()
	if _, err := opened.Encode(picture); err == nil || !strings.Contains(err.Error(), "-268435439") {
		t.Errorf("encode: %v", err)
	}
	opened.Close()
	if _, err := opened.Encode(picture); err == nil {
		t.Error("a closed encoder encodes")
	}
	again, err := open(settings())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Encode(picture); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestWithoutTheLibraryTheErrorSaysSo(t *testing.T) {
	if _, err := os.Stat("/usr/hobot/lib/libmultimedia.so.1"); err == nil {
		t.Skip("this is the board")
	}
	var rest []string
	for _, directory := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if _, err := os.Stat(filepath.Join(directory, "libmultimedia.so.1")); err != nil {
			rest = append(rest, directory)
		}
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "HBMM_TEST_CHILD=1", "LD_LIBRARY_PATH="+strings.Join(rest, ":"))
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "no libmultimedia.so.1") || !strings.Contains(string(output), "RDK X5") {
		t.Errorf("%v: %s", err, output)
	}
}
