// SPDX-License-Identifier: Apache-2.0

package zcframe

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test's program be another process: one that publishes until it is killed.
func TestMain(m *testing.M) {
	if directory := os.Getenv("ZCF_TEST_PRODUCER_DIRECTORY"); directory != "" {
		publishForEver(directory)
	}
	os.Exit(m.Run())
}

func publishForEver(directory string) {
	producer, err := NewProducer("camera", ProducerConfig{
		Width: 64, Height: 48, BufferCount: 5, FrameInterval: 2 * time.Millisecond, LeaseDeadline: time.Hour,
		RuntimeDirectory: directory,
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for {
		if buffer, err := producer.Dequeue(); err == nil {
			stamp(buffer)
			buffer.Publish()
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// stamp writes the frame's number into every byte.
func stamp(buffer *Buffer) {
	for plane := range buffer.Format.PlaneCount {
		pixels := buffer.Plane(plane)
		for i := range pixels {
			pixels[i] = byte(buffer.FrameNumber)
		}
	}
}

func stampIsRight(frame *Frame) bool {
	for plane := range frame.Format.PlaneCount {
		for _, pixel := range frame.Plane(plane) {
			if pixel != byte(frame.FrameNumber) {
				return false
			}
		}
	}
	return true
}

// startProducer starts the other process, and returns what kills it.
func startProducer(t *testing.T, directory string) (kill func()) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "ZCF_TEST_PRODUCER_DIRECTORY="+directory)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			command.Process.Kill()
			command.Wait()
		})
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "ready\n" {
		t.Fatal(line, err)
	}
	return kill
}

func TestKilledProducerIsSurvivedAndFollowed(t *testing.T) {
	directory := t.TempDir()
	kill := startProducer(t, directory)
	consumer, err := Open("camera", RuntimeDirectory(directory), MaxLeases(2))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	held := next(t, consumer)
	for range 5 {
		frame := next(t, consumer)
		if !stampIsRight(frame) {
			t.Errorf("frame %d shows another", frame.FrameNumber)
		}
		frame.Release()
	}
	kill()
	if !stampIsRight(held) || !held.Valid() {
		t.Error("the held frame changed when its producer was killed")
	}

	startProducer(t, directory)
	for {
		frame := next(t, consumer)
		right, epoch := stampIsRight(frame), frame.Epoch
		frame.Release()
		if epoch != held.Epoch {
			if !right || !stampIsRight(held) {
				t.Error("frames of two producers got mixed up")
			}
			break
		}
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
}

// seed returns what makes a stress test repeatable.
func seed(t *testing.T) *rand.Rand {
	value := time.Now().UnixNano()
	if text := os.Getenv("ZCF_TEST_SEED"); text != "" {
		value, _ = strconv.ParseInt(text, 10, 64)
	}
	t.Logf("ZCF_TEST_SEED=%d repeats this", value)
	return rand.New(rand.NewSource(value))
}

func TestGoroutinesShareAConsumer(t *testing.T) {
	directory := t.TempDir()
	startProducer(t, directory)
	random := seed(t)
	consumer, err := Open("camera", RuntimeDirectory(directory), MaxLeases(2))
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 6 {
		patience := rand.New(rand.NewSource(random.Int63()))
		workers.Add(1)
		go func() {
			defer workers.Done()
			for range 100 {
				shareAFrame(t, consumer, time.Duration(patience.Intn(4000))*time.Microsecond)
			}
		}()
	}
	workers.Wait()
	if counters := consumer.Counters(); counters.Acquired == 0 {
		t.Errorf("counters %+v", counters)
	}
	consumer.Close()
}

// shareAFrame takes a frame, if one comes in time, and lets another goroutine release it while this one looks on.
func shareAFrame(t *testing.T, consumer *Consumer, patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame, err := consumer.Next(ctx)
	if err != nil {
		consumer.Info()
		return
	}
	if !stampIsRight(frame) && frame.Valid() {
		t.Errorf("frame %d shows another", frame.FrameNumber)
	}
	released := make(chan error)
	go func() { released <- frame.Release() }()
	frame.Valid()
	frame.Release()
	if err := <-released; err != nil {
		t.Error(err)
	}
}
