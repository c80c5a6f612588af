/*
 * NOR flash as a chip has it: erase sets a sector, program clears bits of erased units, and a cell
 * that a cut left half-way reads as the plan says. Sectors are shared between copies and copied
 * when they are written, so that a copy of a flash costs its pointers.
 */
#ifndef HARDWARE_FLASH_H
#define HARDWARE_FLASH_H

#include "device-model/hal.h"

#define FLASH_WORD     4u  /* bytes that a cut inside a program can leave weak */
#define FLASH_WEAK_MAX 16u /* weak places in one sector; neighbours are joined past that */

/* Reads as before the op that was cut, as after it, or as one fixed mixture of the two. */
enum flash_choice { FLASH_AFTER, FLASH_BEFORE, FLASH_MIX };

enum flash_violation {
	FLASH_FINE,
	FLASH_RANGE,	  /* outside the flash */
	FLASH_MISALIGNED, /* not whole program units, or not a sector */
	FLASH_NOT_ERASED, /* a program of cells touched since the last whole erase */
};

/* How much of a program or erase happened. */
struct flash_cut {
	uint32_t bytes;
	uint8_t bits; /* of the next byte */
	bool all, back, weak;
};

struct flash_sector;

struct flash {
	uint32_t sector_bytes, sectors, program_bytes;
	uint32_t endurance; /* erases that a sector stands, 0: without end */
	struct flash_sector **sector;
	uint32_t *erases; /* of each sector; wear, no part of a state */
	uint32_t weak_sectors;
	/* Decides each read of a weak place; NULL: FLASH_AFTER. */
	enum flash_choice (*choose)(void *context);
	/*
	 * Decides over single bits of a weak place that is being read: data is what it reads, and
	 * was and is what it may read. May be NULL.
	 */
	void (*choose_bits)(void *context, uint32_t offset, uint32_t size_bytes, const uint8_t *was,
			    const uint8_t *is, uint8_t *data);
	void *choose_context;
	/* Told of what a firmware must never do, which is then not done; may be NULL. */
	void (*violation)(void *context, enum flash_violation what, uint32_t offset,
			  uint32_t size_bytes);
	void *violation_context;
	/*
	 * Told of each look into a sector of which something is unknown (look_all: into any): at
	 * what, numbered as in flash_forget, and whether that is. May be NULL.
	 */
	void (*looked)(void *context, uint32_t sector, uint32_t what, bool unknown);
	void *looked_context;
	bool look_all;
};

void flash_open(struct flash *flash, const struct hal_board *board, uint32_t endurance);
void flash_close(struct flash *flash);
/* Makes copy (not opened before) a flash of equal content that shares flash's sectors. */
void flash_copy(struct flash *copy, const struct flash *flash);

int flash_read(struct flash *flash, uint32_t offset, void *data, uint32_t size_bytes);
int flash_program(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes);
int flash_erase(struct flash *flash, uint32_t offset);
/* The op as it stands when the power failed inside. The same checks as the whole op. */
int flash_program_cut(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes,
		      const struct flash_cut *cut);
int flash_erase_cut(struct flash *flash, uint32_t offset, const struct flash_cut *cut);

/* At rest, by other hands than the firmware's: no rules of the chip apply. */
void flash_flip(struct flash *flash, uint32_t offset, uint32_t bit);
/* A cell that is stuck is where it is stuck; nothing was touched by that. */
void flash_pretend(struct flash *flash, uint32_t offset); /* a sector counts as erased, as it is */
void flash_stick(struct flash *flash, uint32_t offset, uint32_t bit);
void flash_set(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes);

/* What an oracle asks. Bytes as they read when every weak place reads as after its op. */
bool flash_holds(const struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes);
/*
 * Up to most bits in there that may read otherwise, each as 8 times its offset and its number, in
 * places of a word at most: in a larger one, which an erase left, bits are not told apart.
 */
uint32_t flash_weak_bits(const struct flash *flash, uint32_t offset, uint32_t size_bytes,
			 uint64_t *bits, uint32_t most);
/* No weak place in there. */
bool flash_firm(const struct flash *flash, uint32_t offset, uint32_t size_bytes);
bool flash_equal(const struct flash *a, const struct flash *b);
uint32_t flash_wear(const struct flash *flash); /* most erases of one sector */

/*
 * Sectors as values, for a search that keeps many states of one flash. share counts a reference of
 * the caller's, release gives it back, put makes the sector a part of a flash of the same geometry.
 * Equal hashes prove nothing; same does.
 */
struct flash_sector *flash_sector_share(const struct flash *flash, uint32_t index);
void flash_sector_release(struct flash_sector *sector);
void flash_sector_put(struct flash *flash, uint32_t index, struct flash_sector *sector);
void flash_sector_hash(const struct flash *flash, const struct flash_sector *sector,
		       uint64_t hash[2]);
/*
 * From here on nothing is known of what has its bit set: first a bit for the content of each unit,
 * then a bit for whether it was touched. Only an erase that completes makes it known again. Who
 * looks at it is told on.
 */
void flash_forget(struct flash *flash, uint32_t index, const uint8_t *what);
/* The content of the unit with this byte is known. */
bool flash_known(const struct flash *flash, uint32_t offset);
/* Of one unit's bytes, as they read and as they may read; two that are equal may differ. */
uint64_t flash_unit_hash(const struct flash *flash, uint32_t index, uint32_t unit);
#define FLASH_UNIT_UNKNOWN 1u /* that of a unit of unknown content */
/* Bits that flash_forget takes: the units of a sector, rounded up to eight, twice. */
uint32_t flash_forget_bits(const struct flash *flash);
bool flash_sector_same(const struct flash *flash, const struct flash_sector *a,
		       const struct flash_sector *b);
/* The same, but for cells that read alike as long as weak ones read as after their op. */
bool flash_sector_alike(const struct flash *flash, const struct flash_sector *a,
			const struct flash_sector *b);
/* All of a sector as bytes, and into a flash of the same geometry again. */
size_t flash_pack_bytes(const struct flash *flash); /* at most */
size_t flash_sector_pack(const struct flash *flash, uint32_t index, uint8_t *to);
/* 0, or -1: no sector of this geometry is packed so; the flash is as before. */
int flash_sector_unpack(struct flash *flash, uint32_t index, const uint8_t *from, size_t bytes);

#endif
