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
	# What was expected of this question, and of no other.
	[[ $output == *"last of four, of a bare futex's last of four  "* ]]
	[[ $output != *"best peer"* ]]
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
	wait_until pgrep -P "$bench"
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

@test "an interrupted bench leaves no shared memory of a peer's behind" {
	[ "$SANITIZER" = none ] || skip "the sanitizer looks into the peers' own libraries, and finds their leaks"
	mkdir temporary
	TMPDIR=$WORK/temporary env --default-signal=INT "$ZCF" bench peers --rounds 100 --frames 100 2>messages 3>&- &
	bench=$!
	PIDS+=("$bench")
	wait_until bash -c 'compgen -G "/dev/shm/$(ls temporary)-*"'
	sink=$(compgen -G "/dev/shm/$(ls temporary)-*")
	kill -INT "$bench"
	code=0
	wait "$bench" || code=$?
	[ "$code" = 130 ]
	[ ! -e "$sink" ]
}

@test "a bench for whose copies /dev/shm has no room says so, and goes on without them" {
	need jq
	unshare --user --map-root-user --mount true 2>/dev/null || skip "this kernel lets no user mount anything"
	tiny='mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$@"'
	run -0 --separate-stderr unshare --user --map-root-user --mount sh -c "$tiny" - \
		"$ZCF" bench before-after --quick --rounds 1 --frames 14 --json
	[[ $stderr == *"cannot make shared memory /zcf-bench-"*": No space left on device; free some of /dev/shm"* ]]
	jq -e '.before_after | [.three_channels, .contests[]] | all(.failed and .entries == [])' <<<"$output"
}

@test "the processes of a bench that is killed end with it" {
	need pgrep
	TMPDIR=$WORK "$ZCF" bench limit --rounds 100 3>&- &
	bench=$!
	PIDS+=("$bench")
	wait_until pgrep -P "$bench"
	children=$(pgrep -P "$bench" -d ' ')
	kill -KILL "$bench"
	# Nobody may be there to wait for them: what has ended and is not waited for runs no program.
	wait_until bash -c "! [ -e /proc/${children%% *}/exe ]"
}

@test "bench peers brings frames through every peer, and says which peers are missing" {
	need jq
	[ "$SANITIZER" = none ] || skip "the sanitizer looks into the peers' own libraries, and finds their leaks"
	zcf bench peers --quick --rounds 1 --frames 40 --json >bench.json
	jq -e '[.peers.contests[0].entries[] | .all.counted > 0] | all' bench.json
	jq -e '.peers | (.contests[0].entries | length) + (.missing | length) == 7' bench.json
}

@test "a peer whose plugin is not there is missing, and the others are measured" {
	need jq
	[ -x "$(dirname "$ZCF")/../bench/peers/gstreamer_shm" ] || skip "GStreamer was not there when this was built"
	[ "$SANITIZER" = none ] || skip "the sanitizer looks into the peers' own libraries, and finds their leaks"
	export GST_PLUGIN_SYSTEM_PATH=$WORK/none GST_PLUGIN_PATH=$WORK/none GST_REGISTRY=$WORK/registry SPA_PLUGIN_DIR=$WORK/none
	zcf bench peers --quick --rounds 1 --frames 14 --json >bench.json
	jq -e '[.peers.missing[] | select(startswith("GStreamer"))] | length == 2' bench.json
	jq -e '[.peers.missing[] | select(startswith("PipeWire (needs "))] | length == 1' bench.json
	jq -e '[.peers.contests[0].entries[].name] | index("zcframe") and index("ustreamer_sink")' bench.json
	zcf bench report bench.json >report.md
	grep -q '^GStreamer unixfdsink (needs GStreamer 1.24 or later' report.md
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
	jq '.limit.paced.entries |= map(if .name == "zcframe" then .pointer_ratio.median = 1.04 | .pointer_p99_ratio.median = 1.3 else . end)' \
		bench.json >known.json
	zcf bench report known.json --html report.html --markdown report.md
	grep -q "p50 of a bare futex wake's, 30 a second, worst size | 1.05 | 1.04 | met |" report.md
	grep -q "p99 of a bare futex wake's, 30 a second, worst size | 1.20 | 1.30 | falls short |" report.md
	grep -q "CPU of the best peer's, worst size | 1.00 | - | not measured |" report.md
	[ "$(grep -c '<figure' report.html)" -ge 3 ]
	run -1 grep -E 'src=|href=|https?:' report.html
}

