/*
 * Findings as bytes: what one search writes, another one reads and comes to the same; and whatever
 * a file holds in their place, the reader refuses it or takes it, and nothing else happens.
 */
#include "tests/explore_fixture.h"

#include "sim/explore/life.h"
#include "sim/explore/log.h"

#define CHANGED 3000u /* files that were changed */

static const char yaml[] = "name: t\nsummary: S.\ndevice:\n"
			   "  flash: {kind: nor, sector: 512, sectors: 10, program: 128}\n"
			   "  efuse: {counter: 2}\n"
			   "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
			   "update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"
			   "faults: {cut: every, tears: 2}\n";

/* A search that has not begun to live. */
static void search_begin(struct search *search)
{
	char why[512];

	search->options.depth = 0;
	search->options.unlived = true;
	search->options.exact = true; /* nothing goes astray: the first state has many cuts */
	if (explore_open(&search->explore, &search->scene, &search->options, &search->result, why,
			 sizeof(why)) ||
	    explore_search(&search->explore, why, sizeof(why)))
		fail_msg("%s", why);
	search->options.depth = UINT32_MAX;
}

/* The findings of the first state. */
static void search_log(struct search *search, struct log *log, bool moments)
{
	struct life life;

	log_open(log, &search->explore, moments, true);
	search->explore.log = log;
	life_open(&life, &search->explore);
	life_expand(&life, 0);
	life_close(&life);
	search->explore.log = NULL;
}

static bool search_read(struct search *search, const uint8_t *bytes, size_t count)
{
	struct log_reader reader;
	bool good;

	log_reader_open(&reader, &search->explore, true);
	good = log_read(&reader, bytes, count);
	log_reader_close(&reader);
	return good;
}

static void findings_that_are_read_come_to_the_same(void **state)
{
	struct search *writes = search_text(*state, yaml, NULL);
	struct search *reads = search_text(*state, yaml, NULL);
	struct log log;

	search_begin(writes);
	search_begin(reads);
	search_log(writes, &log, true);
	assert_true(search_read(reads, log.bytes, log.count));
	assert_in_range(log.count, 8192, 1u << 30);
	assert_true(writes->explore.node_count > 50);
	assert_int_equal(writes->explore.node_count, reads->explore.node_count);
	assert_int_equal(writes->explore.edge_count, reads->explore.edge_count);
	assert_int_equal(writes->result.cuts, reads->result.cuts);
	assert_int_equal(moments_count(writes->explore.moments),
			 moments_count(reads->explore.moments));
	assert_int_equal(explore_bytes(&writes->explore), explore_bytes(&reads->explore));
	log_close(&log);
	explore_close(&writes->explore);
	explore_close(&reads->explore);
	search_close(writes);
	search_close(reads);
}

static void findings_that_were_changed_do_no_harm(void **state)
{
	struct search *writes = search_text(*state, yaml, NULL);
	uint32_t random = 1, refused = 0;
	uint8_t *bytes;
	struct log log;

	search_begin(writes);
	search_log(writes, &log, true);
	bytes = malloc(log.count);
	assert_non_null(bytes);
	for (uint32_t i = 0; i < CHANGED; i++) {
		struct search *reads = search_text(*state, yaml, NULL);

		memcpy(bytes, log.bytes, log.count);
		for (uint32_t change = 0; change <= i % 3; change++) {
			random = random * 1664525u + 1013904223u;
			/* Heads and first events more often than what lies far behind. */
			bytes[(size_t)(random >> 8) % (i % 2 ? log.count : 4096)] = (uint8_t)random;
		}
		search_begin(reads);
		refused += !search_read(reads, bytes, log.count - i % 5);
		explore_close(&reads->explore);
		search_close(reads);
	}
	assert_in_range(refused, CHANGED / 4, CHANGED - 1);
	free(bytes);
	log_close(&log);
	explore_close(&writes->explore);
	search_close(writes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_that_are_read_come_to_the_same),
		cmocka_unit_test(findings_that_were_changed_do_no_harm),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
