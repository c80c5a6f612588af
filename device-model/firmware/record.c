/* Three copies of one record, two seals each. */
#include "device-model/firmware/record.h"

#include "device-model/firmware/bytes.h"

#define RECORD_NONE	   HAL_COPIES /* no copy */
#define RECORD_GENERATIONS 8u
#define RECORD_SEALS	   2u
#define RECORD_SEAL_BYTES  8u
#define RECORD_SEAL	   0x5ea1ab1eu

/* What one copy holds. */
struct record_copy {
	uint32_t seals; /* seen, up to the first that is not; 0 as well if the body is not valid */
	uint32_t generation;
	bool again; /* written again from another copy of the same generation */
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

/* Where a seal begins, in whole program units. */
static uint32_t record_seal_offset(const struct hal *hal, const struct record_store *store,
				   uint32_t seal)
{
	uint32_t unit = hal->board->program_bytes;
	uint32_t body_units = (record_bytes(store) + unit - 1u) / unit;
	uint32_t seal_units = (RECORD_SEAL_BYTES + unit - 1u) / unit;

	return (body_units + seal * seal_units) * unit;
}

static void record_seal_make(const struct record_copy *copy, uint32_t size_bytes, uint32_t seal,
			     uint8_t bytes[RECORD_SEAL_BYTES])
{
	bytes_put_le32(bytes, RECORD_SEAL + seal);
	bytes_copy(bytes + 4, copy->bytes + size_bytes - 4u, 4);
}

/* How many seals are seen, up to the first that is not. */
static int record_read_seals(struct hal *hal, const struct record_store *store, uint32_t which,
			     const struct record_copy *copy, uint32_t *seen)
{
	uint32_t offset = store->copy[which].offset;
	uint8_t seal[RECORD_SEAL_BYTES], expected[RECORD_SEAL_BYTES];

	for (*seen = 0; *seen < RECORD_SEALS; (*seen)++) {
		int err = hal->flash_read(hal, offset + record_seal_offset(hal, store, *seen), seal,
					  sizeof(seal));

		if (err)
			return err;
		record_seal_make(copy, record_bytes(store), *seen, expected);
		if (!bytes_equal(seal, expected, sizeof(seal)))
			break;
	}
	return FW_OK;
}

static int record_read(struct hal *hal, const struct record_store *store, uint32_t which,
		       struct record_copy *copy)
{
	uint32_t size = record_bytes(store);
	int err = hal->flash_read(hal, store->copy[which].offset, copy->bytes, size);

	copy->seals = 0;
	if (err)
		return err;
	copy->generation = copy->bytes[4];
	copy->again = copy->bytes[6] == 1;
	if (bytes_le32(copy->bytes) != store->magic || copy->generation >= RECORD_GENERATIONS ||
	    copy->bytes[5] != store->payload_bytes || copy->bytes[6] > 1 ||
	    bytes_le32(copy->bytes + size - 4u) != record_crc(copy->bytes, size - 4u))
		return FW_OK;
	return record_read_seals(hal, store, which, copy, &copy->seals);
}

static int record_read_all(struct hal *hal, const struct record_store *store,
			   struct record_copy copy[HAL_COPIES])
{
	int err = FW_OK;

