/* The schema of a scenario's fleet, key by key. */
#include "sim/fleet/fleet_plan.h"
#include "sim/scenario/scenario_fleet_yaml.h"
#include "sim/scenario/scenario_schema_words.h"

/* clang-format off: a table, a line a key. */
#define PERCENT_OR_NOT(key, structure, member) \
	CYAML_FIELD_FLOAT_PTR(key, POINTER | OPTIONAL, struct structure, member)
#define WORD_OR_NOT(key, structure, member, words)                                          \
	CYAML_FIELD_ENUM_PTR(key, POINTER | OPTIONAL | CYAML_FLAG_STRICT, struct structure, \
			     member, words, CYAML_ARRAY_LEN(words))

static const cyaml_strval_t yes_words[] = {{"false", 0}, {"true", 1}};
static const cyaml_strval_t does_words[] = {
	{"pause", FLEET_PAUSE},
	{"resume", FLEET_RESUME},
	{"abort", FLEET_ABORT},
};
static const cyaml_strval_t state_words[] = {
	{"running", ROLLOUT_RUNNING},
	{"paused", ROLLOUT_PAUSED},
	{"aborted", ROLLOUT_ABORTED},
};
static const cyaml_strval_t why_words[] = {
	{"nothing", ROLLOUT_WHY_NONE},
	{"by-hand", ROLLOUT_WHY_HAND},
	{"failed-boots", ROLLOUT_WHY_FAILED_BOOTS},
	{"reverts", ROLLOUT_WHY_REVERTS},
	{"refusals", ROLLOUT_WHY_REFUSALS},
	{"silence", ROLLOUT_WHY_SILENCE},
};

static const cyaml_schema_value_t name_value = {
	CYAML_VALUE_STRING(POINTER, char *, 1, NAME_MAX_BYTES),
};

static const cyaml_schema_field_t kind_fields[] = {
	TEXT("name", NEEDED, scenario_yaml_kind, name, NAME_MAX_BYTES),
	PERCENT("percent", NEEDED, scenario_yaml_kind, percent),
	CYAML_FIELD_INT("utc_minutes", OPTIONAL, struct scenario_yaml_kind, utc_minutes),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t kind_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_kind, kind_fields),
};

