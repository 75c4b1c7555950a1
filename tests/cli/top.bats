#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf top: what it shows, and that it leaves the terminal as it was.

load environment

# A terminal of its own, 100x30, with a shell in it.
open_terminal()
{
	need tmux pgrep
	TMUX_SOCKET=zcf-test-$$
	TERM=xterm tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -x "${1:-100}" -y "${2:-30}" \
		"env PS1='> ' PATH=$PATH ZCF_RUNTIME_DIR=$ZCF_RUNTIME_DIR LC_ALL=${3:-C.UTF-8} sh" 3>&-
}

type_keys()
{
	tmux -L "$TMUX_SOCKET" send-keys "$@"
}

screen()
{
	tmux -L "$TMUX_SOCKET" capture-pane -p
}

screen_shows()
{
	screen | grep -q -- "$1"
}

screen_shows_no()
{
	! screen | grep -q -- "$1"
}

@test "top prints one report where standard output is no terminal" {
	start_producer front --deadline-us 60000000
	start_consumer front reader 5
	start_consumer front holder -1
	run -0 zcf top --interval 500ms
	[[ ${lines[0]} == "● front  NV12 640x480  "*" fps  publishing" ]]
	[[ ${lines[1]} == *"$PRODUCER, memfd buffers, skipped 0, revoked 0, published "* ]]
	[[ $output == *"held"* && $output == *"not held"* ]]
	[[ $output == *"│ holder"* && $output == *"│ $CONSUMER "* ]]
	[[ $output =~ reader\ +[0-9]+\ +live\ +(29|30)\.[0-9]\  ]]
	[[ $output =~ holder\ +$CONSUMER\ +live\ +0\  ]]
	[[ $output != *$'\e'* ]]
}

@test "top shows rates, latencies, leases and the state of several channels as JSON" {
	need jq
	start_producer front --deadline-us 60000000
	start_consumer front reader 1
	start_consumer front holder -1
	holder=$CONSUMER
	start_producer rear --fps 60
	start_producer gone
	kill -KILL "$PRODUCER"
	wait "$PRODUCER" || true
	zcf top --once --json >top.json
	jq -e '.channels | map(.channel) == ["front", "gone", "rear"]' top.json
	jq -e '.channels[1].state == "dead"' top.json
	jq -e '.channels[0].rate_hz > 28 and .channels[0].rate_hz < 32 and .channels[2].rate_hz > 55' top.json
	jq -e '.channels[0].consumers[] | select(.label == "reader") |
	       .rate_hz > 28 and .rate_hz < 32 and .recent_latency_p50_ns > 0 and
	       .recent_latency_p50_ns <= .recent_latency_p99_ns' top.json
	jq -e --argjson pid "$holder" '.channels[0].consumers[] | select(.pid == $pid) | .rate_hz == 0 and
	       (.leases | length == 1) and .leases[0].buffer < 3 and .leases[0].age_ns > 1000000' top.json
}

@test "top shows what a consumer that holds every buffer costs the camera" {
	need jq
	start_producer front --buffers 2 --deadline-us 60000000
	start_consumer front hog1 -1
	# Not the same frame as the other one holds.
	wait_until bash -c 'zcf info front --json | jq -e ".published > .consumers[0].leases[0].sequence + 1"'
	start_consumer front hog2 -1
	wait_until bash -c 'zcf top --once --json -i 100ms |
		jq -e ".channels[0] | .skipped > 0 and (.consumers | all(.skips_caused > 0)) and .held_buffers == 2"'
}

@test "top shows revocations" {
	need jq
	start_producer front --deadline-us 20000
	start_consumer front sluggard 300
	wait_until bash -c 'zcf top --once --json -i 100ms | jq -e ".channels[0].consumers[0].revoked > 0"'
	run -0 zcf top --once --interval 100ms
	[[ $output =~ revoked\ [1-9] ]]
}

