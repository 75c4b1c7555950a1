#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the detector found: as JSON, as events, and never at anybody's expense.
bats_require_minimum_version 1.5.0
load helper

# Have a detector run in the background: start_detector [OPTION OF TEST_DETECTOR]...
start_detector() {
	"$TEST_DETECTOR" "$@" 3>&- &
	detector=$!
	clients="$clients $detector"
}

kill_detector() {
	kill -KILL "$detector"
	wait "$detector" 2>/dev/null || true
	clients=${clients/ $detector/}
}

# Wait for a test of /api/detections to hold.
wait_for_detections() {
	wait_until detections_hold "$1"
}

detections_hold() {
	get /api/detections | jq -e "$1"
}

# Listen in the background: start_listener FILE [OPTION OF CURL]...
start_listener() {
	local output=$1
	shift
	curl -sN "$@" -o "$output" "$url/api/detections/stream" 3>&- &
	listener=$!
	clients="$clients $listener"
}

# Wait until a file of events has so many of a kind: wait_for_events FILE EVENT COUNT
wait_for_events() {
	wait_until eval "[ \"\$(grep -c '^event: $2\$' '$1')\" -ge $3 ]"
}

# The data of the events of one kind: events_of FILE EVENT
events_of() {
	awk -v event="event: $2" '$0 == event { wanted = 1; next } wanted && sub(/^data: /, "") { print } { wanted = 0 }' "$1"
}

@test "the newest result is there as JSON, with the frame that it belongs to" {
	start_camera
	start_detector -s test_camera
	start_server
	wait_for_detections '.detections.boxes | length == 2'
	get /api/detections -D "$directory/header" >"$directory/answer"
	grep -q '^Content-Type: application/json' "$directory/header"
	jq -e '.detector == {"channel": "pet_camera_detections", "state": "live", "detail": ""}' "$directory/answer"
	jq -e '.age_ns >= 0' "$directory/answer"
	jq -e '.detections | .model == "test.onnx" and .boxes_dropped == 0' "$directory/answer"
	jq -e '.detections.source | .channel == "test_camera" and .width == 640 and .height == 480
		and .frame_number > 0 and .sequence > 0 and (.epoch | test("^[0-9]+$"))' "$directory/answer"
	# The box is where the detector of the tests puts it in that very frame.
	jq -e '.detections | .boxes[0].label == "person" and .boxes[0].x == .source.frame_number * 8 % 320' \
		"$directory/answer"
	jq -e '.detections.boxes[1] == {"class_id": 16, "label": "dog", "score": 0.625, "x": 448, "y": 288,
		"width": 160, "height": 160}' "$directory/answer"
	jq -e '.detections.timing | .preprocess_ns == 1500000 and .inference_ns == 23000000
		and .postprocess_ns == 400000 and .wait_ns > 0 and .total_ns >= .wait_ns' "$directory/answer"
	# To be compared with the pictures: the moment at which the camera took the frame, to the microsecond.
	stamp=$(jq '.detections.source.capture_wall_us / 1e6' "$directory/answer")
	[ "$(jq -n "(now - $stamp) | . > -1 and . < 60")" = true ]
}

@test "whoever asks gets the newest result, however often" {
	start_detector
	start_server
	wait_for_detections '.detections.sequence > 5'
	for round in $(seq 5); do
		sleep 0.3
		published=$(stat '.channels[] | select(.name == "pet_camera_detections") | .published')
		get /api/detections | jq -e ".detections.sequence >= $published"
	done
	# Nor do those who ask in between wait for the next one.
	kill -USR1 "$detector"
	get /api/detections | jq -e '.detector.state == "live" and .detections.sequence > 5'
}

@test "each result is an event, and the first one tells how the detector is" {
	start_detector
	start_server
	start_listener "$directory/events" -D "$directory/header"
	wait_for_events "$directory/events" detections 20
	grep -q '^Content-Type: text/event-stream' "$directory/header"
	[ "$(sed -n 1p "$directory/events")" = 'retry: 1000' ]
	[ "$(sed -n 3p "$directory/events")" = 'event: state' ]
	# In order, none twice, each whole.
	events_of "$directory/events" detections | head -n 20 >"$directory/results"
	jq -es 'map(.sequence) | . == (. | unique) and length == 20' "$directory/results"
	jq -es 'map(.boxes | length) | unique == [2]' "$directory/results"
}

@test "a picture of a stream names the frame that detections name" {
	start_camera
	start_server
	get /snapshot.jpg -D "$directory/header" >"$directory/picture"
	# This camera counts frames as its channel does.
	shown=$("$CHECK_PICTURES" picture <"$directory/picture")
	grep -q "^X-Frame-Number: $shown" "$directory/header"
	get /stream.mjpg -N --max-time 2 >"$directory/stream" || true
	grep -aq '^X-Frame-Number: [0-9]' "$directory/stream"
}

@test "without a detector that is said, and nothing else is wrong" {
	start_camera
	start_server
	[ "$(http_status /api/detections)" = 200 ]
	get /api/detections | jq -e '.detector.state == "gone" and .age_ns == null and .detections == null'
	start_listener "$directory/events"
	wait_for_events "$directory/events" state 1
	events_of "$directory/events" state | head -n 1 | jq -e '.state == "gone"'
	# Said again now and then, so that a client notices a connection that hangs.
	wait_for_events "$directory/events" state 2
	watch 5
	run ! grep -q 'level=warning' "$directory/server.log"
}

