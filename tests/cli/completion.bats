#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bash completion, asked as bash asks it.

load environment

# Words that bash would offer for a line; the last word is the one being typed.
complete_line()
{
	bash -c '
		source "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		compopt() { :; }
		_zcf
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "' - "$COMPLETION" "$@"
}

@test "commands are offered, and none that is hidden" {
	[ "$(complete_line zcf '')" = "bench doctor grab help info ls top version" ]
	[ "$(complete_line zcf i)" = info ]
	[ "$(complete_line zcf help d)" = doctor ]
	[ "$(complete_line zcf bench '')" = "before-after detector languages limit mjpeg peers report scaling streaming" ]
	[ "$(complete_line zcf __)" = "" ]
}

@test "options are those of the command and the global ones" {
	[ "$(complete_line zcf ls --)" = "--help --json --runtime-dir --sample --version" ]
	[ "$(complete_line zcf grab --co)" = --count ]
	[ "$(complete_line zcf grab --j)" = "" ]
	[ "$(complete_line zcf bench limit --ro)" = --rounds ]
}

@test "every option of every help is offered" {
	for command in ls top info grab doctor bench "bench limit" "bench before-after" "bench peers" "bench scaling" "bench mjpeg" "bench detector" "bench streaming" "bench languages" "bench report" version help; do
		# shellcheck disable=SC2086
		offered=" $(complete_line zcf $command --) "
		for option in $(zcf $command --help | grep -o -- '^  .*--[a-z-]*' | grep -o -- '--[a-z-]*$'); do
			[[ $offered == *" $option "* ]] || { echo "$command: $option is not offered" >&2; false; }
		done
	done
}

@test "channels are offered where a channel goes" {
	start_producer front
	start_producer rear
	[ "$(complete_line zcf info '')" = "front rear" ]
	[ "$(complete_line zcf grab f)" = front ]
	[ "$(complete_line zcf grab --count 3 r)" = rear ]
	[ "$(complete_line zcf info front '')" = "" ]
}

@test "channels of the runtime directory on the line are offered" {
	start_producer front
	directory=$ZCF_RUNTIME_DIR
	unset ZCF_RUNTIME_DIR
	[ "$(complete_line zcf --runtime-dir "$directory" info '')" = front ]
	[ "$(complete_line zcf --runtime-dir "$WORK/none" info '')" = "" ]
}

@test "values with choices, files and directories are offered" {
	touch "one file.png" other.jpg
	mkdir somewhere
	[ "$(complete_line zcf grab --format '')" = "data jpg nv12 png y4m" ]
	[ "$(complete_line zcf grab front one)" = "one file.png" ]
	[ "$(complete_line zcf --runtime-dir some)" = somewhere ]
	[ "$(complete_line zcf grab --count '')" = "" ]
}
