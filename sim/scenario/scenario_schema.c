/* The schema of a scenario's YAML, key by key. */
#include "sim/scenario/scenario_schema.h"

#include "sim/scenario.h"
#include "sim/scenario/scenario_yaml.h"
#include "sim/vendor/suit.h"

#define NEEDED	 CYAML_FLAG_DEFAULT
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define POINTER	 CYAML_FLAG_POINTER

#define NAME_MAX_BYTES	(PLAN_NAME_BYTES - 1)
#define TEXT_MAX_BYTES	1023
#define EDITS_MAX_BYTES 4095

/* clang-format off: a table, a line a key. */
#define TEXT(key, flags, structure, member, max) \
	CYAML_FIELD_STRING_PTR(key, POINTER | (flags), struct structure, member, 1, max)
#define NUMBER(key, flags, structure, member) CYAML_FIELD_UINT(key, flags, struct structure, member)
#define NUMBER_OR_NOT(key, structure, member) \
	CYAML_FIELD_UINT_PTR(key, POINTER | OPTIONAL, struct structure, member)
#define WORD(key, flags, structure, member, words)                                          \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | (flags), struct structure, member, words, \
			 CYAML_ARRAY_LEN(words))
#define LIST(key, flags, structure, member, entry, min, max) \
	CYAML_FIELD_SEQUENCE(key, POINTER | (flags), struct structure, member, entry, min, max)
#define PART(key, structure, member, fields) \
	CYAML_FIELD_MAPPING(key, NEEDED, struct structure, member, fields)
#define PART_OR_NOT(key, structure, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, POINTER | OPTIONAL, struct structure, member, fields)

static const cyaml_strval_t yes_words[] = {{"false", 0}, {"true", 1}};
static const cyaml_strval_t kind_words[] = {{"nor", 0}, {"block", 1}};
static const cyaml_strval_t flush_words[] = {{"kept", 0}, {"ignored", 1}};
static const cyaml_strval_t execute_words[] = {{"in-place", 0}, {"ram", 1}};
static const cyaml_strval_t start_words[] = {{"factory", 0}, {"blank", 1}};
static const cyaml_strval_t payload_words[] = {{"random", 0}, {"agent", 1}};
static const cyaml_strval_t cut_words[] = {{"none", 0}, {"every", 1}};
static const cyaml_strval_t behaviour_words[] = {
	{"healthy", BEHAVIOUR_HEALTHY},
	{"crash", BEHAVIOUR_CRASH},
	{"hang", BEHAVIOUR_HANG},
	{"self-test-fails", BEHAVIOUR_SELF_TEST},
};
static const cyaml_strval_t part_words[] = {
	{"all", FLIPS_ALL},   {"header", FLIPS_HEADER}, {"payload", FLIPS_PAYLOAD},
	{"tlvs", FLIPS_TLVS}, {"record", FLIPS_RECORD},
};

static const cyaml_strval_t of_words[] = {{"image", 0}, {"manifest", 1}};
static const cyaml_strval_t does_words[] = {
	{"replace", ATTACKER_REPLACE}, {"damage", ATTACKER_DAMAGE}, {"end", ATTACKER_END},
	{"endless", ATTACKER_ENDLESS}, {"stall", ATTACKER_STALL},   {"slow", ATTACKER_SLOW},
};
static const cyaml_strval_t over_words[] = {{"mount", 0}, {"https", 1}};
static const cyaml_strval_t at_words[] = {{"both", 0}, {"server", 1}, {"mirror", 2}};
static const cyaml_strval_t https_words[] = {
	{"old-tls", ATTACKER_OLD_TLS},
	{"other-authority", ATTACKER_OTHER_AUTHORITY},
	{"expired", ATTACKER_EXPIRED},
	{"unpinned", ATTACKER_UNPINNED},
	{"backup-key", ATTACKER_BACKUP_KEY},
	{"redirect", ATTACKER_REDIRECT},
	{"hang", ATTACKER_HANG},
	{"never-ends", ATTACKER_NEVER_ENDS},
	{"wrong-range", ATTACKER_WRONG_RANGE},
	{"ignores-range", ATTACKER_IGNORES_RANGE},
	{"reset", ATTACKER_RESET},
	{"no-answer", ATTACKER_NO_ANSWER},
};
static const cyaml_strval_t asks_words[] = {
	{"nothing", SUIT_ASKS_NOTHING},	      {"component", SUIT_ASKS_COMPONENT},
	{"place", SUIT_ASKS_PLACE},	      {"delta", SUIT_ASKS_DELTA},
	{"encryption", SUIT_ASKS_ENCRYPTION}, {"signer", SUIT_ASKS_SIGNER},
	{"version", SUIT_ASKS_VERSION},
};

