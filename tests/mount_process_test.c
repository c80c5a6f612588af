/*
 * The device as processes: what runs after a jump is what lay in the slot, and when the runner dies
 * nothing of it is left, no process, no mount, no file.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/mount_fixture.h"

static struct run_door door;
static const char *programs;
static const char *const program_names[] = {"bootloader", "agent", "agent_https", "provision"};

/* The child of this process that is the device, or 0. */
static pid_t device_pid(pid_t parent)
{
	char path[64];
	int pid = 0;
	FILE *children;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	children = fopen(path, "re");
	if (!children)
		return 0;
	if (fscanf(children, "%d", &pid) != 1)
		pid = 0;
	(void)fclose(children);
	return pid;
}

/* How often the process that reported was the payload of the slot, and not. */
struct proof {
	const struct scenario *scenario;
	uint32_t payload, other;
};

static void proof_report(void *context, const struct hal_report *report)
{
	struct proof *proof = context;
	const struct scenario *scenario = proof->scenario;
	uint8_t *bytes;
	char path[64];
	bool same = false;
	FILE *runs;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)device_pid(getpid()));
	runs = fopen(path, "re");
	assert_non_null(runs);
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];
		size_t size = release->payload_bytes;

		if (memcmp(&release->version, &report->version, sizeof(report->version)) != 0)
			continue;
		bytes = malloc(size + 1);
		assert_non_null(bytes);
		rewind(runs);
		same |= fread(bytes, 1, size + 1, runs) == size &&
			!memcmp(bytes, release->image + release->header_bytes, size);
		free(bytes);
	}
	(void)fclose(runs);
	proof->payload += same;
	proof->other += !same;
}

static void prove(const char *pattern, struct proof *proof)
{
	static const struct plan none;
	struct run_watch watch = {.context = proof, .reported = proof_report};
	struct run_scene scene;
	struct verdict verdict;

	fixture_scene(pattern, &scene);
	proof->scenario = scene.scenario;
	scene.door = door;
	run_case(&scene, &none, &watch, &verdict);
	assert_true(verdict_good(&verdict, scene.scenario));
	fixture_scene_end(&scene);
}

static void jump_runs_the_bytes_of_the_slot(void **state)
{
	struct proof in_place = {0}, in_ram = {0}, random = {0};

	(void)state;
	prove("scenarios/1xx*/*-agent-update.yaml", &in_place);
	prove("scenarios/1xx*/*-agent-update-ram.yaml", &in_ram);
	prove("scenarios/1xx*/101-*.yaml", &random);
	assert_true(in_place.payload >= 3 && in_place.other == 0);
	assert_true(in_ram.payload >= 3 && in_ram.other == 0);
	assert_true(random.payload == 0 && random.other >= 3);
}

/* ---- what is left when the runner dies ---- */

static bool mounted_for(pid_t pid)
{
	char path[64], line[1024];
	bool found = false;
	FILE *mounts;

	(void)snprintf(path, sizeof(path), "/proc/%d/mounts", (int)pid);
	mounts = fopen(path, "re");
	assert_non_null(mounts);
	while (fgets(line, sizeof(line), mounts))
		found |= !strncmp(line, "brownout ", 9);
	(void)fclose(mounts);
	return found;
}

/*
 * A namespace in which nobody can write to /tmp: a runner that works there leaves nothing in it.
 * And one whose mounts are shared, as systemd has them: the runner's mount must not come out.
 */