@test "a report does not take a contender that has received nothing for a fast one" {
	need jq
	zcf bench limit --rounds 1 --frames 12 --json >bench.json
	jq '.limit.paced.entries |= map(if .name == "zcframe" and .width_pixels == 3840
	    then .pointer_ratio.median = 0 | .rounds[].pointer.p50_ns = 0 else . end)' bench.json >nothing.json
	zcf bench report nothing.json >report.md
	grep -q "p50 of a bare futex wake's, 30 a second, worst size | 1.05 | - | not measured |" report.md
	grep -q "p50 at 3840x2160 of that at 640x360 | 1.05 | - | not measured |" report.md
}

@test "a report compares with the peers round by round, and with the one that is nearest" {
	need jq
	jq -n 'def entry(name; values): {name: name, rounds: [values[] | {pointer: {p50_ns: .}, processor_ns: 7}]};
	       {bench: {}, machine: {}, peers: {contests: [{entries: [entry("futex"; [1, 1, 1]),
	       entry("zcframe"; [10, 20, 30]), entry("near"; [20, 25, 300]), entry("far"; [90, 90, 90])]}]}}' >bench.json
	zcf bench report bench.json >report.md
	# The middle one of 10/20, 20/25 and 30/300; the medians' own ratio would be 0.80.
	grep -q "p50 of the best peer's, worst size | 1.00 | 0.50 | met |" report.md
	grep -q "CPU of the best peer's, worst size | 1.00 | 1.00 | met |" report.md
}

@test "a peer that fails in a round is compared in the others, and in none if it fails in half of them" {
	need jq
	jq -n 'def entry(name; values): {name: name, rounds: [values[] | {pointer: {p50_ns: .}, processor_ns: .}]};
	       {bench: {}, machine: {}, peers: {contests: [{entries: [entry("futex"; [1, 1, 1, 1]),
	       entry("zcframe"; [10, 20, 30, 40]), entry("near"; [20, 0, 60, 80])]}]}}' >bench.json
	zcf bench report bench.json >report.md
	grep -q "p50 of the best peer's, worst size | 1.00 | 0.50 | met |" report.md
	jq '(.peers.contests[0].entries[2].rounds[2].pointer.p50_ns) = 0' bench.json >half.json
	zcf bench report half.json >report.md
	grep -q "p50 of the best peer's, worst size | 1.00 | - | not measured |" report.md
	jq '(.peers.contests[0].entries[1].rounds[3].pointer.p50_ns) = 0' bench.json >ours.json
	zcf bench report ours.json >report.md
	grep -q "p50 of the best peer's, worst size | 1.00 | - | not measured |" report.md
}

@test "a report shows with enough digits by how little an expectation falls short" {
	need jq
	zcf bench limit --rounds 1 --frames 12 --json >bench.json
	jq '.limit.paced.entries |= map(if .name == "zcframe" then .pointer_ratio.median = 1.0504 else . end)' \
		bench.json >known.json
	zcf bench report known.json >report.md
	grep -q "p50 of a bare futex wake's, 30 a second, worst size | 1.05 | 1.0504 | falls short |" report.md
}

@test "on one processor a bench says that producer and consumers share it" {
	need taskset
	run -0 taskset -c "$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')" "$ZCF" bench limit --rounds 1 --frames 12
	[[ $output == *"1 processor, "* || $output == *"1 processor; "* ]]
	[[ $output == *"Producer and consumers share processor "* ]]
}

