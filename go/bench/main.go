// SPDX-License-Identifier: Apache-2.0

// Command bench measures what frames cost from Go, beside the same steps from C. All contenders are attached to one
// channel of this process and take turns, so that what disturbs one disturbs the others.
//
//	go run ./bench
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/zcframe/zcframe/go/zcframe"
)

const channelName = "benchmark"

// named are the contenders; the first is what the others are compared with.
type named struct {
	name string
	contender
	acquireReleases, wakes, publishes []time.Duration
}

func main() {
	count := flag.Int("count", 20000, "frames for each contender to acquire and release")
	wakes := flag.Int("wakes", 300, "frames for each contender to wait for")
	asJSON := flag.Bool("json", false, "write the results as JSON, and what is being measured to standard error")
	flag.Parse()
	if *asJSON {
		fmt.Fprintln(os.Stderr, "step acquire and release from Go")
	}
	directory, err := os.MkdirTemp("", "zcframe-bench")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(directory)
	os.Setenv("ZCF_RUNTIME_DIR", directory)
	producer, err := zcframe.NewProducer(channelName, zcframe.ProducerConfig{Width: 640, Height: 360, LeaseDeadline: time.Minute})
	if err != nil {
		fail(err)
	}
	defer producer.Close()

	pin(0)
	var found results
	if *count > 0 {
		found.AcquireRelease = measureAcquireRelease(producer, *count)
	}
	if *wakes > 0 {
		found.Wake, found.Publish = measureWakes(producer, *wakes)
	}
	if !*asJSON {
		found.print()
	} else if err := json.NewEncoder(os.Stdout).Encode(&found); err != nil {
		fail(err)
	}
}

func openGo(ctx context.Context) *inGo {
	consumer, err := zcframe.Open(channelName)
	if err != nil {
		fail(err)
	}
	return &inGo{consumer, ctx}
}

func publish(producer *zcframe.Producer) time.Duration {
	buffer, err := producer.Dequeue()
	if err != nil {
		fail(err)
	}
	start := time.Now()
	if err := buffer.Publish(); err != nil {
		fail(err)
	}
	return time.Since(start)
}

func measureAcquireRelease(producer *zcframe.Producer, count int) []row {
	withCancel, cancel := context.WithCancel(context.Background())
	defer cancel()
	contenders := []*named{
		{name: "C", contender: &inC{openC()}},
		{name: "Go", contender: openGo(context.Background())},
		{name: "Go, with a context", contender: openGo(withCancel)},
	}
	for i := range count * len(contenders) {
		publish(producer)
		c := contenders[i%len(contenders)]
		taken, err := c.acquireRelease()
		if err != nil {
			fail(err)
		}
		c.acquireReleases = append(c.acquireReleases, taken)
	}
	for _, c := range contenders {
		c.close()
	}
	return rowsOf(contenders, func(c *named) []time.Duration { return c.acquireReleases })
}

// Waking is measured in rounds of one contender each: those that sleep would wake with the others.
const wakesInRound = 30

func measureWakes(producer *zcframe.Producer, count int) (wakes, publishes []row) {
	open := []func() *named{
		func() *named { return &named{name: "C", contender: &inC{openC()}} },
		func() *named { return &named{name: "Go", contender: openGo(context.Background())} },
		func() *named { return &named{name: "Go, waiting in C", contender: &inLibrary{inC{openC()}}} },
	}
	contenders := make([]*named, len(open))
	for done := 0; done < count; done += wakesInRound {
		for i := range open {
			c := open[i]()
			wakeRound(producer, c)
			c.close()
			if contenders[i] == nil {
				contenders[i] = &named{name: c.name}
			}
			contenders[i].wakes = append(contenders[i].wakes, c.wakes...)
			contenders[i].publishes = append(contenders[i].publishes, c.publishes...)
		}
	}
	return rowsOf(contenders, func(c *named) []time.Duration { return c.wakes }),
		rowsOf(contenders, func(c *named) []time.Duration { return c.publishes })
}

func wakeRound(producer *zcframe.Producer, c *named) {
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if runtime.NumCPU() > 1 {
			pin(1)
		}
		for range wakesInRound {
			ready <- struct{}{}
			latency, err := c.wake()
			if err != nil {
				fail(err)
			}
			c.wakes = append(c.wakes, latency)
		}
	}()
	for range wakesInRound {
		<-ready
		time.Sleep(3 * time.Millisecond) // until it sleeps
		c.publishes = append(c.publishes, publish(producer))
	}
	<-done
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
