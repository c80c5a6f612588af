/*
 * A whole flash that other hands have written, then boot: a device before its update, one after it
 * or a blank one, patched by the input, lives on. It may stay dead, but never runs what it must
 * not.
 */
#include "fuzz/fuzz.h"
#include "fuzz/patch.h"
#include "fuzz/scene.h"
#include "fuzz/take.h"

#define FLASH_PATCHES_MAX 64u

/* Devices to start from: images run in place or from RAM, as the maker left them or updated. */
static struct fuzz_scene flash_scenes[4];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const names[] = {"counter-burn", "ab-update-ram"};
	static const struct plan none;
	struct verdict verdict;
	struct run run;

	(void)argc, (void)argv;
	for (uint32_t i = 0; i < 4; i++) {
		scene_open(&flash_scenes[i], names[i & 1]);
		if (i < 2)
			continue;
		run_open(&run, &flash_scenes[i].scene, &none);
		run_finish(&run, &verdict);
		device_close(&flash_scenes[i].scene.born);
		device_copy(&flash_scenes[i].scene.born, &run.device);
		run_close(&run);
	}
	return 0;
}

/* Writes into a region, as far as both reach. */
static void flash_put(struct flash *flash, struct hal_region region, uint32_t offset,
		      const uint8_t *data, size_t size_bytes)
{
	offset %= region.size_bytes;
	if (size_bytes > region.size_bytes - offset)
		size_bytes = region.size_bytes - offset;
	if (size_bytes > 0)
		patch_flash(flash, region.offset + offset, data, size_bytes);
}

static void flash_patch(struct run *run, struct take *take)
{
	const struct scenario *scenario = run->scene->scenario;
	struct flash *flash = &run->device.chip.flash;
	uint32_t what = take_u8(take), offset = take_u16(take);
	const struct scenario_release *release;
	struct hal_region region;
	const uint8_t *data;
	size_t bytes;

	switch (what >> 6) {
	case 0:
	case 1:
		bytes = take_bytes(take, take_u8(take), &data);
		region = scenario_region(scenario, (enum plan_region)(what % PLAN_EFUSE));
		flash_put(flash, region, offset, data, bytes);
		break;
	case 2:
		release = &scenario->releases[offset % scenario->release_count];
		region = scenario_region(scenario, what & 1 ? PLAN_SLOT_B : PLAN_SLOT_A);
		flash_put(flash, region, 0, release->image, release->image_bytes);
		break;
	case 3:
		region = scenario_region(scenario, (enum plan_region)(what % PLAN_EFUSE));
		flash_flip(flash, region.offset + offset % region.size_bytes, take_u8(take) & 7);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static const struct plan none;
	struct take take = {data, size_bytes};
	uint32_t start = take_u8(&take);
	const struct fuzz_scene *scene = &flash_scenes[start & 3];
	struct verdict verdict;
	struct run run;

	run_open(&run, &scene->scene, &none);
	run.history.tampered = true;
	if (start & 4)
		patch_erase(&run.device.chip.flash,
			    (struct hal_region){0, run.device.board.flash_bytes});
	for (uint32_t i = 0; i < FLASH_PATCHES_MAX && take.left_bytes > 0; i++)
		flash_patch(&run, &take);
	run_finish(&run, &verdict);
	run_close(&run);
	scene_judge(&verdict, SCENE_RULES_ALWAYS, scene->scenario->name);
	return 0;
}
