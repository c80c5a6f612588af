#!/bin/sh
# Crashes told apart by target, rule and the innermost functions of ours on the stack: one line
# each, with how often it was seen and its smallest input, which a log of a machine that is gone
# still holds: `base64 -d`. Exits 1 if there is any.
# usage: triage.sh [--work FOLDER] TARGET...
set -eu
work=build/fuzz-work
if [ "${1-}" = --work ]; then
	work=$2
	shift 2
fi
list=$(mktemp)
trap 'rm -f "$list"' EXIT

# RULE|FUNCTIONS of one crash. Frames of the engine, of libc and of the targets' own say nothing.
key() {
	"build/libfuzzer/fuzz/$1" -timeout=10 "$2" 2>&1 | awk '
		/^fuzz: / && rule == "" { rule = $2; sub(/:$/, "", rule) }
		/ERROR: AddressSanitizer: / && rule == "" { rule = $3 }
		/runtime error: / && rule == "" { rule = "undefined" }
		/ERROR: libFuzzer: timeout/ && rule == "" { rule = "timeout" }
		/ERROR: libFuzzer: out-of-memory/ && rule == "" { rule = "out-of-memory" }
		/Assertion .* failed/ && rule == "" { rule = "assertion" }
		/^ *#[0-9]+ .* in / && /(device-model|faults|sim)\// && frames < 3 {
			stack = stack (frames++ ? "<" : "") $4
		}
		END { print (rule == "" ? "none" : rule) "|" stack }'
}

for target in "$@"; do
	[ -d "$work/$target/crashes" ] || continue
	find "$work/$target/crashes" -type f | while read -r crash; do
		echo "$target|$(key "$target" "$crash")|$(wc -c <"$crash")|$crash"
	done
done >"$list"
sort -t '|' -k1,3 -k4,4n "$list" | awk -F '|' '
	function out() { if (last != "") printf "%s, seen %d times: %s\n", last, count, first }
	{ now = $1 ": " $2 ($3 == "" ? "" : " in " $3) }
	now != last { out(); last = now; count = 0; first = $5 }
	{ count++ }
	END { out() }' | while read -r line; do
	echo "$line"
	echo "  as base64: $(base64 -w 0 "${line##*: }")"
done
[ ! -s "$list" ]
