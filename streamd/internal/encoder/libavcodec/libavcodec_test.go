// SPDX-License-Identifier: Apache-2.0

package libavcodec

import (
	"bytes"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/encoder"
)

const (
	testWidth  = 320
	testHeight = 240
	testStride = 384
)

func testSettings() encoder.Settings {
	return encoder.Settings{
		Width: testWidth, Height: testHeight, FrameRate: 30, BitRate: 500_000, KeyframeInterval: 2 * time.Second,
	}
}

func openX264(t *testing.T, settings encoder.Settings) encoder.Encoder {
	t.Helper()
	opened, err := encoder.Choose(Backends(), "libx264", settings)
	if err != nil {
		t.Skipf("libavcodec has no libx264 here: %v", err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// sharedPlanes are pages that may be read only, like those of a channel: an encoder that wrote to them would fault.
func sharedPlanes(t *testing.T, number int) *encoder.Picture {
	t.Helper()
	size := testStride * testHeight * 3 / 2
	pages, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(pages) })
	for i := range pages {
		pages[i] = byte(i/7 + number*3)
	}
	if err := syscall.Mprotect(pages, syscall.PROT_READ); err != nil {
		t.Fatal(err)
	}
	luma := testStride * testHeight
	return &encoder.Picture{
		Width: testWidth, Height: testHeight,
		Y: pages[:luma], UV: pages[luma:], YStride: testStride, UVStride: testStride,
		Time: time.Hour + time.Duration(number)*33333333,
	}
}

func encodeOne(t *testing.T, opened encoder.Encoder, picture *encoder.Picture) encoder.Unit {
	t.Helper()
	units, err := opened.Encode(picture)
	if err != nil {
		t.Fatal(err)
	}
	if len(units) != 1 {
		t.Fatalf("%d units for one picture; a live stream cannot wait for the next", len(units))
	}
	return units[0]
}

// nalTypes lists the types of the NAL units of an access unit.
func nalTypes(data []byte) []byte {
	var types []byte
	for _, rest := range bytes.Split(data, []byte{0, 0, 1})[1:] {
		types = append(types, rest[0]&0x1f)
	}
	return types
}

func TestEveryPictureComesOutAtOnceWithItsOwnTime(t *testing.T) {
	opened := openX264(t, testSettings())
	for number := range 10 {
		picture := sharedPlanes(t, number)
		unit := encodeOne(t, opened, picture)
		if unit.Time != picture.Time {
			t.Errorf("picture %d: taken at %v, unit says %v", number, picture.Time, unit.Time)
		}
		if unit.Keyframe != (number == 0) {
			t.Errorf("picture %d: keyframe %v", number, unit.Keyframe)
		}
	}
}

func TestAForcedKeyframeCarriesParameterSets(t *testing.T) {
	const sps, pps, idr = 7, 8, 5
	opened := openX264(t, testSettings())
	encodeOne(t, opened, sharedPlanes(t, 0))
	if unit := encodeOne(t, opened, sharedPlanes(t, 1)); unit.Keyframe {
		t.Fatal("a keyframe that nobody asked for")
	}
	picture := sharedPlanes(t, 2)
	picture.ForceKeyframe = true
	unit := encodeOne(t, opened, picture)
	types := nalTypes(unit.Data)
	if !unit.Keyframe {
		t.Error("not marked as a keyframe")
	}
	for _, wanted := range []byte{sps, pps, idr} {
		if !bytes.Contains(types, []byte{wanted}) {
			t.Errorf("no NAL unit of type %d among %v", wanted, types)
		}
	}
}

func TestTheStreamIsConstrainedBaseline(t *testing.T) {
	unit := encodeOne(t, openX264(t, testSettings()), sharedPlanes(t, 0))
	at := bytes.Index(unit.Data, []byte{0, 0, 1, 0x67})
	if at < 0 {
		t.Fatal("no sequence parameter set")
	}
	profile, constraints := unit.Data[at+4], unit.Data[at+5]
	if profile != 66 || constraints&0x40 == 0 {
		t.Errorf("profile %d, constraints %#x: not what every browser decodes", profile, constraints)
	}
}

func TestATimeThatGoesBackIsEncodedAllTheSame(t *testing.T) {
	opened := openX264(t, testSettings())
	encodeOne(t, opened, sharedPlanes(t, 5))
	encodeOne(t, opened, sharedPlanes(t, 1))
}

func TestAnotherSizeOrAShortPlaneIsRefused(t *testing.T) {
	opened := openX264(t, testSettings())
	for name, damage := range map[string]func(*encoder.Picture){
		"another size":     func(p *encoder.Picture) { p.Width = 640 },
		"short plane Y":    func(p *encoder.Picture) { p.Y = p.Y[:100] },
		"short plane UV":   func(p *encoder.Picture) { p.UV = p.UV[:testStride*testHeight/2-testStride] },
		"stride too small": func(p *encoder.Picture) { p.YStride = testWidth - 1 },
	} {
		picture := sharedPlanes(t, 0)
		damage(picture)
		if _, err := opened.Encode(picture); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	encodeOne(t, opened, sharedPlanes(t, 1))
}

func TestAnEncoderThatIsNotThereIsNamed(t *testing.T) {
	_, err := encoder.Choose(Backends(), "h264_imaginary", testSettings())
	if err == nil || !strings.Contains(err.Error(), "h264_imaginary") || !strings.Contains(err.Error(), "libx264") {
		t.Errorf("error does not say what there is: %v", err)
	}
}

func TestASizeThatCannotBeIsRefusedWithAReason(t *testing.T) {
	openX264(t, testSettings())
	settings := testSettings()
	settings.Width = 0
	_, err := encoder.Choose(Backends(), "libx264", settings)
	if err == nil || !strings.HasPrefix(err.Error(), "libx264: ") {
		t.Errorf("error: %v", err)
	}
}

func TestDecodersAreToldTheRangeOfY(t *testing.T) {
	sequenceParameters := func(fullRange bool) []byte {
		settings := testSettings()
		settings.FullRange = fullRange
		data := encodeOne(t, openX264(t, settings), sharedPlanes(t, 0)).Data
		return data[bytes.Index(data, []byte{0, 0, 1, 0x67}):bytes.Index(data, []byte{0, 0, 1, 0x68})]
	}
	if bytes.Equal(sequenceParameters(true), sequenceParameters(false)) {
		t.Error("the stream says the same of both")
	}
}

// libopenh264 is in few builds of libavcodec. H.263+ is in all, and wants its planes apart as well.
func TestAnEncoderThatWantsUAndVApartGetsThemSplit(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is missing (Debian: ffmpeg)")
	}
	settings := testSettings()
	opened, err := open("h263p", settings)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	var stream []byte
	for number := range 3 {
		picture := sharedPlanes(t, number)
		colour(t, picture, 90, 160)
		stream = append(stream, encodeOne(t, opened, picture).Data...)
	}
	decoder := exec.Command("ffmpeg", "-v", "error", "-f", "h263", "-i", "-", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	decoder.Stdin = bytes.NewReader(stream)
	decoded, err := decoder.Output()
	if err != nil || len(decoded) != testWidth*testHeight*3/2 {
		t.Fatalf("%d bytes, %v", len(decoded), err)
	}
	luma, quarter := testWidth*testHeight, testWidth*testHeight/4
	if u, v := decoded[luma+quarter/2], decoded[luma+quarter+quarter/2]; absolute(u, 90) > 3 || absolute(v, 160) > 3 {
		t.Errorf("U is %d and V is %d", u, v)
	}
}

// colour gives a picture one colour, in memory that is not Go's either.
func colour(t *testing.T, picture *encoder.Picture, u, v byte) {
	t.Helper()
	plane, err := syscall.Mmap(-1, 0, len(picture.UV), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(plane) })
	for i := 0; i < len(plane); i += 2 {
		plane[i], plane[i+1] = u, v
	}
	picture.UV = plane
}

func absolute(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

func TestACameraWhoseClockStandsStillCostsNoMemory(t *testing.T) {
	opened := openX264(t, testSettings())
	picture := sharedPlanes(t, 0)
	for range 2 * maximumWaiting {
		if units, err := opened.Encode(picture); err != nil || len(units) != 1 {
			t.Fatalf("%d units, %v", len(units), err)
		}
	}
	if waiting := len(opened.(*avEncoder).waiting); waiting > maximumWaiting {
		t.Errorf("the times of %d pictures are kept", waiting)
	}
}