@test "a report says of what falls short why, as far as the same figures tell it" {
	need jq
	zcf bench limit --rounds 1 --frames 12 --json >bench.json
	report() { # what jq makes of the results
		jq "$1" bench.json >known.json
		zcf bench report known.json --html report.html --markdown report.md
	}
	by_size='def worse(w; x): map(if .name == "zcframe" and .width_pixels == w then .pointer_p99_ratio.median = x else . end);'
	report "$by_size .limit.paced.entries |= (worse(640; 1.1) | worse(1920; 1.75) | worse(3840; 1.3))"
	grep -q "worst size, 1.75 instead of 1.20: .*it is 1.10 at 640x360 and 1.75 at 1920x1080: what differs is the machine" report.md
	grep -q "it is 1.10 at 640x360 and 1.75 at 1920x1080" report.html
	report "$by_size .limit.paced.entries |= (worse(640; 1.3) | worse(1920; 1.75) | worse(3840; 1.3))"
	grep -q "worst size, 1.75 instead of 1.20: It is above 1.20 at every size\." report.md
	report "$by_size .limit.paced.entries |= (worse(640; 1) | worse(1920; 1) | worse(3840; 1))"
	run -1 grep 'worst size, .* instead of 1.20' report.md
	last='.limit.several.entries |= map(if .name == "zcframe"
	    then .last_pointer_ratio.median = 1.3 | .last_pointer.p50_ns = 130000 else .last_pointer.p50_ns = 100000 end)'
	report "$last | .machine.consumer_processors = [1, 2]"
	grep -q 'last of four, 1.30 instead of 1.10: 2 consumers share a processor here' report.md
	grep -q 'dealt out in turn: of 4 up to 2 share one, of 16 up to 8' report.md
	report "$last | .machine.consumer_processors = [1, 2, 3, 4]"
	grep -q 'last of four, 1.30 instead of 1.10: Each consumer has a processor of its own' report.md
}

# A build directory of our own, with programs in it that stand for benchmarks.
pretend_build()
{
	mkdir -p build/cli build/yolod build/streamd temporary
	cp "$ZCF" build/cli/zcf
	ln -s "$(dirname "$ZCF")/../lib" build/lib
}

