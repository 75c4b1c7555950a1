#!/usr/bin/env bats
# What somebody reads first: links lead somewhere, and both READMEs say the same.

setup() {
	directory=$(mktemp -d "${TMPDIR:-/tmp}/zcf-test.XXXXXX")
	cd "$SOURCE"
}

teardown() {
	rm -rf "$directory"
}

# Targets of a document's links, each once.
links() {
	grep -o ']([^)]*)' "$1" | sed 's/^](//; s/)$//' | sort -u
}

@test "links between documents lead to something" {
	find . -type d -name 'build*' -prune -o -type d -name '.?*' -prune -o -name '*.md' -print >"$directory/documents"
	[ "$(wc -l <"$directory/documents")" -gt 10 ]
	while read -r document; do
		for link in $(links "$document" | grep -v '^https\?:' | sed 's/#.*//'); do
			[ -e "${document%/*}/$link" ] || echo "$document: $link is not there"
		done
	done <"$directory/documents" >"$directory/dead"
	cat "$directory/dead"
	[ ! -s "$directory/dead" ]
}

@test "both READMEs have the same commands, programs, examples and links" {
	for readme in README.md README.ja.md; do
		{
			# Commands, without what is said about them; all of the examples and of the drawing.
			awk '/^```/ { inside = !inside }
				inside || /^     / { print; next }
				/^    / { sub(/ *#.*/, ""); print }
				/^#+ / { print "heading" }' "$readme"
			# Words in code of each table: programs, channels, commands.
			grep '^|' "$readme" | sed 's/[^`]*\(`[^`]*`\)[^`]*/\1 /g; /`/!d'
			links "$readme" | grep -v '^README'
		} >"$directory/$readme"
		[ "$(wc -l <"$directory/$readme")" -gt 60 ]
	done
	diff "$directory/README.md" "$directory/README.ja.md"
}

@test "manual pages refer to pages that there are, and their headings to be read as they stand" {
	for page in man/*.scd; do
		grep -oE '\*zcf[a-z.-]*\*\([0-9]\)' "$page" | tr -d '*' | sort -u | sed 's/(\(.\))/.\1.scd/' >"$directory/pages"
		while read -r other; do
			[ -e "man/$other" ] || echo "$page: man/$other is not there"
		done <"$directory/pages"
		# scdoc sets neither bold nor underlined words there.
		grep -HnE '^#+ .*[*_]' "$page" || true
	done >"$directory/wrong"
	cat "$directory/wrong"
	[ ! -s "$directory/wrong" ]
}
