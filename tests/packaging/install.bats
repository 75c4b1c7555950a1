#!/usr/bin/env bats
# What `make install` does beyond copying files.

setup() {
	directory=$(mktemp -d "${TMPDIR:-/tmp}/zcf-test.XXXXXX")
}

teardown() {
	rm -rf "$directory"
}

# A machine whose dynamic linker looks into the folders $1, where user $2 installs: what is called there is in $calls.
pretend() {
	calls=$directory/calls
	mkdir "$directory/bin"
	: >"$calls"
	printf '#!/bin/sh\necho %s\n' "$2" >"$directory/bin/id"
	printf '#!/bin/sh\n[ "$*" = -p ] && echo "libzcframe.so.0 => %s/libzcframe.so.0" || echo "ldconfig $*" >>%s\n' \
		"$1" "$calls" >"$directory/bin/ldconfig"
	printf '#!/bin/sh\necho "systemd-sysusers $*" >>%s\n' "$calls" >"$directory/bin/systemd-sysusers"
	printf '#!/bin/sh\necho "systemctl $*" >>%s\n' "$calls" >"$directory/bin/systemctl"
	chmod +x "$directory"/bin/*
	mkdir -p "$directory/opt/lib/sysusers.d"
	: >"$directory/opt/lib/sysusers.d/zcframe.conf"
}

@test "programs look for the library where it is installed" {
	[ "$PREFIX" != /usr ] || skip "below /usr the dynamic linker looks by itself"
	meson install -C "$BUILD" --no-rebuild --destdir "$directory" >"$directory/log"
	[ -e "$directory$LIBRARY_DIRECTORY/libzcframe.so.0" ]
	for program in zcf zcf-camerad zcf-mjpegd; do
		readelf -d "$directory$PREFIX/bin/$program" >"$directory/dynamic"
		grep -E '(RUNPATH|RPATH)' "$directory/dynamic" | grep -qF "[$LIBRARY_DIRECTORY]"
	done
}

@test "the dynamic linker and systemd are told what root has installed" {
	pretend "$directory/opt/lib" 0
	PATH=$directory/bin:$PATH run "$AFTER_INSTALL" "$directory/opt" "$directory/opt/lib"
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
	grep -q '^ldconfig' "$calls"
	grep -q "^systemd-sysusers $directory/opt/lib/sysusers.d/zcframe.conf" "$calls"
}

@test "a folder that the dynamic linker does not look into is named, with the way to change that" {
	pretend /elsewhere 0
	PATH=$directory/bin:$PATH run "$AFTER_INSTALL" "$directory/opt" "$directory/opt/lib"
	[ "$status" -eq 0 ]
	[[ "$output" == *"does not look into $directory/opt/lib"*"/etc/ld.so.conf.d"* ]]
}

@test "a user's own installation leaves the machine alone" {
	pretend /elsewhere 1000
	PATH=$directory/bin:$PATH run "$AFTER_INSTALL" "$directory/opt" "$directory/opt/lib"
	[ "$status" -eq 0 ]
	[ ! -s "$calls" ]
}

@test "zcf-yolod says so where its user cannot run the Python that it was installed with" {
	[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "only root can become another user"
	chmod 755 "$directory"
	mkdir -p "$directory/environment/bin"
	mkdir -m 700 "$directory/home"
	printf '#!/bin/sh\necho started\n' >"$directory/home/python3"
	chmod 755 "$directory/home/python3"
	ln -s "$directory/home/python3" "$directory/environment/bin/python3"
	sed "s#@environment@#$directory/environment#" "$LAUNCHER" >"$directory/zcf-yolod"
	chmod 755 "$directory/zcf-yolod"
	run env -u ZCF_PYTHON "$directory/zcf-yolod"
	[ "$output" = started ]
	run env -u ZCF_PYTHON setpriv --reuid 65534 --regid 65534 --clear-groups "$directory/zcf-yolod"
	[ "$status" -eq 69 ]
	[[ "$output" == *"cannot run $directory/home/python3"*"make install-detector"* ]]
}
