// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// DefaultPath is where the file is unless the command line names another. The build may set it with -X.
var DefaultPath = "/etc/zcframe/zcframe.conf"

// Action is what the command line asks for.
type Action int

const (
	Serve Action = iota
	CheckConfig
	ShowHelp
	ShowVersion
	ListEncoders
)

// ErrUsage is in errors about the command line itself, not about a value.
var ErrUsage = errors.New("try 'zcf-streamd --help'")

// Read reads the command line, and the file that it names. What the command line says goes before the file.
func Read(arguments []string) (*Config, Action, error) {
	config := defaults()
	given, action, err := parse(arguments, config.options())
	if err != nil || action == ShowHelp || action == ShowVersion || action == ListEncoders {
		return &config, action, err
	}
	path, isDefault := DefaultPath, true
	for _, option := range given {
		if option.name == "config" {
			path, isDefault = option.value, false
		}
	}
	if err := config.load(path, isDefault); err != nil {
		return nil, action, err
	}
	for _, option := range given {
		if option.parse == nil {
			continue
		}
		if err := option.parse(option.value); err != nil {
			return nil, action, fmt.Errorf("--%s %w", option.name, err)
		}
	}
	return &config, action, config.check()
}

// option is an option of the command line.
type option struct {
	letter   string
	name     string
	argument string // "": takes none.
	help     string
	parse    parser
	action   Action
}

func (c *Config) options() []option {
	var options []option
	for _, key := range c.keys() {
		options = append(options, option{
			name: strings.ReplaceAll(key.name, "_", "-"), argument: key.argument, help: key.help, parse: key.parse,
		})
	}
	options[len(options)-1].letter = "l"
	return append(options,
		option{letter: "d", name: "runtime-dir", argument: "PATH", help: "where the channels' sockets are",
			parse: text(&c.RuntimeDirectory)},
		option{letter: "c", name: "config", argument: "PATH", help: "configuration file (" + DefaultPath + ")"},
		option{name: "check-config", help: "check the configuration and exit", action: CheckConfig},
		option{name: "encoders", help: "say which encoders work here and exit", action: ListEncoders},
		option{letter: "h", name: "help", help: "show this help and exit", action: ShowHelp},
		option{letter: "V", name: "version", help: "show the version and exit", action: ShowVersion},
	)
}

type givenOption struct {
	option
	value string
}

// parse takes `--name value`, `--name=value` and `-n value`, as the programs in C do.
func parse(arguments []string, options []option) (given []givenOption, action Action, err error) {
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		name, value, hasValue := strings.Cut(word, "=")
		found := find(options, name)
		switch {
		case !strings.HasPrefix(word, "-"):
			return nil, Serve, fmt.Errorf("unexpected argument '%s'; %w", word, ErrUsage)
		case found == nil:
			return nil, Serve, fmt.Errorf("unknown option '%s'; %w", name, ErrUsage)
		case found.argument == "" && hasValue:
			return nil, Serve, fmt.Errorf("option '%s' takes no value; %w", name, ErrUsage)
		case found.argument != "" && !hasValue && len(arguments) == 0:
			return nil, Serve, fmt.Errorf("option '%s' needs a value; %w", name, ErrUsage)
		case found.argument != "" && !hasValue:
			value = arguments[0]
			arguments = arguments[1:]
		}
		given = append(given, givenOption{*found, value})
		if found.action != Serve && action == Serve {
			action = found.action
		}
	}
	return given, action, nil
}

func find(options []option, word string) *option {
	for i := range options {
		if word == "--"+options[i].name || options[i].letter != "" && word == "-"+options[i].letter {
			return &options[i]
		}
	}
	return nil
}

// WriteHelp writes what --help shows.
func WriteHelp(to io.Writer) {
	fmt.Fprint(to, "Usage: zcf-streamd [OPTION]...\n"+
		"Stream a channel of camera frames as H.264: WebRTC with a page of its own, RTSP, recordings.\n\n")
	config := defaults()
	for _, option := range config.options() {
		letter, name := "    ", "--"+option.name
		if option.letter != "" {
			letter = "-" + option.letter + ", "
		}
		if option.argument != "" {
			name += " " + option.argument
		}
		fmt.Fprintf(to, "  %s%-30s %s\n", letter, name, option.help)
	}
	fmt.Fprint(to, "\nThe command line wins over the configuration file. See zcf-streamd(8) and zcframe.conf(5).\n"+
		"\nExit status: 0 stopped as asked, 1 could not start or go on, 2 wrong options or configuration.\n")
}
