// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	cameraChannel = "pet_camera_active_zc"
	cameraRate    = 30 // Frames a second.
)

// server is a camera daemon and a streaming server of their own.
type server struct {
	directory string
	camera    *exec.Cmd
	streamer  *exec.Cmd
	url       string
	encoder   string
}

func startServer(build string) (*server, error) {
	directory, err := os.MkdirTemp("", "zcf-bench-stream.")
	if err != nil {
		return nil, err
	}
	started := &server{directory: directory}
	// The board's encoder takes only the board's buffers, which neither the synthetic camera nor the encoder alone has.
	if started.encoder, err = chooseEncoder(); err != nil {
		started.stop()
		return nil, err
	}
	configuration := filepath.Join(directory, "empty.conf")
	if err := os.WriteFile(configuration, nil, 0o600); err != nil {
		return nil, err
	}
	os.Setenv("ZCF_RUNTIME_DIR", filepath.Join(directory, "run"))
	started.camera = exec.Command(filepath.Join(build, "camerad", "zcf-camerad"), "--config", configuration,
		"--source", "synthetic", "--rate", strconv.Itoa(cameraRate), "--log-level", "error")
	started.camera.SysProcAttr = endsWithUs()
	started.camera.Stderr = os.Stderr
	if err := started.camera.Start(); err != nil {
		started.stop()
		return nil, err
	}
	started.streamer = exec.Command(filepath.Join(build, "streamd", "zcf-streamd"), "--config", configuration,
		"--encoder", started.encoder,
		"--listen", "127.0.0.1:0", "--rtsp-listen", "", "--media-port", "0")
	started.streamer.SysProcAttr = endsWithUs()
	log, err := started.streamer.StderrPipe()
	if err == nil {
		err = started.streamer.Start()
	}
	if err == nil {
		err = started.readLog(log)
	}
	if err != nil {
		started.stop()
		return nil, err
	}
	return started, nil
}

var servingLine = regexp.MustCompile(`msg=serving page=(\S+)/`)

// readLog waits until the server is ready, and passes over what it says later.
func (s *server) readLog(log io.Reader) error {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := servingLine.FindStringSubmatch(lines.Text()); found != nil {
			s.url = found[1]
		}
		if strings.Contains(lines.Text(), "msg=ready") {
			go io.Copy(io.Discard, log)
			return nil
		}
	}
	return errors.New("zcf-streamd did not start")
}

func (s *server) stop() {
	for _, program := range []*exec.Cmd{s.streamer, s.camera} {
		if program != nil && program.Process != nil {
			_ = program.Process.Signal(syscall.SIGTERM)
			_ = program.Wait()
		}
	}
	os.RemoveAll(s.directory)
}

// endsWithUs is how programs are started that must not outlive this one.
func endsWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }

// state is what the server has done so far.
type state struct {
	encoded      float64
	held, encode float64 // Seconds, of all pictures together.
}

func (s *server) look() (state, error) {
	var seen state
	response, err := http.Get(s.url + "/metrics")
	if err != nil {
		return seen, err
	}
	defer response.Body.Close()
	values := map[string]float64{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if name, value, found := strings.Cut(lines.Text(), " "); found {
			values[name], _ = strconv.ParseFloat(value, 64)
		}
	}
	seen.encoded = values["zcframe_streamd_pictures_encoded_total"]
	seen.held = values["zcframe_streamd_lease_seconds_sum"]
	seen.encode = values["zcframe_streamd_encode_seconds_sum"]
	return seen, nil
}

// processorTime is what the scheduler has given to the server's threads, to the nanosecond.
func (s *server) processorTime() time.Duration {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.streamer.Process.Pid))
	var total time.Duration
	for _, path := range threads {
		// A thread that has ended meanwhile is missing; Go's hardly ever do.
		content, _ := os.ReadFile(path)
		first, _, _ := strings.Cut(string(content), " ")
		ran, _ := strconv.ParseInt(first, 10, 64)
		total += time.Duration(ran)
	}
	return total
}
