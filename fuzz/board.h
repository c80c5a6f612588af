/*
 * A device that images and manifests are checked on: keys of every algorithm with their private
 * halves, and a flash that is the input. What lies behind the input reads erased.
 */
#ifndef FUZZ_BOARD_H
#define FUZZ_BOARD_H

#include <openssl/evp.h>

#include "device-model/firmware/image.h"
#include "device-model/hal.h"

#define BOARD_KEYS	  8u
#define BOARD_SLOT_OFFSET 0x7000u /* so that a forgotten offset is seen */
#define BOARD_HEAD_BYTES  4u	  /* of an input of images: how it is to be checked */

struct fuzz_board {
	struct hal hal; /* first, so that a hal can be found back */
	struct hal_board board;
	struct hal_key keys[BOARD_KEYS];
	EVP_PKEY *private_keys[BOARD_KEYS];
	/* The chip's own, behind the board's. */
	int (*digest_end)(struct hal *hal, struct hal_digest *digest,
			  uint8_t value[HAL_DIGEST_BYTES]);
	const uint8_t *flash; /* the slot's bytes */
	uint32_t flash_bytes;
	uint32_t slot_bytes; /* at least flash_bytes: erased from there on */
};

/* One input: what is asked of the image, and the image. */
struct board_question {
	struct image_rules rules;
	const uint8_t *image;
	uint32_t image_bytes;
	uint32_t spare_bytes; /* that the slot is larger, in flash */
	bool ram;
};

/* The one board of this program, opened when first asked for. */
struct fuzz_board *board_open(void);
/* 0, or -1: the input is too short to ask anything. */
int board_question(const struct fuzz_board *board, const uint8_t *data, size_t size_bytes,
		   struct board_question *question);
/* The firmware's own answer, from RAM or from flash. */
int board_answer(struct fuzz_board *board, const struct board_question *question, bool ram,
		 struct image_info *info);

#endif
