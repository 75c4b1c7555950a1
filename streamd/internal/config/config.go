// SPDX-License-Identifier: Apache-2.0

// Package config reads the section [streamd] of zcframe.conf, and the command line over it.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"
)

// When pictures are recorded.
const (
	RecordOff         = "off"
	RecordOnDemand    = "on_demand"
	RecordOnDetection = "on_detection"
	RecordAlways      = "always"
)

// ColorRangeFull says that Y is from 0 to 255.
const ColorRangeFull = "full"

// Config is what an operator decides. Read fills it; docs are in zcf-streamd(8).
type Config struct {
	RuntimeDirectory  string
	Channel           string
	DetectionsChannel string
	MaxRate           float64 // Pictures per second; 0: the camera's rate.
	LogLevel          string

	Listen        string
	RTSPListen    string // "": no RTSP.
	MediaPort     int    // UDP, for WebRTC; 0: a free one.
	ICEAddresses  []net.IP
	TokenFile     string
	AllowedHosts  []string
	Certificate   string
	Key           string
	MaxViewers    int
	ClientTimeout time.Duration

	Encoder          string
	EncoderDevice    string
	EncoderPreset    string
	EncoderThreads   int
	ColorRange       string
	BitRate          int // Bits per second.
	KeyframeInterval time.Duration

	PushURL       string
	PushTokenFile string

	Record          string
	RecordDirectory string
	RecordSegment   time.Duration
	RecordFragment  time.Duration
	RecordPreRoll   time.Duration
	RecordPostRoll  time.Duration
	RecordQuota     int64 // Bytes.
	RecordLabels    []string
	RecordMinScore  float64
}

func defaults() Config {
	return Config{
		Channel:           "pet_camera_active_zc",
		DetectionsChannel: "pet_camera_detections",
		LogLevel:          "info",
		Listen:            "127.0.0.1:8090",
		RTSPListen:        "127.0.0.1:8554",
		MediaPort:         8189,
		MaxViewers:        32,
		ClientTimeout:     10 * time.Second,
		Encoder:           "auto",
		EncoderThreads:    1,
		ColorRange:        ColorRangeFull,
		BitRate:           1_500_000,
		KeyframeInterval:  2 * time.Second,
		Record:            RecordOff,
		RecordDirectory:   "/var/lib/zcframe/recordings",
		RecordSegment:     5 * time.Minute,
		RecordFragment:    time.Second,
		RecordPreRoll:     5 * time.Second,
		RecordPostRoll:    10 * time.Second,
		RecordQuota:       10_000_000_000,
		RecordMinScore:    0.5,
	}
}

// key is one setting: a key of the file, and with - for _ an option of the command line.
type key struct {
	name     string
	argument string // As the help shows it.
	help     string
	parse    parser
}

