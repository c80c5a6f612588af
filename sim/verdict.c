/* The rules that only the end of a case can break, and the first cause among all. */
#include "sim/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A rule that has lost its ground says nothing: what each one stands on. */
static const struct {
	enum rule rule, ground;
} verdict_grounds[] = {
	{RULE_WHOLE, RULE_TRUSTED},	{RULE_SETTLES, RULE_BOOTS},
	{RULE_SETTLES, RULE_REVERTS},	{RULE_REVERTS, RULE_BOOTS},
	{RULE_BOOTS, RULE_CONTAINED},	{RULE_SETTLES, RULE_CONTAINED},
	{RULE_REVERTS, RULE_CONTAINED}, {RULE_BOOTS, RULE_REACHABLE},
	{RULE_SETTLES, RULE_REACHABLE}, {RULE_REVERTS, RULE_REACHABLE},
	{RULE_SETTLES, RULE_TRUSTED},	{RULE_SETTLES, RULE_WHOLE},
	{RULE_SETTLES, RULE_FORWARD},
};

__attribute__((format(printf, 3, 4))) static void verdict_break(struct verdict *verdict,
								enum rule rule, const char *why,
								...)
{
	struct history_break *where = &verdict->breaks[rule];
	va_list list;

	if (where->broken)
		return;
	where->broken = true;
	where->life = UINT32_MAX; /* seen only at the end */
	va_start(list, why);
	vsnprintf(where->why, sizeof(where->why), why, list);
	va_end(list);
}

static void verdict_judge_end(struct verdict *verdict, const struct history *history, bool quiet)
{
	const struct scenario *scenario = history->scenario;
	const struct scenario_expect *expect = &scenario->expect;
	const struct scenario_release *release;

	if (history->settled == HISTORY_NOBODY) {
		verdict_break(verdict, RULE_BOOTS, "with the power back, no image runs");
		return;
	}
	if (history->settled == HISTORY_FOREIGN)
		return; /* trusted says it */
	release = &scenario->releases[history->settled];
	if (release->behaviour != BEHAVIOUR_HEALTHY)
		verdict_break(verdict, RULE_REVERTS, "%s does not come up and is not given up",
			      release->name);
	if (quiet && history->reported && !history->report.confirmed &&
	    release->behaviour == BEHAVIOUR_HEALTHY)
		verdict_break(verdict, RULE_HONEST, "%s stays and is reported as unconfirmed",
			      release->name);
	if (!quiet)
		verdict_break(verdict, RULE_SETTLES, "no rest after %u lives", history->lives);
	else if (expect->minutes && history->clock_ms / 60000 > expect->minutes)
		verdict_break(verdict, RULE_SETTLES,
			      "the device waits for the network for %u minutes",
			      history->clock_ms / 60000);
	else if (expect->has_version &&
		 memcmp(&release->version, &expect->version, sizeof(release->version)))
		verdict_break(verdict, RULE_SETTLES, "%s stays, %u.%u.%u never arrives",
			      release->version_text, expect->version.major, expect->version.minor,
			      expect->version.revision);
}

__attribute__((format(printf, 2, 3))) static void verdict_expected(struct verdict *verdict,
								   const char *why, ...)
{
	va_list list;

	if (verdict->expectation_failed)
		return;
	verdict->expectation_failed = true;
	va_start(list, why);
	vsnprintf(verdict->expectation, sizeof(verdict->expectation), why, list);
	va_end(list);
}

static uint32_t verdict_erases(const struct device *device, const struct hal_board *board)
{
	const struct hal_region *slot = &board->slot[1];
	uint32_t erases = 0;

	for (uint32_t at = 0; at < slot->size_bytes; at += board->sector_bytes)
		erases += device->chip.flash.erases[(slot->offset + at) / board->sector_bytes];
	return erases;
}

