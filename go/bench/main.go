// SPDX-License-Identifier: Apache-2.0

// Command bench measures what frames cost from Go, beside the same steps from C. All contenders are attached to one
// channel of this process and take turns, so that what disturbs one disturbs the others.
//
//	go run ./bench
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
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
	flag.Parse()
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
	if *count > 0 {
		measureAcquireRelease(producer, *count)
	}
	if *wakes > 0 {
		measureWakes(producer, *wakes)
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

func measureAcquireRelease(producer *zcframe.Producer, count int) {
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
	fmt.Printf("%-22s %9s %9s %11s %9s\n", "acquire and release", "median", "p99", "ratio to C", "beyond C")
	for _, c := range contenders {
		printRow(c.name, c.acquireReleases, contenders[0].acquireReleases)
		c.close()
	}
}

// Waking is measured in rounds of one contender each: those that sleep would wake with the others.
const wakesInRound = 30

func measureWakes(producer *zcframe.Producer, count int) {
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
	fmt.Printf("\n%-22s %9s %9s %11s %9s\n", "publish to frame", "median", "p99", "ratio to C", "beyond C")
	for _, c := range contenders {
		printRow(c.name, c.wakes, contenders[0].wakes)
	}
	fmt.Printf("\n%-22s %9s %9s %11s %9s\n", "publish, one sleeper", "median", "p99", "ratio to C", "beyond C")
	for _, c := range contenders {
		printRow(c.name, c.publishes, contenders[0].publishes)
	}
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

func printRow(name string, times, base []time.Duration) {
	slices.Sort(times)
	slices.Sort(base)
	median, baseMedian := times[len(times)/2], base[len(base)/2]
	fmt.Printf("%-22s %6.2f us %6.2f us %11.2f %6.2f us\n", name, us(median), us(times[len(times)*99/100]),
		float64(median)/float64(baseMedian), us(median-baseMedian))
}

func us(d time.Duration) float64 { return float64(d) / 1e3 }

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
