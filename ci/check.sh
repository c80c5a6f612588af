#!/bin/sh
# All tests, on a machine that may have nothing yet. Ends with what was left out, by name, and with
# a line that counts what ran.
# usage: check.sh [long]
set -eu
ci/install.sh check
jobs=$(nproc)
make -s -j "$jobs" all brownout-specimens sanitized-build sanitized-specimens sanitized-tests

passed=0
failed=0
logs=build/logs
left=$logs/left-out
rm -rf "$logs"
mkdir -p "$logs"
: >"$left"

# Runs one test program.
try() {
	name=$1
	shift
	status=0
	"$@" >"$logs/$name.log" 2>&1 || status=$?
	echo "$status" >"$logs/$name.status"
}

# Counts what a test program that was tried says of its tests.
count() {
	name=$1
	status=$(cat "$logs/$name.status")
	echo "== $name"
	# cmocka closes each group with its count, pytest the whole run.
	ran=$(awk '/^\[ *PASSED *\]/ { n += $4 } / passed.* in / {
			for (i = 2; i <= NF; i++) if ($i ~ /^passed/) n += $(i - 1)
		} END { if (n) print n }' "$logs/$name.log")
	passed=$((passed + ${ran:-0}))
	# What did not run: pytest's own words, or those of a C test that a person has switched off.
	out=$(sed -n -e "s/^SKIPPED /$name: skipped /p" -e "s/^skipped:/$name: skipped,/p" \
		-e '/^left to /p' "$logs/$name.log")
	[ -z "$out" ] || echo "$out" >>"$left"
	if [ "$status" != 0 ] || [ -z "$ran$out" ]; then
		cat "$logs/$name.log"
		echo "FAILED: $name, exit status $status; $logs/$name.log has its output"
		failed=$((failed + 1))
	else
		echo "   ${ran:-0} passed"
	fi
}

# Something that holds or does not, and has no tests of its own to count.
gate() {
	name=$1
	shift
	echo "== $name"
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $name"
		failed=$((failed + 1))
	fi
}

gate cross make -s cross
gate tidy ci/tidy.sh
export ASAN_OPTIONS=detect_leaks=1:handle_segv=0:allow_user_segv_handler=1
echo "== tests in C, $jobs at a time"
for _ in $(seq "$jobs"); do
	# Each takes the next one that nobody has made the folder of.
	(
		for test in build/sanitized/tests/*_test; do
			name=$(basename "$test")
			mkdir "$logs/$name.taken" 2>/dev/null || continue
			try "$name" "$test"
			echo "   $name: exit status $status"
		done
	) &
done
wait
for test in build/sanitized/tests/*_test; do
	count "$(basename "$test")"
done
export BROWNOUT=build/sanitized/brownout
try pytest /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider tests
count pytest

gate fuzz-smoke make -s -j "$jobs" fuzz-smoke
echo "left to make check-long: fuzz-smoke at 20 s a target and engine; a shorter one ran" >>"$left"

# Sanitizers slow the sweeps down: scenarios run as they ship, and the whole table must be held.
gate scenarios build/brownout run -j "$jobs" scenarios

gate mcdc make -s -j "$jobs" mcdc

if [ "${1-}" = long ]; then
	export BROWNOUT=build/brownout
	make -s -j "$jobs" build/tests/explore_test
	# It runs now.
	sed -i '/^left to make check-long:/d' "$left"
	# Every specimen, merged and not.
	try explore-specimens env EXPLORE_SPECIMENS=1 build/tests/explore_test
	count explore-specimens
	try pytest-long /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider -m long tests
	count pytest-long
	gate fuzz-smoke-long make -s SMOKE_SECONDS=20 fuzz-smoke
	gate mutants make -s mutants
fi
if [ -s "$left" ]; then
	echo "== left out"
	sed 's/^/   /' "$left"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
