#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports exactly what its symbol map lists, what the public headers mark with ZCF_API is
# exactly that too, and all of it begins with zcf_.
# usage: exported_symbols.sh LIBRARY MAP INCLUDE_DIRECTORY
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sanitizers add symbols of their own to a library; version nodes are absolute symbols.
nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	grep -Ev '^(__asan|__odr_asan|__lsan|__tsan|__ubsan)' | sort >"$work/exported"
sed -n 's/^[[:space:]]*\([a-z_0-9]*\);$/\1/p' "$2" | sort >"$work/listed"
# A declaration may go over several lines: the name is the last word before its first parenthesis.
cat "$3"/zcframe/*.h | tr '\n' ' ' | grep -o 'ZCF_API [a-z][^(]*(' | grep -o 'zcf_[a-z_0-9]*($' | tr -d '(' |
	sort >"$work/declared"

[ -s "$work/exported" ] && [ -s "$work/declared" ] || { echo "no symbols found" >&2; exit 1; }
if grep -v '^zcf_' "$work/exported"; then
	echo "exported, but not of our name space" >&2
	exit 1
fi
diff -u "$work/listed" "$work/exported" >&2 || { echo "- in the map, + exported by $1" >&2; exit 1; }
diff -u "$work/declared" "$work/exported" >&2 || { echo "- in the headers, + exported by $1" >&2; exit 1; }
echo "$(wc -l <"$work/exported") symbols"
