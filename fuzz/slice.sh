#!/bin/sh
# Fuzzes one target under one engine for some seconds. Inputs found and crashes stay below the work
# folder, and the next slice goes on from there. Prints TARGET ENGINE EXECUTIONS RATE CORPUS CRASHES;
# what did not hold is a line in WORK/failed as well.
# usage: slice.sh WORK SECONDS SEED libfuzzer|afl TARGET
set -eu
work=$1/$5
seconds=$2
seed=$3
engine=$4
target=$5
here=$(dirname "$0")
log=$work/$engine.log
mkdir -p "$work/corpus" "$work/crashes"
# Engines have sanitizer options of their own; AFL++ does not start with those of the caller's tests.
unset ASAN_OPTIONS UBSAN_OPTIONS

libfuzzer() {
	max=$(sed -n "s/^$target //p" "$here/lengths")
	set -- -max_total_time="$seconds" -max_len="$max" -artifact_prefix="$work/crashes/" \
		-print_final_stats=1 -seed="$seed" -timeout=10 -rss_limit_mb=2048
	if [ -f "$here/dict/$target.dict" ]; then
		set -- "$@" -dict="$here/dict/$target.dict"
	fi
	set -- "$@" "$work/corpus"
	for folder in "$here/corpus/$target" "$here/found/$target"; do
		[ ! -d "$folder" ] || set -- "$@" "$folder"
	done
	status=0
	"build/libfuzzer/fuzz/$target" "$@" >"$log" 2>&1 || status=$?
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	corpus=$(find "$work/corpus" -type f | wc -l)
}

afl() {
	# One folder of seeds: AFL++ takes no more.
	mkdir -p "$work/seeds"
	echo >"$work/seeds/line"
	for folder in "$here/corpus/$target" "$here/found/$target"; do
		[ ! -d "$folder" ] || cp -n "$folder"/* "$work/seeds/"
	done
	set -- -i "$work/seeds" -o "$work/afl" -V "$seconds" -t 5000 -s "$seed"
	if [ -f "$here/dict/$target.dict" ]; then
		set -- "$@" -x "$here/dict/$target.dict"
	fi
	if [ -f "build/afl/fuzz/${target}_mutator.so" ]; then
		export AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/build/afl/fuzz/${target}_mutator.so"
	fi
	export AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
	# A machine with other work takes its time before the first input.
	export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FORKSRV_INIT_TMOUT=120000
	status=0
	afl-fuzz "$@" -- "build/afl/fuzz/$target" >"$log" 2>&1 || status=$?
	stats=$work/afl/default/fuzzer_stats
	[ -f "$stats" ] || return 0
	executions=$(sed -n 's/^execs_done *: *//p' "$stats")
	rate=$(sed -n 's/^execs_per_sec *: *\([0-9]*\).*/\1/p' "$stats")
	corpus=$(sed -n 's/^corpus_count *: *//p' "$stats")
	for crash in "$work/afl/default/crashes"/id* "$work/afl/default/hangs"/id*; do
		[ ! -f "$crash" ] || cp "$crash" "$work/crashes/afl-$(basename "$crash" | tr ',:' '--')"
	done
}

case $engine in
libfuzzer | afl) "$engine" ;;
*)
	echo "usage: $0 WORK SECONDS SEED libfuzzer|afl TARGET" >&2
	exit 2
	;;
esac
crashes=$(find "$work/crashes" -type f | wc -l)
echo "$target $engine ${executions:-0} ${rate:-0} ${corpus:-0} $crashes" | tee "$work/$engine.status"
# An engine that stopped by itself, or ran nothing, is a failure even without a crash.
if [ "$crashes" != 0 ] || [ "${executions:-0}" = 0 ] || [ "$status" != 0 ]; then
	echo "$target $engine" >>"$1/failed"
	exit 1
fi
