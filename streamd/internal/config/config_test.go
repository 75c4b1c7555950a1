// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zcframe.conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheFileIsReadLikeTheOthersReadIt(t *testing.T) {
	path := write(t, "\uFEFF; a comment\n  # another\n[camera]\nnonsense = 1\nno key at all = here\n[channel a]\nx=1\n"+
		"[ streamd ] ; with a comment\n\tchannel = front ; the front door\nbit_rate=2.5M\nkeyframe_interval : 500ms\n"+
		"allowed_hosts = a.example;b  c\ntoken_file =\n[runtime]\ndirectory = /run/x\nsocket_mode = 0600\n")
	config, action, err := Read([]string{"--config", path})
	if err != nil || action != Serve {
		t.Fatal(err)
	}
	if config.Channel != "front" || config.BitRate != 2_500_000 || config.KeyframeInterval != 500*time.Millisecond ||
		strings.Join(config.AllowedHosts, "|") != "a.example;b|c" || config.RuntimeDirectory != "/run/x" {
		t.Errorf("%+v", config)
	}
}

func TestTheCommandLineGoesBeforeTheFile(t *testing.T) {
	path := write(t, "[streamd]\nchannel = a\nmax_viewers = 3\n")
	for _, arguments := range [][]string{
		{"--channel", "b", "-c", path}, {"--channel=b", "--config=" + path}, {"-c", path, "--channel", "x", "--channel", "b"},
	} {
		config, _, err := Read(arguments)
		if err != nil || config.Channel != "b" || config.MaxViewers != 3 {
			t.Errorf("%v: %+v, %v", arguments, config, err)
		}
	}
}

func TestAMistakeIsNamedWithFileAndLine(t *testing.T) {
	for content, wanted := range map[string]string{
		"channel = a\n":                                ":1: 'channel' stands before the first [section]",
		"[streamd]\n\nchanel = a\n":                    ":3: unknown key 'chanel' in [streamd]; known are channel, ",
		"[stream]\n":                                   ":1: unknown section [stream]; known are [camera], ",
		"[streamd\n":                                   ":1: section without its closing ']'",
		"[streamd] x\n":                                ":1: unexpected text after ']'",
		"[streamd x]\n":                                ":1: [streamd] takes no name, but has 'x'",
		"[streamd]\nchannel\n":                         ":2: neither a [section] nor 'key = value'",
		"[streamd]\nchannel = a\nchannel = b\n":        ":3: channel is set twice",
		"[streamd]\nchannel = a/b\n":                   ":2: channel 'a/b' is no channel name",
		"[streamd]\nlisten = localhost\n":              ":2: listen must be ADDRESS:PORT",
		"[streamd]\nlisten = 127.0.0.1:70000\n":        ":2: listen must be ADDRESS:PORT",
		"[streamd]\nlisten =\n":                        ":2: listen must be ADDRESS:PORT",
		"[streamd]\nmax_viewers = 0\n":                 ":2: max_viewers must be a whole number from 1 to 500, not '0'",
		"[streamd]\nbit_rate = 10\n":                   ":2: bit_rate must be a number with k, M, G or T behind it, from 50k to 100M, not '10'",
		"[streamd]\nbit_rate = NaN\n":                  ":2: bit_rate must be ",
		"[streamd]\nrecord_segment = 5\n":              ":2: record_segment must be a duration such as 66ms",
		"[streamd]\nclient_timeout = 1h\n":             ":2: client_timeout must be a duration such as 66ms (ns, us, ms, s, min), from 1s to 10min, not '1h'",
		"[streamd]\nrecord_pre_roll = 3min\n":          ":2: record_pre_roll must be a duration such as 66ms (ns, us, ms, s, min), from 0 to 2min, not '3min'",
		"[streamd]\nrecord_segment = 5 parsec\n":       ":2: record_segment must be a duration",
		"[streamd]\nrecord_segment = 99999999999min\n": ":2: record_segment must be a duration",
		"[streamd]\nrecord = sometimes\n":              ":2: record must be one of off, on_demand, on_detection, always",
		"[streamd]\npush_url = ftp://x/\n":             ":2: push_url must be an address that begins with http://",
		"[streamd]\nice_address = 127.0.0.1 camera\n":  ":2: ice_address 'camera' is no IP address",
		"[streamd]\nrecord_min_score = 1.5\n":          ":2: record_min_score must be a number from 0 to 1",
		"[streamd]\nmax_rate = -1\n":                   ":2: max_rate must be frames a second",
		"[streamd]\nlog_level = loud\n":                ":2: log_level must be error, warning, info or debug, not 'loud'",
		"[streamd]\nchannel = a\x00b\n":                ":2: the line holds a zero byte",
		"[streamd]\n# " + strings.Repeat("x", 200):     ":2: the line is longer than 199 characters",
	} {
		path := write(t, content)
		_, _, err := Read([]string{"--config", path, "--check-config"})
		if err == nil || !strings.HasPrefix(err.Error(), path+wanted) {
			t.Errorf("%q:\n got %v\nwant %s%s", content, err, path, wanted)
		}
	}
}

func TestAMistakeOnTheCommandLineIsNamed(t *testing.T) {
	for _, arguments := range [][]string{
		{"--chanel", "x"}, {"x"}, {"--channel"}, {"--help=yes"}, {"-x"}, {"--channel", "a", "extra"},
	} {
		if _, _, err := Read(arguments); !errors.Is(err, ErrUsage) {
			t.Errorf("%v: %v", arguments, err)
		}
	}
	if _, _, err := Read([]string{"--max-viewers", "many"}); err == nil || !strings.HasPrefix(err.Error(), "--max-viewers must be") {
		t.Errorf("%v", err)
	}
	if _, _, err := Read([]string{"--config", "/nonexistent"}); err == nil {
		t.Error("a file that was named and is not there is a mistake")
	}
	if _, _, err := Read([]string{"-c", write(t, ""), "--tls-key", "x"}); err == nil {
		t.Error("a key without its certificate is a mistake")
	}
}

func TestHelpNamesEveryKey(t *testing.T) {
	var help bytes.Buffer
	WriteHelp(&help)
	config := defaults()
	for _, key := range config.keys() {
		if !strings.Contains(help.String(), "--"+strings.ReplaceAll(key.name, "_", "-")+" ") {
			t.Errorf("%s is missing", key.name)
		}
	}
	if _, action, err := Read([]string{"--help", "--config", "/nonexistent"}); err != nil || action != ShowHelp {
		t.Errorf("help needs no file: %v", err)
	}
}
