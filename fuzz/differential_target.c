/* An image, checked by the firmware and by an independent check: both take it or both refuse it. */
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "fuzz/board.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_image.h"
#include "fuzz/reference.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct fuzz_board *board = board_open();
	struct board_question question;
	struct image_info info;
	size_t slot_bytes;
	uint8_t *slot;
	bool accepts;
	int err;

	if (board_question(board, data, size_bytes, &question) != 0)
		return 0;
	slot_bytes = question.image_bytes + (question.ram ? 0 : question.spare_bytes);
	slot = malloc(slot_bytes + 1);
	FUZZ_HOLDS(slot != NULL);
	memset(slot, 0xff, slot_bytes);
	memcpy(slot, question.image, question.image_bytes);
	err = board_answer(board, &question, question.ram, &info);
	accepts = reference_accepts(board, &question.rules, slot, slot_bytes);
	free(slot);
	if (accepts != (err == FW_OK))
		fuzz_fail("differential", "the firmware says %s, the independent check %s",
			  fw_err_name(err), accepts ? "accept" : "reject");
	return 0;
}
