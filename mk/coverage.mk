# Coverage of the firmware: it alone is compiled to count, for every program that runs it. MC/DC is
# what clang-19 was the first to measure.

COVERED       = build/coverage
COVERAGE      = -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc
COVERED_LINK  = clang-19 -fprofile-instr-generate -Wl,--wrap=_exit
COVERED_OBJ   = $(FIRMWARE:%.c=$(COVERED)/%.o) build/tests/coverage_exit.o
# Unit tests of the firmware: what mutants are held against, and the guards that those never meet.
COVERED_UNITS = $(MUTANT_UNITS) guards guards_image guards_manifest

$(COVERED)/device-model/firmware/%.o: device-model/firmware/%.c
	@mkdir -p $(@D)
	clang-19 $(BARE) $(OPTIMIZE) $(COVERAGE) $(WARNINGS) $(DEPS) -fPIC -I. -c $< -o $@

# The firmware comes first, so that nobody asks the library for it.
$(COVERED)/tests/%_test: build/tests/%_test.o $(COVERED_OBJ) build/libbrownout.a
	@mkdir -p $(@D)
	$(COVERED_LINK) $(COVERED_OBJ) $< build/libbrownout.a $(LIBS) -lcmocka -o $@

$(COVERED)/fuzz/%: build/fuzz/%_target.o build/fuzz/driver.o $(COVERED_OBJ) build/libfuzz.a
	@mkdir -p $(@D)
	$(COVERED_LINK) $(COVERED_OBJ) $< build/fuzz/driver.o build/libfuzz.a $(FUZZ_LIBS) -o $@

# Scenarios look for the agent as a payload beside the program.
$(COVERED)/brownout: build/sim/cli/main.o $(COVERED_OBJ) build/libbrownout.a
	@mkdir -p $(@D)
	ln -sfn ../device $(@D)/device
	$(COVERED_LINK) $(COVERED_OBJ) $< build/libbrownout.a $(LIBS) -o $@

.PHONY: fuzz-covered
fuzz-covered: $(FUZZ_TARGETS:%=$(COVERED)/fuzz/%)

# ---- what a person types ----

.PHONY: fuzz-coverage
fuzz-coverage: fuzz-covered ## replay the corpora; HTML of the firmware's lines and branches
	fuzz/coverage.sh $(FUZZ_TARGETS)

.PHONY: mcdc
mcdc: fuzz-covered brownout-build $(COVERED)/brownout
mcdc: $(COVERED_UNITS:%=$(COVERED)/tests/%_test) ## MC/DC of the firmware by tests, scenarios and corpora
	fuzz/coverage.sh $(FUZZ_TARGETS)
	tests/mcdc.sh $(COVERED_UNITS)
