/* The oracle's eyes: what ran, what was burnt, what was said. */
#include "sim/history.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void history_broke(struct history *history, enum rule rule, uint32_t op, const char *why, ...)
{
	struct history_break *first = &history->breaks[rule];
	va_list list;

	if (first->broken)
		return;
	first->broken = true;
	first->life = history->lives;
	first->op = op;
	va_start(list, why);
	vsnprintf(first->why, sizeof(first->why), why, list);
	va_end(list);
}

static void history_see_efuse(struct history *history, const struct efuse *efuse)
{
	const struct hal_board *board = &history->scenario->board;
	uint32_t counter = efuse_value(efuse, HAL_EFUSE_COUNTER(board), board->counter_bits, false);

	if (counter > history->counter)
		history->counter = counter;
	for (uint32_t i = 0; i < board->key_count; i++)
		if (efuse_bit(efuse, HAL_EFUSE_REVOKE(board) + i, false))
			history->revoked |= 1u << i;
}

static void history_add_stuck(struct history *history, const struct plan_fault *fault)
{
	bool efuse = fault->region == PLAN_EFUSE;
	uint32_t start = scenario_region(history->scenario, fault->region).offset;
	uint8_t mask = (uint8_t)(1u << fault->bit);

	history->stuck[history->stuck_count++] =
		(struct history_stuck){.op = fault->op,
				       .offset = (efuse ? 0 : start) + fault->offset,
				       .efuse = efuse,
				       .mask = mask,
				       .level = fault->level ? mask : 0};
}

void history_open(struct history *history, const struct scenario *scenario,
		  const struct device *device, const struct plan *plan)
{
	memset(history, 0, sizeof(*history));
	history->scenario = scenario;
	history->running = HISTORY_NOBODY;
	history->settled = HISTORY_NOBODY;
	for (uint32_t i = 0; i < plan->count; i++) {
		history->tampered = history->tampered || plan->faults[i].kind >= PLAN_FLIP;
		if (plan->faults[i].kind == PLAN_STUCK)
			history_add_stuck(history, &plan->faults[i]);
	}
	history_see_efuse(history, &device->chip.efuse);
}

void history_life_begin(struct history *history, const struct device *device)
{
	const struct hal_board *board = &history->scenario->board;
	uint32_t most = efuse_value(&device->chip.efuse, HAL_EFUSE_COUNTER(board),
				    board->counter_bits, true);

	history->lives++;
	history->life_ops = 0;
	history->offered = 0;
	history->offers = history->reported = false;
	history->running = HISTORY_NOBODY;
	if (most < history->counter)
		history_broke(history, RULE_FORWARD, 0, "the counter went down from %u to %u",
			      history->counter, most);
}

/* A cut between a reset and its record leaves no trace of the attempt. */
static void history_gives_back(struct history *history)
{
	history->cuts++;
	for (uint32_t i = 0; i < history->scenario->release_count; i++)
		if (history->starts[i])
			history->starts[i]--;
}

/* The image that ran went down by itself. A healthy one does so when it asks for the next. */
static void history_failed(struct history *history, uint32_t release)
{
	const struct scenario *scenario = history->scenario;
	uint32_t attempts = scenario->board.attempts;

	if (scenario->releases[release].behaviour == BEHAVIOUR_HEALTHY)
		return;
	history->failed |= 1u << release;
	if (++history->starts[release] > attempts && !history->tampered)
		history_broke(history, RULE_REVERTS, 0, "%s was started more than %u times",
			      scenario->releases[release].name, attempts);
}

void history_life_end(struct history *history, enum device_end end, bool faulted)
{
	bool rests = end == DEVICE_IDLE || end == DEVICE_DEAD;

	if (end == DEVICE_CUT)
		history_gives_back(history);
	if (end == DEVICE_HANG)
		history_broke(history, RULE_CONTAINED, 0, "the firmware hangs");
	if (end == DEVICE_TRAP)
		history_broke(history, RULE_CONTAINED, 0, "the firmware traps");
	if (end == DEVICE_RESET && history->running >= 0)
		history_failed(history, (uint32_t)history->running);
	if (rests && !faulted && history->life_ops == 0 &&
	    (history->quiet == 0 || history->settled == history->running))
		history->quiet++;
	else
		history->quiet = rests && !faulted && history->life_ops == 0;
	history->settled = history->running;
	history->end = end;
}

/* The release that these bytes claim to be, by its header, or HISTORY_FOREIGN. */
static int history_identify(const struct scenario *scenario, const struct device *device,
			    uint32_t offset)
{
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];
		const uint8_t *ram = device->board.ram;

		if (ram ? !memcmp(ram, release->image, release->header_bytes)
			: flash_holds(&device->chip.flash, offset, release->image,
				      release->header_bytes))
			return (int)i;
	}
	return HISTORY_FOREIGN;
}

