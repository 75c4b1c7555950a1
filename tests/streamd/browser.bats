#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The page in a real browser, by WebDriver.
bats_require_minimum_version 1.5.0
load helper

# WebRTC does without the loopback interface in Chromium: there must be another one.
need_browser() {
	command -v chromium >/dev/null || skip "chromium is missing (Debian: chromium)"
	command -v chromedriver >/dev/null || skip "chromedriver is missing (Debian: chromium-driver)"
	ip -o -4 address show up scope global 2>/dev/null | grep -q . ||
		skip "Chromium does WebRTC only on machines with a network interface besides lo"
}

start_browser() {
	chromedriver --port=0 >"$directory/driver.log" 2>&1 3>&- &
	others="$others $!"
	wait_until grep -q 'started successfully on port' "$directory/driver.log"
	driver="http://127.0.0.1:$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$directory/driver.log")"
	session=$(jq -n --arg profile "--user-data-dir=$directory/profile" '{capabilities: {alwaysMatch: {browserName: "chrome",
		"goog:chromeOptions": {args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", $profile]}}}}' |
		curl -sS "$driver/session" -d @- | jq -r .value.sessionId)
	browser="$driver/session/$session"
}

teardown_browser() {
	[ -z "${browser:-}" ] || curl -sS -X DELETE "$browser" >/dev/null || true
}

# What the page knows of itself, as JSON.
page() {
	curl -sS "$browser/execute/sync" -d '{"script": "return window.zcframe", "args": []}' | jq -c .value
}

page_holds() {
	page | jq -e "$1"
}

@test "the page plays, tells the delay, gets boxes, says that camera or server are gone, and plays on" {
	need_browser
	start_camera
	start_server
	start_browser
	curl -sS "$browser/url" -d "{\"url\": \"$url/\"}"
	wait_until page_holds '.state == "live" and .frames_decoded > 30 and .latency_ms > 0'
	echo "from the camera to the screen: $(page | jq .latency_ms) ms, $(page | jq .rate_hz) pictures a second"
	[ "$(metric webrtc_viewers)" = 1 ]
	"$TEST_DETECTOR" -s pet_camera_active_zc 3>&- &
	others="$others $!"
	# Those of the very picture that is shown.
	wait_until page_holds '.boxes > 20 and .boxes_age_ms != null and .boxes_age_ms < 1'
	kill_camera
	wait_until page_holds '.state == "gone"'
	before=$(page | jq .frames_decoded)
	start_camera
	wait_until page_holds ".state == \"live\" and .frames_decoded > $before + 30"
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	wait_until page_holds '.state == "lost"'
	start_server --listen "${url#http://}"
	wait_until page_holds '.state == "live"'
	# A viewer that closes the page is gone at once.
	curl -sS "$browser/url" -d '{"url": "about:blank"}'
	wait_until eval '[ "$(metric webrtc_viewers)" = 0 ]'
	teardown_browser
}
