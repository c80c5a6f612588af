/* The `fleet:` part of a scenario's YAML, as it stands in the file. Hours count from its begin. */
#ifndef SIM_SCENARIO_FLEET_YAML_H
#define SIM_SCENARIO_FLEET_YAML_H

#include <cyaml/cyaml.h>

#include "sim/scenario/scenario_yaml.h"

struct scenario_yaml_kind {
	char *name;
	double percent;
	int32_t utc_minutes;
};

struct scenario_yaml_group {
	char **types, **customers, **regions;
	uint32_t types_count, customers_count, regions_count;
	char *running_least, *running_most; /* releases */
};

struct scenario_yaml_stage {
	double percent;
	uint32_t hours;
	struct scenario_yaml_group *group;
};

struct scenario_yaml_limits {
	double *failed_boots, *reverts, *refusals, *silence;
	uint32_t *silence_hours, *devices;
};

struct scenario_yaml_window {
	char *from, *to;
	char **days;
	uint32_t days_count;
};

struct scenario_yaml_rollout {
	char *release;
	uint32_t hour;
	struct scenario_yaml_stage *stages;
	uint32_t stages_count;
	struct scenario_yaml_group *group;
	struct scenario_yaml_limits *pause;
	struct scenario_yaml_window *window;
	int any_time;
	uint32_t bytes_per_second, *retry_minutes;
};

struct scenario_yaml_habits {
	uint32_t *asks_every_hours;
	double cuts, offline, dropped, asleep;
	uint32_t *off_hours, asleep_from, asleep_hours;
};

struct scenario_yaml_differs {
	char *release;
	char **types;
	uint32_t types_count;
	int behaviour;
};

struct scenario_yaml_order {
	int does;
	char *release;
	uint32_t hour;
};

struct scenario_yaml_server {
	uint32_t dies, back, forgets;
};

struct scenario_yaml_rogue {
	char *release;
	uint32_t from, until;
	double percent;
};

struct scenario_yaml_fleet_rollout {
	char *release;
	int *state, *why;
	char *type;
	double *ran_at_most;
};

struct scenario_yaml_fleet_expect {
	char *newest;
	double stragglers;
	struct scenario_yaml_fleet_rollout *rollouts;
	uint32_t rollouts_count;
};

struct scenario_yaml_fleet {
	char *begins;
	uint32_t days;
	struct scenario_yaml_kind *types, *customers, *regions;
	uint32_t types_count, customers_count, regions_count;
	struct scenario_yaml_habits habits;
	struct scenario_yaml_differs *differs;
	uint32_t differs_count;
	struct scenario_yaml_rollout *rollouts;
	uint32_t rollouts_count;
	struct scenario_yaml_order *orders;
	uint32_t orders_count;
	struct scenario_yaml_server *server;
	struct scenario_yaml_rogue *rogue;
	struct scenario_yaml_fleet_expect expect;
};

extern const cyaml_schema_field_t scenario_fleet_fields[];

#endif
