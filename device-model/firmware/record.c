/* Three copies of one record, a body and two seals each. */
#include "device-model/firmware/record.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/units.h"

#define RECORD_NONE  HAL_COPIES /* no copy */
#define RECORD_SEALS 2u
#define RECORD_SEAL  0x5au /* one byte: what is short has few ways to be half done */

/* What one copy holds. */
struct record_copy {
	bool counts; /* the first seal is there, the body is valid */
	bool whole;  /* and the second seal is there */
	uint8_t bytes[RECORD_BYTES_MAX];
};

/* CRC-32 (ISO-HDLC), bit by bit: records are short and tables are large. */
static uint32_t record_crc(const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t crc = 0xffffffffu;

	for (uint32_t i = 0; i < size_bytes; i++) {
		crc ^= bytes[i];
		for (uint32_t bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
	}
	return ~crc;
}

static uint32_t record_bytes(const struct record_store *store)
{
	return 8u + store->payload_bytes + 4u;
}

/* Where a seal begins: in a program unit of its own behind the body. */
static uint32_t record_seal_offset(const struct hal *hal, const struct record_store *store,
				   uint32_t which, uint32_t seal)
{
	const struct hal_board *board = hal->board;
	uint32_t units = units_of(board, record_bytes(store));

	return store->copy[which].offset + (units + seal) * board->program_bytes;
}

static bool record_seal_there(struct hal *hal, const struct record_store *store, uint32_t which,
			      uint32_t seal)
{
	uint8_t byte;

	return hal->flash_read(hal, record_seal_offset(hal, store, which, seal), &byte, 1) ==
		       FW_OK &&
	       byte == RECORD_SEAL;
}

/* A copy that cannot be read is none. */
static void record_read(struct hal *hal, const struct record_store *store, uint32_t which,
			struct record_copy *copy)
{
	uint32_t size = record_bytes(store);

	copy->counts =
		record_seal_there(hal, store, which, 0) &&
		hal->flash_read(hal, store->copy[which].offset, copy->bytes, size) == FW_OK &&
		bytes_le32(copy->bytes) == store->magic &&
		bytes_le32(copy->bytes + 4) == store->payload_bytes &&
		bytes_le32(copy->bytes + size - 4u) == record_crc(copy->bytes, size - 4u);
	copy->whole = copy->counts && record_seal_there(hal, store, which, 1);
}

/* Erases one copy's sector, programs the body, then seal after seal. */
static int record_write(struct hal *hal, const struct record_store *store, uint32_t which,
			const struct record_copy *copy)
{
	uint32_t offset = store->copy[which].offset;
	const uint8_t byte = RECORD_SEAL;
	int err = HAL_CHANGE(hal, flash_erase, offset);

	if (!err)
		err = UNITS_PROGRAM(hal, offset, copy->bytes, record_bytes(store));
	for (uint32_t seal = 0; !err && seal < RECORD_SEALS; seal++)
		err = UNITS_PROGRAM(hal, record_seal_offset(hal, store, which, seal), &byte, 1);
	return err;
}

/* Makes every copy the one that counts: the others first. */
static int record_mirror(struct hal *hal, const struct record_store *store,
			 const struct record_copy copy[HAL_COPIES], uint32_t counts)
{
	const struct record_copy *from = &copy[counts];
	int err = FW_OK;

	for (uint32_t i = 0; !err && i < HAL_COPIES; i++) {
		if (copy[i].whole && bytes_equal(copy[i].bytes, from->bytes, record_bytes(store)))
			continue;
		if (i == counts)
			continue;
		HAL_LOG(hal, "record at 0x%x is written again", (unsigned)store->copy[i].offset);
		err = record_write(hal, store, i, from);
	}
	if (!err && !from->whole)
		err = record_write(hal, store, counts, from);
	return err;
}

int record_load(struct hal *hal, const struct record_store *store, void *payload)
{
	struct record_copy copy[HAL_COPIES];
	uint32_t counts = RECORD_NONE;

	for (uint32_t i = 0; i < HAL_COPIES; i++) {
		record_read(hal, store, i, &copy[i]);
		if (copy[i].counts && counts == RECORD_NONE)
			counts = i;
	}
	if (counts == RECORD_NONE)
		return FW_ERR_RECORD;
	bytes_copy(payload, copy[counts].bytes + 8, store->payload_bytes);
	return record_mirror(hal, store, copy, counts);
}

int record_save(struct hal *hal, const struct record_store *store, const void *payload)
{
	struct record_copy copy = {.counts = true, .whole = true};
	uint32_t size = record_bytes(store);
	int err = FW_OK;

	bytes_put_le32(copy.bytes, store->magic);
	bytes_put_le32(copy.bytes + 4, store->payload_bytes);
	bytes_copy(copy.bytes + 8, payload, store->payload_bytes);
	bytes_put_le32(copy.bytes + size - 4u, record_crc(copy.bytes, size - 4u));
	for (uint32_t i = 0; !err && i < HAL_COPIES; i++)
		err = record_write(hal, store, i, &copy);
	return err;
}
