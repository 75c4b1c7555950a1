// SPDX-License-Identifier: Apache-2.0

package logline

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func logged(target Target, level slog.Level, log func(*slog.Logger)) string {
	var out bytes.Buffer
	log(slog.New(New(&out, target, "zcf-test", level)))
	return out.String()
}

func TestALineForAFileHasEverything(t *testing.T) {
	line := logged(File, slog.LevelInfo, func(logger *slog.Logger) {
		logger.Warn("viewer vanished", "viewer", "10.0.0.1:5", "why", `said "no"`)
	})
	stamp, rest, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(stamp, "time=2") || !strings.HasSuffix(stamp, "Z") {
		t.Errorf("no time: %q", stamp)
	}
	const wanted = `level=warning program=zcf-test msg="viewer vanished" viewer=10.0.0.1:5 why="said \"no\""` + "\n"
	if rest != wanted {
		t.Errorf("got  %q\nwant %q", rest, wanted)
	}
}

func TestALineForTheJournalHasAPriority(t *testing.T) {
	line := logged(Journal, slog.LevelInfo, func(logger *slog.Logger) { logger.Error("no encoder") })
	if line != "<3>level=error program=zcf-test msg=\"no encoder\"\n" {
		t.Errorf("got %q", line)
	}
}

func TestALineForAPersonIsPlain(t *testing.T) {
	line := logged(Terminal, slog.LevelInfo, func(logger *slog.Logger) { logger.Info("serving", "port", 8554) })
	if !strings.HasSuffix(line, " zcf-test: serving  port=8554\n") {
		t.Errorf("got %q", line)
	}
	line = logged(Terminal, slog.LevelInfo, func(logger *slog.Logger) { logger.Info("stopping") })
	if !strings.HasSuffix(line, " zcf-test: stopping\n") {
		t.Errorf("got %q", line)
	}
}

func TestOneEventIsOneLineWhateverItHolds(t *testing.T) {
	for _, target := range []Target{File, Terminal, Journal} {
		line := logged(target, slog.LevelInfo, func(logger *slog.Logger) {
			logger.With("a", "x\ny").WithGroup("g").Info("first\nlevel=error forged", "b", "\r\n", "c", "")
		})
		if strings.Count(line, "\n") != 1 || strings.Contains(line, "\r") {
			t.Errorf("more than a line: %q", line)
		}
	}
}

func TestLinesBelowTheLevelAreNotWritten(t *testing.T) {
	line := logged(File, slog.LevelWarn, func(logger *slog.Logger) { logger.Info("quiet") })
	if line != "" {
		t.Errorf("got %q", line)
	}
}