@test "top draws a strip where there are too many buffers for cells" {
	start_producer wide --size 64x64 --buffers 64
	run -0 zcf top --once --interval 100ms
	[[ $output == *"[················································"* ]]
	[[ $output == *"■ held"* ]]
}

@test "top without a channel says so" {
	run -0 zcf top --once
	[[ $output == *"no channels"* ]]
}

@test "top fills a terminal, follows consumers that come and go, and quits with q" {
	open_terminal
	start_producer front
	start_consumer front early
	type_keys "zcf top --interval 100ms; echo code=\$?" Enter
	wait_until screen_shows '● front  NV12 640x480  30\.[0-9] fps  publishing'
	screen_shows 'q quit'
	screen_shows '^  early '
	screen_shows '┌ 0 '
	start_consumer front late
	wait_until screen_shows '^  late '
	kill -KILL "$CONSUMER"
	wait_until screen_shows_no '^  late '
	kill -KILL "$PRODUCER"
	wait_until screen_shows 'only its socket is left'
	start_producer front --size 320x240
	wait_until screen_shows 'NV12 320x240'
	wait_until screen_shows '^  early '
	type_keys q
	wait_until screen_shows 'code=0'
	screen_shows_no 'q quit'
}

@test "top fits into 60 columns and follows the window's size" {
	open_terminal 60 24
	start_producer front
	start_consumer front a_consumer_with_a_long_name 5
	type_keys "zcf top --interval 100ms" Enter
	wait_until screen_shows 'fps  publishing'
	# The right edge of the last cell and the columns that must be there.
	screen_shows '┐$'
	screen_shows 'CONSUMER .*RATE .*P50 .*P99 .*SKIPS .*REVOKED'
	screen_shows 'revoked 0'
	tmux -L "$TMUX_SOCKET" resize-window -x 120 -y 40
	wait_until screen_shows 'MISSED  HOLDS'
	tmux -L "$TMUX_SOCKET" resize-window -x 60 -y 7
	wait_until screen_shows 'scroll (1-6 of'
	type_keys G
	wait_until screen_shows_no '● front'
	type_keys g
	wait_until screen_shows 'scroll (1-6 of'
	type_keys Down Down
	wait_until screen_shows 'scroll (3-8 of'
	type_keys q
}

@test "top pauses" {
	open_terminal
	start_producer front
	type_keys "zcf top --interval 100ms" Enter
	wait_until screen_shows 'fps  publishing'
	type_keys Space
	wait_until screen_shows 'paused'
	published=$(screen | grep -o 'published [0-9]*')
	sleep 0.5
	[ "$(screen | grep -o 'published [0-9]*')" = "$published" ]
	type_keys Space
	wait_until screen_shows_no "$published\$"
	type_keys q
}

@test "top restores the terminal on q, on signals and on Ctrl-C" {
	open_terminal
	start_producer front
	type_keys "stty -a | md5sum >before" Enter
	wait_until test -s before
	for way in q C-c TERM HUP; do
		type_keys "clear; echo outside; zcf top --interval 100ms" Enter
		wait_until screen_shows 'q quit'
		screen_shows_no outside
		case $way in
		q | C-c) type_keys "$way" ;;
		*) kill -"$way" "$(pgrep -f "zcf top --interval 100ms\$" -P "$(tmux -L "$TMUX_SOCKET" list-panes -F '#{pane_pid}')")" ;;
		esac
		case $way in
		q) code=0 ;;
		C-c) code=130 ;;
		TERM) code=143 ;;
		HUP) code=129 ;;
		esac
		wait_until screen_shows_no 'q quit'
		# On a line of its own: after Ctrl-C the shell leaves out what follows on the same one.
		type_keys "echo code=\$?; stty -a | md5sum >after" Enter
		wait_until screen_shows "code=$code"
		screen_shows outside
		wait_until test -s after
		cmp before after
		[ "$(tmux -L "$TMUX_SOCKET" display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" = "0 1 1" ]
		rm after
	done
}

