#!/bin/sh
# Replays the committed corpora and says which of the firmware's lines and branches they reach; the
# HTML of it is build/coverage/html/index.html. Fails if they reach less than they should.
# usage: coverage.sh TARGET...
set -eu
lines_floor=97
branches_floor=90
here=$(dirname "$0")
folder=build/coverage
profiles=$folder/corpora
rm -rf "$profiles" "$folder/html"
mkdir -p "$profiles"
first=$folder/fuzz/$1
for target in "$@"; do
	for corpus in "$here/corpus/$target" "$here/found/$target"; do
		[ -n "$(ls -A "$corpus" 2>/dev/null)" ] || continue
		LLVM_PROFILE_FILE="$profiles/$target-%m.profraw" "$folder/fuzz/$target" "$corpus"/* \
			>"$folder/replay.log"
	done
done
llvm-profdata-19 merge -sparse "$profiles"/*.profraw -o "$folder/fuzz.profdata"
# Every program holds the same firmware, so any of them explains the counters.
set -- "$first" -instr-profile="$folder/fuzz.profdata" device-model/firmware
llvm-cov-19 show -format=html -show-branches=count -output-dir="$folder/html" "$@"
llvm-cov-19 report "$@" >"$folder/report.txt"
awk 'NR == 1 || /^[a-z_]+\.[ch] / || /^TOTAL/' "$folder/report.txt"
echo "fuzz-coverage: $folder/html/index.html"
awk -v lines="$lines_floor" -v branches="$branches_floor" '
	$1 == "TOTAL" { reached_lines = $10 + 0; reached_branches = $13 + 0 }
	END {
		if (reached_lines > lines && reached_branches > branches)
			exit 0
		printf "fuzz/coverage.sh: corpora reach %s %% of the", reached_lines
		printf " firmware'\''s lines and %s %% of its branches,", reached_branches
		printf " expected more than %s and %s: make fuzz, then", lines, branches
		print " make fuzz-minimise, or a seed in fuzz/seeds_main.c"
		exit 1
	}' "$folder/report.txt" >&2
