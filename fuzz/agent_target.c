/*
 * The agent against a hostile server: the input is what the server does at each request, until it
 * is at its end; after that the server is honest. Every rule holds but that the update arrives.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/scene.h"
#include "fuzz/take.h"

static struct fuzz_scene agent_scenes[2];

/* One life's wiring, with the server's end held by the input. */
struct agent_wire {
	struct run *run;
	struct take *take;
	const struct device_wiring *inner;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	scene_open(&agent_scenes[0], "mix-and-match");
	scene_open(&agent_scenes[1], "replay-manifest");
	/* The attack is the input's, not the scenario's. */
	agent_scenes[0].scene.store.image_of = ATTACKER_NONE;
	return 0;
}

/*
 * Bytes of any release, where others were asked for. The oracle is not told: what it takes for
 * installed is an image that was fetched by its own name.
 */
static int agent_serve_other(struct agent_wire *wire, bool is_manifest, uint32_t offset, void *data,
			     uint32_t size_bytes)
{
	const struct attacker_store *store = &wire->run->scene->store;
	uint32_t index = take_u8(wire->take) % store->release_count;
	const struct attacker_release *release = &store->releases[index];
	const uint8_t *bytes = is_manifest ? release->manifest : release->image;
	uint32_t total = is_manifest ? release->manifest_bytes : release->image_bytes;

	if (bytes == NULL)
		return FW_ERR_NO_DATA;
	if (offset >= total)
		return 0;
	if (size_bytes > total - offset)
		size_bytes = total - offset;
	memcpy(data, bytes + offset, size_bytes);
	return (int)size_bytes;
}

static int agent_serve_raw(struct take *take, void *data, uint32_t size_bytes)
{
	uint32_t most = take_u8(take);
	const uint8_t *bytes;
	size_t got = take_bytes(take, most < size_bytes ? most : size_bytes, &bytes);

	memcpy(data, bytes, got);
	return (int)got;
}

static int agent_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	struct agent_wire *wire = context;
	const char *manifest = wire->run->scene->store.manifest_uri;
	bool is_manifest = strlen(manifest) == uri_bytes && !memcmp(uri, manifest, uri_bytes);
	uint32_t what = wire->take->left_bytes > 0 ? take_u8(wire->take) % 8 : 0;
	int got;

	/* The number that the device reads is then the input's: the oracle cannot name it. */
	if (is_manifest && what > 0 && what != 6)
		wire->run->history.offers = true;
	switch (what) {
	case 1:
		return FW_ERR_IO;
	case 2:
		return FW_ERR_NO_DATA;
	case 3:
		return 0;
	case 4:
		return agent_serve_other(wire, is_manifest, offset, data, size_bytes);
	case 5:
		return agent_serve_raw(wire->take, data, size_bytes);
	case 6:
		size_bytes = 1 + take_u8(wire->take) % size_bytes;
		break;
	default:
		break;
	}
	got = wire->inner->fetch(wire->inner->context, uri, uri_bytes, offset, data, size_bytes);
	if (what == 7 && got > 0)
		((uint8_t *)data)[take_u8(wire->take) % (uint32_t)got] ^=
			(uint8_t)take_u8(wire->take);
	return got;
}

static int agent_report(void *context, const struct hal_report *report)
{
	struct agent_wire *wire = context;

	return wire->inner->report(wire->inner->context, report);
}

static enum behaviour agent_jumped(void *context, const struct hal_handover *handover,
				   bool *foreign)
{
	struct agent_wire *wire = context;

	return wire->inner->jumped(wire->inner->context, handover, foreign);
}

static const struct scenario_release *agent_running(void *context)
{
	struct agent_wire *wire = context;

	return wire->inner->running(wire->inner->context);
}

static enum device_end agent_live(void *context, struct device *device, struct inject *faults,
				  const struct device_wiring *wiring)
{
	/* run.c wires itself in as the context of every call. */
	struct agent_wire wire = {.run = wiring->context, .take = context, .inner = wiring};
	struct device_wiring hostile = {.context = &wire,
					.fetch = agent_fetch,
					.report = agent_report,
					.jumped = agent_jumped,
					.running = agent_running};

	return device_live(NULL, device, faults, &hostile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct take take = {data, size_bytes};
	struct fuzz_scene *scene = &agent_scenes[take_u8(&take) & 1];
	static const struct plan none;
	struct verdict verdict;
	struct run run;

	scene->scene.door = (struct run_door){.live = agent_live, .context = &take};
	run_open(&run, &scene->scene, &none);
	run_finish(&run, &verdict);
	run_close(&run);
	scene_judge(&verdict,
		    SCENE_RULES_ALWAYS | 1u << RULE_BOOTS | 1u << RULE_REACHABLE |
			    1u << RULE_REVERTS | 1u << RULE_HONEST,
		    scene->scenario->name);
	return 0;
}