static int tmp_close(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) ||
	    mount("/tmp", "/tmp", NULL, MS_BIND, NULL) ||
	    mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL)) {
		print_message("/tmp cannot be closed: %s; run as root\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int tmp_open(void **state)
{
	(void)state;
	return umount("/tmp");
}

/* A process that runs cases without end, until the first of them is seen. */
static pid_t runner_start(void)
{
	static const struct plan none;
	struct run_scene scene;
	struct verdict verdict;
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		/* A shell that runs us in the background hands down that ^C is ignored. */
		(void)signal(SIGINT, SIG_DFL);
		fixture_scene("scenarios/1xx*/101-*.yaml", &scene);
		if (mount_open(&scene.door) || write(ready[1], "r", 1) != 1)
			_exit(2);
		for (;;)
			run_case(&scene, &none, NULL, &verdict);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void killed_by(int signal)
{
	pid_t runner = runner_start(), device = 0;
	int status, tries = 0;

	for (; !device && tries < 1000; tries++) {
		(void)usleep(1000);
		device = device_pid(runner);
	}
	assert_true(device > 0);
	assert_true(mounted_for(runner));
	assert_false(mounted_for(getpid()));
	assert_int_equal(kill(runner, signal), 0);
	assert_int_equal(waitpid(runner, &status, 0), runner);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	for (tries = 0; tries < 2000 && !kill(device, 0); tries++)
		(void)usleep(1000); /* an orphan is reaped by init, in its own time */
	assert_true(kill(device, 0) && errno == ESRCH);
	assert_false(mounted_for(getpid()));
}

static void killed_runner_leaves_nothing(void **state)
{
	(void)state;
	killed_by(SIGKILL);
}

static void interrupted_runner_leaves_nothing(void **state)
{
	(void)state;
	killed_by(SIGINT);
}

static void missing_programs_are_said(void **state)
{
	struct run_door none;

	(void)state;
	mount_programs_path("/nonexistent");
	assert_int_equal(mount_open(&none), -1);
	mount_programs_path(programs);
}

static void folder_remove(const char *folder)
{
	char path[64];

	for (size_t i = 0; i < sizeof(program_names) / sizeof(program_names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, program_names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* A bootloader that does nothing and says so with a status that no device's program has. */
static void program_that_ends_otherwise_is_a_trap(void **state)
{
	static const struct plan none;
	char folder[] = "/tmp/mount-test-XXXXXX", path[64];
	struct run_scene scene;
	struct verdict verdict;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(program_names) / sizeof(program_names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, program_names[i]);
		assert_int_equal(symlink("/bin/false", path), 0);
	}
	mount_close(&door);
	mount_programs_path(folder);
	assert_int_equal(mount_open(&door), 0);
	fixture_scene("scenarios/1xx*/101-*.yaml", &scene);
	scene.door = door;
	run_case(&scene, &none, NULL, &verdict);
	assert_int_equal(verdict.rule[RULE_CONTAINED], BROKEN);
	assert_string_equal(verdict.breaks[RULE_CONTAINED].why, "the firmware traps");
	fixture_scene_end(&scene);
	folder_remove(folder);
	mount_programs_path(programs);
}

/* A device that asks for nothing does not notice that its flash is gone: it must be killed. */
static void killed_runner_takes_a_busy_device_along(void **state)
{
	char folder[] = "/tmp/mount-test-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(program_names) / sizeof(program_names[0]); i++) {
		FILE *script;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, program_names[i]);
		script = fopen(path, "we");
		assert_non_null(script);
		assert_true(fputs("#!/bin/sh\nexec sleep 600\n", script) >= 0);
		assert_int_equal(fchmod(fileno(script), 0700), 0);
		assert_int_equal(fclose(script), 0);
	}
	mount_programs_path(folder);
	killed_by(SIGKILL);
	folder_remove(folder);
	mount_programs_path(programs);
}

int main(void)
{
	/* Before this process has a mount of its own, which a fork would share. */
	const struct CMUnitTest busy[] = {
		cmocka_unit_test(killed_runner_takes_a_busy_device_along),
	};
	const struct CMUnitTest unmounted[] = {
		cmocka_unit_test(killed_runner_leaves_nothing),
		cmocka_unit_test(interrupted_runner_leaves_nothing),
		cmocka_unit_test(missing_programs_are_said),
	};
	const struct CMUnitTest mounted[] = {
		cmocka_unit_test(jump_runs_the_bytes_of_the_slot),
		cmocka_unit_test(program_that_ends_otherwise_is_a_trap),
	};
	int failed;

	if (fixture_no_fuse())
		return 0;
	programs = fixture_programs();
	failed = cmocka_run_group_tests_name("busy", busy, NULL, NULL);
	failed += cmocka_run_group_tests_name("runner", unmounted, tmp_close, tmp_open);
	if (fixture_mount(&door))
		return 1;
	failed += cmocka_run_group_tests_name("processes", mounted, NULL, NULL);
	mount_close(&door);
	return failed;
}
