#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Start, stop, and cameras that come and go.
bats_require_minimum_version 1.5.0
load helper

@test "without a camera the server runs and says so" {
	start_server --picture-timeout 500ms
	[ "$(http_status /healthz)" = 503 ]
	get /healthz | grep -q '^gone: '
	[ "$(stat '.channels[0].state')" = gone ]
	[ "$(http_status /)" = 200 ]
	get /metrics | grep -q '^zcframe_channel_up{channel="test_camera"} 0$'
	for path in /snapshot.jpg /stream.mjpg; do
		get $path -D "$directory/header" >"$directory/body"
		grep -q '^HTTP/1.1 503' "$directory/header"
		grep -qE '^Retry-After: [0-9]+' "$directory/header"
		grep -q 'No picture of channel test_camera within 0.5 s: .' "$directory/body"
	done
}

@test "a stream goes on by itself when its camera was killed and started again" {
	start_camera
	start_server
	start_viewer "$directory/stream"
	wait_for '.server.pictures_sent > 5'
	stop_camera -KILL
	wait_until eval '[ "$(http_status /healthz)" = 503 ]'
	[ "$(stat '.channels[0].state')" = gone ]
	# The encoder finds out by itself, or never if the camera is back too soon.
	wait_until grep -q 'no pictures' "$directory/server.log"
	start_camera
	sent=$(stat .server.pictures_sent)
	wait_for ".server.pictures_sent > $((sent + 5))"
	[ "$(http_status /healthz)" = 200 ]
	# The same client, on the same connection.
	kill -0 $clients
	[ "$(stat .server.viewers_total)" = 1 ]
	[ "$(stat '.server.viewers[0].pictures')" -gt 5 ]
	grep -q 'pictures again' "$directory/server.log"
}

@test "a stream ends when its camera stays away, so that no standing picture passes for a live one" {
	start_camera
	start_server
	start_viewer /dev/null
	wait_for '.server.pictures_sent > 5'
	stop_camera -KILL
	wait $clients
	clients=""
	[ "$(stat '.server.viewers | length')" = 0 ]
}

@test "a viewer who leaves while no pictures come is noticed" {
	start_camera
	start_server
	start_viewer /dev/null
	wait_for '.server.pictures_sent > 5'
	kill -USR1 "$camera"
	sleep 0.5
	stop_viewers
	wait_for '.server.viewers | length == 0'
}

@test "a camera that sends nothing is stalled, and comes back" {
	start_camera
	start_server --picture-timeout 500ms
	start_viewer /dev/null
	wait_for '.server.pictures_sent > 5'
	kill -USR1 "$camera"
	wait_for '.channels[0].state == "stalled"'
	[ "$(http_status /healthz)" = 503 ]
	get /healthz | grep -q '^stalled: no frame for'
	# An old picture is no snapshot.
	[ "$(http_status /snapshot.jpg)" = 503 ]
	kill -USR2 "$camera"
	wait_for '.channels[0].state == "live"'
	[ "$(http_status /snapshot.jpg)" = 200 ]
	[ "$(stat .server.viewers_total)" = 1 ]
}

@test "a camera that hangs delays neither the page nor the other channels" {
	start_camera
	start_server
	"$TEST_CAMERA" -c other_camera 3>&- &
	clients=$!
	wait_for '.channels | length == 2'
	kill -STOP "$clients"
	wait_for '.channels[0].state == "unknown"'
	[ "$(stat '.channels[1].state')" = live ]
	watch 10
}

@test "a channel that carries no pictures is refused with its reason" {
	start_camera -d
	start_server --picture-timeout 500ms
	[ "$(http_status /snapshot.jpg)" = 503 ]
	get /snapshot.jpg | grep -q 'not pictures'
}

@test "SIGTERM and SIGINT end it cleanly, whatever its clients are doing" {
	for signal in -TERM -INT; do
		start_camera
		start_server
		start_viewer /dev/null
		start_viewer /dev/null --limit-rate 1k
		wait_for '.server.viewers | length == 2'
		kill -USR1 "$camera"
		send_raw 'GET /snapshot.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n'
		stop_server $signal
		[ "$status" = 0 ]
		grep -q 'msg=stopping' "$directory/server.log"
		exec 9>&-
		stop_viewers
		stop_camera
	done
}

@test "SIGHUP does not end it" {
	start_server
	kill -HUP "$server"
	wait_until grep -q SIGHUP "$directory/server.log"
	[ "$(http_status /)" = 200 ]
}

