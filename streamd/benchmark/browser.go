// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// browser is a headless Chromium, told what to do by WebDriver.
type browser struct {
	driver    *exec.Cmd
	directory string
	session   string // Address.
}

// measureBrowser lets the page measure: from the camera's clock to the moment that the browser shows the decoded picture.
func measureBrowser(server *server, length time.Duration) *browserResult {
	if _, err := exec.LookPath("chromedriver"); err != nil {
		return &browserResult{Missing: "chromedriver is missing (Debian: chromium-driver)"}
	}
	ages, err := watchInBrowser(server, length)
	if err != nil {
		return &browserResult{Missing: err.Error()}
	}
	age := distributionOf(ages)
	return &browserResult{Age: &age}
}

func watchInBrowser(server *server, length time.Duration) ([]time.Duration, error) {
	opened, err := openBrowser()
	if err != nil {
		return nil, err
	}
	defer opened.close()
	if err := opened.call("POST", "/url", map[string]any{"url": server.url + "/"}, nil); err != nil {
		return nil, err
	}
	var ages []time.Duration
	var numbers struct {
		State   string    `json:"state"`
		Decoded float64   `json:"frames_decoded"`
		Ages    []float64 `json:"latencies_ms"`
	}
	// The first second is the start; from then on each is asked for once.
	for end := time.Now().Add(length + 5*time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		if err := opened.call("POST", "/execute/sync", map[string]any{"script": "return window.zcframe", "args": []any{}},
			&numbers); err != nil {
			return nil, err
		}
		if numbers.Decoded < 60 {
			continue
		}
		for _, age := range numbers.Ages {
			ages = append(ages, time.Duration(age*float64(time.Millisecond)))
		}
	}
	if len(ages) == 0 {
		return nil, fmt.Errorf("the browser showed no pictures: it says %q, %v decoded", numbers.State, numbers.Decoded)
	}
	return ages, nil
}

var portLine = regexp.MustCompile(`started successfully on port (\d+)`)

func openBrowser() (*browser, error) {
	directory, err := os.MkdirTemp("", "zcf-bench-browser.")
	if err != nil {
		return nil, err
	}
	opened := &browser{driver: exec.Command("chromedriver", "--port=0"), directory: directory}
	opened.driver.SysProcAttr = endsWithUs()
	output, err := opened.driver.StdoutPipe()
	if err == nil {
		err = opened.driver.Start()
	}
	if err != nil {
		os.RemoveAll(directory)
		return nil, err
	}
	port := ""
	for lines := bufio.NewScanner(output); port == "" && lines.Scan(); {
		if found := portLine.FindStringSubmatch(lines.Text()); found != nil {
			port = found[1]
		}
	}
	opened.session = "http://127.0.0.1:" + port + "/session"
	var made struct {
		ID string `json:"sessionId"`
	}
	if err := opened.call("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome", "goog:chromeOptions": map[string]any{"args": []string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--user-data-dir=" + filepath.Join(directory, "profile"),
		}},
	}}}, &made); err != nil || made.ID == "" {
		opened.close()
		return nil, errors.Join(errors.New("chromedriver opens no browser"), err)
	}
	opened.session += "/" + made.ID
	return opened, nil
}

// call sends a command of WebDriver and reads its value.
func (b *browser) call(method, path string, body, value any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, b.session+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if value == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(&struct {
		Value any `json:"value"`
	}{value})
}

func (b *browser) close() {
	_ = b.call("DELETE", "", nil, nil)
	_ = b.driver.Process.Kill()
	_ = b.driver.Wait()
	os.RemoveAll(b.directory)
}
