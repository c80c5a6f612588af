/*
 * One case, from scenario to verdict. The device is powered up, lives, loses its power where the
 * plan says, and lives again until nothing changes any more; what the oracle saw is then judged.
 */
#include "sim/run.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "device-model/firmware/provision.h"

static uint32_t run_lives_max(const struct run *run)
{
	/* An update takes three lives, a bad one as many as it has attempts, and one to notice. */
	return 8 +
	       (4 + run->scene->scenario->board.attempts) * (run->scene->scenario->offer_count + 1);
}

/* ---- the wiring: what happens on the device is told to the oracle and to who looks on ---- */

static int run_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		     void *data, uint32_t size_bytes)
{
	struct run *run = context;

	return attacker_fetch(&run->network, uri, uri_bytes, offset, data, size_bytes);
}

static void run_delivered(void *context, uint32_t release, bool manifest)
{
	struct run *run = context;

	history_delivered(&run->history, release, manifest);
}

static int run_report(void *context, const struct hal_report *report)
{
	struct run *run = context;

	history_report(&run->history, &run->device, report, run->faults.op);
	if (run->scene->scenario->over_https) {
		/* It is on its way; the server knows of it when it has arrived. */
		run->said[++run->said_count % RUN_SAID] = *report;
	} else {
		attacker_report(&run->network, report);
	}
	if (run->watch.reported)
		run->watch.reported(run->watch.context, report);
	return FW_OK;
}

static enum behaviour run_jumped(void *context, const struct hal_handover *handover, bool *foreign)
{
	struct run *run = context;

	return history_jump(&run->history, &run->device, handover, run->faults.op, foreign);
}

static const struct scenario_release *run_running(void *context)
{
	struct run *run = context;

	return &run->scene->scenario->releases[run->history.running];
}

static void run_believed(void *context, uint32_t https)
{
	struct run *run = context;

	(void)https;
	run->history.believed = true;
}

/* What arrives is what was said, each once and in the order in which it was. */
static void run_told(void *context, uint64_t number, const struct hal_report *report,
		     const char *saw)
{
	struct run *run = context;
	const struct hal_report *said = &run->said[number % RUN_SAID];

	if (number != run->told_count + 1 || number > run->said_count ||
	    run->said_count - number >= RUN_SAID || !history_same_report(said, report))
		history_broke(&run->history, RULE_HONEST, run->faults.op,
			      "report %llu that reached the server is not what the device said",
			      (unsigned long long)number);
	run->told_count++;
	history_saw(&run->history, saw);
	attacker_report(&run->network, report);
}

static void run_met(void *context, uint32_t https)
{
	struct run *run = context;

	run->network.https_fired |= 1u << https;
}

static void run_op_before(void *context, const struct inject_op *op)
{
	struct run *run = context;

	if (run->watch.op_before)
		run->watch.op_before(run->watch.context, run, op);
}

static void run_op_after(void *context, const struct inject_op *op)
{
	struct run *run = context;

	history_op(&run->history, &run->device, op);
	if (run->watch.op_after)
		run->watch.op_after(run->watch.context, run, op);
}

static void run_violation(void *context, enum flash_violation what, uint32_t offset,
			  uint32_t size_bytes)
{
	struct run *run = context;

	(void)size_bytes;
	history_violation(&run->history, what, offset, run->faults.op);
}

static void run_log(void *context, const char *site, const char *text)
{
	struct run *run = context;

	run->watch.log(run->watch.context, site, text);
}

static struct hal_region run_region(const void *context, enum plan_region region)
{
	return scenario_region(context, region);
}

static const uint8_t *run_release(const void *context, const char *name, uint32_t *size_bytes)
{
	const struct scenario *scenario = context;
	int index = scenario_release_named(scenario, name);

	if (index < 0)
		return NULL;
	*size_bytes = scenario->releases[index].image_bytes;
	return scenario->releases[index].image;
}

static void run_wire(struct run *run)
{
	struct inject_watch *watch = &run->faults.watch;

	watch->context = run;
	watch->op_before = run_op_before;
	watch->op_after = run_op_after;
	watch->violation = run_violation;
	watch->log = run->watch.log ? run_log : NULL;
	watch->ram = run->watch.ram;
	run->network.delivered = run_delivered;
	run->network.context = run;
	run->network.clock_ms = &run->device.chip.clock_ms;
}

