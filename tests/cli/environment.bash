# SPDX-License-Identifier: Apache-2.0
# What every test of zcf starts from: a runtime directory of its own, and nothing left running afterwards.
# ZCF, TEST_PRODUCER and TEST_CONSUMER name the programs; Meson sets them.

bats_require_minimum_version 1.5.0
load ../harness/wait_until

setup()
{
	export LC_ALL=C.UTF-8
	# Meson sets LD_LIBRARY_PATH: with it every machine would be a board, as the emulation says.
	unset NO_COLOR ZCF_RUNTIME_DIR XDG_RUNTIME_DIR LD_LIBRARY_PATH
	# Short: a socket's path has to fit into 107 bytes.
	WORK=$(mktemp -d /tmp/zcf-test.XXXXXX)
	export ZCF_RUNTIME_DIR=$WORK/run
	mkdir -m 700 "$ZCF_RUNTIME_DIR"
	PIDS=()
	# zcf by its name, as a user has it.
	mkdir "$WORK/bin"
	ln -s "$ZCF" "$WORK/bin/zcf"
	PATH=$WORK/bin:$PATH
	cd "$WORK" || return
}

teardown()
{
	local pid
	for pid in "${PIDS[@]}"; do
		kill -CONT "$pid" 2>/dev/null || true
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ -z "${TMUX_SOCKET:-}" ] || tmux -L "$TMUX_SOCKET" kill-server 2>/dev/null || true
	cd /
	rm -rf "$WORK"
}

# Run something until it says a word on its standard output, and go on with it in the background.
# It must not keep bats' own descriptor 3 open: bats waits for everybody who has it.
start_until()
{
	local word=$1 output
	shift
	output=$WORK/output.$((${#PIDS[@]} + 1))
	"$@" >"$output" 2>"$output.errors" 3>&- &
	PIDS+=($!)
	for _ in $(seq 200); do
		if grep -q "^$word" "$output"; then
			return 0
		fi
		kill -0 "${PIDS[-1]}" 2>/dev/null || break
		sleep 0.05
	done
	echo "$* did not say '$word'" >&2
	cat "$output.errors" >&2
	return 1
}

# PRODUCER and CONSUMER are the process last started.
# shellcheck disable=SC2034 # the tests use them
start_producer()
{
	start_until ready "$TEST_PRODUCER" "$@" || return
	PRODUCER=${PIDS[-1]}
}

# shellcheck disable=SC2034
start_consumer()
{
	start_until holding "$TEST_CONSUMER" "$@" || return
	CONSUMER=${PIDS[-1]}
}

start_detector()
{
	"$TEST_DETECTOR" "$@" 3>&- &
	PIDS+=($!)
	wait_until zcf info pet_camera_detections
}

# For copies of programs, which look for the library beside where they were built.
export_library_path()
{
	LD_LIBRARY_PATH=$(realpath "$(dirname "$ZCF")/../lib")
	export LD_LIBRARY_PATH
}

need()
{
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}