func (c *Config) keys() []key {
	return []key{
		{"channel", "NAME", "channel to stream (pet_camera_active_zc)", channel(&c.Channel)},
		{"detections_channel", "NAME", "whose boxes the page draws (pet_camera_detections)",
			channel(&c.DetectionsChannel)},
		{"max_rate", "HZ", "pictures a second at most (0: as many as the camera takes)", maxRate(&c.MaxRate)},
		{"listen", "ADDRESS:PORT", "page, WHEP, metrics (127.0.0.1:8090); port 0 takes a free one",
			address(&c.Listen, false)},
		{"rtsp_listen", "ADDRESS:PORT", "RTSP (127.0.0.1:8554); empty for none", address(&c.RTSPListen, true)},
		{"media_port", "PORT", "UDP port of WebRTC's pictures (8189); 0 takes a free one",
			whole(&c.MediaPort, 0, 65535)},
		{"ice_address", "ADDRESSES", "addresses that WebRTC offers (those of listen)", addresses(&c.ICEAddresses)},
		{"token_file", "PATH", "serve only those who know the token in this file", text(&c.TokenFile)},
		{"allowed_hosts", "NAMES", "further names that this server is known by", words(&c.AllowedHosts)},
		{"tls_certificate", "PATH", "serve HTTPS with this certificate", text(&c.Certificate)},
		{"tls_key", "PATH", "and this key", text(&c.Key)},
		{"max_viewers", "COUNT", "viewers at the same time, of WebRTC and of RTSP each (32)",
			whole(&c.MaxViewers, 1, 500)},
		{"client_timeout", "DURATION", "drop a client that is silent for so long (10s)",
			duration(&c.ClientTimeout, time.Second, 10*time.Minute)},
		{"encoder", "NAME", "auto, or one of those that --encoders lists (auto)", text(&c.Encoder)},
		{"encoder_device", "PATH", "device of an encoder that has one (the first)", text(&c.EncoderDevice)},
		{"encoder_preset", "NAME", "in the encoder's own words (libx264: superfast)", text(&c.EncoderPreset)},
		{"encoder_threads", "COUNT", "threads of an encoder in software (1)", whole(&c.EncoderThreads, 1, 64)},
		{"color_range", "RANGE", "of the camera's Y: full (0 to 255) or limited (16 to 235) (full)",
			oneOf(&c.ColorRange, ColorRangeFull, "limited")},
		{"bit_rate", "BITS", "bits a second (1.5M)", size(&c.BitRate, 50e3, 100e6)},
		{"keyframe_interval", "DURATION", "from one keyframe to the next (2s)",
			duration(&c.KeyframeInterval, 100*time.Millisecond, time.Minute)},
		{"push_url", "URL", "send the stream to this media server too, by WHIP", webAddress(&c.PushURL)},
		{"push_token_file", "PATH", "token for that server", text(&c.PushTokenFile)},
		{"record", "WHEN", "off, on_demand, on_detection or always (off)",
			oneOf(&c.Record, RecordOff, RecordOnDemand, RecordOnDetection, RecordAlways)},
		{"record_directory", "PATH", "where recordings go (/var/lib/zcframe/recordings)", text(&c.RecordDirectory)},
		{"record_segment", "DURATION", "length of a file (5min)",
			duration(&c.RecordSegment, time.Second, 24*time.Hour)},
		{"record_fragment", "DURATION", "a crash loses no more than this (1s)",
			duration(&c.RecordFragment, 100*time.Millisecond, time.Minute)},
		{"record_pre_roll", "DURATION", "recorded from before it began (5s)",
			duration(&c.RecordPreRoll, 0, 2*time.Minute)},
		{"record_post_roll", "DURATION", "recorded after the last detection (10s)",
			duration(&c.RecordPostRoll, time.Second, time.Hour)},
		{"record_quota", "BYTES", "delete the oldest files beyond this (10G)", size(&c.RecordQuota, 1e6, 1e15)},
		{"record_labels", "NAMES", "detections that start a recording (all)", words(&c.RecordLabels)},
		{"record_min_score", "0..1", "and the score that they need (0.5)", fraction(&c.RecordMinScore, 0, 1)},
		{"log_level", "LEVEL", "error, warning, info or debug (info)", logLevel(&c.LogLevel)},
	}
}

// runtimeKeys are those of [runtime]. All but the first are the camera daemon's.
func (c *Config) runtimeKeys() []key {
	return []key{
		{"directory", "PATH", "where the channels' sockets are", text(&c.RuntimeDirectory)},
		{name: "socket_mode", parse: ignore},
		{name: "socket_owner", parse: ignore},
		{name: "socket_group", parse: ignore},
	}
}

func ignore(string) error { return nil }

// load reads the file. That the default one does not exist is fine.
func (c *Config) load(path string, isDefault bool) error {
	sections := map[string][]key{"streamd": c.keys(), "runtime": c.runtimeKeys()}
	err := readFile(path,
		func(section string) bool { return sections[section] != nil },
		func(section, name, value string) error { return set(sections[section], section, name, value) })
	if isDefault && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func set(keys []key, section, name, value string) error {
	var known []string
	for _, candidate := range keys {
		if candidate.name == name {
			if err := candidate.parse(value); err != nil {
				return fmt.Errorf("%s %w", name, err)
			}
			return nil
		}
		known = append(known, candidate.name)
	}
	return fmt.Errorf("unknown key '%s' in [%s]; known are %s", name, section, strings.Join(known, ", "))
}

// check finds what no single key can know.
func (c *Config) check() error {
	if (c.Certificate == "") != (c.Key == "") {
		return errors.New("tls_certificate and tls_key belong together; one of them is missing")
	}
	return nil
}