static void verdict_judge_expectations(struct verdict *verdict, const struct history *history,
				       const struct device *device)
{
	const struct scenario_expect *expect = &history->scenario->expect;
	const struct hal_board *board = &history->scenario->board;
	const struct efuse *efuse = &device->chip.efuse;
	uint32_t counter = efuse_value(efuse, 0, board->counter_bits, false), revoked = 0;
	bool secure = efuse_bit(efuse, HAL_EFUSE_SECURE_BOOT(board), false);

	for (uint32_t i = 0; i < board->key_count; i++)
		if (efuse_bit(efuse, HAL_EFUSE_REVOKE(board) + i, false))
			revoked |= 1u << i;
	if (expect->has_counter && counter != expect->counter)
		verdict_expected(verdict, "security counter %u at the end, expected %u", counter,
				 expect->counter);
	if (expect->erases && verdict_erases(device, board) > expect->erases)
		verdict_expected(verdict, "%u erases in slot B, expected at most %u",
				 verdict_erases(device, board), expect->erases);
	if (expect->has_revoked && revoked != expect->revoked)
		verdict_expected(verdict, "revoked keys 0x%x at the end, expected 0x%x", revoked,
				 expect->revoked);
	if (expect->has_secure_boot && secure != expect->secure_boot)
		verdict_expected(verdict, "secure boot bit %s at the end, expected %s",
				 secure ? "set" : "not set", expect->secure_boot ? "set" : "not");
	if (expect->has_refused && !history->refused_seen)
		verdict_expected(verdict, "the refusal that was expected was never reported");
	if (history->believed)
		verdict_expected(verdict, "the device spoke to a server that is not its maker's");
	if (expect->saw && !history->saw_seen)
		verdict_expected(verdict, "no report that reached the server says '%s'",
				 expect->saw);
	for (uint32_t i = 0; i < history->scenario->probe_count; i++)
		if (!(history->probes_refused >> i & 1u))
			verdict_expected(verdict, "probe %u was not refused for its reason", i + 1);
	if (expect->has_given_up && !history->given_up_seen)
		verdict_expected(verdict, "manifest %llu was never reported as given up",
				 (unsigned long long)expect->given_up);
}

/* What broke earliest; among what only the end shows, in the order of enum rule. */
static int verdict_first(const struct verdict *verdict)
{
	int first = -1;

	for (int i = 0; i < RULES; i++) {
		const struct history_break *at = &verdict->breaks[i], *best;

		if (verdict->rule[i] != BROKEN)
			continue;
		best = first < 0 ? NULL : &verdict->breaks[first];
		if (!best || at->life < best->life || (at->life == best->life && at->op < best->op))
			first = i;
	}
	return first;
}

void verdict_judge(struct verdict *verdict, const struct history *history,
		   const struct device *device, bool fired, bool quiet)
{
	memset(verdict, 0, sizeof(*verdict));
	memcpy(verdict->breaks, history->breaks, sizeof(verdict->breaks));
	if (!fired)
		verdict_break(verdict, RULE_FIRED, "a fault of the case never happened");
	verdict_judge_end(verdict, history, quiet);
	for (int i = 0; i < RULES; i++)
		verdict->rule[i] = verdict->breaks[i].broken ? BROKEN : HOLDS;
	for (size_t i = 0; i < sizeof(verdict_grounds) / sizeof(verdict_grounds[0]); i++)
		if (verdict->breaks[verdict_grounds[i].ground].broken)
			verdict->rule[verdict_grounds[i].rule] = NOT_JUDGED;
	verdict->first = verdict_first(verdict);
	verdict_judge_expectations(verdict, history, device);
}

bool verdict_good(const struct verdict *verdict, const struct scenario *scenario)
{
	for (int i = 0; i < RULES; i++)
		if (verdict->rule[i] == BROKEN && !scenario->may_break[i])
			return false;
	return !verdict->expectation_failed;
}

const char *verdict_word(enum holds holds)
{
	return holds == HOLDS ? "held" : holds == BROKEN ? "BROKEN" : "not judged";
}
