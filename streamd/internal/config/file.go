// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// The file is that of the programs in C, so it is read like they read it (app/config.c over inih): `[section]` or
// `[section argument]`, `key = value` or `key: value`, comments that begin a line with # or ;, or stand behind a blank
// and a ; and a byte order mark that is passed over. A library that reads some other INI would disagree with them about
// values.

// Sections of every program: those that this one does not read are passed over.
var knownSections = []string{"camera", "channel", "runtime", "vio", "watchdog", "mjpegd", "yolod", "streamd"}

const longestLine = 199

// readFile calls set for each key of the sections that it wants. Errors name file and line.
func readFile(path string, wanted func(section string) bool, set func(section, key, value string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	reader := fileReader{path: path, wanted: wanted, set: set}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		reader.line++
		text := lines.Text()
		if reader.line == 1 {
			text = strings.TrimPrefix(text, "\uFEFF")
		}
		if err := reader.read(text); err != nil {
			return fmt.Errorf("%s:%d: %w", path, reader.line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: cannot be read: %w", path, reader.line+1, err)
	}
	return nil
}

type fileReader struct {
	path    string
	line    int
	section string
	seen    map[string]bool
	wanted  func(section string) bool
	set     func(section, key, value string) error
}

func (r *fileReader) read(text string) error {
	if strings.ContainsRune(text, 0) {
		return fmt.Errorf("the line holds a zero byte; this is not a configuration file")
	}
	text = strings.TrimSpace(text)
	if len(text) > longestLine {
		return fmt.Errorf("the line is longer than %d characters", longestLine)
	}
	switch {
	case text == "" || text[0] == '#' || text[0] == ';':
		return nil
	case text[0] == '[':
		return r.readSection(text)
	}
	return r.readKey(text)
}

func (r *fileReader) readSection(text string) error {
	name, rest, closed := strings.Cut(text[1:], "]")
	if !closed {
		return fmt.Errorf("section without its closing ']'")
	}
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' && rest[0] != ';' {
		return fmt.Errorf("unexpected text after ']'")
	}
	words := strings.Fields(name)
	if len(words) == 0 || !contains(knownSections, words[0]) {
		return fmt.Errorf("unknown section [%s]; known are %s", name, "["+strings.Join(knownSections, "], [")+"]")
	}
	r.section = words[0]
	r.seen = map[string]bool{}
	if r.wanted(r.section) && len(words) > 1 {
		return fmt.Errorf("[%s] takes no name, but has '%s'", words[0], strings.Join(words[1:], " "))
	}
	return nil
}

func (r *fileReader) readKey(text string) error {
	at := strings.IndexAny(text, "=:")
	if at < 0 {
		return fmt.Errorf("neither a [section] nor 'key = value' nor a comment (# or ;)")
	}
	key, value := strings.TrimSpace(text[:at]), text[at+1:]
	if r.section == "" {
		return fmt.Errorf("'%s' stands before the first [section]", key)
	}
	if !r.wanted(r.section) {
		return nil
	}
	if r.seen[key] {
		return fmt.Errorf("%s is set twice in one section", key)
	}
	r.seen[key] = true
	return r.set(r.section, key, strings.TrimSpace(withoutComment(value)))
}

// withoutComment cuts what follows a ; behind a blank.
func withoutComment(value string) string {
	for i := 1; i < len(value); i++ {
		if value[i] == ';' && (value[i-1] == ' ' || value[i-1] == '\t') {
			return value[:i-1]
		}
	}
	return value
}

func contains(list []string, word string) bool {
	for _, entry := range list {
		if entry == word {
			return true
		}
	}
	return false
}
