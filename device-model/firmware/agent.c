/* The update agent: self-test, confirm, counter, revocation, report, update. */
#include "device-model/firmware/agent.h"

#include "device-model/firmware/bootctl.h"
#include "device-model/firmware/bytes.h"
#include "device-model/firmware/download.h"
#include "device-model/firmware/fuse.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/manifest.h"

struct agent {
	struct hal *hal;
	const struct hal_handover *handover;
	struct bootctl ctl;
	uint32_t counter, revoked; /* as the eFuse reads */
};

/* The running image is the confirmed one from here on. */
static int agent_confirm(struct agent *agent)
{
	struct bootctl *ctl = &agent->ctl;
	uint32_t slot = agent->handover->slot;

	if (ctl->pending == slot && ctl->sequence_pending > ctl->sequence_confirmed)
		ctl->sequence_confirmed = ctl->sequence_pending;
	ctl->active = (uint8_t)slot;
	ctl->pending = BOOTCTL_NONE;
	ctl->sequence_pending = 0;
	ctl->attempts = 0;
	ctl->trying = false;
	HAL_LOG(agent->hal, "slot %c passed its self-test and is confirmed", 'A' + (int)slot);
	return bootctl_save(agent->hal, ctl);
}

/* A pending mark beside a running confirmed image: the bootloader passed that slot over. */
static int agent_clear_pending(struct agent *agent)
{
	if (agent->ctl.pending == BOOTCTL_NONE)
		return FW_OK;
	HAL_LOG(agent->hal, "slot %c did not verify and is no longer pending",
		'A' + (int)agent->ctl.pending);
	agent->ctl.pending = BOOTCTL_NONE;
	agent->ctl.sequence_pending = 0;
	agent->ctl.attempts = 0;
	agent->ctl.trying = false;
	return bootctl_save(agent->hal, &agent->ctl);
}

/* Burns what the confirmed image asks for until bootctl says that the burn returned. */
static int agent_raise_counter(struct agent *agent)
{
	uint32_t wanted = agent->handover->security, from = agent->ctl.counter_done;
	int err;

	if (wanted <= from && wanted <= agent->counter)
		return FW_OK;
	if (from > wanted || from > agent->counter)
		from = 0; /* a record that the eFuse belies is worth nothing */
	HAL_LOG(agent->hal, "raises the security counter to %u", (unsigned)wanted);
	err = fuse_counter_burn(agent->hal, from, wanted);
	/* Cells that do not take it must not wear the flash out: it was said before. */
	if (err || agent->ctl.counter_done == wanted)
		return err;
	agent->ctl.counter_done = wanted;
	return bootctl_save(agent->hal, &agent->ctl);
}

/* Revokes the keys that the confirmed image names, none of which signed it. */
static int agent_revoke(struct agent *agent)
{
	uint32_t wanted = agent->handover->revokes;
	uint32_t missing = wanted & ~(agent->ctl.revoked_done & agent->revoked);

	if (!missing || wanted & 1u << agent->handover->key)
		return FW_OK;
	for (uint32_t key = 0; key < agent->hal->board->key_count; key++) {
		int err;

		if (!(missing & 1u << key))
			continue;
		HAL_LOG(agent->hal, "revokes key %u", (unsigned)key);
		err = fuse_revoke_burn(agent->hal, key);
		if (err)
			return err;
	}
	if (!(missing & ~agent->ctl.revoked_done))
		return FW_OK; /* as with the counter */
	agent->ctl.revoked_done |= missing;
	return bootctl_save(agent->hal, &agent->ctl);
}

static int agent_read_fuses(struct agent *agent)
{
	int err = fuse_counter(agent->hal, &agent->counter);

	return err ? err : fuse_revoked(agent->hal, &agent->revoked);
}

static int agent_report(struct agent *agent, uint64_t refused_sequence, int refused)
{
	struct hal_report report;

	bytes_fill(&report, 0, sizeof(report));
	report.slot = agent->handover->slot;
	report.version = agent->handover->version;
	report.confirmed = agent->ctl.active == agent->handover->slot;
	report.security_counter = agent->counter;
	report.revoked = agent->revoked;
	report.sequence_confirmed = agent->ctl.sequence_confirmed;
	report.sequence_given_up = agent->ctl.sequence_given_up;
	report.sequence_refused = refused_sequence;
	report.refused = refused;
	return agent->hal->report(agent->hal, &report);
}

