#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf doctor: each thing that can be wrong is found, named, and comes with a remedy.

load environment

# Of this machine's own services nothing is to be seen: systemd says what is in the file.
pretend_systemd()
{
	cat >services
	cat >bin/systemctl <<-'END'
		#!/bin/sh
		for unit; do :; done
		grep "^$unit " services | cut -d ' ' -f 2 | tr , '\n'
	END
	chmod +x bin/systemctl
}

# zcf in a place where it finds, beside it, only the programs that the test puts there.
move_zcf()
{
	export_library_path
	unlink bin/zcf
	cp "$ZCF" bin/zcf
}

# A program of ours: NAME TEXT STATUS, the latter two of its --check-config.
pretend_program()
{
	cat >"bin/$1" <<-END
		#!/bin/sh
		[ "\$1" != --version ] || { echo "$1 $(bin/zcf version --json | jq -r .library)"; exit 0; }
		[ "\$1" != --encoders ] || { echo "libx264        \${ENCODER:-works}"; exit 0; }
		echo "a library's own word" >&2
		echo "$2"
		exit $3
	END
	chmod +x "bin/$1"
}

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
	chmod 755 "$ZCF_RUNTIME_DIR"
	# As in /run: root has put it there for the camera daemon, and that is how an installation is.
	chmod 755 "$WORK"
	[[ $(finding runtime-directory ok) == *", of user 12345, mode 0755"* ]]
	# As in /tmp: whoever that is has made it.
	chmod 1777 "$WORK"
	[[ $(finding runtime-directory warning) == *"belongs to user 12345"* ]]
	run zcf doctor
	[[ $output == *"right if the camera daemon runs as user 12345"* ]]
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
	wait_until bash -c 'zcf info front --json | jq -e ".consumers[0].revoked > 0"'
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
	move_zcf
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
	move_zcf
	cat >bin/zcf-camerad <<-'END'
		#!/bin/sh
		[ "$1" != --check-config ] || { echo "zcframe.conf:3: unknown key 'colour'" >&2; exit 2; }
		echo "zcf-camerad 0.1.0"
	END
	chmod +x bin/zcf-camerad
	[[ $(finding configuration broken) == "zcframe.conf:3: unknown key 'colour'" ]]
	run -1 zcf doctor
}

@test "doctor finds out whether the detector would start, by its model and its packages" {
	need jq
	move_zcf
	[[ $(zcf doctor || true) != *zcf-yolod* ]]
	pretend_program zcf-yolod "zcf-yolod: the configuration is fine; yolox.onnx is a model of layout yolox" 0
	[[ $(finding configuration ok) == "zcf-yolod: the configuration is fine; yolox.onnx is a model"* ]]
	pretend_program zcf-yolod "zcf-yolod: the model /nowhere.onnx does not exist" 66
	[[ $(finding configuration broken) == "zcf-yolod: the model /nowhere.onnx does not exist" ]]
	# Installed with the others, but not what it needs: nobody may want it here.
	pretend_program zcf-yolod "zcf-yolod: the Python package onnxruntime cannot be imported" 69
	[[ $(finding configuration warning) == *"onnxruntime cannot be imported" ]]
	jq -e '.findings[] | select(.check == "configuration") | .remedy | contains("make install-detector")' doctor.json
	[ -z "$(finding configuration broken)" ]
}

@test "the real detector's words are what doctor goes by" {
	need jq python3
	move_zcf
	cat >bin/zcf-yolod <<-END
		#!/bin/sh
		exec python3 "$YOLOD" "\$@" --model /nowhere.onnx
	END
	chmod +x bin/zcf-yolod
	[[ $(finding versions ok) == *"zcf-yolod $(bin/zcf version --json | jq -r .library)"* ]]
	# Without its packages the model is not even looked for.
	[[ $(finding configuration broken)$(finding configuration warning) =~ /nowhere.onnx|"cannot be imported" ]]
}

@test "doctor finds out whether the streaming server has an encoder" {
	need jq
	move_zcf
	pretend_program zcf-streamd "zcf-streamd: the configuration is fine" 0
	[[ $(finding encoders ok) == "zcf-streamd has an encoder"* ]]
	export ENCODER="no: libx264: this libavcodec has no such encoder"
	[[ $(finding encoders broken) == "zcf-streamd has no encoder of H.264 that works" ]]
	# There is no use in asking one that does not start.
	pretend_program zcf-streamd "zcf-streamd: listen: no address" 2
	[ -z "$(finding encoders broken)$(finding encoders ok)" ]
}