@test "a listener hears that its detector died, stalled and came back, on one connection" {
	start_detector
	start_server
	start_listener "$directory/events"
	wait_for_events "$directory/events" detections 3
	kill -USR1 "$detector"
	wait_until eval 'events_of "$directory/events" state | tail -n 1 | jq -e ".state == \"silent\""'
	wait_for_detections '.detector.state == "silent" and .detections == null'
	kill -USR2 "$detector"
	wait_until eval 'events_of "$directory/events" state | tail -n 1 | jq -e ".state == \"live\""'
	kill_detector
	wait_until eval 'events_of "$directory/events" state | tail -n 1 | jq -e ".state == \"gone\""'
	before=$(grep -c '^event: detections$' "$directory/events")
	start_detector
	wait_for_events "$directory/events" detections $((before + 3))
	events_of "$directory/events" state | tail -n 1 | jq -e '.state == "live"'
	kill -0 "$listener"
}

# Hundredths of a second that the server has computed.
server_ticks() {
	awk '{ print $14 + $15 }' "/proc/$server/stat"
}

@test "while the detector is gone, waiting for the next one takes no processor" {
	start_detector
	start_server
	start_listener "$directory/events"
	wait_for_events "$directory/events" detections 3
	kill_detector
	wait_until eval 'events_of "$directory/events" state | tail -n 1 | jq -e ".state == \"gone\""'
	before=$(server_ticks)
	sleep 2
	# One that looked all the time would take nearly 200.
	[ $(($(server_ticks) - before)) -lt 40 ]
}

@test "a listener that never reads is dropped, and one that is slow delays nobody" {
	start_detector -r 200
	start_server --client-timeout 1s
	send_raw 'GET /api/detections/stream HTTP/1.1\r\nHost: localhost\r\n\r\n'
	wait_for '.server.detections.listeners == 1'
	start_listener "$directory/slow" --limit-rate 2k
	start_listener "$directory/events"
	wait_for_events "$directory/events" detections 300
	# The one that reads has had nearly all of the results since it came, whatever the others do.
	jq -es '(map(.sequence) | .[-1] - .[0] + 1) <= length * 2' <(events_of "$directory/events" detections | head -n 300)
	wait_for '.server.dropped_clients >= 1'
	wait_for '.server.detections.events_skipped > 0'
	timeout 30 cat <&9 >/dev/null
	exec 9>&-
}

@test "there are as many listeners as may be, and viewers do not count" {
	start_camera
	start_detector
	start_server --max-viewers 2
	start_listener /dev/null
	start_listener /dev/null
	wait_for '.server.detections.listeners == 2'
	[ "$(http_status /api/detections/stream)" = 503 ]
	[ "$(http_status /api/detections)" = 200 ]
	watch 3
	kill "$listener"
	wait_for '.server.detections.listeners == 1'
}

@test "with nobody listening the detector's channel is left" {
	start_detector
	start_server
	wait_for_detections '.detector.state == "live"'
	wait_for '.channels[] | select(.name == "pet_camera_detections") | .consumers | length == 0'
	wait_for_detections '.detections.boxes | length == 2'
}

@test "what is no result is refused with its reason, and counted" {
	start_server
	for wrong in magic:'carries no detections' version:'different versions'; do
		start_detector -w "${wrong%%:*}"
		wait_for_detections '.detector.state == "unknown"'
		get /api/detections | jq -r .detector.detail | grep -q "${wrong#*:}"
		kill_detector
		wait_for_detections '.detector.state == "gone"'
	done
	wait_for '.server.detections.damaged >= 2'
	[ "$(stat .server.detections.results)" = 0 ]
	# A camera is no detector either.
	start_camera -c pet_camera_detections
	wait_for_detections '.detector.detail | test("carries no detections")'
}

@test "a box that holds no numbers is left out and counted; text is made fit to be shown" {
	start_server
	start_detector -w numbers
	wait_for_detections '.detections.boxes | length == 1 and .[0].label == "dog"'
	wait_for '.server.detections.invalid_boxes > 0'
	kill_detector
	start_detector -w text
	wait_for_detections '.detections.boxes[0].label == "<img src=x onerror=stop()>??"'
}

@test "the detector's times are in the metrics" {
	start_detector
	start_server
	wait_for_detections '.detector.state == "live"'
	get /metrics >"$directory/metrics"
	grep -q '^zcframe_mjpegd_detections_read_total [1-9]' "$directory/metrics"
	grep -q '^zcframe_mjpegd_detection_stage_seconds{stage="inference"} 0.023000000$' "$directory/metrics"
}

@test "no channel of detections is read if the configuration says so" {
	start_detector
	start_server --detections-channel none
	get /api/detections | jq -e '.detector.state == "off" and .detections == null'
	start_listener "$directory/events"
	wait_for_events "$directory/events" state 1
	[ "$(stat '.channels[] | select(.name == "pet_camera_detections") | .attached_total')" = 0 ]
}

@test "listening does not keep the server from ending" {
	start_detector
	start_server
	start_listener "$directory/events"
	wait_for_events "$directory/events" detections 1
	stop_server -TERM
	[ "$status" = 0 ]
	wait "$listener" || true
	clients=${clients/ $listener/}
}
