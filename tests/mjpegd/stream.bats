#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pictures: whole, new, shared, and nobody waits for anybody.
bats_require_minimum_version 1.5.0
load helper

@test "every part of a stream is a whole picture of the frame that it names" {
	start_camera
	start_server
	watch 60
	# The parts are what the client gets, not chunks of something else.
	get /stream.mjpg -N -D "$directory/header" | "$CHECK_PICTURES" stream 1
	run ! grep -qi '^Transfer-Encoding' "$directory/header"
}

@test "pictures of every size are whole" {
	for size in 320x32 322x34 640x360 642x362 1918x1078; do
		start_camera -s $size
		start_server
		watch 3
		stop_server -TERM
		stop_camera
	done
}

@test "a snapshot shows the newest frame" {
	start_camera -r 5
	start_server
	for round in 1 2 3; do
		published=$(stat '.channels[0].published')
		get /snapshot.jpg -D "$directory/header" >"$directory/picture"
		shown=$("$CHECK_PICTURES" picture <"$directory/picture")
		[ "$shown" -ge "$published" ]
		grep -q "^X-Sequence: $shown" "$directory/header"
		grep -qE '^X-Timestamp: [0-9]{10}\.[0-9]{6}' "$directory/header"
	done
}

@test "a snapshot does not wait for the next frame of a slow camera" {
	start_camera -r 0.05
	start_server
	wait_for '.channels[0].published == 1'
	for round in 1 2 3; do
		[ "$(get /snapshot.jpg | "$CHECK_PICTURES" picture)" = 1 ]
	done
}

@test "with nobody watching nothing is encoded, and the channel is left" {
	start_camera
	start_server
	wait_for '.channels[0].published > 10'
	[ "$(stat .server.encoding.encodes)" = 0 ]
	[ "$(stat '.channels[0].attached_total')" = 0 ]
	watch 3
	# The statistics may still be those of a moment before it came.
	wait_for '.channels[0] | .attached_total > 0 and (.consumers | length == 0)'
	before=$(stat .server.encoding.encodes)
	published=$(stat '.channels[0].published')
	wait_for ".channels[0].published > $((published + 30))"
	[ "$(stat .server.encoding.encodes)" = "$before" ]
	watch 3
}

@test "one encode serves all clients" {
	start_camera
	start_server
	for client in 1 2 3 4 5 6; do
		watch 40 >"$directory/client$client" &
		clients="$clients $!"
	done
	for client in $clients; do
		wait "$client"
	done
	clients=""
	# Six times 40 pictures. The clients do not begin and end together, so more than 40 encodes are right.
	[ "$(stat .server.pictures_sent)" -ge 240 ]
	[ "$(stat .server.encoding.encodes)" -lt 120 ]
}

@test "a slow client skips pictures and delays nobody" {
	start_camera
	start_server --client-timeout 60s
	start_viewer "$directory/slow" --limit-rate 50k
	wait_for '.server.viewers | length == 1'
	watch 90
	# The other one has had 90 meanwhile.
	[ "$(stat '.server.viewers | min_by(.id) | .pictures')" -lt 60 ]
	wait_for '.server.viewers | min_by(.id) | .skipped > 30'
	# What it got is whole nevertheless.
	wait_until eval '"$CHECK_PICTURES" stream 2 <"$directory/slow"'
	stop_viewers
}

