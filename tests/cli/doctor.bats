#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf doctor: each thing that can be wrong is found, named, and comes with a remedy.

load environment

finding()
{
	zcf doctor --json >doctor.json || true
	jq -r --arg check "$1" --arg verdict "$2" '.findings[] | select(.check == $check and .verdict == $verdict) | .message' \
		doctor.json
}

@test "doctor tries the kernel out and finds this one good" {
	need jq
	for check in kernel memfd-seals futex credentials memory descriptors; do
		[ -n "$(finding "$check" ok)" ]
	done
}

@test "doctor fetches a frame from each channel and is content" {
	start_producer front
	run -0 zcf doctor
	[[ $output == *"✓ channel front: answers and publishes ("*" $PRODUCER); a frame came within "* ]]
	[[ $output != *"✗"* ]]
}

@test "doctor in a locale without UTF-8 keeps to ASCII" {
	start_producer front
	LC_ALL=C run -0 zcf doctor
	[[ $output == *"ok channel front"* ]]
	! LC_ALL=C grep -q '[^ -~]' <<<"$output"
}

@test "every problem has a remedy, and the totals agree" {
	need jq
	zcf doctor --json >doctor.json || true
	jq -e '[.findings[] | select(.verdict != "ok") | has("remedy")] | all' doctor.json
	jq -e '[.findings[] | select(.verdict == "warning")] | length == $total' --argjson total "$(jq .warnings doctor.json)" doctor.json
	jq -e '.healthy == (.broken == 0)' doctor.json
}

@test "doctor finds that nobody publishes" {
	need jq
	[[ $(finding channels warning) == *"no channels"* ]]
}

@test "doctor finds that the runtime directory is missing, and still exits with 0" {
	need jq
	rmdir "$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory warning) == *"does not exist"* ]]
	run -0 zcf doctor
}

@test "doctor finds a runtime directory that everybody may write to" {
	need jq
	chmod 777 "$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory broken) == *"written to by others"* ]]
	run -1 zcf doctor
	[[ $output == *"✗ $ZCF_RUNTIME_DIR"* && $output == *"→ chmod go-w $ZCF_RUNTIME_DIR"* ]]
}

@test "doctor finds a runtime directory that a group may write to, and lets a sticky one pass" {
	need jq
	chmod 770 "$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory broken) == *"mode 0770"* ]]
	chmod 1777 "$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory ok) == *"mode 1777"* ]]
}

@test "doctor finds a runtime directory of somebody else" {
	need jq
	[ "$(id -u)" = 0 ] || skip "needs root to give a directory away"
	chown 12345 "$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory broken) == *"belongs to user 12345"* ]]
}

@test "doctor finds a runtime directory that is a file, and a path that is too long" {
	need jq
	rmdir "$ZCF_RUNTIME_DIR"
	echo >"$ZCF_RUNTIME_DIR"
	[[ $(finding runtime-directory broken) == *"is not a directory"* ]]
	export ZCF_RUNTIME_DIR=/tmp/$(printf 'x%.0s' {1..120})
	[[ $(finding runtime-directory broken) == *"too long"* ]]
}