/* ---- the case ---- */

void run_open(struct run *run, const struct run_scene *scene, const struct plan *plan)
{
	struct inject_places places = {.context = scene->scenario,
				       .region = run_region,
				       .release = run_release,
				       .born = &scene->born.chip.flash};

	memset(run, 0, sizeof(*run));
	run->scene = scene;
	run->plan = *plan;
	device_copy(&run->device, &scene->born);
	inject_open(&run->faults, &run->device.chip, &run->plan, &places);
	attacker_open(&run->network, &scene->store);
	history_open(&run->history, scene->scenario, &run->device, &run->plan);
	run_wire(run);
}

/* What the life leaves behind, whichever way it ended. */
static void run_life_end(struct run *run, enum device_end end)
{
	bool faulted = run->faults.fault_life == run->faults.life;

	if (run->faults.weak_reads && run->history.lives < 64)
		run->weak_lives[run->history.lives] = true;
	if (run->device.chip.clock_ms > run->history.clock_ms)
		run->history.clock_ms = run->device.chip.clock_ms;
	history_life_end(&run->history, end, faulted);
	if (run->watch.life_ends)
		run->watch.life_ends(run->watch.context, run);
}

void run_life(struct run *run)
{
	const struct run_door *door = &run->scene->door;
	const struct scenario *scenario = run->scene->scenario;
	struct device_wiring wiring = {.context = run,
				       .over_https = scenario->over_https ? scenario : NULL,
				       .fetch = run_fetch,
				       .report = run_report,
				       .jumped = run_jumped,
				       .met = run_met,
				       .told = run_told,
				       .believed = run_believed,
				       .running = run_running};

	run_wire(run);
	inject_life(&run->faults);
	history_life_begin(&run->history, &run->device);
	if (run->watch.life_begins)
		run->watch.life_begins(run->watch.context, run);
	attacker_life(&run->network);
	run_life_end(run, door->live(door->context, &run->device, &run->faults, &wiring));
}

/* Every fault happened, by the word of who made it and by what it left behind. */
static bool run_fired(const struct run *run)
{
	uint32_t cuts = 0;

	for (uint32_t i = 0; i < run->plan.count; i++)
		cuts += run->plan.faults[i].kind == PLAN_CUT ||
			run->plan.faults[i].kind == PLAN_SAG;
	return inject_fired(&run->faults) && attacker_fired(&run->network) &&
	       run->history.cuts == cuts && run->history.cuts_shown == cuts;
}

/* Whatever happened on the way, by the time that the device rests its maker knows all of it. */
static void run_told_all(struct run *run)
{
	if (run->told_count != run->said_count)
		history_broke(
			&run->history, RULE_HONEST, 0, "%llu of %llu reports reached the server",
			(unsigned long long)run->told_count, (unsigned long long)run->said_count);
}

/* Quiet lives count from the last fault, so a late cut is no excuse. */
void run_finish(struct run *run, struct verdict *verdict)
{
	uint32_t last_fault = run->faults.life;

	while (run->history.quiet < RUN_QUIET_LIVES &&
	       run->faults.life - last_fault < run_lives_max(run)) {
		run_life(run);
		if (attacker_waits(&run->network) ||
		    (run->history.quiet >= RUN_QUIET_LIVES && inject_rest(&run->faults))) {
			run->history.quiet = 0;
			last_fault = run->faults.life;
		}
		if (run->faults.fault_life > last_fault)
			last_fault = run->faults.fault_life;
		if (run->history.end == DEVICE_HANG || run->history.end == DEVICE_TRAP)
			break; /* contained is broken: what follows proves nothing */
	}
	if (run->history.quiet >= RUN_QUIET_LIVES)
		run_told_all(run);
	verdict_judge(verdict, &run->history, &run->device, run_fired(run),
		      run->history.quiet >= RUN_QUIET_LIVES);
}

void run_close(struct run *run)
{
	device_close(&run->device);
}

void run_case(const struct run_scene *scene, const struct plan *plan, const struct run_watch *watch,
	      struct verdict *verdict)
{
	struct run run;

