// SPDX-License-Identifier: Apache-2.0

package access

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, content string) (Token, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return LoadToken(path, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func TestATokenAdmitsOnlyWhoKnowsAllOfIt(t *testing.T) {
	token, err := load(t, "0123456789abcdef-._~\r\nanother line\n")
	if err != nil || !token.IsSet() {
		t.Fatal(err)
	}
	if !token.Admits("0123456789abcdef-._~") {
		t.Error("the token itself is refused")
	}
	for _, wrong := range []string{"", "0123456789abcdef-._", "0123456789abcdef-._~ ", "0123456789ABCDEF-._~"} {
		if token.Admits(wrong) {
			t.Errorf("%q is admitted", wrong)
		}
	}
	if !(Token{}).Admits("") || (Token{}).IsSet() {
		t.Error("without a token everybody is admitted")
	}
}

func TestATokenThatCannotBeOneIsRefusedWithAdvice(t *testing.T) {
	for _, content := range []string{"", "short", strings.Repeat("a", 257), "0123456789abcdef&x=1", "0123456789 abcdef"} {
		if _, err := load(t, content); err == nil || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("%.30q: %v", content, err)
		}
	}
	if _, err := LoadToken("/nonexistent/token", nil); err == nil {
		t.Error("a file that is not there is no token")
	}
}

func TestOnlyNamesOfThisServerAreServed(t *testing.T) {
	own, _ := os.Hostname()
	for _, host := range []string{"", "localhost", "LocalHost:8090", "127.0.0.1", "192.0.2.7:80", "[::1]", "[::1]:8090",
		"camera.localhost", own, own + ".local:8090", "cam.example"} {
		if !HostIsOurs(host, []string{"cam.example"}) {
			t.Errorf("%q is refused", host)
		}
	}
	for _, host := range []string{"evil.example", "localhost.evil.example", "xlocalhost", ".localhost", "cam.example.evil",
		"127.0.0.1.evil.example", own + ".evil.example", "[", "]:80"} {
		if HostIsOurs(host, []string{"cam.example"}) {
			t.Errorf("%q is served", host)
		}
	}
}

func TestOnlyOurOwnPageMayChangeThings(t *testing.T) {
	for _, origin := range []string{"", "http://cam:8090", "https://CAM:8090"} {
		if !OriginIsOurs(origin, "cam:8090") {
			t.Errorf("%q is refused", origin)
		}
	}
	for _, origin := range []string{"null", "http://cam:8091", "http://evil.example", "http://cam:8090.evil.example", "cam:8090", "://"} {
		if OriginIsOurs(origin, "cam:8090") {
			t.Errorf("%q is admitted", origin)
		}
	}
}
