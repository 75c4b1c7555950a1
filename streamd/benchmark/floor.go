// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/config"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/encoder/libavcodec"
	"github.com/zcframe/zcframe/streamd/internal/service"
)

// recordedPictures are played forward and backward, so that nothing jumps.
const recordedPictures = 60

// footage is what the camera showed, for one who has no camera.
type footage struct {
	Encoder       string
	Width, Height int
	Y, UV         [][]byte
}

// floorCost is what the encoder takes for a picture when it is alone.
type floorCost struct {
	processor time.Duration
	encode    time.Duration // By the clock.
}

// floor is the same encoder with the same settings on the same pictures in a process of its own, which has neither a channel
// nor a server. What it takes is the least that any server could take.
type floor struct {
	program *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

func startFloor(server *server, into *results) (*floor, error) {
	recorded, err := record(server.encoder)
	if err != nil {
		return nil, err
	}
	into.Width, into.Height, into.Rate = recorded.Width, recorded.Height, cameraRate
	path := filepath.Join(server.directory, "footage")
	if err := recorded.save(path); err != nil {
		return nil, err
	}
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	started := &floor{program: exec.Command(own, "-floor", path)}
	started.program.SysProcAttr = endsWithUs()
	started.program.Stderr = os.Stderr
	if started.orders, err = started.program.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := started.program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started.answers = json.NewDecoder(answers)
	if err := started.program.Start(); err != nil {
		return nil, err
	}
	// Its first pictures are unlike all others.
	_, err = started.encode(time.Second)
	return started, err
}

func (f *floor) stop() {
	f.orders.Close()
	_ = f.program.Wait()
}

// encode lets it encode for so long, at the camera's pace.
func (f *floor) encode(length time.Duration) (floorCost, error) {
	var answer [2]int64
	fmt.Fprintln(f.orders, length)
	if err := f.answers.Decode(&answer); err != nil {
		return floorCost{}, fmt.Errorf("the encoder alone: %w", err)
	}
	return floorCost{time.Duration(answer[0]), time.Duration(answer[1])}, nil
}

// record copies frames out of the channel.
func record(encoderName string) (*footage, error) {
	consumer, err := zcframe.Open(cameraChannel)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	recorded := &footage{Encoder: encoderName}
	for len(recorded.Y) < recordedPictures {
		frame, err := consumer.Next(context.Background())
		if err != nil {
			return nil, err
		}
		format := frame.Format
		y, uv := tight(&frame.Metadata, frame.Plane(0), 0, format.Height), tight(&frame.Metadata, frame.Plane(1), 1, format.Height/2)
		if frame.Release() == nil {
			recorded.Width, recorded.Height = format.Width, format.Height
			recorded.Y, recorded.UV = append(recorded.Y, y), append(recorded.UV, uv)
		}
	}
	return recorded, nil
}

// tight copies a plane without the padding at the end of its rows.
func tight(frame *zcframe.Metadata, plane []byte, number, rows int) []byte {
	stride, width := frame.Format.Planes[number].Stride, frame.Format.Width
	copied := make([]byte, 0, width*rows)
	for row := range rows {
		copied = append(copied, plane[row*stride:row*stride+width]...)
	}
	return copied
}

func (f *footage) save(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(file).Encode(f), file.Close())
}

// runFloor is the other process. Each line that it reads is a length of time, and what it takes is its answer.
func runFloor(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	var recorded footage
	if err := gob.NewDecoder(file).Decode(&recorded); err != nil {
		return err
	}
	file.Close()
	var pinned runtime.Pinner // The encoder is C, and gets the pictures' addresses.
	defer pinned.Unpin()
	for i := range recorded.Y {
		pinned.Pin(&recorded.Y[i][0])
		pinned.Pin(&recorded.UV[i][0])
	}
	opened, err := openAlone(&recorded)
	if err != nil {
		return err
	}
	defer opened.Close()
	answers := json.NewEncoder(os.Stdout)
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		length, err := time.ParseDuration(orders.Text())
		if err != nil {
			return err
		}
		cost, err := encodePaced(opened, &recorded, length)
		if err != nil {
			return err
		}
		if err := answers.Encode([]time.Duration{cost.processor, cost.encode}); err != nil {
			return err
		}
	}
	return nil
}

// chooseEncoder names the first encoder of libavcodec's that works here.
func chooseEncoder() (string, error) {
	opened, err := openAlone(&footage{Encoder: encoder.Auto, Width: 640, Height: 480})
	if err != nil {
		return "", err
	}
	defer opened.Close()
	return opened.Name(), nil
}

// openAlone opens the encoder as zcf-streamd does without a configuration.
func openAlone(recorded *footage) (encoder.Encoder, error) {
	settings, _, err := config.Read([]string{"--config", os.DevNull})
	if err != nil {
		return nil, err
	}
	asked := service.Encoding(settings)
	asked.Width, asked.Height, asked.FrameRate = recorded.Width, recorded.Height, cameraRate
	return encoder.Choose(libavcodec.Backends(), recorded.Encoder, asked)
}

func encodePaced(opened encoder.Encoder, recorded *footage, length time.Duration) (floorCost, error) {
	var cost floorCost
	begin, count := time.Now(), 0
	for ; time.Since(begin) < length; count++ {
		time.Sleep(time.Until(begin.Add(time.Duration(count) * time.Second / cameraRate)))
		index := count % (2 * recordedPictures)
		index = min(index, 2*recordedPictures-1-index)
		picture := &encoder.Picture{
			Width: recorded.Width, Height: recorded.Height, Y: recorded.Y[index], UV: recorded.UV[index],
			YStride: recorded.Width, UVStride: recorded.Width, Time: zcframe.Monotonic(),
		}
		processor, clock := ownProcessorTime(), time.Now()
		if _, err := opened.Encode(picture); err != nil {
			return cost, err
		}
		cost.encode += time.Since(clock)
		cost.processor += ownProcessorTime() - processor
	}
	return floorCost{cost.processor / time.Duration(count), cost.encode / time.Duration(count)}, nil
}

// ownProcessorTime is that of all threads: the encoder may have some of its own.
func ownProcessorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
