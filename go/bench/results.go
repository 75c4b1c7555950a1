// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"
)

// results is all that was found.
type results struct {
	AcquireRelease []row `json:"acquire_release,omitempty"`
	Wake           []row `json:"wake,omitempty"`
	Publish        []row `json:"publish,omitempty"`
}

// row is one contender. Times are nanoseconds.
type row struct {
	Title   string        `json:"title"`
	P50     time.Duration `json:"p50_ns"`
	P99     time.Duration `json:"p99_ns"`
	ToC     float64       `json:"ratio_to_c"`
	BeyondC time.Duration `json:"beyond_c_ns"`
}

// rowsOf compares the medians with that of the first contender.
func rowsOf(contenders []*named, times func(*named) []time.Duration) []row {
	var rows []row
	for _, c := range contenders {
		sorted := slices.Clone(times(c))
		slices.Sort(sorted)
		one := row{Title: c.name, P50: sorted[len(sorted)/2], P99: sorted[len(sorted)*99/100], ToC: 1}
		if len(rows) > 0 {
			one.ToC, one.BeyondC = float64(one.P50)/float64(rows[0].P50), one.P50-rows[0].P50
		}
		rows = append(rows, one)
	}
	return rows
}

func (r *results) print() {
	printRows("acquire and release", r.AcquireRelease)
	printRows("\npublish to frame", r.Wake)
	printRows("\npublish, one sleeper", r.Publish)
}

func printRows(what string, rows []row) {
	if len(rows) == 0 {
		return
	}
	fmt.Printf("%-22s %9s %9s %11s %9s\n", what, "median", "p99", "ratio to C", "beyond C")
	for _, one := range rows {
		fmt.Printf("%-22s %6.2f us %6.2f us %11.2f %6.2f us\n", one.Title, us(one.P50), us(one.P99), one.ToC, us(one.BeyondC))
	}
}

func us(d time.Duration) float64 { return float64(d) / 1e3 }
