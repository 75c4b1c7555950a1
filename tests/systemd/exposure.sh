#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each unit that is installed leaves its program less than systemd's exposure level of 2.5, and the board's buffers.
# usage: exposure.sh DIRECTORY_OF_UNITS
set -eu
command -v systemd-analyze >/dev/null || { echo "not tried: no systemd-analyze here"; exit 77; }
failed=0 count=0
for unit in "$1"/*.service; do
	[ -e "$unit" ] || { echo "not tried: no units were made"; exit 77; }
	count=$((count + 1))
	# As a level of 100, which is how --threshold counts.
	if ! report=$(systemd-analyze security --offline=yes --no-pager --threshold=25 "$unit" 2>&1); then
		echo "$report" | grep -E '✗|Overall|error' || echo "$report"
		failed=1
	fi
	echo "$report" | grep Overall || :
	# On an RDK X5 every consumer opens the camera's buffers through it.
	if grep -q '^PrivateDevices=yes' "$unit"; then
		echo "$unit hides /dev/ion from its program"
		failed=1
	fi
done
[ "$count" -ge 2 ]
exit $failed