/* Everything that can be said against an update before a byte of it is fetched. */
static int agent_judge(const struct agent *agent, const struct manifest *manifest,
		       struct manifest_update *update)
{
	const struct hal_board *board = agent->hal->board;
	struct manifest_device device = {
		.vendor_id = board->vendor_id,
		.class_id = board->class_id,
		.slot = 1u - agent->handover->slot,
	};
	int err;

	if (manifest->sequence <= agent->ctl.sequence_confirmed)
		return FW_ERR_MANIFEST_SEQUENCE;
	if (manifest->sequence == agent->ctl.sequence_given_up)
		return FW_ERR_MANIFEST_GIVEN_UP;
	/* A release that never comes as it should must not wear the flash out. */
	if (manifest->sequence == agent->ctl.sequence_failed &&
	    agent->ctl.failed >= board->attempts)
		return FW_ERR_DOWNLOAD_GIVEN_UP;
	err = manifest_evaluate(manifest, &device, update);
	if (err)
		return err;
	if (!update->has_digest || !update->has_size || !update->has_uri || !update->has_security ||
	    !update->has_version || !update->installs || !update->invokes ||
	    update->size_bytes == 0)
		return FW_ERR_MANIFEST_INCOMPLETE;
	if (update->security < agent->counter)
		return FW_ERR_MANIFEST_SECURITY;
	if (update->security > board->counter_bits)
		return FW_ERR_MANIFEST_SECURITY_HIGH;
	if (update->size_bytes > board->slot[device.slot].size_bytes)
		return FW_ERR_MANIFEST_IMAGE_SIZE;
	return FW_OK;
}

/* The whole manifest, or FW_ERR_MANIFEST_SIZE. Returns its size. */
static int agent_fetch_manifest(struct hal *hal, uint8_t data[MANIFEST_BYTES_MAX])
{
	const char *uri = hal->board->manifest_uri;
	uint32_t uri_bytes = 0, have = 0;
	uint8_t more;
	int got;

	while (uri_bytes < HAL_URI_MAX && uri[uri_bytes])
		uri_bytes++;
	do {
		got = hal->fetch(hal, uri, uri_bytes, have, data + have, MANIFEST_BYTES_MAX - have);
		if (got < 0)
			return got;
		if ((uint32_t)got > MANIFEST_BYTES_MAX - have)
			return FW_ERR_MANIFEST_SIZE;
		have += (uint32_t)got;
	} while (got > 0 && have < MANIFEST_BYTES_MAX);
	if (have == MANIFEST_BYTES_MAX) {
		got = hal->fetch(hal, uri, uri_bytes, have, &more, 1);
		if (got)
			return got < 0 ? got : FW_ERR_MANIFEST_SIZE;
	}
	return (int)have;
}

/* One more download that was not what it promised. */
static int agent_count_failure(struct agent *agent, uint64_t sequence)
{
	struct bootctl *ctl = &agent->ctl;

	if (ctl->sequence_failed != sequence)
		ctl->failed = 0;
	ctl->sequence_failed = sequence;
	ctl->failed++;
	return bootctl_save(agent->hal, ctl);
}

/*
 * The image, whole and verified. What the release or its server is to blame for is counted, since
 * each try erases the slot again: bytes that are wrong, and bytes that the server does not have. A
 * network or a flash that fails may come right, and a release is not given up for its sake.
 */
static int agent_download(struct agent *agent, struct download *download, uint64_t sequence)
{
	int err = download_fetch(agent->hal, download), counted;

	if (err && err != FW_ERR_SHORT && err != FW_ERR_NO_DATA)
		return err;
	if (!err)
		err = download_verify(agent->hal, download, agent->counter, agent->revoked);
	if (!err)
		return FW_OK;
	counted = agent_count_failure(agent, sequence);
	return counted ? counted : err;
}

