/* What evidence of a release comes to, and what it lacks. */
#include "sim/report/evidence_report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"

/* ---- what is lacking ---- */

__attribute__((format(printf, 3, 4))) static void lack_add(struct evidence *evidence,
							   const char *what, const char *format,
							   ...)
{
	struct evidence_lack *lack = &evidence->lacks[evidence->lack_count++];
	va_list values;

	assert(evidence->lack_count <= EVIDENCE_LACKS_MAX);
	snprintf(lack->what, sizeof(lack->what), "%s", what);
	va_start(values, format);
	vsnprintf(lack->why, sizeof(lack->why), format, values);
	va_end(values);
}

const char *evidence_asks(enum evidence_field field)
{
	static const char *const asks[EVIDENCE_DECLARED] = {
		[EVIDENCE_MANUFACTURER] = "name and address (CRA annex II, 1)",
		[EVIDENCE_PURPOSE] = "what the product is for (CRA annex II, 4)",
		[EVIDENCE_DECLARATION] = "where the declaration of conformity is (CRA annex II, 6)",
		[EVIDENCE_SUPPORT_FROM] = "the day support begins (CRA article 13(8); ETSI 5.3-13)",
		[EVIDENCE_SUPPORT_UNTIL] = "the day support ends (CRA annex II, 7; ETSI 5.3-13)",
		[EVIDENCE_SUPPORT_TERMS] =
			"what support there is (CRA annex I part II, 8; annex II, 7)",
		[EVIDENCE_CONTACT] =
			"where vulnerabilities are reported (CRA annex II, 2; ETSI 5.2-1)",
		[EVIDENCE_POLICY] = "policy on their disclosure (CRA annex II, 2; ETSI 5.2-1)",
		[EVIDENCE_ADVISORIES] =
			"where mended ones are published (CRA annex I part II, 4 and 8)",
	};

	return asks[field];
}

/* ---- what the release shows ---- */

/* A text out of an SBOM that somebody else may have written. NULL: none, or one too long. */
static const char *bom_text(struct evidence *evidence, const char *what, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || text[0] == '\0')
		return NULL;
	if (strlen(text) <= EVIDENCE_TEXT_MAX)
		return text;
	lack_add(evidence, "sbom", "its %s has %zu bytes, expected at most %u", what, strlen(text),
		 EVIDENCE_TEXT_MAX);
	return NULL;
}

int evidence_moment(const struct release *release, int64_t *seconds)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(release->bom, "metadata"), "timestamp"));

	return text != NULL ? notation_moment_parse(text, seconds) : -1;
}

static void judge_bom(struct evidence *evidence)
{
	const json_t *bom = evidence->release->bom;
	const json_t *product = json_object_get(json_object_get(bom, "metadata"), "component");
	char note[SUIT_NOTE_ROOM];

	evidence->name = bom_text(evidence, "product's name", json_object_get(product, "name"));
	evidence->supplier =
		bom_text(evidence, "supplier's name",
			 json_object_get(json_object_get(product, "supplier"), "name"));
	evidence->completeness =
		bom_text(evidence, "word on being whole",
			 json_object_get(json_array_get(json_object_get(bom, "compositions"), 0),
					 "aggregate"));
	evidence->components = json_array_size(json_object_get(bom, "components"));
	release_note_sbom(&evidence->release->sbom, note);
	evidence->bound = evidence->release->manifest_status == FW_OK &&
			  strcmp(note, evidence->release->notes.sbom) == 0;
	if (bom != NULL && evidence->name == NULL)
		lack_add(evidence, "product", "MISSING: the SBOM names no product, expected one");
	if (bom != NULL && evidence->components == 0)
		lack_add(evidence, "sbom",
			 "it names no component, expected those of the firmware's build "
			 "(release --components)");
	evidence->filled[EVIDENCE_SBOM] =
		bom != NULL && evidence->bound && evidence->components > 0;
	snprintf(evidence->shown[EVIDENCE_SBOM - EVIDENCE_DECLARED], sizeof(evidence->shown[0]),
		 "%s, bound by the signed manifest; %zu component%s", RELEASE_SBOM,
		 evidence->components, evidence->components == 1 ? "" : "s");
}

