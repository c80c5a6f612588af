#!/bin/sh
# How fast fuzzing finds each known bug: the target case on the firmware with that bug, from the
# committed corpora, SEEDS times under each engine, at most LIMIT seconds each. Prints a table of
# medians for docs/fuzzing.md. A bug that is not found counts with the executions of the whole run.
# usage: [SEEDS=5] [LIMIT=600] specimens.sh SPECIMEN...
set -eu
here=$(dirname "$0")
seeds=${SEEDS-5}
limit=${LIMIT-600}
work=build/fuzz-specimens
rm -rf "$work"
mkdir -p "$work"

# Prints EXECUTIONS SECONDS RULE; the rule is "none" if nothing was found.
find_libfuzzer() {
	mkdir -p "$2"
	start=$(date +%s.%N)
	"build/libfuzzer/fuzz-specimens/$1" -seed="$3" -max_total_time="$limit" -max_len=97 \
		-print_final_stats=1 -artifact_prefix="$2/" "$2" "$here/corpus/case" \
		>"$2.log" 2>&1 || :
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$2.log")
	rule=$(sed -n 's/^fuzz: \([a-z-]*\):.*/\1/p' "$2.log" | head -n 1)
	echo "${executions:-0} $(echo "$(date +%s.%N) $start" | awk '{ print $1 - $2 }') ${rule:-none}"
}

find_afl() {
	AFL_BENCH_UNTIL_CRASH=1 AFL_CRASHING_SEEDS_AS_NEW_CRASH=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 \
	AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
	AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/build/afl/fuzz/case_mutator.so" \
		afl-fuzz -s "$3" -V "$limit" -i "$here/corpus/case" -o "$2" \
		-- "build/afl/fuzz-specimens/$1" >"$2.log" 2>&1 || :
	crash=$(find "$2/default/crashes" -name 'id*' | sort | head -n 1)
	rule=
	if [ -n "$crash" ]; then
		# The shell says of itself that the program aborted.
		rule=$({ "build/fuzz-specimens/$1" "$crash" 2>&1 || :; } 2>/dev/null |
			sed -n 's/^fuzz: \([a-z-]*\):.*/\1/p')
	fi
	awk -v rule="${rule:-none}" -F ' *: *' '$1 == "execs_done" { done = $2 }
		$1 == "run_time" { time = $2 } END { print done + 0, time + 0, rule }' \
		"$2/default/fuzzer_stats"
}

# The middle of each column, and every rule that a run ended with.
median() {
	sort -n -k1,1 "$1" >"$1.by-executions"
	sort -n -k2,2 "$1" | awk '{ seconds[NR] = $2 } END { print seconds[int((NR + 1) / 2)] }' \
		>"$1.seconds"
	awk -v seconds="$(cat "$1.seconds")" '{ done[NR] = $1; found += $3 != "none"; seen[$3] }
		END { for (rule in seen) rules = rules (rules == "" ? "" : ", ") rule
			printf "%d | %.1f | %d of %d | %s |", done[int((NR + 1) / 2)], seconds,
				found, NR, rules }' "$1.by-executions"
}

echo "| specimen | engine | executions | seconds | found | rules |"
echo "|---|---|---:|---:|---|---|"
for specimen in "$@"; do
	make -s "build/libfuzzer/fuzz-specimens/$specimen" "build/afl/fuzz-specimens/$specimen" \
		"build/fuzz-specimens/$specimen" >"$work/$specimen.build" 2>&1 || {
		tail -n 5 "$work/$specimen.build" >&2
		exit 2
	}
	for engine in libfuzzer afl; do
		results=$work/$specimen.$engine
		seed=1
		while [ "$seed" -le "$seeds" ]; do
			"find_$engine" "$specimen" "$results.$seed" "$seed" >>"$results"
			seed=$((seed + 1))
		done
		echo "| $specimen | $engine | $(median "$results")"
	done
done
