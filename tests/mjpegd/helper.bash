# SPDX-License-Identifier: Apache-2.0
# A runtime directory, a camera and a server for each test. MJPEGD, TEST_CAMERA and CHECK_PICTURES name the
# programs; meson sets them.

load ../harness/wait_until

setup() {
	# Short, because the path of a socket has 107 characters at most.
	directory=$(mktemp -d /tmp/zcf-mjpegd-test.XXXXXX)
	export ZCF_RUNTIME_DIR="$directory/run"
	mkdir -m 700 "$ZCF_RUNTIME_DIR"
	: >"$directory/empty.conf"
	camera="" server="" clients=""
}

teardown() {
	local process
	for process in $clients $server $camera; do
		kill -CONT "$process" 2>/dev/null || true
		kill "$process" 2>/dev/null || true
	done
	for process in $clients $server $camera; do
		wait "$process" 2>/dev/null || true
	done
	if [ -n "${BATS_ERROR_STATUS:-}" ] && [ "${BATS_ERROR_STATUS:-0}" != 0 ] && [ -f "$directory/server.log" ]; then
		sed 's/^/server: /' "$directory/server.log"
	fi
	rm -rf "$directory"
}

start_camera() {
	"$TEST_CAMERA" "$@" 3>&- &
	camera=$!
	wait_until socket_exists
}

socket_exists() {
	find "$ZCF_RUNTIME_DIR" -type s | grep -q .
}

# Wait for a test of the statistics to hold: wait_for '.server.connections == 1'
wait_for() {
	wait_until stat_holds "$1"
}

stat_holds() {
	get /api/stats | jq -e "$1"
}

stop_camera() {
	kill "$@" "$camera"
	wait "$camera" 2>/dev/null || true
	camera=""
}

# Start the server with these options, and set $url once it serves.
start_server() {
	"$MJPEGD" --config "$directory/empty.conf" --channel test_camera --listen 127.0.0.1:0 "$@" \
		2>"$directory/server.log" 3>&- &
	server=$!
	wait_until grep -q 'msg=serving' "$directory/server.log"
	url=$(sed -n 's/.*msg=serving url=\([^ ]*\)\/ .*/\1/p' "$directory/server.log")
}

# Ask the server to stop, and set $status to how it ended.
# shellcheck disable=SC2034
stop_server() {
	kill "$1" "$server"
	status=0
	wait "$server" || status=$?
	server=""
}

get() {
	local path=$1
	shift
	curl -s "$@" "$url$path"
}

http_status() {
	local path=$1
	shift
	curl -s -o /dev/null -w '%{http_code}' "$@" "$url$path"
}

# A number or word of the statistics: stat .server.connections
stat() {
	get /api/stats | jq -r "$1"
}

# Watch N pictures; prints "FIRST LAST GAPS".
watch() {
	get /stream.mjpg -N | "$CHECK_PICTURES" stream "$1"
}

# Open a connection as descriptor 9 and send what printf makes of the argument. Reads nothing.
send_raw() {
	local address=${url#http://}
	exec 9<>"/dev/tcp/${address%:*}/${address##*:}"
	# shellcheck disable=SC2059
	printf "$1" >&9
}

# Have a client watch in the background: start_viewer FILE [OPTION OF CURL]...
start_viewer() {
	local output=$1
	shift
	curl -sN "$@" -o "$output" "$url/stream.mjpg" 3>&- &
	clients="$clients $!"
}

stop_viewers() {
	# shellcheck disable=SC2086
	kill $clients 2>/dev/null || true
	# shellcheck disable=SC2086
	wait $clients 2>/dev/null || true
	clients=""
}