static const cyaml_schema_value_t name_value = {
	CYAML_VALUE_STRING(POINTER, char *, 1, NAME_MAX_BYTES),
};

static const cyaml_schema_field_t flash_fields[] = {
	WORD("kind", NEEDED, scenario_yaml_flash, block, kind_words),
	NUMBER("sector", NEEDED, scenario_yaml_flash, sector),
	NUMBER("sectors", NEEDED, scenario_yaml_flash, sectors),
	NUMBER("program", NEEDED, scenario_yaml_flash, program),
	NUMBER_OR_NOT("endurance", scenario_yaml_flash, endurance),
	NUMBER_OR_NOT("cache", scenario_yaml_flash, cache),
	WORD("flush", OPTIONAL, scenario_yaml_flash, flush_ignored, flush_words),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t efuse_fields[] = {
	NUMBER("counter", NEEDED, scenario_yaml_efuse, counter),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t device_fields[] = {
	PART("flash", scenario_yaml_device, flash, flash_fields),
	PART("efuse", scenario_yaml_device, efuse, efuse_fields),
	WORD("execute", OPTIONAL, scenario_yaml_device, execute_ram, execute_words),
	LIST("keys", OPTIONAL, scenario_yaml_device, keys, &name_value, 1, HAL_KEYS_MAX),
	TEXT("class", OPTIONAL, scenario_yaml_device, class_name, NAME_MAX_BYTES),
	NUMBER_OR_NOT("attempts", scenario_yaml_device, attempts),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t forge_fields[] = {
	TEXT("image", OPTIONAL, scenario_yaml_forge, image, TEXT_MAX_BYTES),
	TEXT("manifest", OPTIONAL, scenario_yaml_forge, manifest, TEXT_MAX_BYTES),
	CYAML_FIELD_END,
};

#define RELEASE_FIELDS                                                                             \
	TEXT("version", NEEDED, scenario_yaml_release, version, NAME_MAX_BYTES),                   \
		NUMBER("security", OPTIONAL, scenario_yaml_release, security),                     \
		NUMBER_OR_NOT("size", scenario_yaml_release, size),                                \
		NUMBER_OR_NOT("header", scenario_yaml_release, header),                            \
		NUMBER_OR_NOT("sequence", scenario_yaml_release, sequence),                        \
		WORD("behaviour", OPTIONAL, scenario_yaml_release, behaviour, behaviour_words),    \
		TEXT("key", OPTIONAL, scenario_yaml_release, key, NAME_MAX_BYTES),                 \
		TEXT("manifest_key", OPTIONAL, scenario_yaml_release, manifest_key,                \
		     NAME_MAX_BYTES),                                                              \
		LIST("revokes", OPTIONAL, scenario_yaml_release, revokes, &name_value, 1,          \
		     HAL_KEYS_MAX),                                                                \
		TEXT("class", OPTIONAL, scenario_yaml_release, class_name, NAME_MAX_BYTES),        \
		TEXT("image_class", OPTIONAL, scenario_yaml_release, image_class, NAME_MAX_BYTES), \
		TEXT("manifest_class", OPTIONAL, scenario_yaml_release, manifest_class,            \
		     NAME_MAX_BYTES),                                                              \
		WORD("payload", OPTIONAL, scenario_yaml_release, payload_agent, payload_words),    \
		WORD("security_missing", OPTIONAL, scenario_yaml_release, security_missing,        \
		     yes_words),                                                                   \
		PART_OR_NOT("forge", scenario_yaml_release, forge, forge_fields),                  \
		NUMBER_OR_NOT("manifest_security", scenario_yaml_release, manifest_security),      \
		NUMBER_OR_NOT("image_flags", scenario_yaml_release, image_flags),                  \
		NUMBER_OR_NOT("image_magic", scenario_yaml_release, image_magic),                  \
		WORD("asks", OPTIONAL, scenario_yaml_release, asks, asks_words),                   \
		NUMBER_OR_NOT("manifest_size", scenario_yaml_release, manifest_size),              \
		TEXT("manifest_version", OPTIONAL, scenario_yaml_release, manifest_version,        \
		     NAME_MAX_BYTES),                                                              \
		TEXT("covered", OPTIONAL, scenario_yaml_release, covered, EDITS_MAX_BYTES),        \
		TEXT("manifest_image", OPTIONAL, scenario_yaml_release, manifest_image,            \
		     NAME_MAX_BYTES),                                                              \
		TEXT("made", OPTIONAL, scenario_yaml_release, made, TEXT_MAX_BYTES)

static const cyaml_schema_field_t release_fields[] = {
	RELEASE_FIELDS,
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t named_release_fields[] = {
	TEXT("name", NEEDED, scenario_yaml_release, name, NAME_MAX_BYTES),
	RELEASE_FIELDS,
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t release_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_release, release_fields),
};

static const cyaml_schema_value_t named_release_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_release, named_release_fields),
};

static const cyaml_schema_field_t wire_fields[] = {
	WORD("of", NEEDED, scenario_yaml_wire, of_manifest, of_words),
	WORD("does", NEEDED, scenario_yaml_wire, does, does_words),
	TEXT("release", OPTIONAL, scenario_yaml_wire, release, NAME_MAX_BYTES),
	NUMBER("from", OPTIONAL, scenario_yaml_wire, from),
	NUMBER_OR_NOT("bytes", scenario_yaml_wire, bytes),
	NUMBER("after", OPTIONAL, scenario_yaml_wire, after),
	NUMBER("lives", OPTIONAL, scenario_yaml_wire, lives),
	NUMBER("ms", OPTIONAL, scenario_yaml_wire, ms),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t wire_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_wire, wire_fields),
};