/* From here on the bootloader tries the other slot. */
static int agent_mark_pending(struct agent *agent, uint64_t sequence)
{
	struct bootctl *ctl = &agent->ctl;

	ctl->pending = (uint8_t)(1u - agent->handover->slot);
	ctl->attempts = (uint8_t)agent->hal->board->attempts;
	ctl->trying = false;
	ctl->sequence_pending = sequence;
	HAL_LOG(agent->hal, "marks slot %c pending", 'A' + (int)ctl->pending);
	return bootctl_save(agent->hal, ctl);
}

/* Fetches, checks, installs. Returns why there is no update to start. */
static int agent_update(struct agent *agent, uint64_t *sequence)
{
	struct hal *hal = agent->hal;
	uint8_t data[MANIFEST_BYTES_MAX], digest[HAL_DIGEST_BYTES];
	struct hal_digest hash;
	struct manifest manifest;
	struct manifest_update update;
	struct download download = {.update = &update, .manifest_digest = digest};
	int size = agent_fetch_manifest(hal, data), err;

	*sequence = 0;
	if (size < 0)
		return size;
	err = manifest_open(hal, data, (uint32_t)size, agent->revoked, &manifest);
	if (err)
		return err;
	*sequence = manifest.sequence;
	err = agent_judge(agent, &manifest, &update);
	if (err)
		return err;
	HAL_LOG(hal, "manifest %u accepted: %u.%u.%u, security %u, %u bytes",
		(unsigned)manifest.sequence, update.version.major, update.version.minor,
		update.version.revision, (unsigned)update.security, (unsigned)update.size_bytes);
	err = hal->digest_start(hal, &hash);
	if (!err)
		err = hal->digest_add(hal, &hash, data, (uint32_t)size);
	if (!err)
		err = hal->digest_end(hal, &hash, digest);
	if (err)
		return err;
	download.slot = 1u - agent->handover->slot;
	err = agent_download(agent, &download, manifest.sequence);
	if (err)
		return err;
	err = agent_mark_pending(agent, manifest.sequence);
	if (err)
		return err;
	hal->restart(hal, HAL_RESET_SOFTWARE);
}

/* Confirms the image if it is on trial, then burns what it asks for. fit: it passed its test. */
static int agent_settle(struct agent *agent, bool fit)
{
	int err = bootctl_load(agent->hal, &agent->ctl);

	if (err == FW_ERR_RECORD) {
		bootctl_fresh(&agent->ctl);
		err = FW_OK;
	}
	if (err)
		return err;
	if (agent->ctl.active != agent->handover->slot)
		err = fit ? agent_confirm(agent) : FW_ERR_SELF_TEST;
	else
		err = agent_clear_pending(agent);
	if (!err)
		err = agent_read_fuses(agent);
	if (!err && fit)
		err = agent_raise_counter(agent);
	if (!err && fit)
		err = agent_revoke(agent);
	return err ? err : agent_read_fuses(agent);
}

int agent_run(struct hal *hal, const struct hal_handover *handover,
	      bool (*self_test)(struct hal *hal))
{
	struct agent agent;
	bool fit = self_test(hal);
	uint64_t sequence = 0;
	int err;

	bytes_fill(&agent, 0, sizeof(agent));
	agent.hal = hal;
	agent.handover = handover;
	if (!fit) {
		HAL_LOG(hal, "slot %c fails its self-test", 'A' + (int)handover->slot);
		if (!handover->confirmed)
			hal->restart(hal, HAL_RESET_SELF_TEST);
	}
	err = agent_settle(&agent, fit);
	if (err)
		return err;
	err = agent_report(&agent, 0, FW_OK);
	if (err)
		HAL_LOG(hal, "report did not get through: %s", fw_err_text(err));
	err = agent_update(&agent, &sequence);
	if ((err == FW_ERR_NO_DATA && sequence == 0) ||
	    (err == FW_ERR_MANIFEST_SEQUENCE && sequence == agent.ctl.sequence_confirmed))
		return FW_OK; /* nothing new */
	HAL_LOG(hal, "no update: %s", fw_err_text(err));
	return agent_report(&agent, sequence, err);
}
