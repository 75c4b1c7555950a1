#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone, as C11 without extensions and as C++, with every warning an error.
# usage: public_headers.sh INCLUDE_DIRECTORY LANGUAGE COMPILER...
set -eu

include=$1
language=$2
shift 2
failed=0
count=0

case $language in
c) standards="c11 c17" ;;
c++) standards="c++11 c++17" ;;
esac

for header in "$include"/zcframe/*.h; do
	name=zcframe/${header##*/}
	for standard in $standards; do
		count=$((count + 1))
		# Twice, since a header must stand being included twice.
		if ! printf '#include <%s>\n#include <%s>\nint zcf_test_needs_something;\n' "$name" "$name" |
			"$@" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Wundef -Wshadow -Werror \
				-fsyntax-only -I"$include" -; then
			echo "$name does not compile alone as $standard" >&2
			failed=1
		fi
	done
done
echo "$count compilations"
[ "$count" -ge 12 ] || { echo "no headers in $include" >&2; exit 1; }
exit $failed