	run_open(&run, scene, plan);
	if (watch)
		run.watch = *watch;
	run_finish(&run, verdict);
	run_close(&run);
}

/* ---- branching ---- */

void run_branch(struct run *branch, const struct run *run)
{
	*branch = *run;
	device_copy(&branch->device, &run->device);
	memset(&branch->watch, 0, sizeof(branch->watch));
	inject_move(&branch->faults, &branch->device.chip, &branch->plan);
	run_wire(branch);
}

void run_branch_on(struct run *branch, const struct run *run, const struct flash *flash)
{
	*branch = *run;
	branch->device.chip.flash = *flash;
	memset(&branch->watch, 0, sizeof(branch->watch));
	inject_move(&branch->faults, &branch->device.chip, &branch->plan);
	run_wire(branch);
}

void run_cut(struct run *branch, const struct inject_op *op, const struct plan_extent *extent)
{
	struct plan_fault fault = {.kind = PLAN_CUT, .op = op->number, .extent = *extent};
	struct inject_op cut = *op;
	int full = plan_add(&branch->plan, &fault);

	assert(!full);
	cut.cut = extent;
	inject_cut_now(&branch->faults, &cut, branch->plan.count - 1);
	branch->device.chip.cause = HAL_RESET_POWER;
	run_life_end(branch, DEVICE_CUT);
}

/* ---- the scene ---- */

static void run_scene_store(struct run_scene *scene)
{
	const struct scenario *scenario = scene->scenario;
	struct attacker_store *store = &scene->store;

	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];

		scene->releases[i] = (struct attacker_release){
			.uri = release->uri,
			.image = release->image,
			.image_bytes = release->image_bytes,
			.manifest = release->manifest,
			.manifest_bytes = release->manifest_bytes,
			.sequence = release->sequence,
		};
	}
	for (uint32_t i = 0; i < scenario->probe_count; i++)
		scene->probes[i] = (struct attacker_probe){
			.manifest = scenario->probes[i].manifest,
			.manifest_bytes = scenario->probes[i].manifest_bytes,
			.image = scenario->probes[i].image,
			.image_bytes = scenario->probes[i].image_bytes,
		};
	store->probe_count = scenario->probe_count;
	store->probes = scene->probes;
	store->manifest_uri = scenario->board.manifest_uri;
	store->factory_uri = PROVISION_URI;
	store->release_count = scenario->release_count;
	store->releases = scene->releases;
	store->offer_count = scenario->offer_count;
	store->offers = scenario->offers;
	store->wire_count = scenario->wire_count;
	store->wire = scenario->wire;
	store->https_count = scenario->https_count;
	store->https = scenario->https;
	store->manifest_of = scenario->serve_manifest_of < 0
				     ? ATTACKER_NONE
				     : (uint32_t)scenario->serve_manifest_of;
	store->image_of =
		scenario->serve_image_of < 0 ? ATTACKER_NONE : (uint32_t)scenario->serve_image_of;
}

/* The jig's one undisturbed life. */
static int run_scene_provision(struct run_scene *scene)
{
	static const struct plan none;
	struct device_wiring wiring = {.fetch = run_fetch, .report = run_report};
	struct run run;
	enum device_end end;

	run_open(&run, scene, &none);
	wiring.context = &run;
	inject_life(&run.faults);
	end = device_live(NULL, &run.device, &run.faults, &wiring);
	if (end == DEVICE_DONE) {
		device_close(&scene->born);
		device_copy(&scene->born, &run.device);
	}
	run_close(&run);
	return end == DEVICE_DONE ? 0 : -1;
}

int run_scene_open(struct run_scene *scene, const struct scenario *scenario,
		   const struct device_firmware *firmware, char *why, size_t why_bytes)
{
	memset(scene, 0, sizeof(*scene));
	scene->scenario = scenario;
	scene->firmware = firmware;
	scene->door.live = device_live;
	run_scene_store(scene);
	device_open(&scene->born, firmware, scenario);
	if (scenario->starts_blank || run_scene_provision(scene) == 0)
		return 0;
	snprintf(why, why_bytes, "%s: provisioning the factory image failed, expected a device",
		 scenario->path);
	device_close(&scene->born);
	return -1;
}

void run_scene_close(struct run_scene *scene)
{
	device_close(&scene->born);
}
