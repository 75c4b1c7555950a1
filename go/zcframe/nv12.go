// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"image"
	"image/color"
)

// NV12 is a picture with a plane of luminance and one of interleaved colour at half width and height. It implements
// [image.Image] over planes that it does not own: a pixel is converted when it is looked at, nothing is copied.
//
// Made by [Frame.NV12], it is a view of the shared memory and ends with the frame's release. Colours are full-range
// BT.601, as in JPEG.
type NV12 struct {
	Y        []byte
	UV       []byte
	YStride  int // bytes from one row of Y to the next
	UVStride int // bytes from one row of UV to the next
	Rect     image.Rectangle
}

// NV12 returns the frame as a picture over the shared memory, or nil if the frame is of another format or was released.
func (f *Frame) NV12() *NV12 {
	y, uv := f.Plane(0), f.Plane(1)
	if f.Format.FourCC != NV12Format || y == nil || uv == nil {
		return nil
	}
	return &NV12{
		Y:        y,
		UV:       uv,
		YStride:  f.Format.Planes[0].Stride,
		UVStride: f.Format.Planes[1].Stride,
		Rect:     image.Rect(0, 0, f.Format.Width, f.Format.Height),
	}
}

// Gray returns the frame's luminance as a picture over the shared memory, without a copy, under the rules of
// [Frame.Plane]; nil if the frame is no picture or was released. The standard library's fast paths know this type. Do not
// write to it.
func (f *Frame) Gray() *image.Gray {
	y := f.Plane(0)
	if y == nil || f.Format.FourCC != NV12Format && f.Format.FourCC != GreyFormat {
		return nil
	}
	return &image.Gray{Pix: y, Stride: f.Format.Planes[0].Stride, Rect: image.Rect(0, 0, f.Format.Width, f.Format.Height)}
}

// ColorModel returns [color.YCbCrModel].
func (p *NV12) ColorModel() color.Model { return color.YCbCrModel }

// Bounds returns the picture's rectangle.
func (p *NV12) Bounds() image.Rectangle { return p.Rect }

// At returns the pixel at x, y; black outside the picture.
func (p *NV12) At(x, y int) color.Color { return p.YCbCrAt(x, y) }

// YCbCrAt is At without an allocation.
func (p *NV12) YCbCrAt(x, y int) color.YCbCr {
	if !(image.Point{X: x, Y: y}).In(p.Rect) {
		return color.YCbCr{Y: 0, Cb: 128, Cr: 128}
	}
	uv := p.uvOffset(x, y)
	return color.YCbCr{Y: p.Y[p.yOffset(x, y)], Cb: p.UV[uv], Cr: p.UV[uv+1]}
}

// RGBA64At lets package image/draw read pixels without an allocation.
func (p *NV12) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := p.YCbCrAt(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

// Opaque is always true.
func (p *NV12) Opaque() bool { return true }

// SubImage returns the part of the picture that is inside r, over the same memory.
func (p *NV12) SubImage(r image.Rectangle) image.Image {
	r = r.Intersect(p.Rect)
	if r.Empty() {
		return &NV12{}
	}
	sub := *p
	sub.Rect = r
	sub.Y = p.Y[p.yOffset(r.Min.X, r.Min.Y):]
	sub.UV = p.UV[p.uvOffset(r.Min.X, r.Min.Y):]
	return &sub
}

// The planes begin with the pixel Rect.Min, or the pair of columns and rows that it is in.
func (p *NV12) yOffset(x, y int) int {
	return (y-p.Rect.Min.Y)*p.YStride + x - p.Rect.Min.X
}

func (p *NV12) uvOffset(x, y int) int {
	return (y/2-p.Rect.Min.Y/2)*p.UVStride + (x/2-p.Rect.Min.X/2)*2
}

// CopyYCbCr copies the picture into planes of its own, which outlive the frame and which encoders of the standard
// library know fast paths for. It fills dst and returns it if that has the right size, and makes a new one otherwise
// (also for nil). A copy says nothing about what it was copied from: ask [Frame.Release] whether it can be used.
func (p *NV12) CopyYCbCr(dst *image.YCbCr) *image.YCbCr {
	if dst == nil || dst.Rect != p.Rect || dst.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		dst = image.NewYCbCr(p.Rect, image.YCbCrSubsampleRatio420)
	}
	width := p.Rect.Dx()
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		from := p.yOffset(p.Rect.Min.X, y)
		copy(dst.Y[dst.YOffset(p.Rect.Min.X, y):], p.Y[from:from+width])
	}
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y += 2 - y%2 {
		p.copyChromaRow(dst, y)
	}
	return dst
}

func (p *NV12) copyChromaRow(dst *image.YCbCr, y int) {
	from := p.UV[p.uvOffset(p.Rect.Min.X, y):]
	to := dst.COffset(p.Rect.Min.X, y)
	pairs := (p.Rect.Max.X+1)/2 - p.Rect.Min.X/2
	cb, cr := dst.Cb[to:to+pairs], dst.Cr[to:to+pairs]
	for i := range pairs {
		cb[i], cr[i] = from[2*i], from[2*i+1]
	}
}