static const cyaml_schema_field_t group_fields[] = {
	LIST("types", OPTIONAL, scenario_yaml_group, types, &name_value, 1, ROLLOUT_NAMES_MAX),
	LIST("customers", OPTIONAL, scenario_yaml_group, customers, &name_value, 1,
	     ROLLOUT_NAMES_MAX),
	LIST("regions", OPTIONAL, scenario_yaml_group, regions, &name_value, 1, ROLLOUT_NAMES_MAX),
	TEXT("running_least", OPTIONAL, scenario_yaml_group, running_least, NAME_MAX_BYTES),
	TEXT("running_most", OPTIONAL, scenario_yaml_group, running_most, NAME_MAX_BYTES),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t stage_fields[] = {
	PERCENT("percent", NEEDED, scenario_yaml_stage, percent),
	NUMBER("hours", OPTIONAL, scenario_yaml_stage, hours),
	PART_OR_NOT("group", scenario_yaml_stage, group, group_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t stage_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_stage, stage_fields),
};

static const cyaml_schema_field_t limits_fields[] = {
	PERCENT_OR_NOT("failed_boots", scenario_yaml_limits, failed_boots),
	PERCENT_OR_NOT("reverts", scenario_yaml_limits, reverts),
	PERCENT_OR_NOT("refusals", scenario_yaml_limits, refusals),
	PERCENT_OR_NOT("silence", scenario_yaml_limits, silence),
	NUMBER_OR_NOT("silence_hours", scenario_yaml_limits, silence_hours),
	NUMBER_OR_NOT("devices", scenario_yaml_limits, devices),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t window_fields[] = {
	TEXT("from", NEEDED, scenario_yaml_window, from, NAME_MAX_BYTES),
	TEXT("to", NEEDED, scenario_yaml_window, to, NAME_MAX_BYTES),
	LIST("days", OPTIONAL, scenario_yaml_window, days, &name_value, 1, 7),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rollout_fields[] = {
	TEXT("release", NEEDED, scenario_yaml_rollout, release, NAME_MAX_BYTES),
	NUMBER("hour", OPTIONAL, scenario_yaml_rollout, hour),
	LIST("stages", OPTIONAL, scenario_yaml_rollout, stages, &stage_value, 1,
	     ROLLOUT_STAGES_MAX),
	PART_OR_NOT("group", scenario_yaml_rollout, group, group_fields),
	PART_OR_NOT("pause", scenario_yaml_rollout, pause, limits_fields),
	PART_OR_NOT("window", scenario_yaml_rollout, window, window_fields),
	WORD("any_time", OPTIONAL, scenario_yaml_rollout, any_time, yes_words),
	NUMBER("bytes_per_second", OPTIONAL, scenario_yaml_rollout, bytes_per_second),
	NUMBER_OR_NOT("retry_minutes", scenario_yaml_rollout, retry_minutes),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t rollout_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_rollout, rollout_fields),
};

static const cyaml_schema_field_t habits_fields[] = {
	NUMBER_OR_NOT("asks_every_hours", scenario_yaml_habits, asks_every_hours),
	PERCENT("cuts", OPTIONAL, scenario_yaml_habits, cuts),
	NUMBER_OR_NOT("off_hours", scenario_yaml_habits, off_hours),
	PERCENT("offline", OPTIONAL, scenario_yaml_habits, offline),
	PERCENT("dropped", OPTIONAL, scenario_yaml_habits, dropped),
	PERCENT("asleep", OPTIONAL, scenario_yaml_habits, asleep),
	NUMBER("asleep_from", OPTIONAL, scenario_yaml_habits, asleep_from),
	NUMBER("asleep_hours", OPTIONAL, scenario_yaml_habits, asleep_hours),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t differs_fields[] = {
	TEXT("release", NEEDED, scenario_yaml_differs, release, NAME_MAX_BYTES),
	LIST("types", NEEDED, scenario_yaml_differs, types, &name_value, 1, ROLLOUT_NAMES_MAX),
	WORD("behaviour", NEEDED, scenario_yaml_differs, behaviour, behaviour_words),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t differs_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_differs, differs_fields),
};

static const cyaml_schema_field_t order_fields[] = {
	WORD("does", NEEDED, scenario_yaml_order, does, does_words),
	TEXT("release", NEEDED, scenario_yaml_order, release, NAME_MAX_BYTES),
	NUMBER("hour", NEEDED, scenario_yaml_order, hour),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t order_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_order, order_fields),
};

static const cyaml_schema_field_t server_fields[] = {
	NUMBER("dies", NEEDED, scenario_yaml_server, dies),
	NUMBER("back", NEEDED, scenario_yaml_server, back),
	NUMBER("forgets", OPTIONAL, scenario_yaml_server, forgets),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rogue_fields[] = {
	TEXT("release", NEEDED, scenario_yaml_rogue, release, NAME_MAX_BYTES),
	NUMBER("from", NEEDED, scenario_yaml_rogue, from),
	NUMBER("until", NEEDED, scenario_yaml_rogue, until),
	PERCENT("percent", NEEDED, scenario_yaml_rogue, percent),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t expected_fields[] = {
	TEXT("release", NEEDED, scenario_yaml_fleet_rollout, release, NAME_MAX_BYTES),
	WORD_OR_NOT("state", scenario_yaml_fleet_rollout, state, state_words),
	WORD_OR_NOT("why", scenario_yaml_fleet_rollout, why, why_words),
	TEXT("type", OPTIONAL, scenario_yaml_fleet_rollout, type, NAME_MAX_BYTES),
	PERCENT_OR_NOT("ran_at_most", scenario_yaml_fleet_rollout, ran_at_most),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t expected_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_fleet_rollout,
			    expected_fields),
};

static const cyaml_schema_field_t fleet_expect_fields[] = {
	TEXT("newest", NEEDED, scenario_yaml_fleet_expect, newest, NAME_MAX_BYTES),
	PERCENT("stragglers", OPTIONAL, scenario_yaml_fleet_expect, stragglers),
	LIST("rollouts", OPTIONAL, scenario_yaml_fleet_expect, rollouts, &expected_value, 1,
	     FLEET_ROLLOUTS_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_field_t scenario_fleet_fields[] = {
	TEXT("begins", NEEDED, scenario_yaml_fleet, begins, NAME_MAX_BYTES),
	NUMBER("days", NEEDED, scenario_yaml_fleet, days),
	LIST("types", OPTIONAL, scenario_yaml_fleet, types, &kind_value, 1, ROLLOUT_NAMES_MAX),
	LIST("customers", OPTIONAL, scenario_yaml_fleet, customers, &kind_value, 1,
	     ROLLOUT_NAMES_MAX),
	LIST("regions", OPTIONAL, scenario_yaml_fleet, regions, &kind_value, 1, ROLLOUT_NAMES_MAX),
	PART("habits", scenario_yaml_fleet, habits, habits_fields),
	LIST("differs", OPTIONAL, scenario_yaml_fleet, differs, &differs_value, 1,
	     FLEET_DIFFERS_MAX),
	LIST("rollouts", NEEDED, scenario_yaml_fleet, rollouts, &rollout_value, 1,
	     FLEET_ROLLOUTS_MAX),
	LIST("orders", OPTIONAL, scenario_yaml_fleet, orders, &order_value, 1, FLEET_ORDERS_MAX),
	PART_OR_NOT("server", scenario_yaml_fleet, server, server_fields),
	PART_OR_NOT("rogue", scenario_yaml_fleet, rogue, rogue_fields),
	PART("expect", scenario_yaml_fleet, expect, fleet_expect_fields),
	CYAML_FIELD_END,
};
/* clang-format on */
