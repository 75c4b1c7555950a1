// SPDX-License-Identifier: Apache-2.0

package live

import "github.com/prometheus/client_golang/prometheus"

// counters are what an operator sees of the encoding.
type counters struct {
	encoded      prometheus.Counter
	keyframes    prometheus.Counter
	bytes        prometheus.Counter
	stale        prometheus.Counter
	leftOut      prometheus.Counter
	failures     prometheus.Counter
	leaseSeconds prometheus.Histogram
	encodeTime   prometheus.Histogram
	frameDivisor prometheus.Gauge
}

func newCounters(registry prometheus.Registerer) *counters {
	counter := func(name, help string) prometheus.Counter {
		made := prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_" + name, Help: help})
		registry.MustRegister(made)
		return made
	}
	histogram := func(name, help string) prometheus.Histogram {
		made := prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "zcframe_streamd_" + name, Help: help,
			Buckets: []float64{.0005, .001, .002, .004, .008, .016, .033, .066, .133, .266},
		})
		registry.MustRegister(made)
		return made
	}
	made := &counters{
		encoded:      counter("pictures_encoded_total", "Pictures encoded, once for all clients."),
		keyframes:    counter("keyframes_total", "Of those, keyframes."),
		bytes:        counter("encoded_bytes_total", "Bytes that they took."),
		stale:        counter("stale_pictures_total", "Pictures thrown away because their frame was overwritten meanwhile."),
		leftOut:      counter("pictures_left_out_total", "Frames not encoded because encoding takes too long here."),
		failures:     counter("encoder_failures_total", "Encoders that failed and were opened anew."),
		leaseSeconds: histogram("lease_seconds", "How long a frame was held."),
		encodeTime:   histogram("encode_seconds", "How long the encoder took, which it does while the frame is held."),
		frameDivisor: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "zcframe_streamd_frame_divisor", Help: "One frame of so many is encoded.",
		}),
	}
	registry.MustRegister(made.frameDivisor)
	return made
}
