#!/bin/sh
# The style that a machine can check. Every complaint is file:line: what, expected.
set -eu
files=$(git ls-files -co --exclude-standard '*.c' '*.h')
bad=0

complain() {
	echo "$1"
	bad=1
}

# Formatting: clang-format decides.
# Words of a list, not one word.
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files || complain 'formatting differs, expected: make format'

# Lengths: files of 500 lines, functions of 70, lines of 100 columns.
for file in $files; do
	expand -t 8 "$file" | awk -v file="$file" -f ci/lengths.awk || bad=1
done

# Includes run down the list of docs/architecture.md only.
# shellcheck disable=SC2086
awk -f ci/includes.awk $files || bad=1

# Bugs and dead code. Suppressions, each with its reason, are in ci/cppcheck.txt.
cppcheck --quiet --std=c11 --enable=warning,style,performance,portability,unusedFunction \
	--inline-suppr --suppressions-list=ci/cppcheck.txt --error-exitcode=1 --max-configs=1 \
	-j 1 -I . --include=ci/cppcheck.h device-model faults sim fuzz tests || bad=1

git ls-files -co --exclude-standard '*.sh' .ci/run | xargs shellcheck || bad=1
/usr/bin/python3 -m compileall -q tests || bad=1

[ "$bad" = 0 ] && echo 'tidy: clean'
exit "$bad"