@test "a snapshot on a slow line arrives whole, as long as its client reads" {
	start_camera -s 2560x1440
	start_server --client-timeout 2s
	send_raw 'GET /snapshot.jpg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
	while read -r line <&9 && [ "$line" != $'\r' ]; do
		[[ $line != Content-Length:* ]] || length=${line//[^0-9]/}
	done
	: >"$directory/picture"
	# A block at a time, for longer than the limit, until there is no more.
	size=-1
	while [ "$(wc -c <"$directory/picture")" -gt "$size" ]; do
		size=$(wc -c <"$directory/picture")
		sleep 0.2
		dd bs=64k count=1 <&9 >>"$directory/picture" 2>/dev/null
	done
	exec 9>&-
	[ "$size" = "$length" ]
	"$CHECK_PICTURES" picture <"$directory/picture"
	[ "$(stat .server.dropped_clients)" = 0 ]
}

@test "a snapshot that nobody reads is dropped" {
	start_camera -s 2560x1440
	start_server --client-timeout 1s
	send_raw 'GET /snapshot.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n'
	wait_for '.server.dropped_clients == 1'
	exec 9>&-
}

@test "a client that never reads is dropped" {
	start_camera
	start_server --client-timeout 1s
	send_raw 'GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n'
	wait_for '.server.viewers | length == 1'
	wait_for '.server.dropped_clients == 1'
	wait_for '.server.viewers | length == 0'
	# The connection is closed, not just forgotten.
	timeout 30 cat <&9 >/dev/null
	exec 9>&-
}

@test "a client that never asks, or asks a byte at a time, is dropped" {
	start_server --client-timeout 1s
	send_raw ''
	wait_for '.server.dropped_clients == 1'
	exec 9>&-
	send_raw 'GET / HTTP/1.1\r\n'
	# In a shell of its own: the last one gets SIGPIPE.
	(while printf 'X' >&9; do sleep 0.2; done) 2>/dev/null || true
	exec 9>&-
	[ "$(stat .server.dropped_clients)" = 2 ]
}

@test "a connection that rests after its answer is closed, and nobody is blamed" {
	start_server --client-timeout 1s --log-level debug
	send_raw 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
	timeout 60 cat <&9 >"$directory/answer"
	exec 9>&-
	grep -q '^HTTP/1.1 503' "$directory/answer"
	grep -q 'resting connection closed' "$directory/server.log"
	run ! grep -q 'client dropped' "$directory/server.log"
	[ "$(stat .server.dropped_clients)" = 0 ]
}

@test "there are as many viewers as may be, and no more" {
	start_camera
	start_server --max-viewers 2
	for client in 1 2; do
		start_viewer /dev/null
	done
	wait_for '.server.viewers | length == 2'
	[ "$(http_status /stream.mjpg)" = 503 ]
	get /stream.mjpg | grep -q max_viewers
	# Everything else still works.
	[ "$(http_status /snapshot.jpg)" = 200 ]
	stop_viewers
	wait_until eval '[ "$(http_status /stream.mjpg --max-time 1)" = 200 ]'
}

@test "at a lower rate fewer frames are asked for" {
	start_camera
	start_server --max-rate 5
	run -0 watch 10
	read -r first last gaps <<<"$output"
	# Thirty a second come; five are wanted.
	[ "$gaps" -ge $(((last - first) / 2)) ]
	[ "$(stat '.channels[0].consumers[0].wants')" = at-most-millihertz ]
	[ "$(stat '.channels[0].consumers[0].wants_value')" = 5000 ]
	[ "$(stat .server.pictures_skipped)" = 0 ]
}

@test "a picture whose frame was overwritten while it was encoded is thrown away and counted" {
	# Two buffers, a deadline that is over before the picture is encoded, and a camera that takes what is overdue.
	start_camera -s 2560x1440 -r 120 -b 2 -l 0.1 -k
	start_server
	(watch 1000 >/dev/null 2>"$directory/complaints") &
	clients=$!
	wait_for '.server.encoding.stale_drops > 3'
	# No torn picture got through.
	[ ! -s "$directory/complaints" ]
	grep -q 'picture thrown away' "$directory/server.log"
}

@test "connections leave nothing behind" {
	start_camera
	start_server
	watch 2
	get /api/stats >/dev/null
	wait_for '.server.connections == 1'
	before=$(ls "/proc/$server/fd" | wc -l)
	for round in $(seq 40); do
		get /snapshot.jpg >/dev/null
		watch 1
		get /metrics >/dev/null
	done
	wait_for '.server.connections == 1'
	[ "$(ls "/proc/$server/fd" | wc -l)" -le "$before" ]
}
