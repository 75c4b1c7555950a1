// SPDX-License-Identifier: Apache-2.0

// Package access decides who is served.
package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Token is what a client must know. The zero value is no token: everybody is served.
type Token struct{ text string }

const (
	shortestToken = 16
	longestToken  = 256
)

// LoadToken reads the first line of a file. An empty path is no token.
func LoadToken(path string, log *slog.Logger) (Token, error) {
	if path == "" {
		return Token{}, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return Token{}, err
	}
	if status, err := os.Stat(path); err == nil && status.Mode().Perm()&0o006 != 0 {
		log.Warn("every user of this machine can read the token; chmod o-rw it", "token_file", path)
	}
	text, _, _ := strings.Cut(string(content), "\n")
	text = strings.TrimRight(text, "\r")
	const advice = "make one with: openssl rand -hex 24"
	if len(text) < shortestToken || len(text) > longestToken {
		return Token{}, fmt.Errorf("%s: a token has %d to %d characters, this one has %d; %s", path, shortestToken,
			longestToken, len(text), advice)
	}
	// A token stands in addresses as it is, so it is made of what needs no escaping there.
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	if strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(allowed, r) }) {
		return Token{}, fmt.Errorf("%s: a token is made of letters, digits and - . _ ~ only; %s", path, advice)
	}
	return Token{text}, nil
}

// IsSet says whether there is a token at all.
func (t Token) IsSet() bool { return t.text != "" }

// Text returns the token, to be shown to another server.
func (t Token) Text() string { return t.text }

// Admits says whether this is the token. How long that takes says nothing about it.
func (t Token) Admits(presented string) bool {
	if t.text == "" {
		return true
	}
	own, other := sha256.Sum256([]byte(t.text)), sha256.Sum256([]byte(presented))
	return subtle.ConstantTimeCompare(own[:], other[:]) == 1
}
