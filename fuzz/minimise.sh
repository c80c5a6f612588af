#!/bin/sh
# The inputs that fuzzing has found and that reach what the seeds do not, as few and as small as
# that goes: fuzz/found/TARGET, made anew.
# usage: minimise.sh TARGET...
set -eu
here=$(dirname "$0")
work=build/fuzz-work
for target in "$@"; do
	merged=$(mktemp -d)
	set -- "$merged" "$work/$target/corpus"
	for folder in "$here/corpus/$target" "$here/found/$target" "$work/$target/afl/default/queue"; do
		[ ! -d "$folder" ] || set -- "$@" "$folder"
	done
	mkdir -p "$work/$target/corpus"
	# One input an edge: how often it is taken, and states, would keep thousands.
	FUZZ_FEEDBACK=off "build/libfuzzer/fuzz/$target" -merge=1 -use_counters=0 "$@" >"$work/$target/merge.log" 2>&1
	# The seeds are there already.
	for input in "$merged"/*; do
		[ ! -f "$here/corpus/$target/$(basename "$input")" ] || rm -f "$input"
	done
	rm -rf "$here/found/$target"
	mkdir -p "$here/found"
	mv "$merged" "$here/found/$target"
	chmod 755 "$here/found/$target"
	echo "$target: $(find "$here/found/$target" -type f | wc -l) inputs"
done
