# SPDX-License-Identifier: Apache-2.0
# bash completion for zcf(1). What can come next is known to zcf itself: its table of commands.

_zcf()
{
	local current=${COMP_WORDS[COMP_CWORD]} word
	local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")

	COMPREPLY=()
	while IFS= read -r word; do
		case $word in
		:files)
			compopt -o filenames
			while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
			;;
		:directories)
			compopt -o filenames
			while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
			;;
		*) COMPREPLY+=("$word") ;;
		esac
	done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
}
complete -F _zcf zcf