	for (uint32_t i = 0; !err && i < HAL_COPIES; i++)
		err = record_read(hal, store, i, &copy[i]);
	return err;
}

/* Generations wrap; three copies are never further apart than three of them. */
static bool record_newer(const struct record_copy *a, const struct record_copy *b)
{
	uint32_t ahead = (a->generation - b->generation) % RECORD_GENERATIONS;

	return ahead > 0 && ahead < RECORD_GENERATIONS / 2u;
}

/*
 * The one to go by: of the newest generation, the one written first. Seals are not asked: what is
 * kept and what is written over must not depend on how a weak one reads today.
 */
static bool record_better(const struct record_copy *a, const struct record_copy *b)
{
	if (!a->seals || !b->seals)
		return a->seals > 0;
	if (a->generation != b->generation)
		return record_newer(a, b);
	return !a->again && b->again;
}

/* The best copy among those that are older than the one given (RECORD_NONE: among all). */
static uint32_t record_best(const struct record_copy copy[HAL_COPIES], uint32_t than)
{
	uint32_t best = RECORD_NONE;

	for (uint32_t i = 0; i < HAL_COPIES; i++) {
		if (!copy[i].seals || (than != RECORD_NONE && !record_newer(&copy[than], &copy[i])))
			continue;
		if (best == RECORD_NONE || record_better(&copy[i], &copy[best]))
			best = i;
	}
	return best;
}

/* The copy to write: neither the newest nor the best of those before it; a bad one before a good.
 */
static uint32_t record_target(const struct record_copy copy[HAL_COPIES], uint32_t newest)
{
	uint32_t before = newest == RECORD_NONE ? RECORD_NONE : record_best(copy, newest);
	uint32_t target = RECORD_NONE;

	for (uint32_t i = 0; i < HAL_COPIES; i++) {
		if (i == newest || i == before)
			continue;
		if (target == RECORD_NONE || copy[i].seals < copy[target].seals)
			target = i;
	}
	return target;
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

/* Erases one copy's sector, programs the body, then seal after seal. */
static int record_write(struct hal *hal, const struct record_store *store, uint32_t which,
			const struct record_copy *copy)
{
	uint32_t offset = store->copy[which].offset;
	uint8_t bytes[RECORD_SEAL_BYTES];
	int err = HAL_CHANGE(hal, flash_erase, offset);

	if (!err)
		err = record_program(hal, offset, copy->bytes, record_bytes(store));
	for (uint32_t seal = 0; !err && seal < RECORD_SEALS; seal++) {
		err = HAL_FLUSH(hal);
		if (err)
			return err;
		record_seal_make(copy, record_bytes(store), seal, bytes);
		err = record_program(hal, offset + record_seal_offset(hal, store, seal), bytes,
				     sizeof(bytes));
	}
	return err ? err : HAL_FLUSH(hal);
}

static uint32_t record_worst(const struct record_copy copy[HAL_COPIES])
{
	uint32_t worst = 0;

	for (uint32_t i = 1; i < HAL_COPIES; i++)
		if (copy[i].seals < copy[worst].seals)
			worst = i;
	return worst;
}

static void record_make(const struct record_store *store, uint32_t generation, bool again,
			const void *payload, struct record_copy *copy)
{
	uint32_t size = record_bytes(store);

	bytes_fill(copy->bytes, 0, 8);
	bytes_put_le32(copy->bytes, store->magic);
	copy->bytes[4] = (uint8_t)generation;
	copy->bytes[5] = (uint8_t)store->payload_bytes;
	copy->bytes[6] = again ? 1 : 0;
	bytes_copy(copy->bytes + 8, payload, store->payload_bytes);
	bytes_put_le32(copy->bytes + size - 4u, record_crc(copy->bytes, size - 4u));
	copy->generation = generation;
	copy->again = again;
}

static int record_put(struct hal *hal, const struct record_store *store, uint32_t which,
		      struct record_copy *copy)
{
	int err;

	copy->seals = 0;
	err = record_write(hal, store, which, copy);
	if (!err)
		copy->seals = RECORD_SEALS;
	return err;
}

/* Writes what is not whole again: the newest last, and what has the fewest seals first. */
static int record_heal(struct hal *hal, const struct record_store *store,
		       struct record_copy copy[HAL_COPIES], uint32_t newest, const void *payload)
{
	uint32_t generation = copy[newest].generation, target = record_target(copy, newest);
	bool whole = copy[newest].seals == RECORD_SEALS;
	int err = FW_OK;

	for (uint32_t i = 0; !err && i < HAL_COPIES; i++) {
		/* With the newest whole, the worst of all; else first the one that may be lost. */
		if (whole || i > 0)
			target = record_worst(copy);
		if (copy[target].seals == RECORD_SEALS && (whole || i > 0))
			break;
		HAL_LOG(hal, "record at 0x%x is written again",
			(unsigned)store->copy[target].offset);
		record_make(store, generation, true, payload, &copy[target]);
		err = record_put(hal, store, target, &copy[target]);
	}
	return err;
}

int record_load(struct hal *hal, const struct record_store *store, void *payload)
{
	struct record_copy copy[HAL_COPIES];
	uint32_t newest;
	bool whole;
	int err = record_read_all(hal, store, copy);

	if (err)
		return err;
	newest = record_best(copy, RECORD_NONE);
	if (newest == RECORD_NONE)
		return FW_ERR_RECORD;
	whole = copy[newest].seals == RECORD_SEALS;
	bytes_copy(payload, copy[newest].bytes + 8, store->payload_bytes);
	err = record_heal(hal, store, copy, newest, payload);
	/* A sector that is worn out takes nothing any more; a whole copy still says what it says.
	 */
	return whole ? FW_OK : err;
}

int record_save(struct hal *hal, const struct record_store *store, const void *payload)
{
	struct record_copy copy[HAL_COPIES];
	uint32_t newest, target, generation = 0;
	int err = record_read_all(hal, store, copy);

	if (err)
		return err;
	newest = record_best(copy, RECORD_NONE);
	target = record_target(copy, newest);
	if (newest != RECORD_NONE)
		generation = (copy[newest].generation + 1u) % RECORD_GENERATIONS;
	record_make(store, generation, false, payload, &copy[target]);
	return record_put(hal, store, target, &copy[target]);
}
