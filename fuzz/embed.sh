#!/bin/sh
# Prints a C file that holds the given files, so that a target runs where nothing but itself lies.
# usage: embed.sh FILE...
set -eu
printf '#include "fuzz/files.h"\n\n'
index=0
for file in "$@"; do
	printf 'static const unsigned char file_%d[] = {\n' "$index"
	od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g'
	printf '};\n'
	index=$((index + 1))
done
printf 'const struct file_embedded files_embedded[] = {\n'
index=0
for file in "$@"; do
	printf '\t{"%s", file_%d, sizeof(file_%d)},\n' "$file" "$index" "$index"
	index=$((index + 1))
done
printf '};\nconst unsigned int files_embedded_count = %d;\n' "$index"
