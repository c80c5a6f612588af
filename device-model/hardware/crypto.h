/* The chip's crypto unit: SHA-256 and signature checks, by OpenSSL. */
#ifndef HARDWARE_CRYPTO_H
#define HARDWARE_CRYPTO_H

#include "device-model/hal.h"

/*
 * Fills digest_start, digest_add, digest_end and signature_check. They never fail for lack of
 * anything but a good signature. A key that is not of its algorithm (wrong curve, modulus of
 * another size, e other than 65537) makes no good signature.
 */
void crypto_fill(struct hal *hal);

/*
 * A signature check is a pure function of key, digest and signature, and a search asks the same
 * again and again: results and parsed keys are remembered, in bounded tables, and found by content,
 * all of it compared. Benchmarks that mean the check itself turn this off. On at the start.
 */
void crypto_memory_enable(bool enabled);

/* Forgets everything that was remembered and frees it. */
void crypto_memory_clear(void);

#endif