/* Of several releases with one header, the one whose bytes these are; else the first. */
static int history_exact(const struct scenario *scenario, const struct device *device,
			 uint32_t offset, int claimed)
{
	for (uint32_t i = (uint32_t)claimed; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];
		const uint8_t *ram = device->board.ram;

		if (ram ? !memcmp(ram, release->image, release->image_bytes)
			: flash_holds(&device->chip.flash, offset, release->image,
				      release->image_bytes))
			return (int)i;
	}
	return claimed;
}

static bool history_whole(const struct scenario *scenario, const struct device *device,
			  uint32_t offset, const struct scenario_release *release)
{
	(void)scenario;
	if (device->board.ram)
		return !memcmp(device->board.ram, release->image, release->image_bytes);
	return flash_holds(&device->chip.flash, offset, release->image, release->image_bytes) &&
	       flash_firm(&device->chip.flash, offset, release->image_bytes);
}

static void history_judge_jump(struct history *history, const struct device *device,
			       const struct scenario_release *release, uint32_t offset, uint32_t op)
{
	uint32_t index = (uint32_t)history->running;

	if (!release->deserves_trust)
		history_broke(history, RULE_TRUSTED, op, "%s ran, which deserves no trust",
			      release->name);
	else if (release->key >= 0 && history->revoked & 1u << release->key)
		history_broke(history, RULE_TRUSTED, op, "%s ran, signed by a revoked key",
			      release->name);
	if (!history_whole(history->scenario, device, offset, release))
		history_broke(history, RULE_WHOLE, op,
			      "%s ran, but not exactly its bytes, or bytes that do not hold",
			      release->name);
	if (release->security < history->counter)
		history_broke(history, RULE_FORWARD, op,
			      "%s ran, security version %u, below the counter's %u", release->name,
			      release->security, history->counter);
	if (!history->tampered && history->stale & 1u << index)
		history_broke(history, RULE_FORWARD, op,
			      "%s was installed, manifest %llu, after manifest %llu was confirmed",
			      release->name, (unsigned long long)release->sequence,
			      (unsigned long long)history->confirmed);
}

enum behaviour history_jump(struct history *history, const struct device *device,
			    const struct hal_handover *handover, uint32_t op, bool *foreign)
{
	const struct scenario *scenario = history->scenario;
	uint32_t offset;

	*foreign = true;
	if (handover->slot > 1) {
		history_broke(history, RULE_CONTAINED, op, "jumps to slot %u", handover->slot);
		return BEHAVIOUR_HEALTHY;
	}
	history->slot = handover->slot;
	offset = scenario->board.slot[handover->slot].offset;
	history->running = history_identify(scenario, device, offset);
	if (history->running == HISTORY_FOREIGN) {
		history_broke(history, RULE_TRUSTED, op, "bytes ran that are no release");
		return BEHAVIOUR_HEALTHY;
	}
	history->running = history_exact(scenario, device, offset, history->running);
	history_judge_jump(history, device, &scenario->releases[history->running], offset, op);
	*foreign = false;
	return scenario->releases[history->running].behaviour;
}

/* Whether the device would still take what this slot holds, whatever weak cells come to read. */
static bool history_slot_serves(const struct history *history, const struct device *device,
				uint32_t slot)
{
	const struct scenario *scenario = history->scenario;
	const struct hal_board *board = &scenario->board;
	const struct efuse *efuse = &device->chip.efuse;
	uint32_t offset = board->slot[slot].offset;
	uint32_t counter = efuse_value(efuse, HAL_EFUSE_COUNTER(board), board->counter_bits, true);

	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];

		if (!release->deserves_trust || release->key < 0 || release->security < counter ||
		    efuse_bit(efuse, HAL_EFUSE_REVOKE(board) + (uint32_t)release->key, true))
			continue;
		if (flash_holds(&device->chip.flash, offset, release->image,
				release->image_bytes) &&
		    flash_firm(&device->chip.flash, offset, release->image_bytes) &&
		    flash_flushed(&device->chip.flash, offset, release->image_bytes))
			return true;
	}
	return false;
}

/* The place reads as data (NULL: as erased), but for the bits that are stuck; weak ones as after.
 */
