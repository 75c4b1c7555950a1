#!/usr/bin/env bats
# `make demo` when its programs end by themselves. The programs are scripts here, and there is no Python for a detector.

bats_require_minimum_version 1.5.0

setup() {
	directory=$(mktemp -d "${TMPDIR:-/tmp}/zcf-test.XXXXXX")
	export TMPDIR=$directory PYTHON=no-such-python
	unset LISTEN STREAM_LISTEN
	for program in camerad/zcf-camerad mjpegd/zcf-mjpegd streamd/zcf-streamd; do
		put "$program" "exec sleep 1000"
	done
	put cli/zcf "exit 0"
	demo=""
}

teardown() {
	[ -z "$demo" ] || { kill "$demo" && wait "$demo"; } || true
	rm -rf "$directory"
}

put() {
	mkdir -p "$directory/build/${1%/*}"
	printf '#!/bin/sh\n%s\n' "$2" >"$directory/build/$1"
	chmod +x "$directory/build/$1"
}

start_demo() {
	"$DEMO" "$directory/build" >"$directory/said" 2>&1 3>&- &
	demo=$!
	for _ in $(seq 600); do
		! grep -q "$1" "$directory/said" || return 0
		sleep 0.1
	done
	cat "$directory/said"
	return 1
}

@test "it says where to look, and leaves nothing behind when it is stopped" {
	start_demo "Stop with Ctrl-C"
	grep -q 'http://127.0.0.1:8080/' "$directory/said"
	grep -q 'http://127.0.0.1:8090/' "$directory/said"
	kill "$demo"
	status=0
	wait "$demo" || status=$?
	demo=""
	[ "$status" -eq 143 ]
	[ -z "$(find "$directory" -name 'zcframe-demo.*')" ]
}

@test "without the streaming server it goes on, and does not send anybody to its page" {
	put streamd/zcf-streamd "echo 'the port is taken' >&2; exit 1"
	put cli/zcf "sleep 2"
	start_demo "Stop with Ctrl-C"
	grep -q 'the streaming server ended' "$directory/said"
	grep -q 'http://127.0.0.1:8080/' "$directory/said"
	run ! grep -q 'http://127.0.0.1:8090/' "$directory/said"
}

@test "if the web server's port is taken it says how to choose another one" {
	put mjpegd/zcf-mjpegd "sleep 1; exit 1"
	put cli/zcf "exit 1"
	run -1 "$DEMO" "$directory/build"
	[[ "$output" == *"the web server ended"*"make demo LISTEN="* ]]
}

@test "if the camera cannot start it says what can be shown" {
	put camerad/zcf-camerad "sleep 1; exit 1"
	put cli/zcf "exit 1"
	run -1 "$DEMO" "$directory/build" no-such-file.avi
	[[ "$output" == *"the camera ended"*"SOURCE is synthetic, vio, or a video or picture"* ]]
}
