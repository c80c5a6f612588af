#!/bin/sh
# Replays the corpora and says which of the firmware's lines and branches they reach; the HTML of
# it is build/coverage/html/index.html.
# usage: coverage.sh TARGET...
set -eu
here=$(dirname "$0")
folder=build/coverage
profiles=$folder/profiles
rm -rf "$profiles" "$folder/html"
mkdir -p "$profiles"
objects=
first=$folder/fuzz/$1
for target in "$@"; do
	objects="$objects -object $folder/fuzz/$target"
	for corpus in "$here/corpus/$target" "$here/found/$target" "build/fuzz-work/$target/corpus"; do
		[ -n "$(ls -A "$corpus" 2>/dev/null)" ] || continue
		LLVM_PROFILE_FILE="$profiles/$target-%p.profraw" "$folder/fuzz/$target" "$corpus"/* \
			>"$folder/replay.log"
	done
done
llvm-profdata merge -sparse "$profiles"/*.profraw -o "$folder/fuzz.profdata"
# Words of a list, not one word.
# shellcheck disable=SC2086
set -- "$first" $objects -instr-profile="$folder/fuzz.profdata" device-model/firmware
llvm-cov show -format=html -show-branches=count -output-dir="$folder/html" "$@"
llvm-cov report "$@" | awk 'NR == 1 || /^[a-z_]+\.[ch] / || /^TOTAL/'
echo "fuzz-coverage: $folder/html/index.html"