static bool history_reads(const struct history *history, const struct flash *flash, uint32_t op,
			  uint32_t offset, const uint8_t *data, uint32_t size_bytes)
{
	uint8_t bytes[64];

	for (uint32_t done = 0; done < size_bytes; done += sizeof(bytes)) {
		uint32_t at = offset + done, part = size_bytes - done;

		if (part > sizeof(bytes))
			part = sizeof(bytes);
		if (data)
			memcpy(bytes, data + done, part);
		else
			memset(bytes, 0xff, part);
		for (uint32_t i = 0; i < history->stuck_count; i++) {
			const struct history_stuck *stuck = &history->stuck[i];

			if (!stuck->efuse && op >= stuck->op && stuck->offset - at < part)
				bytes[stuck->offset - at] =
					(uint8_t)((bytes[stuck->offset - at] & ~stuck->mask) |
						  stuck->level);
		}
		if (!flash_holds(flash, at, bytes, part))
			return false;
	}
	return true;
}

static bool history_burn_shows(const struct history *history, const struct inject_op *op,
			       uint8_t cell)
{
	for (uint32_t i = 0; i < history->stuck_count; i++) {
		const struct history_stuck *stuck = &history->stuck[i];

		if (stuck->efuse && stuck->offset == op->offset && op->number >= stuck->op)
			return cell == (stuck->level ? EFUSE_BURNT : EFUSE_INTACT);
	}
	return op->cut->all ? cell == EFUSE_BURNT : op->cut->weak ? cell != EFUSE_INTACT : true;
}

/* The injector's word is not enough: what the cut should have left is there. */
static bool history_cut_shows(const struct history *history, const struct device *device,
			      const struct inject_op *op)
{
	const struct flash *flash = &device->chip.flash;
	const struct plan_extent *cut = op->cut;
	uint32_t size = op->size_bytes, landed = cut->all ? size : cut->bytes;
	uint32_t torn = landed + (cut->bits ? 1 : 0), number = op->number;

	if (!op->carried_out)
		return true; /* the chip refused the op; the power failed nevertheless */
	if (flash->cache)
		return false; /* it does not outlast the power */
	switch (op->kind) {
	case INJECT_PROGRAM:
		return history_reads(history, flash, number, op->offset, op->data, landed) &&
		       (cut->weak || flash->cache_writes ||
			history_reads(history, flash, number, op->offset + torn, NULL,
				      size - torn));
	case INJECT_ERASE:
		return history_reads(history, flash, number,
				     op->offset + (cut->back ? size - landed : 0), NULL, landed);
	case INJECT_BURN:
		return history_burn_shows(history, op, device->chip.efuse.cell[op->offset]);
	case INJECT_FLUSH:
		return true;
	}
	return false;
}

void history_op(struct history *history, const struct device *device, const struct inject_op *op)
{
	history->life_ops++;
	if (op->cut && history_cut_shows(history, device, op))
		history->cuts_shown++;
	if (op->kind != INJECT_BURN || !op->carried_out)
		return;
	history_see_efuse(history, &device->chip.efuse);
	/* The slot that runs first: it is what usually serves. */
	if (device->provisioned && !history_slot_serves(history, device, history->slot) &&
	    !history_slot_serves(history, device, 1 - history->slot))
		history_broke(history, RULE_REACHABLE, op->number,
			      "after the burn of cell %u no slot holds an image that may run",
			      op->offset);
}

static void history_lies(struct history *history, uint32_t op, const char *what)
{
	history_broke(history, RULE_HONEST, op, "the device reports %s that is not so", what);
}

static bool history_version_equal(const struct hal_version *a, const struct hal_version *b)
{
	return a->major == b->major && a->minor == b->minor && a->revision == b->revision &&
	       a->build == b->build;
}

/* No release of that sequence number has failed to come up. */
static bool history_never_failed(const struct history *history, uint64_t sequence)
{
	const struct scenario *scenario = history->scenario;

	for (uint32_t i = 0; i < scenario->release_count; i++)
		if (scenario->releases[i].sequence == sequence && history->failed & 1u << i)
			return false;
	return true;
}

/* A weak cell may read either way; where both readings are one, the report says that one. */
static void history_judge_revoked(struct history *history, const struct efuse *efuse, bool reported,
				  uint32_t key, uint32_t op)
{
	const struct hal_board *board = &history->scenario->board;
	bool least = false, most = false;

	if (key < board->key_count) {
		least = efuse_bit(efuse, HAL_EFUSE_REVOKE(board) + key, false);
		most = efuse_bit(efuse, HAL_EFUSE_REVOKE(board) + key, true);
	}
	if (reported ? !most : least)
		history_lies(history, op, "a revoked key");
}

/* Reasons that only one who has read the manifest's number can have. */
static bool history_is_named(int reason)
{
	return (reason <= FW_ERR_IMAGE_MAGIC && reason >= FW_ERR_IMAGE_MANIFEST) ||
	       reason == FW_ERR_MANIFEST_GIVEN_UP || reason == FW_ERR_DOWNLOAD_GIVEN_UP ||
	       reason == FW_ERR_SHORT;
}

