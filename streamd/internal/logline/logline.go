// SPDX-License-Identifier: Apache-2.0

// Package logline makes slog's records look like the lines of the other programs of zcframe: logfmt on standard error,
// with a priority in front when that is the journal, and few words when it is a terminal.
package logline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Target is what reads the lines.
type Target int

const (
	File     Target = iota // A file or pipe: everything is written.
	Terminal               // A person.
	Journal                // journald, which adds time and program itself.
)

// Handler is a slog.Handler.
type Handler struct {
	program string
	level   slog.Leveler
	target  Target
	fields  string // Of With, already formatted.
	group   string

	mu *sync.Mutex // One record is one write.
	to io.Writer
}

// New returns a handler that writes records of this level and above.
func New(to io.Writer, target Target, program string, level slog.Leveler) *Handler {
	return &Handler{program: program, level: level, target: target, mu: new(sync.Mutex), to: to}
}

// TargetOfStandardError looks where standard error goes.
func TargetOfStandardError() Target {
	var status syscall.Stat_t
	if syscall.Fstat(int(os.Stderr.Fd()), &status) != nil {
		return File
	}
	// systemd names the stream that it connected; standard error may have been redirected since.
	if os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", status.Dev, status.Ino) {
		return Journal
	}
	if status.Mode&syscall.S_IFMT == syscall.S_IFCHR && status.Rdev>>8 != 1 { // Not /dev/null and its like.
		return Terminal
	}
	return File
}

// ParseLevel takes the names that the configuration has for levels.
func ParseLevel(name string) (slog.Level, error) {
	for level, levelName := range levelNames {
		if levelName == name {
			return level, nil
		}
	}
	return 0, fmt.Errorf("must be error, warning, info or debug, not '%s'", name)
}

var levelNames = map[slog.Level]string{
	slog.LevelError: "error", slog.LevelWarn: "warning", slog.LevelInfo: "info", slog.LevelDebug: "debug",
}

// What syslog(3) calls LOG_ERR, LOG_WARNING, LOG_INFO and LOG_DEBUG.
var levelPriorities = map[slog.Level]int{
	slog.LevelError: 3, slog.LevelWarn: 4, slog.LevelInfo: 6, slog.LevelDebug: 7,
}

func (h *Handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level.Level() }

func (h *Handler) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	level := nameable(record.Level)

	switch h.target {
	case Journal:
		fmt.Fprintf(&line, "<%d>level=%s program=%s msg=%s", levelPriorities[level], levelNames[level], h.program,
			quote(record.Message))
	case Terminal:
		fmt.Fprintf(&line, "%s %s: ", record.Time.Format("15:04:05.000"), h.program)
		if level != slog.LevelInfo {
			line.WriteString(levelNames[level] + ": ")
		}
		line.WriteString(oneLine(record.Message))
		if h.fields != "" || record.NumAttrs() > 0 {
			line.WriteByte(' ')
		}
	default:
		fmt.Fprintf(&line, "time=%s level=%s program=%s msg=%s",
			record.Time.UTC().Format("2006-01-02T15:04:05.000Z"), levelNames[level], h.program, quote(record.Message))
	}
	line.WriteString(h.fields)
	record.Attrs(func(attribute slog.Attr) bool {
		appendField(&line, h.group, attribute)
		return true
	})
	line.WriteByte('\n')

	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.to, line.String())
	return err
}

func (h *Handler) WithAttrs(attributes []slog.Attr) slog.Handler {
	var fields strings.Builder
	for _, attribute := range attributes {
		appendField(&fields, h.group, attribute)
	}
	with := *h
	with.fields += fields.String()
	return &with
}

func (h *Handler) WithGroup(name string) slog.Handler {
	with := *h
	with.group += name + "."
	return &with
}

// nameable rounds a level down to one that has a name.
func nameable(level slog.Level) slog.Level {
	switch {
	case level >= slog.LevelError:
		return slog.LevelError
	case level >= slog.LevelWarn:
		return slog.LevelWarn
	case level >= slog.LevelInfo:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

func appendField(line *strings.Builder, group string, attribute slog.Attr) {
	value := attribute.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		for _, member := range value.Group() {
			appendField(line, group+attribute.Key+".", member)
		}
	case slog.KindTime:
		fmt.Fprintf(line, " %s%s=%s", group, attribute.Key, value.Time().UTC().Format(time.RFC3339Nano))
	default:
		fmt.Fprintf(line, " %s%s=%s", group, attribute.Key, quote(value.String()))
	}
}

func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }

// quote does what app_log_quote() does for the programs in C.
func quote(text string) string {
	needed := text == ""
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c == 0x7f || c == '"' || c == '\\' || c == '=' {
			needed = true
		}
	}
	if !needed {
		return text
	}
	var quoted strings.Builder
	quoted.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			quoted.WriteByte('\\')
			quoted.WriteByte(c)
		case c == '\n':
			quoted.WriteString(`\n`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&quoted, `\x%02x`, c)
		default:
			quoted.WriteByte(c)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}
