// SPDX-License-Identifier: Apache-2.0

// Command benchmark measures zcf-streamd with the synthetic camera, on this machine, in one run: what it takes beyond the
// encoder alone, what a viewer more costs, how long frames are held beyond what the encoder needs, and how old pictures are
// when they arrive, and when a browser shows them. It judges nothing. `make bench-stream` runs it, and `zcf bench streaming`.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func init() {
	// What this program starts ends with the thread that started it: this one, which lives as long as the program.
	runtime.LockOSThread()
}

func main() {
	build := flag.String("build", "build", "build directory")
	rounds := flag.Int("rounds", 5, "rounds, each with few viewers, with many, and with none beside the encoder alone")
	length := flag.Duration("round", 5*time.Second, "length of each part of a round")
	browser := flag.Bool("browser", true, "measure in Chromium too, if there is one")
	asJSON := flag.Bool("json", false, "write the results as JSON, and what is being measured to standard error")
	floor := flag.String("floor", "", "used by itself: encode the pictures of this file, without a camera or a server")
	flag.Parse()

	var err error
	if *floor != "" {
		err = runFloor(*floor)
	} else {
		err = run(*build, *rounds, *length, *browser, *asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

func run(build string, rounds int, length time.Duration, browser, asJSON bool) error {
	progress := func(format string, arguments ...any) {
		if asJSON {
			fmt.Fprintf(os.Stderr, "step "+format+"\n", arguments...)
		}
	}
	server, err := startServer(build)
	if err != nil {
		return err
	}
	defer server.stop()

	measured := &results{Processors: runtime.NumCPU(), Encoder: server.encoder}
	if err := measureRounds(server, measured, rounds, length, progress); err != nil {
		return err
	}
	measured.Browser = &browserResult{Missing: "it was left out"}
	if browser {
		progress("streaming, in a browser")
		measured.Browser = measureBrowser(server, length)
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(measured)
	}
	measured.print(os.Stdout)
	return nil
}
