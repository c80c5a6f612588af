/* Evidence of a release, in a few lines: what there is, and what is missing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"

#include "sim/report/evidence_report.h"

static void text_signed(const char *what, const struct hal_key *key, FILE *to)
{
	char hash[RELEASE_HASH_ROOM];

	fprintf(to, "%-13s signed by %s key %s\n", what, notation_algorithm_text(key->algorithm),
		release_key_hash(key, hash));
}

/* A release may be anybody's: what it says goes to a terminal without its control characters. */
static void text_product(const struct evidence *evidence, FILE *to)
{
	const struct release *release = evidence->release;
	char *name = report_clean(evidence->name != NULL ? evidence->name : "without a name");

	/* A line stays one. */
	for (char *at = strpbrk(name, "\n\t"); at != NULL; at = strpbrk(at, "\n\t"))
		*at = ' ';
	fprintf(to, "%-13s %s", "release", name);
	free(name);
	if (release->manifest_status == FW_OK) {
		char version[NOTATION_VERSION_ROOM];

		fprintf(to, " %s, security %" PRIu32 ", sequence %" PRIu64,
			notation_version_text(&release->update.version, version),
			release->update.security, release->opened.sequence);
	}
	fputc('\n', to);
	if (release->image_status == FW_OK)
		text_signed("image", &evidence->device->keys[release->info.key], to);
	if (release->manifest_status == FW_OK)
		text_signed("manifest", &evidence->device->keys[release->opened.key], to);
	fprintf(to, "%-13s %zu component%s, %s the signed manifest\n", "sbom", evidence->components,
		evidence->components == 1 ? "" : "s",
		evidence->bound ? "bound by" : "NOT bound by");
}

static void text_asked(const struct evidence *evidence, bool asked, FILE *to)
{
	const struct catalogue *catalogue = evidence->coverage->catalogue;
	uint32_t counts[COVERAGE_ID_STATES] = {0}, all = 0;

	for (uint32_t s = 0; s < catalogue->sources_count; s++) {
		const struct catalogue_source *source = &catalogue->sources[s];

		if ((source->asked != 0) != asked)
			continue;
		for (uint32_t i = 0; i < source->ids_count; i++, all++)
			counts[coverage_state(evidence->coverage, &source->ids[i])]++;
	}
	fprintf(to, "%-13s %u", asked ? "requirements" : "threats", all);
	for (int i = 0; i < COVERAGE_ID_STATES; i++)
		if (counts[i] > 0)
			fprintf(to, ", %u %s", counts[i],
				coverage_state_name((enum coverage_state)i));
	fputc('\n', to);
}

void evidence_text(const struct evidence *evidence, FILE *to)
{
	text_product(evidence, to);
	fprintf(to, "%-13s %u scenarios, %" PRIu64 " cases\n", "tests", evidence->coverage->count,
		evidence_cases(evidence));
	text_asked(evidence, true, to);
	text_asked(evidence, false, to);
	fputc('\n', to);
	for (uint32_t i = 0; i < evidence->lack_count; i++)
		fprintf(to, "%s: %s\n", evidence->lacks[i].what, evidence->lacks[i].why);
	if (evidence->lack_count > 0)
		fprintf(to, "incomplete: %u thing%s to mend\n", evidence->lack_count,
			evidence->lack_count == 1 ? "" : "s");
	else
		fputs("complete\n", to);
}
