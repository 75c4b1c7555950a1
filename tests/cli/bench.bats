#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf bench: that it measures what it says; how fast is for people to judge.

load environment

@test "bench limit says of every contender how long its frames took, in every round" {
	need jq
	zcf bench limit --rounds 2 --frames 20 --json >bench.json
	jq -e '.machine.processor_count >= 1 and (.machine.kernel | startswith("Linux"))' bench.json
	jq -e '[.limit.paced, .limit.often, .limit.several][] | .rounds == 2 and .frames == 20' bench.json
	jq -e '.limit.paced.entries | map(.name) | index("futex") == 0 and (index("zcframe") > 0)' bench.json
	jq -e '[.limit[].entries[] | (.rounds | length == 2) and ([.rounds[].counted] | add) == .all.counted and
	       .all.processor_ns > 0] | all' bench.json
	jq -e '[.limit.paced.entries[] | .all | .counted == 0 or (.pointer | 0 < .p50_ns and .p50_ns <= .p99_ns and .p99_ns <= .max_ns)] | all' bench.json
	jq -e '[.limit[].entries[] | .pointer_ratio | .minimum <= .median and .median <= .maximum] | all' bench.json
	jq -e '.limit.paced | .entries[.entries[0].base].pointer_ratio.median == 1' bench.json
	# Only what is protected is sure to be whole beside whatever else this machine does.
	jq -e '[.limit[].entries[] | select(.name | startswith("zcframe")) | .all.damaged == 0] | all' bench.json
}

@test "bench before-after counts what each way copies, and finds every byte of our frames right" {
	need jq
	zcf bench before-after --quick --rounds 1 --frames 14 --json >bench.json
	jq -e '[.before_after | .three_channels, .contests[] | .entries[] | select(.name == "zcframe") | .all.damaged == 0] | all' \
		bench.json
	jq -e '[.before_after.contests[].entries[] | select(.name == "copy") |
	        .all.bytes_copied == .width_pixels * .height_pixels * 3 / 2 * .consumers] | all' bench.json
	jq -e '[.before_after.contests[].entries[] | select(.name != "copy") | .all.bytes_copied == 0] | all' bench.json
	jq -e '[.before_after.three_channels.entries[] | select(.name == "copy") | .all.bytes_copied] | add == 1267200' bench.json
}

@test "bench limit is for people too, and keeps progress off a pipe" {
	run -0 --separate-stderr zcf bench limit --rounds 1 --frames 12
	[[ $output == *"bare futex wake"* ]]
	[[ $output == *"spinning on a cache line"* ]]
	[ -z "$stderr" ]
}

@test "bench neither sees nor disturbs the channels of the machine" {
	start_producer bench
	run -0 zcf bench limit --rounds 1 --frames 12
	[ "$(ls "$ZCF_RUNTIME_DIR")" = bench.sock ]
}

@test "an interrupted bench ends by the signal, its processes with it, and leaves no directory" {
	need pgrep
	mkdir temporary
	TMPDIR=$WORK/temporary env --default-signal=INT "$ZCF" bench limit --rounds 100 3>&- &
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
	TMPDIR=$WORK "$ZCF" bench limit --rounds 100 3>&- &
	bench=$!
	PIDS+=("$bench")
	eventually pgrep -P "$bench"
	children=$(pgrep -P "$bench" -d ' ')
	kill -KILL "$bench"
	# Nobody may be there to wait for them: what has ended and is not waited for runs no program.
	eventually bash -c "! [ -e /proc/${children%% *}/exe ]"
}

@test "bench peers brings frames through every peer, and says which peers are missing" {
	need jq
	[ "$SANITIZER" = none ] || skip "the sanitizer looks into the peers' own libraries, and finds their leaks"
	zcf bench peers --quick --rounds 1 --frames 40 --json >bench.json
	jq -e '[.peers.contests[0].entries[] | .all.counted > 0] | all' bench.json
	jq -e '.peers | (.contests[0].entries | length) + (.missing | length) == 6' bench.json
}

@test "publishing wakes nobody who is not there, and 16 consumers by one call" {
	need jq
	zcf bench scaling --frames 40 --json >bench.json
	jq -e '[.scaling.publish_by_size[], .scaling.publish_by_buffers[] | .wake_calls_per_frame == 0 and .p50_ns > 0] | all' bench.json
	jq -e '.scaling.publish_by_consumers | map(.consumers) == [1, 2, 4, 8, 16]' bench.json
	jq -e '[.scaling.publish_by_consumers[] | .wake_calls_per_frame > 0 and .wake_calls_per_frame <= 1] | all' bench.json
	jq -e '[.scaling.attach[] | .p50_ns > 0] | all' bench.json
	jq -e '.scaling.daemon_memory | map(.consumers) == [0, 1, 4, 16]' bench.json
	jq -e '[.scaling.daemon_memory[] | .daemon_private_bytes > 0 and .daemon_memory_bytes >= .daemon_private_bytes] | all' \
		bench.json
	# Who reads a frame has none of it for itself.
	[ "$SANITIZER" != none ] || jq -e '[.scaling.daemon_memory[1:][] | .consumer_private_bytes | 0 < . and . < 640 * 480] | all' \
		bench.json
	zcf bench report bench.json >report.md
	grep -q '^### Memory of the daemon' report.md
}

@test "a report says of each expectation whether it was met, as a page and as a document, from the results alone" {
	need jq
	zcf bench limit --rounds 1 --frames 12 --json >bench.json
	# Figures that are known, so that the verdicts are.
	jq '.limit.paced.entries |= map(if .name == "zcframe" then .pointer_ratio.median = 1.04 | .pointer_p99_ratio = 1.3 else . end)' \
		bench.json >known.json
	zcf bench report known.json --html report.html --markdown report.md
	grep -q "p50 of a bare futex wake's, 30 a second, worst size | 1.05 | 1.04 | met |" report.md
	grep -q "p99 of a bare futex wake's, 30 a second, worst size | 1.20 | 1.30 | falls short |" report.md
	grep -q "CPU of the best peer's, worst size | 1.00 | - | not measured |" report.md
	[ "$(grep -c '<svg' report.html)" -ge 3 ]
	run -1 grep -E 'src=|href=|https?:' report.html
}

@test "a report of something else is refused" {
	echo '{}' >other.json
	run -1 zcf bench report other.json
	[[ $output == *"other.json holds no results"* ]]
	run -1 zcf bench report missing.json
	[[ $output == *"missing.json"* ]]
}

@test "bench mjpeg measures the server and the library with the same pictures" {
	need jq
	[ "$SANITIZER" = none ] || skip "the sanitizer does not go with a library that is preloaded into uStreamer"
	zcf bench mjpeg --frames 20 --json >bench.json
	jq -e '.mjpeg | map(select(.server == "zcf-mjpegd").width_pixels) == [640, 1920]' bench.json
	jq -e '[.mjpeg[] | .pictures == 20 and .server_ns > 0 and .floor_ns > 0 and .jpeg_bytes > 1000 and .latency_p50_ns > 0] |
	       all' bench.json
}