@test "a port that is in use is named, and the exit code is 1" {
	start_server
	address=${url#http://}
	run -1 "$MJPEGD" --config "$directory/empty.conf" --listen "$address"
	[[ "$output" = *"$address"* ]]
	[[ "$output" = *"another program has this port"* ]]
	# The first one goes on.
	[ "$(http_status /)" = 200 ]
}

@test "what is wrong on the command line is said, and the exit code is 2" {
	run -2 "$MJPEGD" --nonsense
	run -2 "$MJPEGD" argument
	[[ "$output" = *"unexpected argument 'argument'"* ]]
	run -2 "$MJPEGD" --listen 8080
	[[ "$output" = *"127.0.0.1:8080"* ]]
	run -2 "$MJPEGD" --quality 101
	[[ "$output" = *"quality must be a whole number from 1 to 100"* ]]
	run -2 "$MJPEGD" --max-rate -1
	run -2 "$MJPEGD" --channel ../etc
	run -2 "$MJPEGD" --token-file /nonexistent
	[[ "$output" = */nonexistent*"No such file"* ]]
	run -2 "$MJPEGD" --config /nonexistent
	run -2 "$MJPEGD" --client-timeout 5
	[[ "$output" = *"client_timeout must be a duration such as 66ms"* ]]
}

@test "what is wrong in the configuration is said with its line, and the exit code is 2" {
	printf '[mjpegd]\nquality = 80\ncolour = red\n' >"$directory/wrong.conf"
	run -2 "$MJPEGD" --config "$directory/wrong.conf"
	[[ "$output" = *"wrong.conf:3: unknown key 'colour' in [mjpegd]"* ]]
	run -2 "$MJPEGD" --check-config --config "$directory/wrong.conf"
}

@test "a token that everybody can read is warned of" {
	echo 0123456789abcdef0123456789abcdef >"$directory/token"
	chmod 644 "$directory/token"
	run -0 "$MJPEGD" --config "$directory/empty.conf" --check-config --token-file "$directory/token"
	[[ "$output" = *"level=warning program=zcf-mjpegd"*"$directory/token"* ]]
	chmod 640 "$directory/token"
	run -0 "$MJPEGD" --config "$directory/empty.conf" --check-config --token-file "$directory/token"
	[[ "$output" != *warning* ]]
}

@test "the configuration file is read, and the command line wins" {
	cat >"$directory/right.conf" <<-END
		[runtime]
		directory = $ZCF_RUNTIME_DIR
		socket_mode = 0600
		[mjpegd]
		channel = test_camera
		listen = 127.0.0.1:0
		quality = 33
		max_rate = 12.5
		max_viewers = 7
	END
	run -0 "$MJPEGD" --check-config --config "$directory/right.conf"
	start_camera
	runtime=$ZCF_RUNTIME_DIR
	unset ZCF_RUNTIME_DIR
	"$MJPEGD" --config "$directory/right.conf" --max-rate 6 2>"$directory/server.log" 3>&- &
	server=$!
	export ZCF_RUNTIME_DIR=$runtime
	wait_until grep -q 'msg=serving' "$directory/server.log"
	url=$(sed -n 's/.*msg=serving url=\([^ ]*\)\/ .*/\1/p' "$directory/server.log")
	[ "$(stat .server.quality)" = 33 ]
	[ "$(stat '.server.max_rate_hz == 6')" = true ]
	[ "$(stat .server.max_viewers)" = 7 ]
	[ "$(stat '.channels[0].state')" = live ]
}

@test "the file that is installed is right, also with every key in use" {
	sed -E 's/^#(\[.*\]|[a-z_]+ =.*)$/\1/' "$EXAMPLE_CONFIG" >"$directory/all.conf"
	grep -q '^max_viewers = 32' "$directory/all.conf"
	run -0 "$MJPEGD" --check-config --config "$directory/all.conf"
	run -0 "$MJPEGD" --check-config --config "$EXAMPLE_CONFIG"
	# Every key is in it.
	for key in channel detections_channel listen quality max_rate token_file allowed_hosts max_viewers client_timeout \
		picture_timeout log_level; do
		sed -n '/^\[mjpegd\]/,/^\[/p' "$EXAMPLE_CONFIG" | grep -q "^#$key ="
	done
}

@test "help names every option, and version the version" {
	run -0 "$MJPEGD" --help
	for option in channel detections-channel listen quality max-rate token-file allowed-hosts max-viewers client-timeout \
		picture-timeout log-level runtime-dir config check-config help version; do
		[[ "$output" = *"--$option"* ]]
		grep -q -- "--$option" "$MANUAL"
	done
	run -0 "$MJPEGD" --version
	[[ "$output" = "zcf-mjpegd "[0-9]* ]]
}

@test "systemd is told when it serves, that it lives, and when it stops" {
	command -v python3 >/dev/null || skip "no python3 here to listen on the notification socket"
	start_camera
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    text = s.recv(4096).decode()
    print(text, flush=True)
    if "STOPPING=1" in text: break
' "$directory/notify" >"$directory/notifications" 3>&- &
	clients=$!
	wait_until test -S "$directory/notify"
	NOTIFY_SOCKET="$directory/notify" WATCHDOG_USEC=200000 start_server
	wait_until grep -q 'READY=1' "$directory/notifications"
	wait_until grep -q 'WATCHDOG=1' "$directory/notifications"
	[ "$(http_status /healthz)" = 200 ]
	stop_server -TERM
	[ "$status" = 0 ]
	wait "$clients"
	clients=""
}

@test "it gives up the system calls that it does not make, unless told not to" {
	start_camera
	printf '[mjpegd]\nseccomp = no\n' >"$directory/empty.conf"
	start_server --log-level debug
	grep -q "^Seccomp:[[:space:]]*0" "/proc/$server/status" || skip "the tests run under seccomp themselves"
	stop_server -TERM
	: >"$directory/empty.conf"
	start_server --log-level debug
	wait_until grep -q 'system calls' "$directory/server.log"
	grep -q 'system calls given up' "$directory/server.log" || skip "no system calls can be given up here"
	for thread in /proc/"$server"/task/*/status; do
		grep -q "^Seccomp:[[:space:]]*2" "$thread"
	done
	[ "$(http_status /snapshot.jpg)" = 200 ]
	[ "$(http_status /api/stats)" = 200 ]
}
