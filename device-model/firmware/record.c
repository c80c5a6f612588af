/* Two sealed copies of one record. */
#include "device-model/firmware/record.h"

#include "device-model/firmware/bytes.h"

#define RECORD_NONE	   2u /* neither copy */
#define RECORD_GENERATIONS 4u
#define RECORD_SEAL	   0x5ea1ab1eu

/* What one copy holds. */
struct record_copy {
	bool valid, sealed;
	uint32_t generation;
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

/* Rounded up to program units: where the seal begins. */
static uint32_t record_seal_offset(const struct hal *hal, const struct record_store *store)
{
	uint32_t unit = hal->board->program_bytes;

	return (record_bytes(store) + unit - 1u) / unit * unit;
}

static void record_seal_make(const struct record_copy *copy, uint32_t size_bytes, uint8_t seal[8])
{
	bytes_put_le32(seal, RECORD_SEAL);
	bytes_copy(seal + 4, copy->bytes + size_bytes - 4u, 4);
}

static int record_read(struct hal *hal, const struct record_store *store, uint32_t which,
		       struct record_copy *copy)
{
	uint32_t size = record_bytes(store), offset = store->copy[which].offset;
	uint8_t seal[8], expected[8];
	int err = hal->flash_read(hal, offset, copy->bytes, size);

	if (err)
		return err;
	err = hal->flash_read(hal, offset + record_seal_offset(hal, store), seal, sizeof(seal));
	if (err)
		return err;
	copy->generation = copy->bytes[4];
	copy->valid = bytes_le32(copy->bytes) == store->magic &&
		      copy->generation < RECORD_GENERATIONS &&
		      copy->bytes[5] == store->payload_bytes &&
		      bytes_le32(copy->bytes + size - 4u) == record_crc(copy->bytes, size - 4u);
	record_seal_make(copy, size, expected);
	copy->sealed = copy->valid && bytes_equal(seal, expected, sizeof(seal));
	return FW_OK;
}

/* Which of the two is newest: RECORD_NONE if neither is valid. */
static uint32_t record_newest(const struct record_copy copy[2])
{
	uint32_t ahead = (copy[1].generation - copy[0].generation) % RECORD_GENERATIONS;

	if (!copy[0].valid && !copy[1].valid)
		return RECORD_NONE;
	if (!copy[0].valid || !copy[1].valid)
		return copy[1].valid;
	return ahead == 1;
}

/* Programs a few bytes in whole units, the rest of the last one left erased. */
static int record_program(struct hal *hal, uint32_t offset, const uint8_t *bytes,
			  uint32_t size_bytes)
{
	uint32_t unit = hal->board->program_bytes;
	uint8_t buffer[HAL_PROGRAM_MAX];

	for (uint32_t done = 0; done < size_bytes; done += unit) {
		uint32_t part = size_bytes - done < unit ? size_bytes - done : unit;
		int err;

		bytes_fill(buffer, 0xff, unit);
		bytes_copy(buffer, bytes + done, part);
		err = HAL_CHANGE(hal, flash_program, offset + done, buffer, unit);
		if (err)
			return err;
	}
	return FW_OK;
}

/* Erases one copy's sector, programs the record, then the seal. */
static int record_write(struct hal *hal, const struct record_store *store, uint32_t which,
			const struct record_copy *copy)
{
	uint32_t offset = store->copy[which].offset;
	uint8_t seal[8];
	int err = HAL_CHANGE(hal, flash_erase, offset);

	if (!err)
		err = record_program(hal, offset, copy->bytes, record_bytes(store));
	if (!err)
		err = HAL_FLUSH(hal);
	if (err)
		return err;
	record_seal_make(copy, record_bytes(store), seal);
	err = record_program(hal, offset + record_seal_offset(hal, store), seal, sizeof(seal));
	return err ? err : HAL_FLUSH(hal);
}

static void record_make(const struct record_store *store, uint32_t generation, const void *payload,
			struct record_copy *copy)
{
	uint32_t size = record_bytes(store);

	bytes_fill(copy->bytes, 0, 8);
	bytes_put_le32(copy->bytes, store->magic);
	copy->bytes[4] = (uint8_t)generation;
	copy->bytes[5] = (uint8_t)store->payload_bytes;
	bytes_copy(copy->bytes + 8, payload, store->payload_bytes);
	bytes_put_le32(copy->bytes + size - 4u, record_crc(copy->bytes, size - 4u));
}

/*
 * Makes payload the newest, beside the copy that was found to be that. It is not looked for again:
 * a weak copy could read otherwise now, and the only whole one would be erased.
 */
static int record_write_next(struct hal *hal, const struct record_store *store,
			     struct record_copy copy[2], uint32_t newest, const void *payload)
{
	uint32_t generation = 0, which = 0;

	if (newest != RECORD_NONE) {
		which = 1u - newest;
		generation = (copy[newest].generation + 1u) % RECORD_GENERATIONS;
	}
	record_make(store, generation, payload, &copy[which]);
	return record_write(hal, store, which, &copy[which]);
}

int record_load(struct hal *hal, const struct record_store *store, void *payload)
{
	struct record_copy copy[2];
	uint32_t newest;
	int err = record_read(hal, store, 0, &copy[0]);

	if (!err)
		err = record_read(hal, store, 1, &copy[1]);
	if (err)
		return err;
	newest = record_newest(copy);
	if (newest == RECORD_NONE)
		return FW_ERR_RECORD;
	bytes_copy(payload, copy[newest].bytes + 8, store->payload_bytes);
	if (copy[0].sealed && copy[1].sealed)
		return FW_OK;
	HAL_LOG(hal, "record at 0x%x is written again",
		(unsigned)store->copy[copy[newest].sealed ? 1u - newest : newest].offset);
	/*
	 * A newest copy without its seal may read otherwise later: again, in place, if the older
	 * one stands. An other copy that is not whole may be a newer one that reads badly only now,
	 * and would come back when what it says is no longer true: it is written over.
	 */
	if (!copy[newest].sealed && copy[1u - newest].valid)
		return record_write(hal, store, newest, &copy[newest]);
	err = record_write_next(hal, store, copy, newest, payload);
	/* A sector that is worn out takes nothing any more; the whole copy still says what it says.
	 */
	return copy[newest].sealed ? FW_OK : err;
}

int record_save(struct hal *hal, const struct record_store *store, const void *payload)
{
	struct record_copy copy[2];
	int err = record_read(hal, store, 0, &copy[0]);

	if (!err)
		err = record_read(hal, store, 1, &copy[1]);
	if (err)
		return err;
	return record_write_next(hal, store, copy, record_newest(copy), payload);
}
