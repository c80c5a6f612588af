/* The device that images and manifests are checked on. */
#include "fuzz/board.h"

#include <string.h>

#include "device-model/hardware/crypto.h"
#include "fuzz/files.h"
#include "fuzz/fuzz.h"

static const char *const board_keys[BOARD_KEYS] = {
	"scenarios/keys/vendor.pem",
	"scenarios/keys/vendor-ed25519.pem",
	"scenarios/keys/vendor-rsa-2048.pem",
	"scenarios/keys/vendor-rsa-3072.pem",
	"tests/vectors/imgtool/keys/d_ecdsap256.pem",
	"tests/vectors/imgtool/keys/d_ed25519.pem",
	"tests/vectors/imgtool/keys/d_rsa2048.pem",
	"tests/vectors/suit/priv.pem",
};

static int board_flash_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	const struct fuzz_board *board = (const struct fuzz_board *)hal;
	uint32_t held = 0;

	FUZZ_HOLDS(offset >= BOARD_SLOT_OFFSET);
	offset -= BOARD_SLOT_OFFSET;
	FUZZ_HOLDS(offset <= board->slot_bytes && size_bytes <= board->slot_bytes - offset);
	memset(data, 0xff, size_bytes);
	if (offset < board->flash_bytes)
		held = board->flash_bytes - offset;
	if (held > size_bytes)
		held = size_bytes;
	if (held > 0)
		memcpy(data, board->flash + offset, held);
	return FW_OK;
}

/* As the chip's, into memory that is initialised: no sanitizer sees libcrypto write. */
static int board_digest_end(struct hal *hal, struct hal_digest *digest,
			    uint8_t value[HAL_DIGEST_BYTES])
{
	const struct fuzz_board *board = (const struct fuzz_board *)hal;

	memset(value, 0, HAL_DIGEST_BYTES);
	return board->digest_end(hal, digest, value);
}

struct fuzz_board *board_open(void)
{
	static struct fuzz_board board;

	if (board.board.key_count > 0)
		return &board;
	for (uint32_t i = 0; i < BOARD_KEYS; i++) {
		board.private_keys[i] = files_key(board_keys[i]);
		files_public_key(board.private_keys[i], &board.keys[i]);
	}
	memset(board.board.vendor_id, 'v', sizeof(board.board.vendor_id));
	memset(board.board.class_id, 'c', sizeof(board.board.class_id));
	board.board.keys = board.keys;
	board.board.key_count = BOARD_KEYS;
	board.hal.board = &board.board;
	crypto_fill(&board.hal);
	board.digest_end = board.hal.digest_end;
	board.hal.digest_end = board_digest_end;
	board.hal.flash_read = board_flash_read;
	return &board;
}

int board_question(const struct fuzz_board *board, const uint8_t *data, size_t size_bytes,
		   struct board_question *question)
{
	struct image_rules *rules = &question->rules;

	if (size_bytes < BOARD_HEAD_BYTES)
		return -1;
	memset(question, 0, sizeof(*question));
	question->ram = data[0] & 1;
	rules->security_required = data[0] & 2;
	rules->vendor_id = data[0] & 4 ? board->board.vendor_id : NULL;
	rules->class_id = data[0] & 8 ? board->board.class_id : NULL;
	question->spare_bytes = (data[0] >> 4) * 64u;
	rules->security_floor = data[1];
	rules->security_limit = data[2];
	rules->revoked = data[3];
	question->image = data + BOARD_HEAD_BYTES;
	question->image_bytes = (uint32_t)(size_bytes - BOARD_HEAD_BYTES);
	return 0;
}

int board_answer(struct fuzz_board *board, const struct board_question *question, bool ram,
		 struct image_info *info)
{
	struct image_source source = {.offset = BOARD_SLOT_OFFSET};

	board->flash = question->image;
	board->flash_bytes = question->image_bytes;
	board->slot_bytes = question->image_bytes + question->spare_bytes;
	source.ram = ram ? question->image : NULL;
	source.size_bytes = ram ? question->image_bytes : board->slot_bytes;
	return image_check(&board->hal, &source, &question->rules, info);
}
