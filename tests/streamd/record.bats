#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Recordings are good, whatever happens to the program.
bats_require_minimum_version 1.5.0
load helper

# How many pictures of a file can be decoded, and that none is damaged.
pictures_of() {
	ffmpeg -v error -xerror -i "$1" -f framemd5 - | grep -c '^0,'
}

newest_recording() {
	find "$directory/recordings" -name '*.mp4' | sort | tail -1
}

recorded_bytes() {
	get /recording | jq -r '.bytes // 0'
}

@test "a recording that was being made when the program was killed can be played" {
	start_camera
	start_server --record on_demand --record-directory "$directory/recordings" --record-pre-roll 0 \
		--record-fragment 200ms
	[ "$(get /recording | jq .recording)" = false ]
	get /recording/start -X POST
	wait_until eval '[ "$(recorded_bytes)" -gt 100000 ]'
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	server=""
	[ "$(pictures_of "$(newest_recording)")" -gt 10 ]
}

@test "a recording holds what was before it began, and is whole when it is stopped" {
	start_camera
	start_server --record on_demand --record-directory "$directory/recordings" --record-pre-roll 1s \
		--keyframe-interval 500ms
	wait_until eval '[ "$(metric pictures_encoded_total)" -gt 60 ]'
	get /recording/start -X POST
	wait_until eval '[ "$(recorded_bytes)" -gt 0 ]'
	get /recording/stop -X POST
	wait_until grep -q 'msg=recorded' "$directory/server.log"
	[ "$(pictures_of "$(newest_recording)")" -gt 20 ]
	[ "$(get /recording | jq .recording)" = false ]
}

@test "only who is not another site's page may start a recording" {
	start_server --record on_demand --record-directory "$directory/recordings"
	[ "$(get /recording/start -X POST -H 'Origin: http://evil.example' -o /dev/null -w '%{http_code}')" = 403 ]
	[ "$(get /recording/start -X POST -H 'Host: evil.example' -o /dev/null -w '%{http_code}')" = 421 ]
	[ "$(get /recording/start -X POST -H "Origin: $url" -o /dev/null -w '%{http_code}')" = 200 ]
}

@test "what the detector finds is recorded, and for a while after" {
	start_camera
	start_server --record on_detection --record-labels "cat person" --record-min-score 0.9 --record-pre-roll 0 \
		--record-post-roll 1s --record-directory "$directory/recordings"
	sleep 0.5
	[ -z "$(newest_recording)" ]
	"$TEST_DETECTOR" -s pet_camera_active_zc 3>&- &
	others=$!
	wait_until grep -q 'msg="recording begins" because=person' "$directory/server.log"
	wait_until eval '[ "$(recorded_bytes)" -gt 0 ]'
	kill "$others"
	wait_until grep -q 'msg=recorded' "$directory/server.log"
	[ "$(pictures_of "$(newest_recording)")" -gt 10 ]
}
