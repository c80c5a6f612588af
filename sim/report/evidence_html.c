/* Evidence of a release as one HTML page, with nothing fetched from anywhere. */
#include <inttypes.h>
#include <openssl/crypto.h>

#include "device-model/firmware/fw_err.h"
#include "sim/report/coverage_parts.h"
#include "sim/report/evidence_report.h"
#include "sim/report/markup.h"

static void page_fact(const char *what, const char *text, FILE *to)
{
	fputs("<tr><th>", to);
	markup_text(what, to);
	fputs("</th><td>", to);
	if (text != NULL && text[0] != '\0')
		markup_text(text, to);
	else
		fputs("<span class=\"bad\">MISSING</span>", to);
	fputs("</td></tr>\n", to);
}

static void page_lacks(const struct evidence *evidence, FILE *to)
{
	if (evidence->lack_count == 0) {
		fputs("<p>Complete: every field is filled, every scenario held.</p>\n", to);
		return;
	}
	fprintf(to, "<p class=\"bad\">Incomplete: %u thing%s to mend</p>\n<ul>\n",
		evidence->lack_count, evidence->lack_count == 1 ? "" : "s");
	for (uint32_t i = 0; i < evidence->lack_count; i++) {
		fputs("<li><span class=\"bad\">", to);
		markup_text(evidence->lacks[i].what, to);
		fputs("</span>: ", to);
		markup_text(evidence->lacks[i].why, to);
		fputs("</li>\n", to);
	}
	fputs("</ul>\n", to);
}

static void page_file(const char *name, const struct release_file *file, const struct hal_key *key,
		      const char *unsigned_as, FILE *to)
{
	char hash[RELEASE_HASH_ROOM];

	fprintf(to, "<tr><td>%s</td><td>%zu&nbsp;bytes</td><td class=\"field\">%s</td>", name,
		file->size_bytes, release_file_hash(file, hash));
	if (key != NULL)
		fprintf(to, "<td class=\"field\">%s, key %s</td></tr>\n",
			notation_algorithm_text(key->algorithm), release_key_hash(key, hash));
	else
		fprintf(to, "<td>%s</td></tr>\n", unsigned_as);
}

static void page_files(const struct evidence *evidence, FILE *to)
{
	static const char refused[] = "<span class=\"bad\">by no key that devices hold</span>";
	const struct release *release = evidence->release;
	const struct hal_key *keys = evidence->device->keys;

	fputs("<h2>Files</h2>\n<table>\n<tr><th>file</th><th>size</th><th>SHA-256</th>"
	      "<th>signed</th></tr>\n",
	      to);
	page_file(RELEASE_IMAGE, &release->image,
		  release->image_status == FW_OK ? &keys[release->info.key] : NULL, refused, to);
	page_file(RELEASE_MANIFEST, &release->manifest,
		  release->manifest_status == FW_OK ? &keys[release->opened.key] : NULL, refused,
		  to);
	page_file(RELEASE_SBOM, &release->sbom, NULL,
		  evidence->bound ? "bound by the signed manifest"
				  : "<span class=\"bad\">NOT bound by the manifest</span>",
		  to);
	fputs("</table>\n", to);
}

static void page_release(const struct evidence *evidence, FILE *to)
{
	const struct release *release = evidence->release;
	char text[NOTATION_VERSION_ROOM + 80];

	fputs("<h2>Release</h2>\n<table class=\"facts\">\n", to);
	page_fact("product", evidence->name, to);
	page_fact("supplier", evidence->supplier != NULL ? evidence->supplier : "not said", to);
	if (release->manifest_status == FW_OK) {
		char id[NOTATION_UUID_ROOM];

		page_fact("version", notation_version_text(&release->update.version, text), to);
		snprintf(text, sizeof(text), "%" PRIu32, release->update.security);
		page_fact("security version", text, to);
		snprintf(text, sizeof(text), "%" PRIu64, release->opened.sequence);
		page_fact("sequence number", text, to);
		page_fact("vendor", notation_uuid_text(release->vendor_id, id), to);
		page_fact("class", notation_uuid_text(release->class_id, id), to);
		page_fact("expires",
			  release->notes.expires[0] ? release->notes.expires : "does not", to);
	}
	snprintf(text, sizeof(text), "%zu", evidence->components);
	page_fact("SBOM's components", text, to);
	page_fact("are these all",
		  evidence->completeness != NULL ? evidence->completeness : "not said", to);
	fputs("</table>\n", to);
}