/* What was refused is what came, and something did. */
static bool history_refusal_lies(const struct history *history, const struct hal_report *report)
{
	uint64_t refused = report->sequence_refused;

	if (report->refused == FW_OK)
		return refused != 0;
	if ((report->refused == FW_ERR_NO_DATA && !refused) ||
	    (report->refused == FW_ERR_MANIFEST_SEQUENCE && refused == report->sequence_confirmed))
		return true; /* nothing new is no refusal; a manifest without its image is */
	if (!history->offered || history->offers || history->scenario->wire_count)
		return false;
	return refused ? refused != history->offered : history_is_named(report->refused);
}

static void history_judge_report(struct history *history, const struct device *device,
				 const struct hal_report *report, uint32_t op)
{
	const struct scenario *scenario = history->scenario;
	const struct hal_board *board = &scenario->board;
	const struct scenario_release *release = &scenario->releases[history->running];
	const struct efuse *efuse = &device->chip.efuse;
	uint32_t first = HAL_EFUSE_COUNTER(board), bits = board->counter_bits;

	if (!history_version_equal(&report->version, &release->version))
		history_lies(history, op, "a version");
	if (report->slot != history->slot)
		history_lies(history, op, "a slot");
	/* The maker's jig confirms the factory's image, whatever comes of it. */
	if (report->confirmed && release->behaviour != BEHAVIOUR_HEALTHY && history->running > 0)
		history_lies(history, op, "a confirmation");
	if (report->security_counter < efuse_value(efuse, first, bits, false) ||
	    report->security_counter > efuse_value(efuse, first, bits, true))
		history_lies(history, op, "a security counter");
	for (uint32_t i = 0; i < 32; i++)
		history_judge_revoked(history, efuse, report->revoked >> i & 1u, i, op);
	if (history_refusal_lies(history, report))
		history_lies(history, op, "a refusal");
	if (history->tampered)
		return; /* records may say what other hands have written */
	if (report->sequence_given_up && history_never_failed(history, report->sequence_given_up))
		history_lies(history, op, "a release given up");
	if (report->sequence_confirmed < history->confirmed)
		history_lies(history, op, "a confirmed release");
}

void history_report(struct history *history, const struct device *device,
		    const struct hal_report *report, uint32_t op)
{
	const struct scenario *scenario = history->scenario;
	const struct scenario_expect *expect = &scenario->expect;

	if (history->running >= 0)
		history_judge_report(history, device, report, op);
	history->report = *report;
	history->reported = true;
	if (report->sequence_confirmed > history->confirmed)
		history->confirmed = report->sequence_confirmed;
	if (history->lives <= scenario->probe_count &&
	    report->refused == scenario->probes[history->lives - 1].refused)
		history->probes_refused |= 1ull << (history->lives - 1);
	if (expect->has_refused && report->refused == expect->refused)
		history->refused_seen = true;
	if (expect->has_given_up && report->sequence_given_up == expect->given_up)
		history->given_up_seen = true;
}

bool history_same_report(const struct hal_report *a, const struct hal_report *b)
{
	return a->slot == b->slot && a->version.major == b->version.major &&
	       a->version.minor == b->version.minor && a->version.revision == b->version.revision &&
	       a->version.build == b->version.build && a->confirmed == b->confirmed &&
	       a->security_counter == b->security_counter && a->revoked == b->revoked &&
	       a->sequence_confirmed == b->sequence_confirmed &&
	       a->sequence_given_up == b->sequence_given_up &&
	       a->sequence_refused == b->sequence_refused && a->refused == b->refused;
}

void history_saw(struct history *history, const char *saw)
{
	const char *expected = history->scenario->expect.saw;

	if (expected && strstr(saw, expected))
		history->saw_seen = true;
}

void history_delivered(struct history *history, uint32_t release, bool manifest)
{
	uint64_t sequence = history->scenario->releases[release].sequence;

	if (manifest) {
		history->offers |= history->offered && history->offered != sequence;
		history->offered = sequence;
	}
	if (!manifest && sequence <= history->confirmed && history->confirmed)
		history->stale |= 1u << release;
}

void history_violation(struct history *history, enum flash_violation what, uint32_t offset,
		       uint32_t op)
{
	switch (what) {
	case FLASH_FINE:
		break;
	case FLASH_RANGE:
		history_broke(history, RULE_CONTAINED, op, "goes outside the flash, at 0x%x",
			      offset);
		break;
	case FLASH_MISALIGNED:
		history_broke(history, RULE_CONTAINED, op, "misaligned program or erase at 0x%x",
			      offset);
		break;
	case FLASH_NOT_ERASED:
		history_broke(history, RULE_CONTAINED, op,
			      "programs cells at 0x%x that were not erased", offset);
		break;
	}
}
