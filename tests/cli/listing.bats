#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf ls and zcf info.

load environment

@test "ls without channels says so and where it looked" {
	run -0 --separate-stderr zcf ls
	[ -z "$output" ]
	[[ $stderr == *"no channels in $ZCF_RUNTIME_DIR"* ]]
	run -0 --separate-stderr zcf --runtime-dir "$WORK/missing" ls
	[[ $stderr == *"no channels in $WORK/missing"* ]]
}

@test "ls shows format, size, rate, consumers, producer and state" {
	start_producer front --size 640x360 --fps 30
	start_consumer front reader
	run -0 zcf ls --sample 1s
	[[ ${lines[0]} == CHANNEL*FORMAT*SIZE*RATE*CONSUMERS*PID*STATE ]]
	read -r name format size rate held consumers pid program state <<<"${lines[1]}"
	[ "$name $format $size" = "front NV12 640x360" ]
	[[ $rate =~ ^(29|30)\.[0-9]$ ]]
	[[ $held == ?/3 ]]
	[ "$consumers" = 1 ]
	[ "$pid" = "$PRODUCER" ]
	[ "$state" = publishing ]
}

@test "ls sorts channels and lists those of all producers" {
	start_producer zebra
	start_producer aardvark --format grey
	start_producer data --format data
	run -0 zcf ls --sample 0
	[[ ${lines[1]} == aardvark*GREY* ]]
	[[ ${lines[2]} == data*DATA*"4.0 KiB"* ]]
	[[ ${lines[3]} == zebra*NV12* ]]
}

@test "ls says that a socket is dead when its producer was killed" {
	start_producer gone
	kill -KILL "$PRODUCER"
	wait "$PRODUCER" || true
	run -0 zcf ls
	[[ ${lines[1]} == gone*dead ]]
	[[ $output == *"gone: dead socket; its producer died."* ]]
}

@test "ls says that a stopped producer is silent, and shows the others" {
	start_producer hanging
	hanging=$PRODUCER
	start_producer lively
	kill -STOP "$hanging"
	run -0 zcf ls
	[[ ${lines[1]} == hanging*silent ]]
	[[ ${lines[2]} == lively*publishing ]]
}

@test "ls tells an idle channel from a stalled one by whether somebody waits" {
	start_producer still --frames 1 --fps 100
	sleep 1.5
	run -0 zcf ls
	[[ ${lines[1]} == still*idle ]]
	start_consumer still waiting
	run -0 zcf ls
	[[ ${lines[1]} == still*stalled ]]
}

@test "ls shows the nominal rate in parentheses where frames are too rare to measure" {
	start_producer slow --fps 2
	sleep 0.7
	run -0 zcf ls --sample 10ms
	[[ ${lines[1]} == *"(2.00)"* ]]
}

@test "ls prints JSON with everything that a script needs" {
	need jq
	start_producer front --size 320x240 --fps 50
	start_consumer front reader
	start_producer gone
	kill -KILL "$PRODUCER"
	wait "$PRODUCER" || true
	zcf ls --json >list.json
	jq -e --arg directory "$ZCF_RUNTIME_DIR" '.runtime_directory == $directory' list.json
	jq -e '.channels | length == 2' list.json
	jq -e '.channels[0] | .channel == "front" and .state == "publishing" and .rate_hz > 40 and .rate_hz < 60 and
	       .format.width_pixels == 320 and .format.height_pixels == 240 and .format.fourcc == "NV12" and
	       .buffer_count == 3 and (.epoch | test("^[0-9a-f]{16}$"))' list.json
	jq -e --argjson pid "${PIDS[1]}" '.channels[0].consumers[0] | .label == "reader" and .pid == $pid' list.json
	jq -e '.channels[1] | .channel == "gone" and .state == "dead" and (.error | length > 0)' list.json
}

@test "a label that is no UTF-8 or moves the cursor harms neither terminal nor JSON" {
	need jq
	start_producer front
	start_consumer front $'evil\e[2Jname\xff\n'
	run -0 zcf info front
	[[ $output == *'evil?[2Jname?'* ]]
	[[ $output != *$'\e'* ]]
	zcf info front --json >info.json
	jq -e '.consumers | length == 1' info.json
}

@test "info shows planes, counters, consumers and what they hold" {
	start_producer front --size 640x480 --deadline-us 60000000
	start_consumer front holder -1
	run -0 zcf info front
	[[ $output == *"NV12 640x480, 450.0 KiB a frame"* ]]
	[[ $output == *"0: offset 0, 307200 bytes, 640 bytes from row to row"* ]]
	[[ $output == *"process $PRODUCER"* ]]
	[[ $output == *"brightness     127.5 of 255"* ]]
	[[ $output == *"holder process $CONSUMER, user $(id -u)"* ]]
	[[ $output =~ holds\ +buffer\ [0-2],\ frame\ [0-9]+,\ for\  ]]
	[[ $output == *"every frame; up to 1 at once, for 1m00s each"* ]]
}

@test "info prints JSON that agrees with the format" {
	need jq
	start_producer front --size 100x50 --align 64
	zcf info front --json >info.json
	jq -e '.format.planes == [{"offset_bytes": 0, "size_bytes": 6400, "stride_bytes": 128},
	                          {"offset_bytes": 6400, "size_bytes": 3200, "stride_bytes": 128}]' info.json
	jq -e '.state == "publishing" and .rate_hz > 25 and .rate_hz < 35' info.json
}

@test "an unknown channel is an error that lists the channels, and exits with 3" {
	start_producer front
	start_producer rear
	for command in "info side" "grab side out.png"; do
		run -3 --separate-stderr zcf $command
		[ -z "$output" ]
		[[ $stderr == *"side"* ]]
		[[ $stderr == *"Channels here: front, rear."* ]]
	done
	[ ! -e out.png ]
}

@test "an unknown channel where there are none says how to go on" {
	run -3 zcf info side
	[[ $output == *"no channels in $ZCF_RUNTIME_DIR"* && $output == *doctor* ]]
}

@test "a channel name that cannot be is an error of its own" {
	run -1 zcf info ../etc
	[[ $output == *"../etc"* ]]
	run -1 zcf info "$(printf 'x%.0s' {1..100})"
}

@test "info of a producer that does not answer exits with 4" {
	start_producer hanging
	kill -STOP "$PRODUCER"
	run -4 zcf info hanging
	[[ $output == *"does not answer"* ]]
}
