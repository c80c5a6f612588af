/* Guards of the manifest's reader that well-made manifests and boards never meet. */
#include "tests/manifest_fixture.h"

/* Ids, then commands, which are so many items. */
static void cook_envelope(struct fixture *fixture, size_t items, const char *commands,
			  struct cook *envelope)
{
	struct cook shared = {.at = 0}, manifest = {.at = 0};

	cook_head(&shared, cbor_encode_array_start, 6 + items);
	cook_ids(&shared);
	cook_hex(&shared, commands);
	cook_manifest(&manifest, &shared, 0, "");
	fixture_sign(fixture, &manifest, envelope);
}

static void component_index_that_is_not_deterministic_is_refused(void **state)
{
	struct cook envelope = {.at = 0};
	struct manifest_update update;

	cook_envelope(*state, 2, "0c 1800", &envelope);
	fixture_expect(fixture_judge(*state, &envelope, 0, &update), FW_ERR_MANIFEST_CBOR,
		       "index in two bytes");
}

static void keys_behind_the_most_that_a_board_may_have_are_not_asked(void **state)
{
	struct fixture *fixture = *state;
	struct hal_key keys[HAL_KEYS_MAX + 1];
	struct cook envelope = {.at = 0};

	cook_envelope(fixture, 0, "", &envelope);
	for (uint32_t i = 0; i <= HAL_KEYS_MAX; i++)
		keys[i] = fixture->keys[FIXTURE_OTHER];
	fixture->board.keys = keys;
	fixture->board.key_count = HAL_KEYS_MAX + 1;
	keys[HAL_KEYS_MAX] = fixture->keys[FIXTURE_DRAFT];
	fixture_expect(fixture_open(fixture, envelope.data, envelope.at, 0),
		       FW_ERR_MANIFEST_SIGNATURE, "signed by the ninth key");
	keys[HAL_KEYS_MAX - 1] = fixture->keys[FIXTURE_DRAFT];
	fixture_expect(fixture_open(fixture, envelope.data, envelope.at, 0), FW_OK,
		       "signed by the eighth key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			component_index_that_is_not_deterministic_is_refused, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			keys_behind_the_most_that_a_board_may_have_are_not_asked, fixture_setup,
			fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
