#!/bin/sh
# Fuzzes all targets under both engines on all cores, a slice each in turn, until ^C. One screen
# shows how it goes; what was found stays in build/fuzz-work, and the next run goes on from there.
# usage: run.sh TARGET...
set -eu
here=$(dirname "$0")
work=build/fuzz-work
slice=${FUZZ_SLICE_SECONDS:-60}
mkdir -p "$work"

# Forever: every pair in turn, each worker taking the next one.
pairs() {
	while :; do
		for target in "$@"; do
			echo "libfuzzer $target"
			echo "afl $target"
		done
	done
}

screen() {
	if [ -t 1 ]; then
		printf '\033[H\033[2J'
	fi
	printf '%-14s %-10s %12s %10s %8s %8s\n' target engine executions a-second corpus crashes
	for target in "$@"; do
		for engine in libfuzzer afl; do
			[ -f "$work/$target/$engine.status" ] || continue
			read -r name by executions rate corpus crashes <"$work/$target/$engine.status"
			printf '%-14s %-10s %12s %10s %8s %8s\n' "$name" "$by" "$executions" \
				"$rate" "$corpus" "$crashes"
		done
	done
	echo "slices of $slice s in turn on $(nproc) cores; ^C ends, make fuzz-triage tells crashes apart"
}

# A group of their own, so that all of them end together, engines included.
pairs "$@" | setsid xargs -P "$(nproc)" -L 1 "$here/slice.sh" "$work" "$slice" 0 >/dev/null 2>&1 &
workers=$!
trap 'kill -- "-$workers" 2>/dev/null; wait; screen "$@"; exit 0' INT TERM
while kill -0 "$workers" 2>/dev/null; do
	screen "$@"
	sleep 5 &
	wait $!
done