static void judge_release(struct evidence *evidence)
{
	const struct release *release = evidence->release;
	char version[NOTATION_VERSION_ROOM], id[NOTATION_UUID_ROOM];
	struct release_lint lint;

	release_lint(release, NULL, evidence->device, evidence->has_as_of ? evidence->as_of : 0,
		     &lint);
	for (uint32_t i = 0; i < lint.count; i++)
		lack_add(evidence, "release", "refused: %s: %s",
			 release_rule_name(lint.findings[i].rule), lint.findings[i].why);
	judge_bom(evidence);
	evidence->filled[EVIDENCE_PRODUCT] = release->manifest_status == FW_OK &&
					     release->image_status == FW_OK && evidence->bound &&
					     evidence->name != NULL;
	snprintf(evidence->shown[EVIDENCE_PRODUCT - EVIDENCE_DECLARED], sizeof(evidence->shown[0]),
		 "%s %s, class %s", evidence->name != NULL ? evidence->name : "",
		 notation_version_text(&release->update.version, version),
		 notation_uuid_text(release->class_id, id));
}

/* ---- what the run shows ---- */

uint64_t evidence_cases(const struct evidence *evidence)
{
	uint64_t cases = 0;

	for (uint32_t i = 0; i < evidence->coverage->count; i++)
		cases += evidence->coverage->results[i].cases;
	return cases;
}

bool evidence_runs(const struct evidence *evidence, uint32_t i)
{
	const struct scenario *scenario = evidence->coverage->scenarios[i];
	const struct release_file *image = &evidence->release->image;

	for (uint32_t r = 0; r < scenario->release_count; r++) {
		const struct scenario_release *other = &scenario->releases[r];

		if (other->image_bytes == image->size_bytes &&
		    memcmp(other->image, image->data, image->size_bytes) == 0)
			return true;
	}
	return false;
}

static void judge_run(struct evidence *evidence)
{
	const struct coverage *coverage = evidence->coverage;
	uint32_t red = 0, idle = 0;

	for (uint32_t i = 0; i < coverage->count; i++) {
		red += coverage->results[i].outcome == COVERAGE_RED;
		idle += coverage->results[i].outcome == COVERAGE_NOT_RUN;
	}
	if (red > 0)
		lack_add(evidence, "tests", "%u of %u scenarios did not hold, expected all to", red,
			 coverage->count);
	if (idle > 0)
		lack_add(evidence, "tests", "%u of %u scenarios were not run, expected all to be",
			 idle, coverage->count);
	evidence->filled[EVIDENCE_TESTS] = red == 0 && idle == 0;
	snprintf(evidence->shown[EVIDENCE_TESTS - EVIDENCE_DECLARED], sizeof(evidence->shown[0]),
		 "%u scenarios, %" PRIu64 " cases: all held", coverage->count,
		 evidence_cases(evidence));
}

/* ---- what the maker declares ---- */

static void judge_declaration(struct evidence *evidence)
{
	const struct declaration *declaration = evidence->declaration;

	for (int i = 0; i < EVIDENCE_DECLARED; i++) {
		evidence->filled[i] = declaration->text[i] != NULL;
		if (!evidence->filled[i])
			lack_add(evidence, evidence_field_name((enum evidence_field)i),
				 "MISSING: expected %s", evidence_asks((enum evidence_field)i));
	}
	if (declaration_short(declaration) && declaration->shorter == NULL)
		lack_add(evidence, "support.shorter",
			 "MISSING: support lasts less than five years, expected the reason (CRA "
			 "article 13(8))");
	if (evidence->has_as_of && declaration->has_until &&
	    declaration->support_until <= evidence->as_of) {
		char moment[NOTATION_MOMENT_ROOM];

		lack_add(evidence, "support.until", "support ended on %s, expected a day after %s",
			 declaration->text[EVIDENCE_SUPPORT_UNTIL],
			 notation_moment_text(evidence->as_of, moment));
	}
}

void evidence_judge(struct evidence *evidence)
{
	judge_declaration(evidence);
	judge_release(evidence);
	judge_run(evidence);
}

const char *evidence_value(const struct evidence *evidence, enum evidence_field field)
{
	if (!evidence->filled[field])
		return NULL;
	return field < EVIDENCE_DECLARED ? evidence->declaration->text[field]
					 : evidence->shown[field - EVIDENCE_DECLARED];
}
