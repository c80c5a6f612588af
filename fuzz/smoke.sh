#!/bin/sh
# Replays every corpus under the sanitizers, then fuzzes each target for some seconds under both
# engines, on all cores. Fails on the first crash of any, after all have run, and names it.
# usage: smoke.sh SECONDS TARGET...
set -eu
seconds=$1
shift
here=$(dirname "$0")
work=build/fuzz-smoke
rm -rf "$work"
mkdir -p "$work"
replay() {
	target=$1
	set --
	for folder in "$here/corpus/$target" "$here/found/$target"; do
		[ ! -d "$folder" ] || set -- "$@" "$folder"/*
	done
	[ $# != 0 ] || {
		echo "fuzz-smoke: $target has no corpus, expected: make fuzz-seeds"
		exit 1
	}
	"build/sanitized/fuzz/$target" "$@" >"$work/replay.log" 2>&1 || {
		tail -n 20 "$work/replay.log"
		echo "fuzz-smoke: $target does not hold its corpus"
		exit 1
	}
}

for target in "$@"; do
	replay "$target"
done
for target in "$@"; do
	echo "libfuzzer $target"
	echo "afl $target"
done | xargs -P "$(nproc)" -L 1 "$here/slice.sh" "$work" "$seconds" 1 || :
ran=$(find "$work" -name '*.status' | wc -l)
if [ "$ran" != $((2 * $#)) ]; then
	echo "fuzz-smoke: $ran runs, expected $((2 * $#))"
	exit 1
fi
if [ -s "$work/failed" ]; then
	while read -r target engine; do
		echo "fuzz-smoke: $target under $engine:"
		tail -n 5 "$work/$target/$engine.log"
	done <"$work/failed"
	"$here/triage.sh" --work "$work" "$@"
	exit 1
fi
echo "fuzz-smoke: $# targets held under both engines"
