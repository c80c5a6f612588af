/* Guards of the manifest's reader that well-made manifests and boards never meet. */
#include "tests/manifest_fixture.h"

#include "device-model/firmware/command.h"

/* Inside a manifest somebody has walked over the sequence before. */
static void component_index_that_is_not_deterministic_is_refused(void **state)
{
	static const struct manifest_device device = {fixture_vendor, fixture_class, 0};
	static const uint8_t sequence[] = {0x82, 0x0c, 0x18, 0x00}, right[] = {0x82, 0x0c, 0x00};
	struct command_state commands;

	(void)state;
	command_start(&commands, &device);
	fixture_expect(command_run(&commands, sequence, sizeof(sequence)), FW_ERR_MANIFEST_CBOR,
		       "index in two bytes");
	fixture_expect(command_run(&commands, right, sizeof(right)), FW_OK, "index in one byte");
}

static void keys_behind_the_most_that_a_board_may_have_are_not_asked(void **state)
{
	struct fixture *fixture = *state;
	struct hal_key keys[HAL_KEYS_MAX + 1];
	struct cook shared = {.at = 0}, manifest = {.at = 0}, envelope = {.at = 0};

	cook_hex(&shared, "86");
	cook_ids(&shared);
	cook_manifest(&manifest, &shared, 0, "");
	fixture_sign(fixture, &manifest, &envelope);
	/* The draft's key signed it; the others are there to be passed over. */
	for (uint32_t place = HAL_KEYS_MAX - 1; place <= HAL_KEYS_MAX; place++) {
		for (uint32_t i = 0; i <= HAL_KEYS_MAX; i++)
			keys[i] = fixture->keys[i == place ? FIXTURE_DRAFT : FIXTURE_OTHER];
		fixture->board.keys = keys;
		fixture->board.key_count = HAL_KEYS_MAX + 1;
		fixture_expect(fixture_open(fixture, envelope.data, envelope.at, 0),
			       place < HAL_KEYS_MAX ? FW_OK : FW_ERR_MANIFEST_SIGNATURE,
			       "signed by one of nine keys");
	}
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
