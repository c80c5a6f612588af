#!/bin/sh
# Makes a specimen's sources: the reference firmware with one patch, and the digest of the result.
# touched.txt names the files to compile, untouched.txt the objects that are as the reference's.
# usage: specimen.sh NAME.patch FOLDER
set -eu
patch=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder/device-model"
cp -r device-model/firmware device-model/hal.h "$folder/device-model/"
patch -s -p1 --fuzz=0 -d "$folder" <"$patch"
{
	printf '#include <stdint.h>\n'
	ci/firmware-digest.sh SPECIMEN_DIGEST "$folder"/device-model/firmware/*.[ch] \
		"$folder/device-model/hal.h"
	printf 'extern const uint8_t specimen_digest[32];\n'
	printf 'const uint8_t specimen_digest[32] = SPECIMEN_DIGEST;\n'
} >"$folder/specimen_digest.c"

: >"$folder/touched.txt"
: >"$folder/untouched.txt"
# A header is everybody's.
headers=same
for header in device-model/hal.h device-model/firmware/*.h; do
	cmp -s "$header" "$folder/$header" || headers=changed
done
for source in device-model/firmware/*.c; do
	if [ "$headers" = same ] && cmp -s "$source" "$folder/$source"; then
		echo "${source%.c}.o" >>"$folder/untouched.txt"
	else
		echo "$source" >>"$folder/touched.txt"
	fi
done
