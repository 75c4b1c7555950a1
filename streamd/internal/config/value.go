// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/logline"
)

// A parser puts the text of a value where it belongs, or says in a sentence what would be right.
type parser func(value string) error

func text(field *string) parser {
	return func(value string) error { *field = value; return nil }
}

func whole(field *int, minimum, maximum int) parser {
	return func(value string) error {
		number, err := strconv.Atoi(value)
		if err != nil || number < minimum || number > maximum {
			return fmt.Errorf("must be a whole number from %d to %d, not '%s'", minimum, maximum, value)
		}
		*field = number
		return nil
	}
}

func fraction(field *float64, minimum, maximum float64) parser {
	return func(value string) error {
		number, err := strconv.ParseFloat(value, 64)
		if err != nil || !(number >= minimum && number <= maximum) {
			return fmt.Errorf("must be a number from %g to %g, not '%s'", minimum, maximum, value)
		}
		*field = number
		return nil
	}
}

func maxRate(field *float64) parser {
	return func(value string) error {
		rate, err := strconv.ParseFloat(value, 64)
		if err != nil || !(rate == 0 || rate >= 0.001 && rate <= 1000) {
			return fmt.Errorf("must be frames a second from 0.001 to 1000, or 0 for all, not '%s'", value)
		}
		*field = rate
		return nil
	}
}

var durationUnits = map[string]float64{
	"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9,
}

func duration(field *time.Duration, minimum, maximum time.Duration) parser {
	return func(value string) error {
		digits := strings.TrimRightFunc(value, func(r rune) bool { return r >= 'a' && r <= 'z' })
		number, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		unit, known := durationUnits[value[len(digits):]]
		// A plain 0 needs no unit; everything else does.
		known = known || len(digits) == len(value) && number == 0
		result := time.Duration(math.Round(number * unit))
		if err != nil || !known || !(number*unit <= math.MaxInt64) || result < minimum || result > maximum {
			return fmt.Errorf("must be a duration such as 66ms (ns, us, ms, s, min), from %s to %s, not '%s'",
				formatDuration(minimum), formatDuration(maximum), value)
		}
		*field = result
		return nil
	}
}

// formatDuration takes the largest unit that leaves no fraction, of those that duration takes.
func formatDuration(length time.Duration) string {
	for _, unit := range []string{"min", "s", "ms", "us"} {
		if ns := time.Duration(durationUnits[unit]); length >= ns && length%ns == 0 {
			return strconv.FormatInt(int64(length/ns), 10) + unit
		}
	}
	if length == 0 {
		return "0"
	}
	return strconv.FormatInt(length.Nanoseconds(), 10) + "ns"
}

var sizeUnits = map[string]float64{"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}

// size takes "4M", "2.5G"; decimal units, as those of disks and networks are.
func size[T int | int64](field *T, minimum, maximum float64) parser {
	return func(value string) error {
		digits := strings.TrimRight(value, "kMGT")
		number, err := strconv.ParseFloat(digits, 64)
		unit, known := sizeUnits[value[len(digits):]]
		if err != nil || !known || !(number*unit >= minimum && number*unit <= maximum) {
			return fmt.Errorf("must be a number with k, M, G or T behind it, from %s to %s, not '%s'", formatSize(minimum),
				formatSize(maximum), value)
		}
		*field = T(math.Round(number * unit))
		return nil
	}
}

func formatSize(number float64) string {
	for _, unit := range []string{"T", "G", "M", "k"} {
		if number >= sizeUnits[unit] {
			return strconv.FormatFloat(number/sizeUnits[unit], 'g', 4, 64) + unit
		}
	}
	return strconv.FormatFloat(number, 'g', 4, 64)
}

func words(field *[]string) parser {
	return func(value string) error {
		*field = strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
		return nil
	}
}

func oneOf(field *string, choices ...string) parser {
	return func(value string) error {
		if !contains(choices, value) {
			return fmt.Errorf("must be one of %s, not '%s'", strings.Join(choices, ", "), value)
		}
		*field = value
		return nil
	}
}

const longestChannelName = 63

func channel(field *string) parser {
	return func(value string) error {
		const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
		if value == "" || value[0] == '.' || !madeOf(value, allowed) || len(value) > longestChannelName {
			return fmt.Errorf("'%s' is no channel name; one has 1 to %d letters, digits, _ - and .", value,
				longestChannelName)
		}
		*field = value
		return nil
	}
}

// address takes "127.0.0.1:8080", "[::1]:8080"; an empty one where that turns something off.
func address(field *string, mayBeEmpty bool) parser {
	return func(value string) error {
		if value == "" && mayBeEmpty {
			*field = ""
			return nil
		}
		host, port, err := net.SplitHostPort(value)
		_, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || net.ParseIP(host) == nil {
			return fmt.Errorf("must be ADDRESS:PORT such as 127.0.0.1:8090, [::1]:8090 or 0.0.0.0:8090, not '%s'", value)
		}
		*field = value
		return nil
	}
}

func addresses(field *[]net.IP) parser {
	return func(value string) error {
		var list []string
		_ = words(&list)(value)
		*field = nil
		for _, word := range list {
			ip := net.ParseIP(word)
			if ip == nil {
				return fmt.Errorf("'%s' is no IP address", word)
			}
			*field = append(*field, ip)
		}
		return nil
	}
}

func webAddress(field *string) parser {
	return func(value string) error {
		if parsed, err := url.Parse(value); value != "" &&
			(err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https") {
			return fmt.Errorf("must be an address that begins with http:// or https://, not '%s'", value)
		}
		*field = value
		return nil
	}
}

func logLevel(field *string) parser {
	return func(value string) error {
		if _, err := logline.ParseLevel(value); err != nil {
			return err
		}
		*field = value
		return nil
	}
}

func madeOf(text, allowed string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(allowed, r) })
}
