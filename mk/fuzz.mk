# Fuzzing: each target is fuzz/NAME_target.c, found by its name. See docs/fuzzing.md.

FUZZ_TARGETS  = $(patsubst fuzz/%_target.c,%,$(wildcard fuzz/*_target.c))
FUZZ_MUTATORS = $(patsubst fuzz/%_target.c,%,$(shell grep -l CustomMutator fuzz/*_target.c))
FUZZ_SHARED   = $(filter-out %_target.c %_main.c %/driver.c %/mutate_afl.c,$(wildcard fuzz/*.c))
# What targets run: no FUSE, no command line, no maker's keys and releases.
FUZZ_LIBRARY  = $(filter-out sim/mount/% sim/cli/% sim/report/% sim/explore/% sim/server/% %/https.c %/files.c \
		%/files_wire.c sim/vendor/token% sim/vendor/key_store.c sim/vendor/release% \
		sim/vendor/sbom%,$(LIBRARY)) $(FUZZ_SHARED)
FUZZ_EMBEDDED = $(sort $(wildcard scenarios/keys/*.pem scenarios/*/*.yaml \
		tests/vectors/imgtool/keys/d_*[0-9].pem tests/vectors/suit/priv.pem))
FUZZ_LIBS     = $(shell pkg-config --libs libcrypto libcyaml yaml-0.1 libcbor libxxhash)
# Inlined, so that sanitizers see into it.
FUZZ_FLAGS    = -DXXH_INLINE_ALL=
FUZZ_ENGINE   = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
		-fno-omit-frame-pointer
FUZZ_SPECIMENS = $(PATCHES:device-model/specimens/%.patch=%)
SMOKE_SECONDS  = 6

# $(1): folder, $(2): flags, $(3): phony target, $(4): what brings main(), or nothing: fuzz/driver.c
define FUZZ_RULES
$(1)/fuzz/embedded.c: fuzz/embed.sh mk/fuzz.mk $$(FUZZ_EMBEDDED)
	@mkdir -p $$(@D)
	fuzz/embed.sh $$(FUZZ_EMBEDDED) >$$@

$(1)/fuzz/embedded.o: $(1)/fuzz/embedded.c
	$$(CC) $$(HOST) $(2) -fPIC -I. -c $$< -o $$@

$(1)/libfuzz.a: $$(FUZZ_LIBRARY:%.c=$(1)/%.o) $(1)/fuzz/embedded.o
	rm -f $$@
	$$(AR) rcs $$@ $$^

$(1)/fuzz/%: $(1)/fuzz/%_target.o $(if $(4),,$(1)/fuzz/driver.o) $(1)/libfuzz.a
	$$(CC) $(2) $(4) $$^ $$(FUZZ_LIBS) -o $$@

# The target case on the firmware with a known bug, to see how fast that is found.
$(1)/fuzz-specimens/%: device-model/specimens/%.patch $(1)/fuzz/case_target.o \
		       $(if $(4),,$(1)/fuzz/driver.o) $(1)/libfuzz.a
	@mkdir -p $$(@D)
	ci/specimen.sh $$< $$@.sources
	cd $$@.sources && $$(CC) $$(BARE) $$(OPTIMIZE) $(2) -fPIC -I. -c device-model/firmware/*.c
	$$(CC) $(2) $(4) $$(filter %.o,$$^) $$@.sources/*.o $(1)/libfuzz.a $$(FUZZ_LIBS) -o $$@

.PHONY: $(3)
$(3): $$(FUZZ_TARGETS:%=$(1)/fuzz/%)
endef

# $(1): folder, $(2): compiler, $(3): flags, $(4), $(5): as $(3), $(4) above
define FUZZ_BUILD
$(1)/%: CC = $(2)
$(call BUILD_RULES,$(1),$(3) $(FUZZ_FLAGS),$(4)-unused)
$(call FUZZ_RULES,$(1),$(3),$(4),$(5))
endef

$(eval $(call FUZZ_RULES,build,,fuzz-plain,))
$(eval $(call FUZZ_RULES,build/sanitized,$(SANITIZE),fuzz-sanitized,))
$(eval $(call FUZZ_BUILD,build/libfuzzer,clang,$(FUZZ_ENGINE),fuzz-libfuzzer,-fsanitize=fuzzer))
$(eval $(call FUZZ_BUILD,build/afl,afl-clang-fast,,fuzz-afl,))

# For fuzz/oss-fuzz/build.sh, which links by itself: its folder, compiler and flags.
ifdef FUZZ_OUT
$(eval $(call FUZZ_BUILD,$(FUZZ_OUT),$(CC),$(CFLAGS),fuzz-unused,-unused))
.PHONY: fuzz-objects
fuzz-objects: $(FUZZ_OUT)/libfuzz.a $(FUZZ_TARGETS:%=$(FUZZ_OUT)/fuzz/%_target.o)
endif

# A target's own mutator, as AFL++ loads it.
build/afl/fuzz/%_mutator.so: build/fuzz/%_target.o build/fuzz/mutate_afl.o build/libfuzz.a
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-Bsymbolic $^ $(FUZZ_LIBS) -o $@
build/afl/fuzz/%_mutator.so: CC = gcc

.PHONY: fuzz-build
fuzz-build: fuzz-libfuzzer fuzz-afl fuzz-plain $(FUZZ_MUTATORS:%=build/afl/fuzz/%_mutator.so)

# ---- what a person types ----

.PHONY: fuzz
fuzz: fuzz-build ## fuzz all targets on all cores, until ^C
	fuzz/run.sh $(FUZZ_TARGETS)

.PHONY: fuzz-smoke
fuzz-smoke: fuzz-build fuzz-sanitized ## each target for some seconds under both engines
	fuzz/smoke.sh $(SMOKE_SECONDS) $(FUZZ_TARGETS)

.PHONY: fuzz-minimise
fuzz-minimise: fuzz-libfuzzer ## what fuzzing has found, as few inputs, into fuzz/found
	fuzz/minimise.sh $(FUZZ_TARGETS)

.PHONY: fuzz-specimens
fuzz-specimens: fuzz-build ## how fast each known bug is found, as a table
	fuzz/specimens.sh $(FUZZ_SPECIMENS)

.PHONY: fuzz-triage
fuzz-triage: fuzz-libfuzzer ## crashes that fuzzing has found, one for each rule and stack
	fuzz/triage.sh $(FUZZ_TARGETS)

build/fuzz/seeds: build/fuzz/seeds_main.o build/libfuzz.a
	$(CC) $^ $(FUZZ_LIBS) -o $@

.PHONY: fuzz-seeds
fuzz-seeds: build/fuzz/seeds ## make the seed corpora anew, from scenarios and vectors
	rm -rf fuzz/corpus
	mkdir -p fuzz/corpus
	build/fuzz/seeds fuzz/corpus
