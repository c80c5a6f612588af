#!/bin/sh
# Prints the size of the firmware's objects and fails if any has data or bss.
set -eu
size "$@" | awk '
	NR == 1 { next }
	{ text += $1; data += $2; bss += $3 }
	$2 + $3 { print $6 ": data " $2 ", bss " $3 ", expected 0"; bad = 1 }
	END {
		printf "firmware for thumbv7m: text %d bytes, data %d, bss %d\n", text, data, bss
		exit bad
	}'
