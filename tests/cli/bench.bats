#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf bench latency: that it measures what it says; how fast is for people to judge.

load environment

@test "bench latency reports every round, medians, ratios, wake calls and publish costs" {
	need jq
	zcf bench latency --rounds 3 --frames 40 --json >bench.json
	jq -e '.bench == "latency" and .rounds == 3 and .frames == 40 and .interval_ns == 2000000' bench.json
	jq -e '.machine.processor_count >= 1 and (.machine.kernel | startswith("Linux"))' bench.json
	jq -e '.variants | map(.name) == ["futex", "frame_640x360", "frame_3840x2160"]' bench.json
	jq -e '.variants[] | (.rounds | length == 3) and .median_p50_ns > 0 and .median_p50_ns <= .median_p99_ns and
	       ([.rounds[].p50_ns] | sort | .[1]) == .median_p50_ns and ([.rounds[] | .counted + .lost == 36] | all)' bench.json
	jq -e '.variants[1:][].ratio_to_futex_p50 | .minimum <= .median and .median <= .maximum' bench.json
	jq -e '[.publish_costs[].width_pixels] == [160, 640, 1920, 3840]' bench.json
}

@test "at most one wake call a frame with 1, 4 and 16 consumers, and none with nobody waiting" {
	need jq
	zcf bench latency --rounds 1 --frames 60 --json >bench.json
	jq -e '[.wake_calls[].consumers] == [1, 4, 16]' bench.json
	jq -e '.wake_calls[] | .frames > 0 and .calls > 0 and .calls <= .frames' bench.json
	jq -e '.publish_costs[] | .wake_calls == 0' bench.json
}

@test "bench latency is for people too, and keeps progress off a pipe" {
	run -0 --separate-stderr zcf bench latency --rounds 1 --frames 20
	[[ $output == *"of a bare futex wake (p50, median of 1 rounds"* ]]
	[[ $output == *"16 consumers:"* ]]
	[ -z "$stderr" ]
}

@test "bench latency neither sees nor disturbs the channels of the machine" {
	start_producer bench
	run -0 zcf bench latency --rounds 1 --frames 20
	[ "$(ls "$ZCF_RUNTIME_DIR")" = bench.sock ]
}

@test "an interrupted bench ends by the signal, its processes with it, and leaves no directory" {
	need pgrep
	mkdir temporary
	TMPDIR=$WORK/temporary env --default-signal=INT "$ZCF" bench latency --rounds 100 3>&- &
	bench=$!
	PIDS+=("$bench")
	eventually pgrep -P "$bench"
	children=$(pgrep -P "$bench")
	kill -INT "$bench"
	code=0
	wait "$bench" || code=$?
	[ "$code" = 130 ]
	for child in $children; do
		run -1 kill -0 "$child"
	done
	[ -z "$(ls temporary)" ]
}

@test "the processes of a bench that is killed end with it" {
	need pgrep
	TMPDIR=$WORK "$ZCF" bench latency --rounds 100 3>&- &
	bench=$!
	PIDS+=("$bench")
	eventually pgrep -P "$bench"
	children=$(pgrep -P "$bench" -d ' ')
	kill -KILL "$bench"
	# shellcheck disable=SC2086
	eventually bash -c "! kill -0 ${children%% *} 2>/dev/null"
}