@test "doctor finds the socket of a producer that died, and the remedy mends it" {
	need jq
	start_producer gone
	kill -KILL "$PRODUCER"
	wait "$PRODUCER" || true
	[[ $(finding stale-sockets warning) == *"channel gone"* ]]
	remedy=$(jq -r '.findings[] | select(.check == "stale-sockets") | .remedy' doctor.json)
	${remedy#*: }
	[ -z "$(finding stale-sockets warning)" ]
}

@test "doctor finds a producer that hangs" {
	need jq
	start_producer hanging
	kill -STOP "$PRODUCER"
	[[ $(finding channels broken) == *"hanging"*"does not answer"* ]]
	run -1 zcf doctor
	kill -CONT "$PRODUCER"
	run -0 zcf doctor
}

@test "doctor says of a refused user which group to join, or which list to change" {
	need jq setpriv
	[ "$(id -u)" = 0 ] || skip "only root can become another user"
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	chmod 711 "$WORK"
	chmod 755 "$ZCF_RUNTIME_DIR"
	$nobody zcf version || skip "another user cannot start the programs from where they were built"
	start_producer private
	socket=$ZCF_RUNTIME_DIR/private.sock
	chgrp video "$socket"
	chmod 660 "$socket"
	run -1 $nobody zcf doctor
	[[ $output == *"channel private: this user may not attach"* ]]
	[[ $output == *"usermod -aG video USER"* ]]
	chgrp 0 "$socket"
	run -1 $nobody zcf doctor
	[[ $output == *"socket_group in zcframe.conf(5)"* ]]
	run -0 $nobody zcf ls
	[[ $output == *"private: this user may not attach"* && $output != *"private: channel private"* ]]
}

@test "doctor finds a producer that publishes nothing" {
	need jq
	start_producer still --frames 0
	[[ $(finding channels broken) == *"still"*"answers, but no frame came"* ]]
}

@test "doctor finds a consumer that holds its frames too long" {
	need jq
	start_producer front --deadline-us 20000
	start_consumer front sluggard 200
	eventually bash -c 'zcf info front --json | jq -e ".consumers[0].revoked > 0"'
	[[ $(finding consumers warning) == *"sluggard (process $CONSUMER)"* ]]
}

@test "doctor finds a low limit on open files" {
	need jq
	ulimit -n 100
	[[ $(finding descriptors warning) == *"only 100 open files"* ]]
	ulimit -n 40
	[[ $(finding descriptors broken) == *"only 40 open files"* ]]
}

@test "doctor finds that there is only one processor" {
	need jq taskset
	processor=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
	taskset -c "$processor" zcf doctor --json >doctor.json || true
	jq -e '.findings[] | select(.check == "processors" and .verdict == "warning")' doctor.json
}

@test "doctor asks the programs beside zcf and on the path for their versions" {
	need jq
	export_library_path
	unlink bin/zcf
	cp "$ZCF" bin/zcf
	printf '#!/bin/sh\necho "zcf-camerad 99.0.0"\n' >bin/zcf-camerad
	printf '#!/bin/sh\nexit 127\n' >bin/zcf-mjpegd
	chmod +x bin/zcf-*
	[[ $(finding versions warning) == *"bin/zcf-camerad is of another version"*"99.0.0"* ]]
	[[ $(finding versions broken) == *"bin/zcf-mjpegd does not start"* ]]
	printf '#!/bin/sh\necho "zcf-camerad %s"\n' "$(zcf version --json | jq -r .library)" >bin/zcf-camerad
	[[ $(finding versions ok) == *"zcf-camerad"* ]]
	# The streaming server is for whoever wants it: said if it is there, not missed if it is not.
	[[ $(zcf doctor || true) != *zcf-streamd* ]]
	printf '#!/bin/sh\necho "zcf-streamd 99.0.0"\n' >bin/zcf-streamd
	chmod +x bin/zcf-streamd
	[[ $(finding versions warning) == *"bin/zcf-streamd is of another version"*"99.0.0"* ]]
}

@test "doctor shows what a daemon says of its configuration" {
	need jq
	export_library_path
	unlink bin/zcf
	cp "$ZCF" bin/zcf
	cat >bin/zcf-camerad <<-'END'
		#!/bin/sh
		[ "$1" != --check-config ] || { echo "zcframe.conf:3: unknown key 'colour'" >&2; exit 2; }
		echo "zcf-camerad 0.1.0"
	END
	chmod +x bin/zcf-camerad
	[[ $(finding configuration broken) == "zcframe.conf:3: unknown key 'colour'" ]]
	run -1 zcf doctor
}

@test "a program that never answers does not hold doctor up for ever" {
	need jq
	export_library_path
	unlink bin/zcf
	cp "$ZCF" bin/zcf
	printf '#!/bin/sh\nexec sleep 1000\n' >bin/zcf-camerad
	chmod +x bin/zcf-camerad
	[[ $(finding versions broken) == *"no answer to --version"* ]]
	run -1 pgrep -f -x "sleep 1000" -P $$
}

@test "doctor finds a producer whose program was replaced while it ran" {
	need jq
	[ -z "${ZCF_TEST_EMULATED_CPU:-}" ] || skip "under qemu-user every process's program is qemu"
	cp "$TEST_PRODUCER" old_producer
	export_library_path
	start_until ready ./old_producer front
	rm old_producer
	[[ $(finding versions warning) == *"channel front"*"was replaced"* ]]
}

@test "doctor finds a board's libraries, their version and their driver" {
	need jq
	[[ $(finding board ok) == *"no RDK X5"* ]]
	export LD_LIBRARY_PATH=$EMULATION ZCF_EMULATION_DIR=$WORK/board
	mkdir -m 700 "$ZCF_EMULATION_DIR"
	[[ $(finding board ok) == *"libvpf.so.1 is here: $EMULATION/libvpf.so.1"* ]]
	[[ $(finding board ok) == *"libhbmem 1.0.0 reaches its driver"* ]]
	ZCF_EMULATION_HBMEM_VERSION=2.0.0 run -1 zcf doctor
	[[ $output == *"libhbmem is of version 2.0.0"* ]]
	ZCF_EMULATION_INJECT=hb_mem_module_open:-16777207 run -1 zcf doctor
	[[ $output == *"hb_mem_module_open: error -16777207"* ]]
}

@test "doctor names the one library of a board that is missing" {
	mkdir "$WORK/some"
	ln -s "$EMULATION"/libhbmem.so.1 "$WORK/some/"
	LD_LIBRARY_PATH=$WORK/some run -1 zcf doctor
	[[ $output == *"libvpf.so.1 (camera frames) cannot be used"* ]]
	[[ $output == *"hobot-multimedia"* ]]
}