@test "a benchmark that is a program of its own is part of the results, or why it could not be" {
	need jq
	pretend_build
	run -0 --separate-stderr build/cli/zcf bench detector --json
	jq -e '.detector.missing == "its benchmark is in a build directory only"' <<<"$output"
	printf '#!/bin/sh\necho "step one" >&2\nprintf "[%%s]" "$*" | jq -R "{arguments: .}"\n' >build/yolod/benchmark
	printf '#!/bin/sh\necho "step one" >&2\necho "no network" >&2\nexit 75\n' >build/streamd/benchmark
	chmod +x build/*/benchmark
	run -0 --separate-stderr build/cli/zcf bench detector --quick --rounds 2 --json
	[ -z "$stderr" ]
	jq -e '.detector.arguments == "[--json --rounds 2 --seconds 1]" and .machine.processor_count > 0' <<<"$output"
	build/cli/zcf bench streaming --json >bench.json
	jq -e '.streaming.missing == "no network"' bench.json
	zcf bench report bench.json >report.md
	grep -q 'The streaming server was not measured: no network\.' report.md
	printf '#!/bin/sh\nkill -ILL $$\n' >build/streamd/benchmark
	build/cli/zcf bench streaming --json | jq -e '.streaming.missing == "its benchmark was ended by signal 4"'
}

@test "an interrupted bench ends the benchmarks that it has started, with all that is theirs" {
	pretend_build
	printf '#!/bin/sh\nmkdir "$TMPDIR/inside"\nsleep 1000 &\necho $! >"$TMPDIR/../child"\nwait\n' >build/yolod/benchmark
	chmod +x build/yolod/benchmark
	TMPDIR=$WORK/temporary env --default-signal=INT build/cli/zcf bench detector 3>&- &
	bench=$!
	PIDS+=("$bench")
	wait_until test -s temporary/child
	child=$(cat temporary/child)
	kill -INT "$bench"
	code=0
	wait "$bench" || code=$?
	[ "$code" = 130 ]
	wait_until bash -c "! [ -e /proc/$child/exe ]"
	[ "$(ls temporary)" = child ]
}

@test "a report has the detector and the streaming server beside their libraries alone" {
	need jq
	cat >bench.json <<-'END'
		{"bench": {}, "machine": {}, "detector": {"model": "ball.onnx", "overhead": {
		"rounds": 4, "beyond_inference_ns": {"p50": 1000000, "p99": 1900000, "count": 120}, "within_2_ms": 0.99,
		"floor_inference_ns": {"p50": 1500000, "p99": 1600000}, "floor_processor_ns": {"median": 2000000},
		"processor_ns": {"median": 3000000}, "processor_ratio": {"median": 1.5, "minimum": 1.25, "maximum": 1.75}}},
		"streaming": {"encoder": "libx264", "floor_ns": {"median": 2000000}, "viewers": [
		{"viewers": 10, "processor_ns": {"median": 5000000}, "ratio_to_floor": {"median": 2.5, "minimum": 2, "maximum": 3}}],
		"encodes_per_picture": {"median": 1.5}, "browser": {"missing": "no Chromium"}},
		"languages": {"python": {"missing": "no Python"}, "go": {"acquire_release": [{"title": "C", "p50_ns": 100},
		{"title": "Go", "p50_ns": 3100, "p99_ns": 4000, "ratio_to_c": 31, "beyond_c_ns": 3000}]}}}
	END
	zcf bench report bench.json --html report.html --markdown report.md
	grep -q '| the model alone | 1.50 | 1.60 |' report.md
	grep -q '| zcf-yolod | 3.00 | 1.50 (1.25-1.75) |' report.md
	grep -q "less the model's own time, ms | 2.00 | 1.90 | met | zcf bench detector |" report.md
	grep -q '| the encoder alone | 2000 | 1.00 |' report.md
	grep -q '| zcf-streamd, viewers: 10 | 5000 | 2.50 (2.00-3.00) |' report.md
	grep -q 'encodes of a picture that 10 viewers get | 1.05 | 1.50 | falls short | zcf bench streaming |' report.md
	grep -q 'In a browser it was not measured: no Chromium\.' report.md
	grep -q 'Not measured: no Python\.' report.md
	grep -q '| Go | 3.10 | 4.00 | 31.00 | 3.00 |' report.md
	grep -q "Go: acquire and release beyond C's, worst way, µs | 2.00 | 3.00 | falls short | zcf bench languages |" report.md
	grep -q "Python: acquire and release beyond C's, worst way, µs | 10.00 | - | not measured |" report.md
	[ "$(grep -c '<figure' report.html)" = 3 ]
}

@test "bench languages compares with C each language that is there, and says of the others why they are not" {
	need jq
	[ "$SANITIZER" = none ] || skip "the interpreters are built without sanitizers"
	zcf bench languages --quick --json >bench.json
	jq -e '.languages | [.go, .python] | map(.missing or (.acquire_release |
	       .[0].title == "C" and length == 3 and all(.p50_ns > 0 and .p50_ns <= .p99_ns))) | all' bench.json
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
	zcf bench mjpeg --rounds 2 --frames 12 --json >bench.json
	jq -e '.mjpeg | map(select(.server == "zcf-mjpegd").width_pixels) == [640, 1920]' bench.json
	jq -e '[.mjpeg[] | .rounds == 2 and .pictures == 24 and .server_ns > 0 and .floor_ns > 0 and .jpeg_bytes > 1000 and
	       .latency_p50_ns > 0 and (.ratio_to_floor | 0 < .minimum and .minimum <= .median and .median <= .maximum)] | all' \
		bench.json
	# The same pictures at the same quality are about the same size, whoever encodes them.
	jq -e '.mjpeg | group_by(.width_pixels) | map(map(.jpeg_bytes) | max / min < 1.2) | all' bench.json
	zcf bench report bench.json | grep -Eq '^\| zcf-mjpegd \| 1920x1080, quality 80 \|.*\([0-9.]+-[0-9.]+\)'
}
