# SPDX-License-Identifier: Apache-2.0

# Try a command until it succeeds. The limit is a watchdog, not a demand. Then it says what the command said last.
wait_until() {
	local attempt
	# shellcheck disable=SC2034
	for attempt in $(seq 600); do
		if "$@" >"$BATS_TEST_TMPDIR/wait_until" 2>&1; then
			return 0
		fi
		sleep 0.1
	done
	echo "never came true: $*"
	cat "$BATS_TEST_TMPDIR/wait_until"
	return 1
}
