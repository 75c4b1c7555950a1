#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Under a real systemd, as a user instance in namespaces of its own: restarted and killed, the camera daemon keeps its
# consumers, and a stop leaves nothing.
# usage: restart.sh ZCF_CAMERAD ZCF
set -eu

manager=/lib/systemd/systemd
skip() {
	echo "not tried: $1"
	exit 77
}
[ -z "${ZCF_TEST_EMULATED_CPU:-}" ] || skip "the programs are of another processor than systemd"
[ -x "$manager" ] || skip "no systemd here"
[ "$(id -u)" = 0 ] || skip "needs root, for namespaces of its own"
if [ -z "${ZCF_TEST_IN_NAMESPACE:-}" ]; then
	unshare --mount --pid --fork --mount-proc true 2>/dev/null || skip "no namespaces can be made here"
	ZCF_TEST_IN_NAMESPACE=1 exec unshare --mount --pid --fork --mount-proc --kill-child "$0" "$@"
fi

camerad=$(realpath "$1") zcf=$(realpath "$2")
mount -t tmpfs tmpfs /run
# A user instance only starts where a system one seems to be.
mkdir -p /run/systemd/system /run/user/0/systemd/user /run/test
chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 ZCF_RUNTIME_DIR=/run/test
printf '[channel one]\nwidth = 64\nheight = 64\n' >/run/test.conf
cat >/run/user/0/systemd/user/test-camerad.service <<UNIT
[Service]
Type=notify
ExecStart=$camerad --config /run/test.conf
Environment=ZCF_FDSTORE=64 ZCF_RUNTIME_DIR=/run/test
FileDescriptorStoreMax=64
Restart=on-failure
RestartSec=50ms
UNIT
SYSTEMD_LOG_TARGET=console "$manager" --user >/run/manager.log 2>&1 &

# The watchdog of the test program is Meson's.
# In many a container no service can be started; that is found out with one that cannot fail by itself.
printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >/run/user/0/systemd/user/test-probe.service
looks=0
until timeout 10 systemctl --user start test-probe 2>/dev/null; do
	looks=$((looks + 1))
	if [ "$looks" = 50 ] || ! kill -0 $! 2>/dev/null; then
		cat /run/manager.log
		skip "systemd starts no service here"
	fi
	sleep 0.1
done
systemctl --user start test-camerad

# 120 frames are four seconds: all that follows happens meanwhile.
"$zcf" grab one /run/frames.nv12 --count 120 2>/run/grab.log &
grab=$!
consumers() {
	"$zcf" info one --json 2>/dev/null | jq -r '"\(.epoch) \(.attached_total) \(.consumers | length)"' || :
}
until [ "$(consumers | cut -d' ' -f2-)" = "1 1" ]; do sleep 0.05; done
before=$(consumers)
kept() {
	systemctl --user show -P NFileDescriptorStore test-camerad
}
until [ "$(kept)" = 4 ]; do sleep 0.05; done

systemctl --user restart test-camerad
[ "$(consumers)" = "$before" ] || { echo "after a restart: $(consumers), not $before"; exit 1; }
until [ "$(kept)" = 4 ]; do sleep 0.05; done
old=$(systemctl --user show -P MainPID test-camerad)
systemctl --user kill --signal=KILL test-camerad
until new=$(systemctl --user show -P MainPID test-camerad) && [ "$new" != 0 ] && [ "$new" != "$old" ] &&
	systemctl --user is-active --quiet test-camerad; do
	sleep 0.05
done
[ "$(consumers)" = "$before" ] || { echo "after SIGKILL: $(consumers), not $before"; exit 1; }
wait $grab || { cat /run/grab.log; echo "the consumer failed"; exit 1; }

systemctl --user stop test-camerad
until [ "$(kept)" = 0 ]; do sleep 0.05; done
if "$zcf" grab one /run/more.nv12 --timeout 1s 2>/dev/null; then
	echo "frames without a daemon"
	exit 1
fi
echo "epoch, attachments, consumers: $before throughout"
