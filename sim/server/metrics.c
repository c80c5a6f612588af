/* What a monitor asks for. */
#include "sim/server/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void metrics_head(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP brownout_%s %s\n# TYPE brownout_%s %s\n", name, help, name, type);
}

static void metrics_version(void *context, const struct ledger_version *version)
{
	fprintf(context, "brownout_devices{version=\"%s\"} %" PRIu64 "\n", version->version,
		version->devices);
}

static void metrics_devices(struct ledger *ledger, FILE *to)
{
	uint64_t reports, devices;

	metrics_head(to, "devices", "gauge", "Devices by the version that they told last.");
	if (ledger_versions(ledger, metrics_version, to) != 0 ||
	    ledger_totals(ledger, &reports, &devices) != 0)
		return;
	metrics_head(to, "reports_total", "counter", "Reports that were accepted, each once.");
	fprintf(to, "brownout_reports_total %" PRIu64 "\n", reports);
}

/* What devices told of a release, by the ledger: a count of its own beside the rollout's. */
static void metrics_release(struct ledger *ledger, uint64_t sequence, FILE *to)
{
	struct ledger_release counts;

	if (ledger_release(ledger, sequence, &counts) != 0)
		return;
	fprintf(to,
		"brownout_release_devices{sequence=\"%" PRIu64 "\",fact=\"offered\"} %" PRIu64 "\n"
		"brownout_release_devices{sequence=\"%" PRIu64 "\",fact=\"confirmed\"} %" PRIu64
		"\n"
		"brownout_release_devices{sequence=\"%" PRIu64 "\",fact=\"given_up\"} %" PRIu64 "\n"
		"brownout_release_devices{sequence=\"%" PRIu64 "\",fact=\"refused\"} %" PRIu64 "\n",
		sequence, counts.offered, sequence, counts.confirmed, sequence, counts.given_up,
		sequence, counts.refused);
}

static void metrics_rollout(const struct rollout *rollout, FILE *to)
{
	const struct rollout_counts *counts = &rollout->counts[ROLLOUT_NAMES_MAX];
	uint64_t sequence = rollout->policy.sequence;

	for (int i = 0; i < ROLLOUT_STANDINGS; i++)
		fprintf(to,
			"brownout_rollout_devices{sequence=\"%" PRIu64 "\",standing=\"%s\"} %u\n",
			sequence, rollout_standing_name((enum rollout_standing)i),
			counts->standing[i]);
}

static void metrics_rollouts(const struct rollout_book *book, FILE *to)
{
	metrics_head(to, "rollout_devices", "gauge", "Devices offered a release, by standing.");
	for (uint32_t i = 0; i < book->count; i++)
		metrics_rollout(&book->rollouts[i], to);
	metrics_head(to, "rollout_stage", "gauge", "The stage that a rollout is in, from 1.");
	for (uint32_t i = 0; i < book->count; i++)
		fprintf(to, "brownout_rollout_stage{sequence=\"%" PRIu64 "\"} %u\n",
			book->rollouts[i].policy.sequence, book->rollouts[i].stage + 1);
	metrics_head(to, "rollout_state", "gauge", "1 for the state that a rollout is in.");
	for (uint32_t i = 0; i < book->count; i++)
		fprintf(to,
			"brownout_rollout_state{sequence=\"%" PRIu64
			"\",state=\"%s\",why=\"%s\"} 1\n",
			book->rollouts[i].policy.sequence,
			rollout_state_name(book->rollouts[i].state),
			rollout_why_name(book->rollouts[i].why));
}

char *metrics_text(struct server *server)
{
	struct ledger *ledger = server->desk.ledger;
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	assert(to);
	metrics_devices(ledger, to);
	metrics_head(to, "release_devices", "gauge", "What became of a release, by device.");
	for (size_t i = 0; i < server->shelf->count; i++)
		metrics_release(ledger, server->shelf->releases[i].sequence, to);
	metrics_rollouts(&server->desk.book, to);
	metrics_head(to, "http_responses_total", "counter", "Answers by status.");
	for (unsigned int i = 0; i < SERVER_STATUSES; i++)
		if (server->answers[i])
			fprintf(to, "brownout_http_responses_total{code=\"%u\"} %" PRIu64 "\n", i,
				server->answers[i]);
	metrics_head(to, "connections", "gauge", "Connections that are open.");
	fprintf(to, "brownout_connections %u\n", server->lines.count);
	metrics_head(to, "hung_up_total", "counter", "Connections that sent no whole request.");
	fprintf(to, "brownout_hung_up_total %" PRIu64 "\n", server->hung_up);
	fclose(to);
	return text;
}
