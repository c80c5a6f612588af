/* The maker's side of a fleet: the server with its book, and the people who give it orders. */
#ifndef SIM_FLEET_CONTROL_H
#define SIM_FLEET_CONTROL_H

#include "sim/fleet/crowd.h"

struct control {
	const struct scenario *scenario;
	struct crowd *crowd;
	struct fleet_result *result;
	struct rollout_book book;
	uint32_t opened, ordered; /* of the plan's rollouts and orders, so many are done */
	bool down, died, saved, rogue;
	/* What the database held. */
	int64_t *numbers;
	size_t count;
	struct rollout_seat *seats;
	/* Of each of the plan's rollouts, as it was last looked at. */
	struct {
		enum rollout_state state;
		uint32_t stage;
	} seen[FLEET_ROLLOUTS_MAX];
	struct fleet_running running;
};

void control_open(struct control *control, const struct scenario *scenario, struct crowd *crowd,
		  struct fleet_result *result);
void control_close(struct control *control);
/* What is due by that time happens. */
void control_step(struct control *control, uint32_t at_s);
/* The reports of a life from first to before last come in. */
void control_heard(struct control *control, uint32_t device, const struct farm_life *life,
		   uint32_t first, uint32_t last, uint32_t at_s);
/* The device asks. What it is offered, as in a farm_key; retry_s: after so long it asks again, 0:
 * by its own habit. */
uint8_t control_ask(struct control *control, uint32_t device, uint32_t at_s, uint32_t *retry_s);
void control_mark(struct control *control, uint32_t at_s, enum fleet_event event, uint32_t rollout);

#endif