@test "top gives the terminal back on Ctrl-Z and takes it again" {
	open_terminal
	start_producer front
	type_keys "set -m; clear" Enter
	type_keys "zcf top --interval 100ms" Enter
	wait_until screen_shows 'q quit'
	type_keys C-z
	wait_until screen_shows_no 'q quit'
	[ "$(tmux -L "$TMUX_SOCKET" display-message -p '#{alternate_on} #{cursor_flag}')" = "0 1" ]
	type_keys fg Enter
	wait_until screen_shows 'q quit'
	type_keys q
	wait_until screen_shows_no 'q quit'
}

@test "a producer that hangs does not hold the view of the others up" {
	open_terminal
	start_producer hanging
	hanging=$PRODUCER
	start_producer lively
	type_keys "zcf top --interval 100ms" Enter
	wait_until screen_shows '● lively'
	kill -STOP "$hanging"
	wait_until screen_shows '● hanging  silent'
	published=$(screen | grep -o 'published [0-9]*')
	wait_until screen_shows_no "$published\$"
	type_keys q
}

@test "colours are for terminals, and NO_COLOR switches them off" {
	open_terminal
	start_producer front
	type_keys "clear; zcf ls --sample 0" Enter
	wait_until screen_shows publishing
	tmux -L "$TMUX_SOCKET" capture-pane -p -e | grep -q $'\e\\[32m.*publishing'
	type_keys "clear; NO_COLOR=1 zcf ls --sample 0" Enter
	wait_until screen_shows publishing
	! tmux -L "$TMUX_SOCKET" capture-pane -p -e | grep -q $'\e\\[32m'
}

@test "without UTF-8 top keeps to ASCII" {
	start_producer front
	LC_ALL=C run -0 zcf top --once --interval 100ms
	[[ $output == *"+ 0 "* ]]
	! LC_ALL=C grep -q '[^ -~]' <<<"$output"
}

@test "a terminal that cannot be painted on gets one report" {
	open_terminal
	start_producer front
	type_keys "clear; TERM=dumb zcf top --interval 100ms; echo code=\$?" Enter
	wait_until screen_shows 'code=0'
	screen_shows 'cannot be painted on'
}

@test "top shows what a detector found, in which picture, and how long it took" {
	start_detector
	run -0 zcf top --once --interval 300ms
	[[ ${lines[0]} == *"pet_camera_detections  DATA "*" fps  publishing" ]]
	[[ $output == *"found  person 1 (0.91), dog 1 (0.62)"* ]]
	[[ $output =~ "in     frame "[0-9]+" of made_up, 640x360"$'\n'"  by     test.onnx, "[0-9.]+[mµn]*"s after the camera" ]]
	[[ $output =~ "took   wait "[0-9.]+[mµn]*"s, preprocess 1.5ms, inference 23ms,"$'\n'" "*"postprocess 400µs, publish " ]]
	# Also at 60 columns nothing of that is cut off.
	[ "$(grep -E '^  (found|in|by|took|    ) ' <<<"$output" | awk 'length > 60' | wc -l)" -eq 0 ]
	zcf top --once --json -i 300ms |
		jq -e '.channels[0] | .rate_hz > 20 and .detections.classes[0].label == "person" and
			.detections.stages_ns.inference == 23000000 and (.consumers | length) == 0'
}

@test "top is not taken in by a data channel that carries something else" {
	start_detector -w magic
	run -0 zcf top --once --interval 200ms
	[[ $output == *"DATA"* && $output != *"found"* ]]
	kill "${PIDS[-1]}"
	wait "${PIDS[-1]}" || true
	start_detector -w text
	run -0 zcf top --once --interval 200ms
	[[ $output == *"found  <img src=x onerror=stop()>?"* && $output != *$'\e'* ]]
}
