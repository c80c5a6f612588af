/*
 * What the rest of a life depends on, in the middle of an op, besides the state that a cut there
 * would leave: the firmware's RAM, what the oracle and the network remember within a life, how weak
 * cells read, and the bytes that nobody reads again once this life is over. Two lives that are
 * alike in all of it go on alike.
 *
 * A moment is kept as numbers: of the blob of each of these, then of what sectors hold.
 */
#ifndef EXPLORE_MOMENT_H
#define EXPLORE_MOMENT_H

#include "sim/explore/blobs.h"
#include "sim/explore/choice.h"
#include "sim/explore/states.h"

#define MOMENT_NONE  TABLE_NONE
#define MOMENT_BLOBS 4u /* numbers of blobs at the beginning; sectors and their parts follow */

struct moments;

struct moments *moments_open(const struct run_scene *scene);
void moments_close(struct moments *moments);
/* The moment of this run, whose flash is the cursor's. choice: how its weak cells read. */
uint32_t moments_add(struct moments *moments, const struct run *run,
		     const struct states_cursor *cursor, const struct choice *choice);
/* What the blobs of moments hold. */
struct blobs *moments_blobs(struct moments *moments);
/* A moment of which these are the numbers. */
uint32_t moments_put(struct moments *moments, const uint32_t *numbers, size_t count);
const uint32_t *moments_numbers(const struct moments *moments, uint32_t moment, size_t *count);
uint32_t moments_count(const struct moments *moments);
void moments_forget(struct moments *moments);
size_t moments_bytes(const struct moments *moments); /* that they take */

#endif
