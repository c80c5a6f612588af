#!/bin/bash -eu
# Builds every target as OSS-Fuzz asks: with its compilers and flags, intermediates in $WORK, one
# binary a target in $OUT beside its corpus, dictionary and options.
flags="$CFLAGS"
if [ "$FUZZING_ENGINE" = libfuzzer ] && [ "$SANITIZER" = undefined ]; then
	flags="$flags -fno-sanitize-recover=all"
fi
targets=$(for file in fuzz/*_target.c; do basename "$file" _target.c; done)
if [ "$SANITIZER" = memory ]; then
	# The others go through libraries that are built without this sanitizer.
	targets="bootctl efuse plan"
fi

# $WARNINGS is for our own compilers; $OPTIMIZE is in $CFLAGS already. fuse3 is not needed here.
make -s -j"$(nproc)" fuzz-objects FUZZ_OUT="$WORK/brownout" CC="$CC" CFLAGS="$flags" \
	WARNINGS= OPTIMIZE= AR=ar PACKAGES="libcrypto libcbor libcyaml yaml-0.1 libxxhash"

# Static where the system has an archive; else the library travels with the targets.
libraries=
for name in cyaml yaml cbor crypto; do
	archive=$(find /usr/lib -name "lib$name.a" | head -n 1)
	if [ -n "$archive" ]; then
		libraries="$libraries $archive"
	else
		mkdir -p "$OUT/lib"
		cp -L /usr/lib/*/lib"$name".so.[0-9]* "$OUT/lib/"
		libraries="$libraries -l$name"
	fi
done

for target in $targets; do
	# Words of a list, not one word.
	# shellcheck disable=SC2086
	$CXX $CXXFLAGS "$WORK/brownout/fuzz/${target}_target.o" "$WORK/brownout/libfuzz.a" \
		-o "$OUT/$target" $LIB_FUZZING_ENGINE $libraries -Wl,-rpath,"\$ORIGIN/lib" -ldl -lpthread
	corpora=
	for folder in "fuzz/corpus/$target" "fuzz/found/$target"; do
		[ ! -d "$folder" ] || corpora="$corpora $folder"
	done
	rm -f "$OUT/${target}_seed_corpus.zip"
	# shellcheck disable=SC2086
	[ -z "$corpora" ] || zip -q -j -r "$OUT/${target}_seed_corpus.zip" $corpora
	{
		echo '[libfuzzer]'
		sed -n "s/^$target /max_len = /p" fuzz/lengths
		[ ! -f "fuzz/dict/$target.dict" ] || echo "dict = $target.dict"
	} >"$OUT/$target.options"
	[ ! -f "fuzz/dict/$target.dict" ] || cp "fuzz/dict/$target.dict" "$OUT/"
done
