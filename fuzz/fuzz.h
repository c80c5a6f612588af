/*
 * What every target has in common: the entry points that engines call, and how a target says that
 * something does not hold. A target is one file, fuzz/NAME_target.c, which defines
 * LLVMFuzzerTestOneInput; the rest is optional. To add one, copy a target and give it a line in
 * fuzz/lengths.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Called once, before the first input. Engines and the driver do without it where there is none. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
/* One input. Nothing of it may be left behind for the next one. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);
/* A mutator that knows the structure: changes data in place, returns its new size. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size_bytes,
						     size_t max_bytes, unsigned int seed);
/* The engine's own mutator; only libFuzzer has one. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size_bytes, size_t max_bytes);

/*
 * What holds for every input did not hold: one line on stderr, "RULE: what happened", and abort().
 * Crashes are told apart by rule.
 */
__attribute__((noreturn, format(printf, 2, 3))) void fuzz_fail(const char *rule, const char *format,
							       ...);
#define FUZZ_HOLDS(condition)                                                            \
	do {                                                                             \
		if (!(condition))                                                        \
			fuzz_fail("holds", "%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

#endif
