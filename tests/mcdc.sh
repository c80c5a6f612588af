#!/bin/sh
# MC/DC of the firmware by everything that runs it: the corpora (fuzz/coverage.sh has replayed them),
# its unit tests and the scenarios. The HTML of it is build/coverage/mcdc/index.html.
# usage: mcdc.sh UNIT...
set -eu
folder=build/coverage
profiles=$folder/tests-profiles
rm -rf "$profiles" "$folder/mcdc"
mkdir -p "$profiles"
export profiles folder
# A test that fails has covered less than it should. What it said is in its log. The inner shell
# is the one that knows the names.
# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "$(nproc)" -I UNIT sh -c '
	LLVM_PROFILE_FILE="$profiles/UNIT-%m.profraw" "$folder/tests/UNIT_test" \
		>"$profiles/UNIT.log" 2>&1 || {
		tail -n 20 "$profiles/UNIT.log"
		echo "tests/mcdc.sh: UNIT_test failed, expected it to pass: $folder/tests/UNIT_test"
		exit 1
	}' >&2
LLVM_PROFILE_FILE="$profiles/scenarios-%m.profraw" \
	"$folder/brownout" run --quiet -j "$(nproc)" scenarios >"$profiles/scenarios.log" 2>&1 || {
	tail -n 20 "$profiles/scenarios.log" >&2
	exit 1
}
llvm-profdata-19 merge -sparse "$profiles"/*.profraw "$folder/fuzz.profdata" -o "$folder/all.profdata"
set -- "$folder/brownout" -instr-profile="$folder/all.profdata" device-model/firmware
llvm-cov-19 show -format=html -show-branches=count -show-mcdc -show-mcdc-summary \
	-output-dir="$folder/mcdc" "$@" >/dev/null
llvm-cov-19 export -format=text "$@" >"$folder/mcdc.json"
/usr/bin/python3 tests/mcdc.py "$folder/mcdc.json"
echo "mcdc: $folder/mcdc/index.html"
