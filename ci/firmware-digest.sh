#!/bin/sh
# Prints a C macro with the SHA-256 over the given firmware sources: names and bytes, in order.
set -eu
macro=$1
shift
digest=$(for file in "$@"; do printf '%s\n' "$(basename "$file")"; cat "$file"; done | sha256sum)
printf '#define %s {' "$macro"
printf '%s' "${digest%% *}" | sed 's/../0x&,/g'
printf '}\n'
