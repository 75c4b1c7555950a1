// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// results is all that was found. Times are nanoseconds, those of the processor for one picture.
type results struct {
	Processors int     `json:"processor_count"`
	Encoder    string  `json:"encoder"`
	Width      int     `json:"width_pixels"`
	Height     int     `json:"height_pixels"`
	Rate       float64 `json:"rate_hz"`
	Rounds     int     `json:"rounds"`

	Floor       spread         `json:"floor_ns"`        // The encoder alone.
	FloorEncode spread         `json:"floor_encode_ns"` // How long it takes for a picture, by the clock.
	Viewers     []viewerResult `json:"viewers"`

	ManyToFew    spread         `json:"many_to_few_ratio"`
	Encodes      spread         `json:"encodes_per_picture"`
	BeyondEncode spread         `json:"held_beyond_encode_ns"`
	Encode       spread         `json:"encode_ns"`
	Age          distribution   `json:"age"`
	Browser      *browserResult `json:"browser"`
}

// viewerResult is what the server takes for a picture, and for a frame of the camera where there is no picture.
type viewerResult struct {
	Viewers   int    `json:"viewers"`
	Processor spread `json:"processor_ns"`
	ToFloor   spread `json:"ratio_to_floor"`
}

// spread is the median over the rounds, and how far they lie apart.
type spread struct {
	Median  float64 `json:"median"`
	Minimum float64 `json:"minimum"`
	Maximum float64 `json:"maximum"`
}

type distribution struct {
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Count int           `json:"pictures"`
}

type browserResult struct {
	Missing string        `json:"missing,omitempty"` // Why it was not measured.
	Age     *distribution `json:"age,omitempty"`
}

func (r *results) summarize(rounds []round) {
	over := func(value func(*round) float64) spread {
		var values []float64
		for i := range rounds {
			values = append(values, value(&rounds[i]))
		}
		return spreadOf(values)
	}
	r.Rounds = len(rounds)
	r.Floor = over(func(one *round) float64 { return float64(one.floor.processor) })
	r.FloorEncode = over(func(one *round) float64 { return float64(one.floor.encode) })
	for _, each := range []struct {
		viewers int
		value   func(*round) float64
	}{
		{0, func(one *round) float64 { return float64(one.none) }},
		{fewViewers, func(one *round) float64 { return float64(one.few.processor) }},
		{manyViewers, func(one *round) float64 { return float64(one.many.processor) }},
	} {
		r.Viewers = append(r.Viewers, viewerResult{each.viewers, over(each.value), over(func(one *round) float64 {
			return each.value(one) / float64(one.floor.processor)
		})})
	}
	r.ManyToFew = over(func(one *round) float64 { return float64(one.many.processor) / float64(one.few.processor) })
	r.Encodes = over(func(one *round) float64 { return one.many.encodes })
	r.BeyondEncode = over(func(one *round) float64 { return float64(one.few.beyondEncode+one.many.beyondEncode) / 2 })
	r.Encode = over(func(one *round) float64 { return float64(one.few.encode+one.many.encode) / 2 })
	var ages []time.Duration
	for i := range rounds {
		ages = append(ages, rounds[i].few.ages...)
	}
	r.Age = distributionOf(ages)
}

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{(sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2, sorted[0], sorted[len(sorted)-1]}
}

func distributionOf(ages []time.Duration) distribution {
	slices.Sort(ages)
	at := func(quantile float64) time.Duration { return ages[int(quantile*float64(len(ages)-1))] }
	return distribution{at(0.5), at(0.99), len(ages)}
}

func (r *results) print(to io.Writer) {
	fmt.Fprintf(to, "%d processors, %s, synthetic camera %dx%d at %.0f frames a second, %d rounds\n\n", r.Processors,
		r.Encoder, r.Width, r.Height, r.Rate, r.Rounds)
	fmt.Fprintf(to, "processor time per picture\n    the encoder alone, without camera and server     %s\n", r.Floor.times())
	for _, each := range r.Viewers {
		fmt.Fprintf(to, "    zcf-streamd, %2d viewers                          %s, %s of the encoder alone\n", each.Viewers,
			each.Processor.times(), each.ToFloor.text("%.3f"))
	}
	fmt.Fprintf(to, "    %d viewers against %d                            %s\n", manyViewers, fewViewers,
		r.ManyToFew.text("%.2f"))
	fmt.Fprintf(to, "encodes per picture that each of %d viewers got     %s\n", manyViewers, r.Encodes.text("%.3f"))
	fmt.Fprintf(to, "a frame is held beyond the encoder's own time for   %s\n", r.BeyondEncode.times())
	fmt.Fprintf(to, "    the encoder's own time                           %s\n", r.Encode.times())
	fmt.Fprintf(to, "    and when it is alone                             %s\n", r.FloorEncode.times())
	fmt.Fprintf(to, "from capture to the last packet at a viewer          %s\n", r.Age.text())
	if r.Browser.Missing != "" {
		fmt.Fprintf(to, "in a browser: not measured, %s\n", r.Browser.Missing)
		return
	}
	fmt.Fprintf(to, "from capture to the screen of headless Chromium      %s\n", r.Browser.Age.text())
}

func (s spread) text(format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", s.Median, s.Minimum, s.Maximum)
}

func (s spread) times() string {
	rounded := func(value float64) time.Duration { return time.Duration(value).Round(time.Microsecond) }
	return fmt.Sprintf("%v (%v to %v)", rounded(s.Median), rounded(s.Minimum), rounded(s.Maximum))
}

func (d distribution) text() string {
	return fmt.Sprintf("median %v, 99 %% %v, %d pictures", d.P50.Round(100*time.Microsecond),
		d.P99.Round(100*time.Microsecond), d.Count)
}
