/* An image, checked by the firmware: what it accepts is within bounds and within the rules. */
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "fuzz/board.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_image.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	(void)board_open();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size_bytes, size_t max_bytes,
			       unsigned int seed)
{
	return mutate_image(data, size_bytes, max_bytes, seed);
}

static void image_accepted(const struct board_question *question, const struct image_info *info)
{
	const struct image_rules *rules = &question->rules;

	FUZZ_HOLDS(info->size_bytes <= question->image_bytes + question->spare_bytes);
	FUZZ_HOLDS(info->header_bytes <= info->size_bytes);
	FUZZ_HOLDS(info->payload_bytes < info->size_bytes - info->header_bytes);
	FUZZ_HOLDS(info->key < BOARD_KEYS && !(rules->revoked >> info->key & 1));
	FUZZ_HOLDS(!rules->security_required ||
		   (info->has_security && info->security >= rules->security_floor &&
		    info->security <= rules->security_limit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct fuzz_board *board = board_open();
	struct board_question question;
	struct image_info info, other;
	int err;

	if (board_question(board, data, size_bytes, &question) != 0)
		return 0;
	err = board_answer(board, &question, question.ram, &info);
	FUZZ_HOLDS(err <= 0 && strcmp(fw_err_name(err), "UNNAMED") != 0);
	FUZZ_HOLDS(strcmp(fw_err_text(err), "a reason without a name") != 0);
	if (err != FW_OK)
		return 0;
	image_accepted(&question, &info);
	/* The bytes after an image are none of its own: both sources give one answer. */
	FUZZ_HOLDS(info.size_bytes > question.image_bytes ||
		   board_answer(board, &question, !question.ram, &other) == FW_OK);
	return 0;
}