@test "doctor finds services that failed or are started again and again" {
	need jq
	pretend_systemd <<-END
		zcf-camerad.service Result=success,ActiveState=active,SubState=running
		zcf-mjpegd.service Result=exit-code,ActiveState=activating,SubState=auto-restart
		zcf-yolod.service Result=exit-code,ActiveState=failed,SubState=failed
		zcf-streamd.service Result=success,ActiveState=inactive,SubState=dead
	END
	[ "$(finding services ok)" = "the service zcf-camerad runs" ]
	finding services broken >broken
	grep -q "zcf-mjpegd ends (exit-code) and systemd starts it again" broken
	grep -q "zcf-yolod has failed (exit-code)" broken
	[ "$(wc -l <broken)" = 2 ]
	jq -e '[.findings[] | select(.check == "services") | .remedy // empty] == [
		"'\''journalctl -eu zcf-mjpegd'\'' says why; then: systemctl restart zcf-mjpegd",
		"'\''journalctl -eu zcf-yolod'\'' says why; then: systemctl restart zcf-yolod"]' doctor.json
}

@test "doctor looks for services only where systemd runs" {
	need jq
	printf '#!/bin/sh\necho "System has not been booted with systemd as init system"\nexit 1\n' >bin/systemctl
	chmod +x bin/systemctl
	[[ $(finding services ok) == "systemd does not run here"* ]]
	pretend_systemd <<-END
		zcf-camerad.service Result=success,ActiveState=inactive,SubState=dead
		zcf-mjpegd.service Result=success,ActiveState=inactive,SubState=dead
		zcf-yolod.service Result=success,ActiveState=inactive,SubState=dead
		zcf-streamd.service Result=success,ActiveState=inactive,SubState=dead
	END
	[ "$(finding services ok)" = "no daemon was started by systemd" ]
}

@test "doctor reads what the detector finds, and says when that comes late" {
	need jq
	start_detector
	[[ $(finding detections ok) == "channel pet_camera_detections: what test.onnx finds in made_up, "*" after the frame" ]]
	kill "${PIDS[-1]}"
	wait "${PIDS[-1]}" || true
	start_detector -w late
	[[ $(finding detections warning) == *"what test.onnx finds in made_up comes 10"*"s after the frame; the model alone takes 23ms" ]]
	kill "${PIDS[-1]}"
	wait "${PIDS[-1]}" || true
	start_detector -w version
	[[ $(finding detections broken) == *"detections of another version"* ]]
	kill "${PIDS[-1]}"
	wait "${PIDS[-1]}" || true
	# Data of another kind is nobody's business.
	start_detector -w magic
	[ -z "$(finding detections ok)$(finding detections warning)$(finding detections broken)" ]
	[ -z "$(finding channels broken)" ]
}

@test "doctor is not taken in by the last frame of a producer that has stopped" {
	need jq
	start_detector
	kill -USR1 "${PIDS[-1]}"
	# Until that frame is too old to be a sign of life.
	sleep 2.5
	[[ $(finding channels broken) == *"pet_camera_detections"*"answers, but no frame came"* ]]
	jq -e '.findings[] | select(.check == "channels") | .remedy | contains("journalctl -u zcf-yolod")' doctor.json
}

@test "a program that never answers does not hold doctor up for ever" {
	need jq
	move_zcf
	printf '#!/bin/sh\nexec sleep 1000\n' >bin/zcf-camerad
	chmod +x bin/zcf-camerad
	[[ $(finding versions broken) == *"no answer to --version"* ]]
	run -1 pgrep -f -x "sleep 1000" -P $$
	# Nor one that has said all it has to say, and stays.
	printf '#!/bin/sh\necho "zcf-camerad 0.1.0"\nexec sleep 1000 >/dev/null 2>&1\n' >bin/zcf-camerad
	[[ $(finding versions broken) == *"bin/zcf-camerad does not start: zcf-camerad 0.1.0"* ]]
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
