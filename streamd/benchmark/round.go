// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"
)

const (
	fewViewers  = 1
	manyViewers = 10

	// The server goes on for three seconds when the last viewer has left.
	untilAsleep = 3500 * time.Millisecond
)

// round is what one round was like.
type round struct {
	few, many part
	none      time.Duration // The server's time for each frame of the camera, when nobody watches.
	floor     floorCost
}

// part is what it was like with so many viewers.
type part struct {
	processor    time.Duration // For each picture that was encoded.
	encodes      float64       // For each picture that a viewer got.
	beyondEncode time.Duration // How long a frame was held beyond the encoder's time, on average.
	encode       time.Duration // The encoder's time.
	ages         []time.Duration
}

func measureRounds(server *server, into *results, count int, length time.Duration, progress func(string, ...any)) error {
	progress("streaming, the encoder alone")
	alone, err := startFloor(server, into)
	if err != nil {
		return err
	}
	defer alone.stop()
	var rounds []round
	for i := range count {
		progress("streaming, round %d of %d", i+1, count)
		measured, err := measureRound(server, alone, length)
		if err != nil {
			return err
		}
		rounds = append(rounds, measured)
	}
	into.summarize(rounds)
	return nil
}

func measureRound(server *server, alone *floor, length time.Duration) (round, error) {
	var measured round
	var err error
	if measured.few, err = measurePart(server, fewViewers, length); err != nil {
		return measured, err
	}
	if measured.many, err = measurePart(server, manyViewers, length); err != nil {
		return measured, err
	}
	time.Sleep(untilAsleep)
	before, began := server.processorTime(), time.Now()
	if measured.floor, err = alone.encode(length); err != nil {
		return measured, err
	}
	frames := time.Since(began).Seconds() * cameraRate
	measured.none = time.Duration(float64(server.processorTime()-before) / frames)
	return measured, nil
}

func measurePart(server *server, count int, length time.Duration) (part, error) {
	var measured part
	var viewers []*viewer
	for range count {
		watching, err := watch(server.url)
		if err != nil {
			return measured, err
		}
		defer watching.close()
		viewers = append(viewers, watching)
	}
	time.Sleep(time.Second)
	before, err := server.look()
	if err != nil {
		return measured, err
	}
	processor := server.processorTime()
	for _, each := range viewers {
		each.begin()
	}
	time.Sleep(length)
	pictures := 0
	for _, each := range viewers {
		ages := each.ages()
		pictures += len(ages)
		measured.ages = append(measured.ages, ages...)
	}
	processor = server.processorTime() - processor
	after, err := server.look()
	if err != nil {
		return measured, err
	}
	encoded := after.encoded - before.encoded
	if encoded == 0 || pictures == 0 {
		return measured, fmt.Errorf("no pictures came to %d viewers", count)
	}
	measured.processor = time.Duration(float64(processor) / encoded)
	measured.encodes = encoded / (float64(pictures) / float64(count))
	held, encode := after.held-before.held, after.encode-before.encode
	measured.beyondEncode = seconds((held - encode) / encoded)
	measured.encode = seconds(encode / encoded)
	return measured, nil
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }
