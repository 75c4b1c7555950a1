# SPDX-License-Identifier: Apache-2.0
# A runtime directory, a camera and a streaming server for each test. CAMERAD and STREAMD name the programs; meson sets
# them.

load ../harness/wait_until

setup() {
	# Short, because the path of a socket has 107 characters at most.
	directory=$(mktemp -d /tmp/zcf-streamd-test.XXXXXX)
	export ZCF_RUNTIME_DIR="$directory/run"
	mkdir -m 700 "$ZCF_RUNTIME_DIR"
	: >"$directory/empty.conf"
	camera="" server="" others=""
}

teardown() {
	local process
	for process in $others $server $camera; do
		kill "$process" 2>/dev/null || true
	done
	for process in $others $server $camera; do
		wait "$process" 2>/dev/null || true
	done
	if [ -z "${BATS_TEST_COMPLETED:-}" ] && [ -f "$directory/server.log" ]; then
		sed 's/^/server: /' "$directory/server.log"
	fi
	rm -rf "$directory"
}

start_camera() {
	"$CAMERAD" --config "$directory/empty.conf" "$@" 2>"$directory/camera.log" 3>&- &
	camera=$!
	wait_until grep -q 'msg="camera started"' "$directory/camera.log"
}

kill_camera() {
	kill -KILL "$camera"
	wait "$camera" 2>/dev/null || true
	camera=""
}

# Start the server with these options, and set $url and $rtsp once it serves.
start_server() {
	"$STREAMD" --config "$directory/empty.conf" --listen 127.0.0.1:0 --rtsp-listen 127.0.0.1:0 --media-port 0 "$@" \
		2>"$directory/server.log" 3>&- &
	server=$!
	wait_until grep -q 'msg=ready' "$directory/server.log"
	url=$(sed -n 's/.*msg=serving page=\(.*\)\/$/\1/p' "$directory/server.log")
	rtsp=$(sed -n 's/.*msg=serving rtsp=//p' "$directory/server.log")
}

get() {
	local path=$1
	shift
	curl -sS --max-time 30 "$@" "$url$path"
}

# The value of a metric: metric pictures_encoded_total
metric() {
	get /metrics | sed -n "s/^zcframe_streamd_$1 //p"
}
