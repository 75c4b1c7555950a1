// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

// The picture under test is an image.Image with the fast paths of image/draw.
var (
	_ image.RGBA64Image = (*NV12)(nil)
	_ draw.Image        = (*image.RGBA)(nil)
)

// pattern is a picture in which each pixel's luminance and each pair's colour is another one.
func pattern(width, height, stride int) *NV12 {
	p := &NV12{
		Y:        make([]byte, stride*height),
		UV:       make([]byte, stride*height/2),
		YStride:  stride,
		UVStride: stride,
		Rect:     image.Rect(0, 0, width, height),
	}
	for y := range height {
		for x := range width {
			p.Y[y*stride+x] = byte(16*y + x)
			p.UV[y/2*stride+x] = byte(100 + 16*(y/2) + x)
		}
	}
	return p
}

func wantAt(x, y int) color.YCbCr {
	return color.YCbCr{Y: byte(16*y + x), Cb: byte(100 + 16*(y/2) + x&^1), Cr: byte(100 + 16*(y/2) + x&^1 + 1)}
}

func TestNV12PixelIsConvertedWhenLookedAt(t *testing.T) {
	p := pattern(8, 6, 12)
	for y := range 6 {
		for x := range 8 {
			if got := p.At(x, y); got != wantAt(x, y) {
				t.Errorf("%d,%d is %v, want %v", x, y, got, wantAt(x, y))
			}
			r, g, b, a := wantAt(x, y).RGBA()
			if got := p.RGBA64At(x, y); got != (color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)}) {
				t.Errorf("%d,%d as RGBA is %v", x, y, got)
			}
		}
	}
	p.Y[0] = 250 // no copy was made
	if got := p.YCbCrAt(0, 0).Y; got != 250 {
		t.Errorf("after a write %d", got)
	}
	if got := p.At(8, 0); got != (color.YCbCr{Y: 0, Cb: 128, Cr: 128}) {
		t.Errorf("outside is %v", got)
	}
}

func TestNV12SubImageKeepsItsPixels(t *testing.T) {
	p := pattern(8, 6, 8)
	for _, r := range []image.Rectangle{image.Rect(0, 0, 8, 6), image.Rect(3, 1, 8, 4), image.Rect(1, 3, 2, 4), image.Rect(5, 5, 90, 90)} {
		sub := p.SubImage(r).(*NV12)
		subOfSub := sub.SubImage(r).(*NV12)
		for y := sub.Rect.Min.Y; y < sub.Rect.Max.Y; y++ {
			for x := sub.Rect.Min.X; x < sub.Rect.Max.X; x++ {
				if sub.YCbCrAt(x, y) != wantAt(x, y) || subOfSub.YCbCrAt(x, y) != wantAt(x, y) {
					t.Errorf("%v: %d,%d is %v, want %v", r, x, y, sub.YCbCrAt(x, y), wantAt(x, y))
				}
			}
		}
	}
	if sub := p.SubImage(image.Rect(20, 20, 30, 30)); !sub.Bounds().Empty() {
		t.Errorf("outside is %v", sub.Bounds())
	}
}

func TestNV12CopyIsThePictureInPlanesOfItsOwn(t *testing.T) {
	p := pattern(10, 6, 12)
	var reused *image.YCbCr
	for _, r := range []image.Rectangle{p.Rect, image.Rect(2, 2, 8, 6), image.Rect(3, 1, 8, 4)} {
		sub := p.SubImage(r).(*NV12)
		reused = sub.CopyYCbCr(reused)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if got := reused.YCbCrAt(x, y); got != wantAt(x, y) {
					t.Errorf("%v: %d,%d is %v, want %v", r, x, y, got, wantAt(x, y))
				}
			}
		}
		if again := sub.CopyYCbCr(reused); again != reused {
			t.Errorf("%v: planes of the right size were not used again", r)
		}
	}
	p.Y[2*12+2] = 250
	if reused.Y[0] == 250 {
		t.Error("the copy is none")
	}
}

func TestFramesPicturesLieInSharedMemory(t *testing.T) {
	c := openChannel(t, ProducerConfig{StrideAlign: 128})
	consumer := c.attach()
	c.publish(77)
	frame := next(t, consumer)
	defer frame.Release()
	picture, gray := frame.NV12(), frame.Gray()
	if &picture.Y[0] != &frame.Plane(0)[0] || &picture.UV[0] != &frame.Plane(1)[0] || &gray.Pix[0] != &frame.Plane(0)[0] {
		t.Error("copied")
	}
	if picture.Bounds() != image.Rect(0, 0, 64, 48) || gray.Bounds() != picture.Bounds() || picture.YStride != 128 || gray.Stride != 128 {
		t.Errorf("%v, %v", picture.Bounds(), gray.Bounds())
	}
	if picture.At(63, 47) != (color.YCbCr{Y: 77, Cb: 77, Cr: 77}) || gray.GrayAt(63, 47).Y != 77 {
		t.Errorf("%v, %v", picture.At(63, 47), gray.At(63, 47))
	}
}

func TestFrameOfAnotherFormatIsNoNV12(t *testing.T) {
	for _, config := range []ProducerConfig{{FourCC: GreyFormat, Width: 64, Height: 48}, {FourCC: DataFormat, Capacity: 100}} {
		c := openChannel(t, config)
		consumer := c.attach()
		c.publish(1)
		frame := next(t, consumer)
		if frame.NV12() != nil || (frame.Gray() != nil) != (config.FourCC == GreyFormat) {
			t.Errorf("%v is taken for something else", config.FourCC)
		}
		if frame.Format.FourCC.String() != config.FourCC.String() {
			t.Errorf("%v", frame.Format.FourCC)
		}
		frame.Release()
	}
}
