/*
 * The two halves of an update system, each as it ships: `brownout serve` with its throw-away
 * authority, and the agent with a network of its own on a FUSE flash. A release that `brownout
 * release` made reaches a device that `brownout enrol` made known; the server is killed midway, and
 * the power of the device cut.
 */
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/mount_fixture.h"

#define DEVICE	  "gateway-1"
#define LIVES_MAX 24u

static const char scenario_text[] =
	"name: served\n"
	"summary: A release that a server of its own hands out.\n"
	"device:\n"
	"  flash: {kind: nor, sector: 1024, sectors: 20, program: 128}\n"
	"  efuse: {counter: 8}\n"
	"factory: {version: 1.0.0, security: 1, size: 1500, header: 32}\n"
	"update:  {version: 1.1.0, security: 2, sequence: 1, made: release}\n"
	"over: https\n"
	"expect: {version: 1.1.0, counter: 2}\n";

static char house[] = "/tmp/brownout-served-XXXXXX", brownout[4096];

/* ---- what a person types ---- */

__attribute__((format(printf, 1, 2))) static void typed(const char *format, ...)
{
	char command[16384];
	va_list list;
	size_t used = (size_t)snprintf(command, sizeof(command), "cd %s && exec >out 2>&1 && %s ",
				       house, brownout);

	va_start(list, format);
	(void)vsnprintf(command + used, sizeof(command) - used, format, list);
	va_end(list);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void read_text(const char *path, char *text, size_t room)
{
	char whole[8192];
	size_t bytes;
	FILE *file;

	(void)snprintf(whole, sizeof(whole), "%s/%s", house, path);
	file = fopen(whole, "re");
	assert_non_null(file);
	bytes = fread(text, 1, room - 1, file);
	(void)fclose(file);
	assert_true(bytes > 0 && bytes < room - 1);
	text[bytes] = '\0';
}

/* ---- the server ---- */

struct server {
	pid_t pid;
	uint32_t port; /* 0: not known yet, any that is free */
	uint32_t starts;
};

__attribute__((noreturn)) static void server_exec(const struct server *server, int out)
{
	char port[16];

	(void)snprintf(port, sizeof(port), "%u", server->port);
	/* A test that fails leaves no server behind. */
	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && dup2(out, 1) >= 0 && chdir(house) == 0 &&
	    freopen("log", "a", stderr))
		(void)execl(brownout, brownout, "serve", "release", "--state", "state", "--stages",
			    "100", "--port", port, (char *)NULL);
	_exit(127);
}

/* Returns once it listens. */
static void server_start(struct server *server)
{
	char line[256];
	int ends[2];
	FILE *said;

	assert_int_equal(pipe(ends), 0);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		server_exec(server, ends[1]);
	(void)close(ends[1]);
	said = fdopen(ends[0], "r");
	assert_non_null(said);
	while (fgets(line, sizeof(line), said) && strncmp(line, "release", 7) != 0)
		if (strncmp(line, "server ", 7) == 0)
			server->port = (uint32_t)strtoul(strrchr(line, ':') + 1, NULL, 10);
	(void)fclose(said);
	assert_int_not_equal(server->port, 0);
	server->starts++;
}

static void server_kill(struct server *server)
{
	assert_int_equal(kill(server->pid, SIGKILL), 0);
	assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
	server->pid = 0;
}

/* Whole, as what it has kept says it: one number. */
static int ledger(const char *query)
{
	char path[4096];
	sqlite3_stmt *statement;
	sqlite3 *db;
	int value;

	(void)snprintf(path, sizeof(path), "%s/state/ledger.db", house);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return value;
}

/* ---- the device ---- */

/* What happens to the server while the device lives. */
struct fate {
	struct server *server;
	uint32_t kill_at_op; /* killed before that op, and there again after it; 0: not so */
	bool kill_at_report; /* killed as the first report is under way; gone until the next life */
	bool killed_at_report; /* ... and it was */
};

static void fate_op(void *context, const struct run *run, const struct inject_op *op)
{
	struct fate *fate = context;

	(void)run;
	if (op->number != fate->kill_at_op)
		return;
	fate->kill_at_op = 0;
	server_kill(fate->server);
	server_start(fate->server);
}

static void fate_report(void *context, const struct hal_report *report)
{
	struct fate *fate = context;

	(void)report;
	if (!fate->kill_at_report)
		return;
	fate->kill_at_report = false;
	fate->killed_at_report = true;
	server_kill(fate->server);
}

static void configured(struct files_network *network, uint32_t port)
{
	memset(network, 0, sizeof(*network));
	network->base_count = 1;
	(void)snprintf(network->bases[0], FILES_BASE_BYTES, "https://127.0.0.1:%u", port);
	read_text("state/pins", network->pins, sizeof(network->pins));
	network->pins[strcspn(network->pins, "\n")] = '\0';
	(void)snprintf(network->device, sizeof(network->device), DEVICE);
	read_text("state/ca.pem", network->authority_pem, FILES_PEM_BYTES);
	read_text("state/devices/" DEVICE ".pem", network->cert_pem, FILES_PEM_BYTES);
	read_text("state/devices/" DEVICE ".key.pem", network->key_pem, FILES_PEM_BYTES);
	network->piece_bytes = 512;
	network->manifest_bytes = 1024 + 1;
	network->connect_ms = 20000;
	network->request_ms = 30000;
	network->stall_s = 10;
}

