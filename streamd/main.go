// SPDX-License-Identifier: Apache-2.0

// Command zcf-streamd streams a channel of camera frames as H.264, encoded once for all who watch: by WebRTC with a page
// of its own, by RTSP, to another media server, and into files.
package main

import (
	"fmt"
	"os"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/config"
	"github.com/zcframe/zcframe/streamd/internal/encoder"
	"github.com/zcframe/zcframe/streamd/internal/encoder/hbmm"
	"github.com/zcframe/zcframe/streamd/internal/encoder/libavcodec"
	"github.com/zcframe/zcframe/streamd/internal/service"
)

// Exit statuses, those of the other programs.
const (
	cannotServe = 1
	wrongUsage  = 2
)

func main() {
	settings, action, err := config.Read(os.Args[1:])
	if err == nil && action != config.ShowHelp && action != config.ShowVersion {
		err = service.Check(settings, backends())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "zcf-streamd: %v\n", err)
		os.Exit(wrongUsage)
	}
	switch action {
	case config.ShowHelp:
		config.WriteHelp(os.Stdout)
	case config.ShowVersion:
		fmt.Printf("zcf-streamd %s\n", zcframe.Version())
	case config.CheckConfig:
		fmt.Println("zcf-streamd: the configuration is fine")
	case config.ListEncoders:
		service.ListEncoders(os.Stdout, settings, backends())
	default:
		if err := service.Run(settings, backends(), zcframe.Version()); err != nil {
			fmt.Fprintf(os.Stderr, "zcf-streamd: %v\n", err)
			os.Exit(cannotServe)
		}
	}
}

// backends lists the encoders in the order in which they are tried.
func backends() []encoder.Backend {
	return append([]encoder.Backend{hbmm.Backend()}, libavcodec.Backends()...)
}