/* Which scenarios had this very image; most make images of their own. */
static void page_runs(const struct evidence *evidence, FILE *to)
{
	uint32_t runs = 0;

	fputs("<tr><th>with this very image</th><td>", to);
	for (uint32_t i = 0; i < evidence->coverage->count; i++) {
		if (!evidence_runs(evidence, i))
			continue;
		fputs(runs++ > 0 ? ", " : "", to);
		markup_text(evidence->coverage->scenarios[i]->name, to);
	}
	fputs(runs > 0 ? "" : "no scenario: each has images made for it", to);
	fputs("</td></tr>\n", to);
}

static void page_made_with(const struct evidence *evidence, FILE *to)
{
	char text[RELEASE_HASH_ROOM + 32], moment[NOTATION_MOMENT_ROOM];

	fputs("<h2>Tested</h2>\n<table class=\"facts\">\n", to);
	page_fact("as of",
		  evidence->has_as_of ? notation_moment_text(evidence->as_of, moment)
				      : "no moment that is known",
		  to);
	snprintf(text, sizeof(text), "brownout %s", evidence->tool_version);
	page_fact("with", text, to);
	page_fact("cryptography", OpenSSL_version(OPENSSL_VERSION), to);
	page_fact("bootloader and agent, SHA-256",
		  notation_hex_text(device_reference()->digest, 32, text), to);
	snprintf(text, sizeof(text), "%u, %" PRIu64 " cases", evidence->coverage->count,
		 evidence_cases(evidence));
	page_fact("scenarios", text, to);
	page_runs(evidence, to);
	page_fact("results, SHA-256",
		  evidence->results_hash[0] ? evidence->results_hash : "run for this page", to);
	fputs("</table>\n", to);
}

static void page_declared(const struct evidence *evidence, FILE *to)
{
	fputs("<h2>Declared by the maker</h2>\n<table class=\"facts\">\n", to);
	for (int i = 0; i < EVIDENCE_DECLARED; i++)
		page_fact(evidence_field_name((enum evidence_field)i),
			  evidence_value(evidence, (enum evidence_field)i), to);
	if (evidence->declaration->shorter != NULL)
		page_fact("support.shorter", evidence->declaration->shorter, to);
	fputs("</table>\n", to);
}

/* What the evidence's fields say to an id. */
static void page_fields(const void *context, const struct catalogue_entry *entry, FILE *to)
{
	const struct evidence *evidence = context;

	for (uint32_t i = 0; i < entry->fields_count; i++) {
		enum evidence_field field = (enum evidence_field)entry->fields[i];
		const char *value = evidence_value(evidence, field);

		fprintf(to, "<div class=\"field\">%s: ", evidence_field_name(field));
		if (value != NULL)
			markup_text(value, to);
		else
			fputs("<span class=\"bad\">MISSING</span>", to);
		fputs("</div>", to);
	}
}

static void page_sources(const struct evidence *evidence, bool asked, FILE *to)
{
	const struct catalogue *catalogue = evidence->coverage->catalogue;

	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		if ((catalogue->sources[s].asked != 0) == asked)
			coverage_html_source(evidence->coverage, &catalogue->sources[s],
					     page_fields, evidence, to);
}

int evidence_html(const struct evidence *evidence, FILE *to)
{
	coverage_html_head("evidence", to);
	fputs("<h1>Evidence: ", to);
	markup_text(evidence->name != NULL ? evidence->name : "a release", to);
	if (evidence->release->manifest_status == FW_OK) {
		char version[NOTATION_VERSION_ROOM];

		fprintf(to, " %s",
			notation_version_text(&evidence->release->update.version, version));
	}
	fputs("</h1>\n", to);
	page_lacks(evidence, to);
	page_release(evidence, to);
	page_files(evidence, to);
	page_declared(evidence, to);
	page_made_with(evidence, to);
	fputs("<h1>Requirements</h1>\n", to);
	page_sources(evidence, true, to);
	fputs("<h1>Threats considered</h1>\n", to);
	page_sources(evidence, false, to);
	fputs("</body>\n</html>\n", to);
	return ferror(to) ? -1 : 0;
}
