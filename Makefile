# brownout: build, test and measure. `make help` lists the targets.

CC       = gcc
PACKAGES = libcrypto fuse3 libcbor libcyaml yaml-0.1 jansson libxxhash sqlite3 p11-kit-1 \
	   libmicrohttpd gnutls
WARNINGS = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2
OPTIMIZE = -O2 -g
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HOST     = -std=c17 -D_GNU_SOURCE -DFUSE_USE_VERSION=314 $(shell pkg-config --cflags $(PACKAGES))
LIBS     = $(shell pkg-config --libs $(PACKAGES))
BARE     = -std=c11 -ffreestanding
CROSS    = clang --target=thumbv7m-none-eabi -mcpu=cortex-m3 -ffreestanding -Oz -std=c11
DEPS     = -MMD -MP

FIRMWARE = $(wildcard device-model/firmware/*.c)
HARDWARE = $(wildcard device-model/hardware/*.c)
DEVICE   = $(FIRMWARE) device-model/programs/image.c $(filter %/crypto.c %/files.c %/files_wire.c,$(HARDWARE))
LIBRARY  = $(filter-out sim/cli/main.c,$(FIRMWARE) $(HARDWARE) \
	   $(wildcard faults/*.c sim/*.c sim/*/*.c))
PROGRAMS = bootloader agent provision
PATCHES  = $(wildcard device-model/specimens/*.patch)
# Other firmware that is no worse, for tests.
VARIANTS = $(wildcard tests/variants/*.patch)
vpath %.patch device-model/specimens tests/variants
TESTS    = $(patsubst tests/%.c,%,$(wildcard tests/*_test.c))
# What a case id's digest says of the firmware: its sources, not how they were compiled.
SOURCES  = $(sort $(wildcard device-model/firmware/*.[ch])) device-model/hal.h

.PHONY: all
all: brownout-build ## build brownout and the device's programs (the default)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# ---- two builds of everything: build/ as it ships, build/sanitized/ as it is tested ----

# $(1): folder, $(2): sanitizer flags, $(3): prefix of the phony targets
define BUILD_RULES
$(1)/device-model/firmware/%.o: device-model/firmware/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(BARE) $$(OPTIMIZE) $(2) $$(WARNINGS) $$(DEPS) -fPIC -I. -c $$< -o $$@

$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(HOST) $$(OPTIMIZE) $(2) $$(WARNINGS) $$(DEPS) -fPIC -I. -I$(1) -c $$< -o $$@

$(1)/firmware_digest.h: $$(SOURCES) ci/firmware-digest.sh
	@mkdir -p $$(@D)
	ci/firmware-digest.sh FIRMWARE_DIGEST $$(SOURCES) >$$@

$(1)/sim/device_load.o $(1)/device-model/hardware/files.o: $(1)/firmware_digest.h

$(1)/libbrownout.a: $$(LIBRARY:%.c=$(1)/%.o)
	rm -f $$@
	$$(AR) rcs $$@ $$^

$(1)/brownout: $(1)/sim/cli/main.o $(1)/libbrownout.a
	$$(CC) $(2) $$^ $$(LIBS) -o $$@

# The device as programs of its own, for --flash fuse. Static, since a case starts a dozen of them.
$(1)/device/%: $(1)/device-model/programs/%.o $$(DEVICE:%.c=$(1)/%.o)
	@mkdir -p $$(@D)
	$$(CC) $(2) $(if $(2),,-static -Wl,-w) $$^ -lcrypto -lxxhash -o $$@

# The agent with a network of its own. libcurl brings what it needs along, so this one is not static.
$(1)/device/agent_https: $(patsubst %,$(1)/device-model/%.o,programs/agent_https hardware/https \
			 hardware/outbox hardware/report_wire) $$(DEVICE:%.c=$(1)/%.o)
	@mkdir -p $$(@D)
	$$(CC) $(2) $$^ -lcurl -lcrypto -lxxhash -o $$@

# The agent as a payload of images: small, and the same bytes in every build.
$(1)/device/agent-payload: device-model/programs/agent.c $$(DEVICE) $(1)/firmware_digest.h
	@mkdir -p $$(@D)
	$$(CC) $$(HOST) -Os -DXXH_INLINE_ALL $$(WARNINGS) $$(DEPS) -MF $$@.d -ffunction-sections \
		-fdata-sections -Wl,--gc-sections -s -I. -I$(1) $$(filter %.c,$$^) -lcrypto -o $$@

# Only what the patch touches is compiled again; the rest is the reference's own. A stack that a bug
# smashes is the harness's to find, not the compiler's.
$(1)/specimens/%.so: %.patch $$(FIRMWARE:%.c=$(1)/%.o) $$(SOURCES) ci/specimen.sh
	@mkdir -p $$(@D)
	ci/specimen.sh $$< $(1)/specimens/$$*
	cd $(1)/specimens/$$* && $$(CC) $$(BARE) $$(OPTIMIZE) $(2) $$(WARNINGS) -fPIC -shared \
		-fno-stack-protector -Wl,-Bsymbolic -I. $$$$(cat touched.txt) specimen_digest.c \
		$$$$(sed 's,.*,../../&,' untouched.txt) -o ../$$*.so

# An injector that lies, to show that its word is not taken for what happened.
$(1)/broken-injector/brownout: tests/broken-injector.patch faults/inject.c $(1)/libbrownout.a \
			       $(1)/sim/cli/main.o
	@mkdir -p $$(@D)
	patch -s --fuzz=0 -o $$(@D)/inject.c faults/inject.c tests/broken-injector.patch
	$$(CC) $$(HOST) $$(OPTIMIZE) $(2) $$(WARNINGS) -fPIC -I. $$(@D)/inject.c \
		$(1)/sim/cli/main.o $(1)/libbrownout.a $$(LIBS) -o $$@

$(1)/tests/%_test: $(1)/tests/%_test.o $(1)/libbrownout.a
	$$(CC) $(2) $$^ $$(LIBS) -lcmocka -o $$@

.PHONY: $(3)-build $(3)-specimens $(3)-tests
$(3)-build: $(1)/brownout $(PROGRAMS:%=$(1)/device/%) $(1)/device/agent_https \
	    $(1)/device/agent-payload
$(3)-specimens: $(patsubst %.patch,$(1)/specimens/%.so,$(notdir $(PATCHES) $(VARIANTS)))
$(3)-tests: $(TESTS:%=$(1)/tests/%) $(1)/broken-injector/brownout
endef

$(eval $(call BUILD_RULES,build,,brownout))
$(eval $(call BUILD_RULES,build/sanitized,$(SANITIZE),sanitized))

include mk/fuzz.mk

.PRECIOUS: build/%.o build/sanitized/%.o
-include $(shell test -d build && find build -name '*.d')

# ---- what a person types ----

.PHONY: install
install: ## install what building needs, from Debian's packages
	ci/install.sh build

.PHONY: demo
demo: install ## install, build, run every scenario and print the table of verdicts
	+@$(MAKE) --no-print-directory all
	build/brownout run -j $$(nproc) scenarios

.PHONY: specimens
specimens: brownout-specimens ## build the firmware with each of the known bugs

.PHONY: check
check: ## install what the tests need, build, run the tests, name what is left to check-long
	ci/check.sh

.PHONY: check-long
check-long: ## the tests that are too long for make check
	ci/check.sh long

.PHONY: tidy
tidy: ## formatting, include directions, lengths, dead code, cppcheck, shellcheck
	ci/tidy.sh

.PHONY: format
format: ## let clang-format decide
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

BENCHES = $(addprefix build/tests/,bench bench_explore bench_server bench_fleet)

.PHONY: bench
bench: brownout-build fuzz-plain fuzz-sanitized $(BENCHES) ## measure cuts and fuzz executions a second
	build/tests/bench
	build/tests/bench_explore docs
	build/tests/bench_server
	build/tests/bench_fleet docs

build/tests/bench build/tests/bench_explore build/tests/bench_fleet: build/tests/%: build/tests/%.o build/libbrownout.a
	$(CC) $^ $(LIBS) -lm -o $@

# ---- mutants of the firmware: see docs/mutants.md ----

build/mutants/run: build/tests/mutant_run.o build/libbrownout.a
	@mkdir -p $(@D)
	$(CC) $^ $(LIBS) -o $@

# Unit tests of the firmware, sanitized, whose firmware is a library that mutants take the place of.
MUTANT_UNITS = agent bootloader cbor command download failing_hal guards guards_image guards_manifest image \
	       image_der image_forged image_rules journal maker manifest provision read_again record

build/mutants/units/libfirmware.so: $(FIRMWARE:%.c=build/sanitized/%.o)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -shared -Wl,-soname,libfirmware.so $^ -o $@

build/mutants/units/%_test: build/sanitized/tests/%_test.o build/mutants/units/libfirmware.so \
		$(patsubst %.c,build/sanitized/%.o,$(filter-out $(FIRMWARE),$(LIBRARY)))
	$(CC) $(SANITIZE) $^ $(LIBS) -lcurl -lcmocka -o $@

.PHONY: mutants-build mutants
mutants-build: brownout-build build/mutants/run $(MUTANT_UNITS:%=build/mutants/units/%_test)

mutants: mutants-build ## run scenarios on every mutant of the firmware, and list the survivors
	/usr/bin/python3 tests/mutants_run.py

build/tests/bench_server: build/tests/bench_server.o build/libbrownout.a
	$(CC) $^ $(LIBS) -lcurl -o $@

include mk/coverage.mk

# ---- the firmware for a Cortex-M: nothing in data or bss ----

build/cross/%.o: device-model/firmware/%.c
	@mkdir -p $(@D)
	$(CROSS) -Wall -Wextra -Werror $(DEPS) -I. -c $< -o $@

.PHONY: cross
cross: $(FIRMWARE:device-model/firmware/%.c=build/cross/%.o) ## build the firmware for thumbv7m; data and bss must be 0
	ci/cross-size.sh $^

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build
