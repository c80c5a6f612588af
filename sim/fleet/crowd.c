/* Who the devices are and when they wake. */
#include "sim/fleet/crowd.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/table.h"

#define DAY_S	 86400u
#define CALM	 3u    /* rounds of asking at the end in which nothing befalls anybody */
#define MORE_S	 DAY_S /* what has begun before the end may take so long to finish */
#define CROWD_ID 32

/* A device's type, customer and region, each by its share. */
static uint8_t crowd_kind(const struct fleet_kinds *kinds, uint64_t chance)
{
	uint32_t at = (uint32_t)(chance % ROLLOUT_SHARE), kind = 0;

	while (kind + 1 < kinds->count && at >= kinds->kind[kind].share)
		at -= kinds->kind[kind++].share;
	return (uint8_t)kind;
}

uint64_t crowd_draw(const struct crowd *crowd, uint32_t device, enum crowd_draw draw)
{
	uint32_t life = draw >= CROWD_WHO ? 0 : crowd->device[device].wakes;

	return table_mix(table_mix(crowd->seed, (uint64_t)device << 32 | life), draw);
}

bool crowd_chance(const struct crowd *crowd, uint32_t device, enum crowd_draw draw, uint32_t share)
{
	return share && crowd_draw(crowd, device, draw) % ROLLOUT_SHARE < share;
}

static void crowd_born(struct crowd *crowd, uint32_t i)
{
	struct crowd_device *device = &crowd->device[i];
	const struct fleet_plan *plan = crowd->plan;
	char name[CROWD_ID];

	(void)snprintf(name, sizeof(name), "device-%u", i);
	device->id = rollout_id(name);
	device->type = crowd_kind(&plan->types, crowd_draw(crowd, i, CROWD_WHO));
	device->customer = crowd_kind(&plan->customers, crowd_draw(crowd, i, CROWD_WHO + 1));
	device->region = crowd_kind(&plan->regions, crowd_draw(crowd, i, CROWD_WHO + 2));
	device->sleeper = crowd_chance(crowd, i, CROWD_WHO + 3, plan->habits.asleep);
	device->life = FARM_NO_LIFE;
	crowd_schedule(crowd, i, crowd_draw(crowd, i, CROWD_WHO + 4) % plan->habits.asks_every_s,
		       true);
}

void crowd_open(struct crowd *crowd, const struct fleet_plan *plan, uint32_t count, uint64_t seed)
{
	uint32_t calm_s = CALM * plan->habits.asks_every_s;

	*crowd = (struct crowd){.plan = plan, .seed = seed, .count = count};
	crowd->calm_s = plan->lasts_s > calm_s ? plan->lasts_s - calm_s : 0;
	crowd->slices = (plan->lasts_s + MORE_S) / CROWD_SLICE_S;
	crowd->device = calloc(count, sizeof(*crowd->device));
	crowd->slice = malloc(crowd->slices * sizeof(*crowd->slice));
	assert(crowd->device && crowd->slice);
	memset(crowd->slice, 0xff, crowd->slices * sizeof(*crowd->slice));
	for (uint32_t i = 0; i < count; i++)
		crowd_born(crowd, i);
}

void crowd_close(struct crowd *crowd)
{
	free(crowd->device);
	free(crowd->slice);
}

void crowd_schedule(struct crowd *crowd, uint32_t index, uint64_t at_s, bool habit)
{
	const struct fleet_habits *habits = &crowd->plan->habits;
	struct crowd_device *device = &crowd->device[index];
	uint64_t up_s = (uint64_t)habits->asleep_from_s + habits->asleep_s;
	uint32_t slice;

	/* Those that sleep do not wake all at once. */
	if (habit && device->sleeper && at_s >= habits->asleep_from_s && at_s < up_s)
		at_s = up_s + crowd_draw(crowd, index, CROWD_NEXT) % habits->asks_every_s;
	if ((habit && at_s >= crowd->plan->lasts_s) || at_s / CROWD_SLICE_S >= crowd->slices)
		return;
	slice = (uint32_t)(at_s / CROWD_SLICE_S);
	device->at_s = (uint32_t)at_s;
	device->next = crowd->slice[slice];
	crowd->slice[slice] = index;
}

/* Not every day at the same minute: by up to a quarter sooner or later. */
uint64_t crowd_habit(const struct crowd *crowd, uint32_t device, uint32_t now_s)
{
	uint32_t every_s = crowd->plan->habits.asks_every_s;

	return (uint64_t)now_s + every_s - every_s / 4 +
	       crowd_draw(crowd, device, CROWD_NEXT) % (every_s / 2);
}

static int crowd_compare(const void *a, const void *b, void *context)
{
	const struct crowd *crowd = context;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (crowd->device[i].at_s != crowd->device[j].at_s)
		return crowd->device[i].at_s < crowd->device[j].at_s ? -1 : 1;
	return i < j ? -1 : i > j;
}

uint32_t crowd_slice(struct crowd *crowd, uint32_t slice, uint32_t **order, uint32_t *room)
{
	uint32_t count = 0;

	for (uint32_t i = crowd->slice[slice]; i != CROWD_NONE; i = crowd->device[i].next) {
		if (count == *room) {
			*room = *room ? *room * 2 : 1024;
			*order = realloc(*order, *room * sizeof(**order));
			assert(*order);
		}
		(*order)[count++] = i;
	}
	if (count > 1)
		qsort_r(*order, count, sizeof(**order), crowd_compare, crowd);
	return count;
}

struct rollout_device crowd_register(const struct crowd *crowd, uint32_t index)
{
	const struct crowd_device *device = &crowd->device[index];
	const struct fleet_kind *region = &crowd->plan->regions.kind[device->region];

	return (struct rollout_device){.id = device->id,
				       .type = device->type,
				       .customer = device->customer,
				       .region = device->region,
				       .utc_offset_minutes = region->utc_offset_minutes};
}
