// SPDX-License-Identifier: Apache-2.0

// Command benchmark measures zcf-streamd with the synthetic camera, on this machine, in one run: what a viewer more costs,
// how long frames are held beyond what the encoder needs, and how old pictures are when they arrive, and when a browser
// shows them. It judges nothing. `make bench-stream` runs it.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

const (
	fewViewers  = 1
	manyViewers = 10
)

func main() {
	build := flag.String("build", "build", "build directory")
	rounds := flag.Int("rounds", 5, "rounds, each with few viewers and with many")
	length := flag.Duration("round", 5*time.Second, "length of each half of a round")
	browser := flag.Bool("browser", true, "measure in Chromium too, if there is one")
	flag.Parse()
	if err := run(*build, *rounds, *length, *browser); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

func run(build string, rounds int, length time.Duration, browser bool) error {
	server, err := startServer(build)
	if err != nil {
		return err
	}
	defer server.stop()
	fmt.Printf("%d processors, %s, synthetic camera 640x480 at 30 frames a second\n\n", runtime.NumCPU(), server.encoder)
	if err := measureViewers(server, rounds, length); err != nil {
		return err
	}
	if !browser {
		return nil
	}
	return measureBrowser(server, length)
}

// half is what one half of a round was like.
type half struct {
	viewers      int
	processor    time.Duration // For each picture that was encoded.
	encodes      float64       // For each picture that a viewer got.
	beyondEncode time.Duration // How long a frame was held beyond the encoder's time, on average.
	encode       time.Duration // The encoder's time.
	ages         []time.Duration
}

func measureViewers(server *server, rounds int, length time.Duration) error {
	var few, many []half
	for range rounds {
		for _, viewers := range []int{fewViewers, manyViewers} {
			measured, err := measureHalf(server, viewers, length)
			if err != nil {
				return err
			}
			if viewers == fewViewers {
				few = append(few, measured)
			} else {
				many = append(many, measured)
			}
		}
	}
	report(few, many)
	return nil
}

func measureHalf(server *server, count int, length time.Duration) (half, error) {
	measured := half{viewers: count}
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
	after, err := server.look()
	if err != nil {
		return measured, err
	}
	encoded := after.encoded - before.encoded
	if encoded == 0 || pictures == 0 {
		return measured, fmt.Errorf("no pictures came to %d viewers", count)
	}
	measured.processor = time.Duration(float64(after.processor-before.processor) / encoded)
	measured.encodes = encoded / (float64(pictures) / float64(count))
	held, encode := after.held-before.held, after.encode-before.encode
	measured.beyondEncode = seconds((held - encode) / encoded)
	measured.encode = seconds(encode / encoded)
	return measured, nil
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

func report(few, many []half) {
	var ratios, beyond, encode, processor []float64
	var encodes []float64
	var ages []time.Duration
	for i := range few {
		ratios = append(ratios, float64(many[i].processor)/float64(few[i].processor))
		processor = append(processor, float64(few[i].processor))
		for _, each := range []half{few[i], many[i]} {
			beyond = append(beyond, float64(each.beyondEncode))
			encode = append(encode, float64(each.encode))
		}
		encodes = append(encodes, many[i].encodes)
		ages = append(ages, few[i].ages...)
	}
	fmt.Printf("processor time per picture, %d viewers against %d    %s\n", manyViewers, fewViewers, spread(ratios, "%.2f"))
	fmt.Printf("    with %d viewer                                   %v\n", fewViewers, middle(processor))
	fmt.Printf("encodes per picture that each of %d viewers got     %s\n", manyViewers, spread(encodes, "%.3f"))
	fmt.Printf("a frame is held beyond the encoder's own time for   %v (%v to %v)\n", middle(beyond),
		time.Duration(slices.Min(beyond)).Round(time.Microsecond), time.Duration(slices.Max(beyond)).Round(time.Microsecond))
	fmt.Printf("    the encoder's own time                          %v\n", middle(encode))
	fmt.Printf("from capture to the last packet at a viewer          %s\n", percentiles(ages))
}

func middle(values []float64) time.Duration {
	return time.Duration(median(values)).Round(time.Microsecond)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func spread(values []float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", median(values), slices.Min(values), slices.Max(values))
}

func percentiles(ages []time.Duration) string {
	slices.Sort(ages)
	at := func(quantile float64) time.Duration {
		return ages[int(quantile*float64(len(ages)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("median %v, 99 %% %v, %d pictures", at(0.5), at(0.99), len(ages))
}
