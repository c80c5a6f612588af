/* What the readers of a fleet's parts share: names, percents and hours, refused where they are. */
#ifndef SIM_SCENARIO_FLEET_READ_H
#define SIM_SCENARIO_FLEET_READ_H

#include "sim/fleet/fleet_plan.h"
#include "sim/scenario/scenario_fleet_yaml.h"

#define FLEET_PLACE_BYTES 96

struct fleet_reading {
	const struct scenario *scenario;
	const struct scenario_yaml_file *file;
	const struct scenario_yaml_fleet *yaml;
	struct fleet_plan *plan;
	char where[FLEET_PLACE_BYTES]; /* of what is being read */
};

/* Each 0, or -1 after a message about where.key. */
FW_CHECKED int fleet_read_percent(struct fleet_reading *reading, const char *key, double percent,
				  uint32_t *share);
/* A time in hours, below the fleet's end. */
FW_CHECKED int fleet_read_hours(struct fleet_reading *reading, const char *key, uint32_t hours,
				uint32_t *seconds);
/* A release with a manifest, or the factory's if that may be. */
FW_CHECKED int fleet_read_release(struct fleet_reading *reading, const char *key, const char *name,
				  bool factory, uint32_t *release);
/* Names of a kind, as bits. */
FW_CHECKED int fleet_read_names(struct fleet_reading *reading, const char *key,
				const struct fleet_kinds *kinds, char *const *names, uint32_t count,
				uint32_t *bits);
__attribute__((format(printf, 3, 4))) int fleet_read_fail(struct fleet_reading *reading,
							  const char *key, const char *format, ...);

/* What is rolled out, once devices are read. 0, or -1 after a message. */
FW_CHECKED int fleet_read_rollouts(struct fleet_reading *reading);

#endif