/* Lives until it rests on the release with nothing left to tell, the server there in each. */
static void lives(struct run *run, struct server *server)
{
	do {
		if (server->pid == 0)
			server_start(server);
		run_life(run);
		assert_int_not_equal(run->history.end, DEVICE_TRAP);
		assert_int_not_equal(run->history.end, DEVICE_HANG);
		assert_true(run->history.lives < LIVES_MAX);
	} while (run->history.quiet < RUN_QUIET_LIVES || run->device.outbox.queued > 0);
}

/* The release runs, for good; every report is in the ledger, each once; the log tells of it. */
static void held(const struct run *run)
{
	char text[16384];

	for (int rule = 0; rule < RULES; rule++)
		if (run->history.breaks[rule].broken)
			fail_msg("%s: %s", rule_name((enum rule)rule),
				 run->history.breaks[rule].why);
	assert_int_equal(run->history.settled, 1);
	assert_int_equal(run->history.counter, 2);
	assert_int_equal(ledger("SELECT count(number) FROM log"), run->device.outbox.made);
	assert_int_equal(ledger("SELECT count(DISTINCT number) FROM log"), run->device.outbox.made);
	assert_int_equal(ledger("SELECT max(number) FROM log"), run->device.outbox.made);
	/* Nothing that the device says is refused: a report that is told again is the same one. */
	typed("log state/ledger.db " DEVICE " && touch log && ! grep -E '(403|409|400) ' log");
	read_text("out", text, sizeof(text));
	assert_non_null(strstr(text, "offered   manifest 1"));
	assert_non_null(strstr(text, "1.1.0, confirmed, security counter 2, manifest 1 confirmed"));
}

static struct run_door door;

/* A device as it left the factory, a state folder of its own, and the server. */
static void served(const char *plan_text, const struct fate *asked, bool forgets)
{
	static struct files_network network;
	struct server server = {.port = 0};
	struct fate fate = *asked;
	struct run_scene scene;
	struct plan plan = {0};
	struct run run;
	char path[4096];

	typed("enrol state " DEVICE);
	server_start(&server);
	configured(&network, server.port);
	mount_network(&network);
	(void)snprintf(path, sizeof(path), "%s/5xx-network/599-served.yaml", house);
	fixture_scene(path, &scene);
	scene.door = door;
	if (plan_text) {
		char why[256];

		assert_int_equal(plan_parse(plan_text, &plan, why, sizeof(why)), 0);
	}
	fate.server = &server;
	run_open(&run, &scene, &plan);
	run.watch =
		(struct run_watch){.context = &fate, .op_before = fate_op, .reported = fate_report};
	lives(&run, &server);
	held(&run);
	assert_int_equal(fate.kill_at_op, 0);
	assert_int_equal(fate.killed_at_report, asked->kill_at_report);
	assert_int_equal(run.history.cuts, plan.count);
	if (forgets) {
		/* The answer to the last report was lost with the power: it is told again. */
		run.device.outbox.queued = 1;
		run_life(&run);
		assert_int_equal(run.device.outbox.queued, 0);
		held(&run);
	}
	server_kill(&server);
	run_close(&run);
	fixture_scene_end(&scene);
	mount_network(NULL);
	(void)snprintf(path, sizeof(path), "rm -rf %s/state", house);
	assert_int_equal(system(path), 0);
}

static void serve_device_is_updated_and_its_reports_are_kept(void **state)
{
	static const struct fate fate = {.server = NULL};

	(void)state;
	served(NULL, &fate, true);
}

static void serve_device_survives_a_server_killed_in_the_download(void **state)
{
	static const struct fate fate = {.kill_at_op = 20};

	(void)state;
	served(NULL, &fate, false);
}

static void serve_device_survives_its_own_power_cut_and_a_killed_server(void **state)
{
	static const struct fate fate = {.kill_at_op = 24, .kill_at_report = true};

	(void)state;
	served("cut=18+5", &fate, true);
}

/* ---- the house ---- */

static int house_drop(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int house_build(void **state)
{
	char path[8192];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(house));
	(void)snprintf(path, sizeof(path), "mkdir %s/keys %s/5xx-network; seq 300 >%s/app.bin",
		       house, house, house);
	assert_int_equal(system(path), 0);
	(void)snprintf(path, sizeof(path), "%s/5xx-network/599-served.yaml", house);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(scenario_text, file) >= 0 && fclose(file) == 0);
	typed("keygen keys/vendor.pem");
	typed("release app.bin --key keys/vendor.pem --name gateway --version 1.1.0 --security 2 "
	      "--header-size 32 --vendor-id 717372e8-e7f8-8f16-ae11-fff4dea0082a --class-id "
	      "6d721854-23a0-8d7a-92de-6d1527399e15 --out release");
	(void)snprintf(path, sizeof(path), "ln -s ../release %s/5xx-network/release", house);
	assert_int_equal(system(path), 0);
	return 0;
}

static int house_clear(void **state)
{
	(void)state;
	return nftw(house, house_drop, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(serve_device_is_updated_and_its_reports_are_kept),
		cmocka_unit_test(serve_device_survives_a_server_killed_in_the_download),
		cmocka_unit_test(serve_device_survives_its_own_power_cut_and_a_killed_server),
	};
	int status;

	(void)snprintf(brownout, sizeof(brownout), "%s/../brownout", fixture_programs());
	if (fixture_no_fuse())
		return 0;
	if (fixture_mount(&door) != 0)
		return 1;
	status = cmocka_run_group_tests(tests, house_build, house_clear);
	mount_close(&door);
	return status;
}