static const cyaml_schema_field_t https_fields[] = {
	WORD("does", NEEDED, scenario_yaml_https, does, https_words),
	WORD("at", OPTIONAL, scenario_yaml_https, at, at_words),
	NUMBER("bytes", OPTIONAL, scenario_yaml_https, bytes),
	NUMBER("lives", OPTIONAL, scenario_yaml_https, lives),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t https_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_https, https_fields),
};

static const cyaml_schema_field_t probe_fields[] = {
	TEXT("manifest", OPTIONAL, scenario_yaml_probe, manifest, EDITS_MAX_BYTES),
	TEXT("envelope", OPTIONAL, scenario_yaml_probe, envelope, EDITS_MAX_BYTES),
	TEXT("covered", OPTIONAL, scenario_yaml_probe, covered, EDITS_MAX_BYTES),
	TEXT("image", OPTIONAL, scenario_yaml_probe, image, EDITS_MAX_BYTES),
	TEXT("refused", NEEDED, scenario_yaml_probe, refused, NAME_MAX_BYTES),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t probe_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_probe, probe_fields),
};

static const cyaml_schema_field_t attack_fields[] = {
	TEXT("manifest", OPTIONAL, scenario_yaml_attack, manifest, NAME_MAX_BYTES),
	TEXT("image", OPTIONAL, scenario_yaml_attack, image, NAME_MAX_BYTES),
	LIST("https", OPTIONAL, scenario_yaml_attack, https, &https_value, 1, ATTACKER_WIRE_MAX),
	LIST("probes", OPTIONAL, scenario_yaml_attack, probes, &probe_value, 1,
	     ATTACKER_PROBES_MAX),
	LIST("wire", OPTIONAL, scenario_yaml_attack, wire, &wire_value, 1, ATTACKER_WIRE_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t flips_fields[] = {
	TEXT("region", NEEDED, scenario_yaml_flips, region, NAME_MAX_BYTES),
	WORD("part", OPTIONAL, scenario_yaml_flips, part, part_words),
	NUMBER_OR_NOT("step", scenario_yaml_flips, step),
	WORD("all_copies", OPTIONAL, scenario_yaml_flips, all_copies, yes_words),
	NUMBER("op", OPTIONAL, scenario_yaml_flips, op),
	NUMBER_OR_NOT("reads", scenario_yaml_flips, reads),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t flips_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct scenario_yaml_flips, flips_fields),
};

static const cyaml_schema_field_t faults_fields[] = {
	TEXT("plan", OPTIONAL, scenario_yaml_faults, plan, PLAN_TEXT_BYTES - 1),
	WORD("cut", OPTIONAL, scenario_yaml_faults, cut_every, cut_words),
	TEXT("tears", OPTIONAL, scenario_yaml_faults, tears, NAME_MAX_BYTES),
	TEXT("cuts", OPTIONAL, scenario_yaml_faults, cuts, NAME_MAX_BYTES),
	LIST("each", OPTIONAL, scenario_yaml_faults, each, &name_value, 1, PLAN_KINDS),
	LIST("flips", OPTIONAL, scenario_yaml_faults, flips, &flips_value, 1, SCENARIO_FLIPS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t expect_fields[] = {
	TEXT("version", OPTIONAL, scenario_yaml_expect, version, NAME_MAX_BYTES),
	NUMBER_OR_NOT("counter", scenario_yaml_expect, counter),
	TEXT("refused", OPTIONAL, scenario_yaml_expect, refused, TEXT_MAX_BYTES),
	TEXT("saw", OPTIONAL, scenario_yaml_expect, saw, TEXT_MAX_BYTES),
	NUMBER_OR_NOT("given_up", scenario_yaml_expect, given_up),
	NUMBER_OR_NOT("minutes", scenario_yaml_expect, minutes),
	NUMBER_OR_NOT("erases", scenario_yaml_expect, erases),
	LIST("revoked", OPTIONAL, scenario_yaml_expect, revoked, &name_value, 0, HAL_KEYS_MAX),
	CYAML_FIELD_ENUM_PTR("secure_boot", POINTER | OPTIONAL | CYAML_FLAG_STRICT,
			     struct scenario_yaml_expect, secure_boot, yes_words,
			     CYAML_ARRAY_LEN(yes_words)),
	CYAML_FIELD_END,
};

/* Firmware that crashes, or a fault that did not happen, has no excuse: neither is in here. */
static const cyaml_schema_field_t may_break_fields[] = {
	TEXT("trusted", OPTIONAL, scenario_yaml_may_break, why[RULE_TRUSTED], TEXT_MAX_BYTES),
	TEXT("whole", OPTIONAL, scenario_yaml_may_break, why[RULE_WHOLE], TEXT_MAX_BYTES),
	TEXT("forward", OPTIONAL, scenario_yaml_may_break, why[RULE_FORWARD], TEXT_MAX_BYTES),
	TEXT("reachable", OPTIONAL, scenario_yaml_may_break, why[RULE_REACHABLE], TEXT_MAX_BYTES),
	TEXT("honest", OPTIONAL, scenario_yaml_may_break, why[RULE_HONEST], TEXT_MAX_BYTES),
	TEXT("boots", OPTIONAL, scenario_yaml_may_break, why[RULE_BOOTS], TEXT_MAX_BYTES),
	TEXT("reverts", OPTIONAL, scenario_yaml_may_break, why[RULE_REVERTS], TEXT_MAX_BYTES),
	TEXT("settles", OPTIONAL, scenario_yaml_may_break, why[RULE_SETTLES], TEXT_MAX_BYTES),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t cover_value = {
	CYAML_VALUE_STRING(POINTER, char *, 1, TEXT_MAX_BYTES),
};

static const cyaml_schema_field_t scenario_fields[] = {
	TEXT("name", NEEDED, scenario_yaml, name, SCENARIO_NAME_BYTES - 1),
	TEXT("summary", NEEDED, scenario_yaml, summary, TEXT_MAX_BYTES),
	TEXT("why", OPTIONAL, scenario_yaml, why, CYAML_UNLIMITED),
	LIST("covers", OPTIONAL, scenario_yaml, covers, &cover_value, 0, SCENARIO_COVERS_MAX),
	PART("device", scenario_yaml, device, device_fields),
	PART("factory", scenario_yaml, factory, release_fields),
	PART_OR_NOT("update", scenario_yaml, update, release_fields),
	LIST("then", OPTIONAL, scenario_yaml, then, &release_value, 1, SCENARIO_RELEASES_MAX),
	LIST("releases", OPTIONAL, scenario_yaml, releases, &named_release_value, 1,
	     SCENARIO_RELEASES_MAX),
	WORD("start", OPTIONAL, scenario_yaml, starts_blank, start_words),
	WORD("over", OPTIONAL, scenario_yaml, over_https, over_words),
	PART_OR_NOT("attack", scenario_yaml, attack, attack_fields),
	PART_OR_NOT("faults", scenario_yaml, faults, faults_fields),
	PART_OR_NOT("expect", scenario_yaml, expect, expect_fields),
	PART_OR_NOT("may_break", scenario_yaml, may_break, may_break_fields),
	TEXT("fuse", OPTIONAL, scenario_yaml, fuse, TEXT_MAX_BYTES),
	CYAML_FIELD_END,
};
/* clang-format on */

const cyaml_schema_value_t scenario_schema = {
	CYAML_VALUE_MAPPING(POINTER, struct scenario_yaml, scenario_fields),
};
