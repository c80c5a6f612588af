#!/bin/sh
# Makes a specimen's sources: the reference firmware with one patch, and the digest of the result.
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
