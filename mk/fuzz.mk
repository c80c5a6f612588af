# Fuzzing: each target is fuzz/NAME_target.c, built four times. See docs/fuzzing.md.

FUZZ_TARGETS  = $(patsubst fuzz/%_target.c,%,$(wildcard fuzz/*_target.c))
FUZZ_SHARED   = $(filter-out %_target.c %_main.c fuzz/driver.c,$(wildcard fuzz/*.c))
# What targets run: no FUSE, no command line.
FUZZ_LIBRARY  = $(filter-out sim/mount/% sim/cli/% sim/report/% sim/explore/% %/files.c \
		%/files_wire.c,$(LIBRARY)) $(FUZZ_SHARED)
FUZZ_EMBEDDED = $(sort $(wildcard scenarios/keys/*.pem scenarios/*/*.yaml \
		tests/vectors/imgtool/keys/d_*[0-9].pem tests/vectors/suit/priv.pem))
FUZZ_LIBS     = $(shell pkg-config --libs libcrypto libcyaml yaml-0.1 libcbor libxxhash)
# Symbols of a static libxxhash say nothing to the sanitizers; inlined, it is checked as well.
FUZZ_CC_FLAGS = -DXXH_INLINE_ALL=

FUZZ_ENGINE   = -fsanitize=fuzzer-no-link -fsanitize=address,undefined \
		-fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_COVERAGE = -fprofile-instr-generate -fcoverage-mapping

# $(1): folder, $(2): flags, $(3): prefix of the phony targets, $(4): what brings main()
define FUZZ_RULES
$(1)/fuzz/embedded.c: fuzz/embed.sh mk/fuzz.mk $$(FUZZ_EMBEDDED)
	@mkdir -p $$(@D)
	fuzz/embed.sh $$(FUZZ_EMBEDDED) >$$@

$(1)/fuzz/embedded.o: $(1)/fuzz/embedded.c
	$$(CC) $$(HOST) $(2) -I. -c $$< -o $$@

$(1)/libfuzz.a: $$(FUZZ_LIBRARY:%.c=$(1)/%.o) $(1)/fuzz/embedded.o
	rm -f $$@
	$$(AR) rcs $$@ $$^

$(1)/%: $(1)/fuzz/%_target.o $(if $(4),,$(1)/fuzz/driver.o) $(1)/libfuzz.a
	$$(CC) $(2) $(4) $$^ $$(FUZZ_LIBS) -o $$@

.PHONY: $(3)
$(3): $$(FUZZ_TARGETS:%=$(1)/%)
endef

build/fuzz/libfuzzer/%: CC = clang
build/fuzz/afl/%: CC = afl-clang-fast
build/fuzz/coverage/%: CC = clang
$(eval $(call BUILD_RULES,build/fuzz/libfuzzer,$(FUZZ_ENGINE) $(FUZZ_CC_FLAGS),unused-libfuzzer))
$(eval $(call FUZZ_RULES,build/fuzz/libfuzzer,$(FUZZ_ENGINE),fuzz-libfuzzer,-fsanitize=fuzzer))
$(eval $(call BUILD_RULES,build/fuzz/afl,$(FUZZ_CC_FLAGS),unused-afl))
$(eval $(call FUZZ_RULES,build/fuzz/afl,,fuzz-afl,))
$(eval $(call BUILD_RULES,build/fuzz/plain,,unused-plain))
$(eval $(call FUZZ_RULES,build/fuzz/plain,,fuzz-plain,))

# ---- corpora ----

build/fuzz/seeds: build/fuzz/plain/fuzz/seeds_main.o build/fuzz/plain/libfuzz.a
	$(CC) $^ $(FUZZ_LIBS) -o $@

.PHONY: fuzz-seeds
fuzz-seeds: build/fuzz/seeds ## make the seed corpora anew, from scenarios and vectors
	rm -rf fuzz/corpus
	mkdir -p fuzz/corpus
	build/fuzz/seeds fuzz/corpus
