/*
 * A scenario's YAML, as it stands in the file: which keys there are and of which type, and on which
 * line each is, so that whoever finds a value wrong can say where.
 */
#ifndef SIM_SCENARIO_YAML_H
#define SIM_SCENARIO_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "device-model/hal.h"
#include "sim/scenario.h"

/* An optional value is a pointer: NULL is absent. */
struct scenario_yaml_flash {
	uint32_t sector, sectors, program, *endurance, *cache;
	int block, flush_ignored;
};

struct scenario_yaml_efuse {
	uint32_t counter;
};

struct scenario_yaml_device {
	struct scenario_yaml_flash flash;
	struct scenario_yaml_efuse efuse;
	int execute_ram;
	char **keys;
	uint32_t keys_count;
	char *class_name;
	uint32_t *attempts;
};

struct scenario_yaml_forge {
	char *image, *manifest;
};

struct scenario_yaml_release {
	char *name;
	char *version;
	uint32_t security, *size, *header;
	uint64_t *sequence;
	int behaviour;
	char *key, *manifest_key;
	char **revokes;
	uint32_t revokes_count;
	char *class_name, *image_class, *manifest_class;
	int payload_agent, security_missing;
	struct scenario_yaml_forge *forge;
	uint32_t *manifest_security, *manifest_size, *image_flags, *image_magic;
	int asks;
	char *manifest_version, *manifest_image, *covered;
	char *made; /* a release's folder, beside the scenario: its bytes, not ours */
};

struct scenario_yaml_wire {
	int of_manifest, does;
	char *release;
	uint32_t from, *bytes, after, lives, ms;
};

struct scenario_yaml_https {
	int does, at;
	uint32_t bytes, lives;
};

struct scenario_yaml_probe {
	char *manifest, *envelope, *covered, *image, *refused;
};

struct scenario_yaml_attack {
	char *manifest, *image;
	struct scenario_yaml_https *https;
	uint32_t https_count;
	struct scenario_yaml_probe *probes;
	uint32_t probes_count;
	struct scenario_yaml_wire *wire;
	uint32_t wire_count;
};

struct scenario_yaml_flips {
	char *region;
	int part, all_copies;
	uint32_t *step, *reads, op;
};

struct scenario_yaml_faults {
	char *plan;
	int cut_every;
	char *tears, *cuts;
	char **each;
	uint32_t each_count;
	struct scenario_yaml_flips *flips;
	uint32_t flips_count;
};

struct scenario_yaml_expect {
	char *version, *refused, *saw;
	uint32_t *counter, *minutes, *erases;
	uint64_t *given_up;
	char **revoked;
	uint32_t revoked_count;
	int *secure_boot;
};

struct scenario_yaml_may_break {
	char *why[RULES];
};

struct scenario_yaml {
	char *name, *summary, *why, *fuse;
	char **covers;
	uint32_t covers_count;
	struct scenario_yaml_device device;
	struct scenario_yaml_release factory, *update, *then, *releases;
	uint32_t then_count, releases_count;
	int starts_blank, over_https;
	struct scenario_yaml_attack *attack;
	struct scenario_yaml_faults *faults;
	struct scenario_yaml_expect *expect;
	struct scenario_yaml_may_break *may_break;
};

struct scenario_yaml_file {
	const char *path;
	uint8_t *bytes;
	size_t size_bytes;
	bool has_document;
	yaml_document_t document;
	struct scenario_yaml *root; /* of a scenario; else NULL */
	void *tree;		    /* what was loaded by the schema */
	const struct cyaml_schema_value *schema;
	const char *what; /* "scenario", in messages */
};

/* Reads and checks against the schema. 0, or -1 after a message. Close it either way. */
FW_CHECKED int scenario_yaml_open(struct scenario_yaml_file *file, const char *path);
/* The same for another kind of file, which messages call what; its schema loads file->tree. */
FW_CHECKED int scenario_yaml_open_as(struct scenario_yaml_file *file, const char *path,
				     const struct cyaml_schema_value *schema, const char *what);
void scenario_yaml_close(struct scenario_yaml_file *file);

/*
 * Writes "file:line: message" to stderr, for the value at a place like "update.key" or
 * "then[0].version": the line where it stands, or where the nearest thing around it begins.
 * Returns -1.
 */
__attribute__((format(printf, 3, 4))) int scenario_yaml_fail(const struct scenario_yaml_file *file,
							     const char *place, const char *format,
							     ...);

/* Whether the file says anything at that place: an empty list loads as none. */
bool scenario_yaml_has(const struct scenario_yaml_file *file, const char *place);

#endif
