#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What every command has in common: help, wrong usage, versions, output that cannot be written.

load environment

commands="ls top info grab doctor version help"

@test "help lists every command and each has a help of its own with a usage line" {
	run -0 zcf --help
	for command in $commands bench; do
		[[ $output == *"  $command "* ]]
	done
	[[ $output != *__complete* ]]
	for command in $commands "bench" "bench limit" "bench before-after" "bench peers" "bench scaling" "bench mjpeg" "bench detector" "bench streaming" "bench languages" "bench report"; do
		run -0 zcf $command --help
		[[ ${lines[0]} == "Usage: zcf $command"* ]]
		run -0 zcf help $command
		[[ ${lines[0]} == "Usage: zcf $command"* ]]
	done
}

@test "help lines commands up, and says where one may be left out" {
	run -0 zcf bench --help
	[[ ${lines[0]} == "Usage: zcf bench [COMMAND] [OPTION...]" ]]
	# Each description begins in the same column.
	[ "$(sed -n '/^Commands:/,/^Options:/s/^  [a-z-]*  *//p' <<<"$output" | wc -l)" -gt 5 ]
	[ "$(sed -n '/^Commands:/,/^Options:/s/^\(  [a-z-]*  *\)[A-Z].*/\1/p' <<<"$output" | awk '{ print length }' |
		sort -u | wc -l)" -eq 1 ]
}

@test "the help of commands with options shows examples" {
	for command in ls top info grab doctor bench "bench limit" "bench before-after" "bench peers" "bench scaling" "bench mjpeg" "bench detector" "bench streaming" "bench languages" "bench report"; do
		run -0 zcf $command --help
		[[ $output == *"Examples:"* ]]
	done
}

@test "what examples give to jq is something that this jq understands" {
	need jq
	for command in ls top info doctor "bench limit" "bench before-after" "bench scaling" "bench mjpeg" "bench detector" "bench streaming" "bench languages"; do
		zcf $command --help
	done >examples
	cat "$MANUAL_PAGE" >>examples
	sed -n "s/.*jq \(-[a-z]* \)*'\([^']*\)'.*/\2/p; s/.*jq \(\.[^ ]*\)$/\1/p" examples >programs
	[ "$(wc -l <programs)" -gt 8 ]
	while read -r program; do
		jq -n "def example: $program; empty"
	done <programs
}

@test "no command is wrong usage and prints the help to standard error" {
	run -2 --separate-stderr zcf
	[ -z "$output" ]
	[[ $stderr == *"Usage: zcf"* ]]
}

@test "wrong usage names what is wrong, hints at help and exits with 2" {
	run -2 zcf nonsense
	[[ $output == *"no command 'nonsense'"* && $output == *"--help"* ]]
	run -2 zcf ls --nonsense
	[[ ${lines[0]} == "zcf ls: there is no option --nonsense" ]]
	run -2 zcf bench --r 3
	[[ $output == *"option --r is short for more than one: --runtime-dir, --rounds"* ]]
	run -2 zcf ls -x
	[[ $output == *"no option -x"* ]]
	run -2 zcf ls surplus
	[[ $output == *"too many arguments: 'surplus'"* ]]
	run -2 zcf info
	[[ $output == *"CHANNEL is missing"* ]]
	run -2 zcf grab channel
	[[ $output == *"FILE is missing"* ]]
	run -2 zcf top --interval
	[[ $output == *"--interval needs a value"* ]]
	run -2 zcf top --once=yes
	[[ $output == *"--once takes no value"* ]]
	run -2 zcf bench nonsense
	[[ $output == *"no command 'nonsense'"* ]]
	run -2 zcf help nonsense
}

@test "values of options are checked, with the range in the message" {
	for value in 0 -1 x 1x 99999999999999 1.5 "" 0x10; do
		run -2 zcf grab --count "$value" channel out.png
		[[ $output == *--count* ]]
	done
	for value in 1parsec "" -1 nan 1e9h 10ms; do
		run -2 zcf top --interval "$value"
		[[ $output == *--interval* ]]
	done
	run -2 zcf grab --count 0 channel out.png
	[[ $output == *"from 1 to 100000000"* ]]
	run -2 zcf grab --quality 101 channel out.jpg
	[[ $output == *"from 1 to 100"* ]]
	run -2 zcf grab --format tiff channel out
	[[ $output == *"png jpg nv12 y4m data"* ]]
	run -2 zcf grab --range wide channel out.png
}

@test "times are understood with and without a unit" {
	for value in 0.05 50ms 50000us 0.05s 0.001m 0.001min; do
		run -0 zcf top --once --interval "$value"
	done
}

@test "commands without JSON refuse --json" {
	run -2 zcf grab --json channel out.png
	[[ $output == *"no JSON"* ]]
}

@test "global options may stand before and behind the command" {
	need jq
	unset ZCF_RUNTIME_DIR
	run -0 zcf --runtime-dir "$WORK/run" --json ls
	[ "$(jq -r .runtime_directory <<<"$output")" = "$WORK/run" ]
	run -0 zcf ls --runtime-dir="$WORK/run" --json
	[ "$(jq -r .runtime_directory <<<"$output")" = "$WORK/run" ]
}

@test "version tells zcf, library and protocol apart" {
	need jq
	run -0 zcf --version
	[[ $output =~ ^zcf\ [0-9]+\.[0-9]+\.[0-9]+\ \(libzcframe\ [0-9.]+,\ protocol\ [0-9]+\.[0-9]+\)$ ]]
	first=$output
	run -0 zcf version
	[ "$output" = "$first" ]
	run -0 zcf version --json
	[ "$(jq -r '"zcf \(.zcf) (libzcframe \(.library), protocol \(.protocol_major).\(.protocol_minor))"' <<<"$output")" = "$first" ]
}

@test "output that cannot be written is an error" {
	run -1 --separate-stderr bash -c 'zcf --help >/dev/full'
	[[ $stderr == *"cannot write to standard output"* ]]
	run -1 --separate-stderr bash -c 'zcf ls --json >/dev/full'
	[[ $stderr == *"cannot write to standard output"* ]]
}

@test "a reader that goes away ends zcf by SIGPIPE without a word" {
	# The reader is gone before zcf writes: it holds the pipe open only until then.
	run --separate-stderr bash -c '{ sleep 0.3; zcf --help; echo "$?" >code; } | true'
	[ "$(cat code)" = 141 ]
	[ -z "$stderr" ]
}

@test "SIGPIPE ignored by whoever started zcf changes nothing" {
	run --separate-stderr bash -c 'trap "" PIPE; { sleep 0.3; zcf --help; echo "$?" >code; } | true'
	[ "$(cat code)" = 141 ]
}

@test "the manual page has every command and every option" {
	[ -n "${MANUAL_PAGE:-}" ] || skip "no manual page"
	for command in ls top info grab doctor bench "bench limit" "bench before-after" "bench peers" "bench scaling" "bench mjpeg" "bench detector" "bench streaming" "bench languages" "bench report"; do
		zcf $command --help | grep -o -- '--[a-z-]*' | sort -u >options
		while read -r option; do
			grep -q -- "\\*$option\\*" "$MANUAL_PAGE" || { echo "$command $option is not in the manual" >&2; false; }
		done <options
	done
}
