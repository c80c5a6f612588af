/* brownout serve: the update server, with an authority of its own. */
#include "sim/cli/cli.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sim/server/server.h"
#include "sim/server/state.h"
#include "sim/vendor/notation.h"

#define SERVE_STATE	     "brownout-state"
#define SERVE_PORT	     8443u
#define SERVE_TURN_MS	     1000
#define SERVE_PATIENCE_S     20
#define SERVE_PATIENCE_S_MAX 3600u
#define SERVE_RATE	     2000000000u /* bytes a second, at most, that an option can say */

enum {
	SERVE_OPTION_BANDWIDTH = 0x100,
	SERVE_OPTION_DEVICE_BANDWIDTH,
	SERVE_OPTION_MIRROR,
	SERVE_OPTION_PATIENCE,
	SERVE_OPTION_PORT,
	SERVE_OPTION_STAGES,
	SERVE_OPTION_STATE,
	SERVE_OPTION_WINDOW,
};

struct serve {
	char **folders;
	size_t folder_count;
	const char *state_folder;
	struct server_options options;
	struct rollout_policy policy;
};

static const struct argp_option serve_options[] = {
	{"state", SERVE_OPTION_STATE, "FOLDER", 0,
	 "Authority, keys, token and ledger; made if it is not there (" SERVE_STATE " if left out)",
	 0},
	{"port", SERVE_OPTION_PORT, "N", 0, "On loopback; 0: any (8443 if left out)", 0},
	{"mirror", SERVE_OPTION_MIRROR, "N", 0,
	 "One more port, which serves the files of releases and nothing else; may be repeated", 0},
	{"stages", SERVE_OPTION_STAGES, "LIST", 0,
	 "Per cent of the devices, and hours, of each stage of a release that is new here "
	 "(1:48,10:168,25:336,50:336,100 if left out)",
	 0},
	{"window", SERVE_OPTION_WINDOW, "HH:MM-HH:MM", 0,
	 "Devices begin a release that is new here in this time of their day only (any time if "
	 "left out)",
	 0},
	{"bandwidth", SERVE_OPTION_BANDWIDTH, "N", 0, "Bytes of files a second, in all", 0},
	{"device-bandwidth", SERVE_OPTION_DEVICE_BANDWIDTH, "N", 0,
	 "Bytes of files a second, to each device", 0},
	{"patience", SERVE_OPTION_PATIENCE, "SECONDS", 0,
	 "For a whole request, however its bytes come (20 if left out)", 0},
	CLI_HELP_OPTIONS,
};

/* "1:48,10:168,100": the last one has no hours. */
static void serve_stages(struct serve *serve, char *text, const struct argp_state *state)
{
	struct rollout_policy *policy = &serve->policy;
	char *rest = text, *stage;

	policy->stage_count = 0;
	while ((stage = strsep(&rest, ","))) {
		char *hours = strchr(stage, ':');

		if (policy->stage_count == ROLLOUT_STAGES_MAX)
			argp_error(state, "--stages: more than %u, expected fewer",
				   ROLLOUT_STAGES_MAX);
		if (hours)
			*hours++ = '\0';
		policy->stages[policy->stage_count++] = (struct rollout_stage){
			.share = ROLLOUT_SHARE / 100 * cli_number(state, "--stages", stage, 1, 100),
			.hours = hours ? cli_number(state, "--stages", hours, 1, 100000) : 0,
		};
	}
}

static void serve_end(struct serve *serve, const struct argp_state *state)
{
	const char *wrong;

	if (serve->folder_count == 0)
		argp_error(state, "no DIR, expected the folders that `brownout release` makes");
	serve->policy.sequence = 1; /* each release's own, later */
	wrong = rollout_policy_wrong(&serve->policy);
	if (wrong)
		argp_error(state, "--stages: %s", wrong);
}

static error_t serve_option(int option, char *text, struct argp_state *state)
{
	struct serve *serve = state->input;
	struct server_options *options = &serve->options;

	switch (option) {
	case SERVE_OPTION_STATE:
		serve->state_folder = text;
		return 0;
	case SERVE_OPTION_PORT:
		options->port = (uint16_t)cli_number(state, "--port", text, 0, UINT16_MAX);
		return 0;
	case SERVE_OPTION_MIRROR:
		if (options->mirror_count == SERVER_MIRRORS_MAX)
			argp_error(state, "more than %u mirrors, expected fewer",
				   SERVER_MIRRORS_MAX);
		options->mirrors[options->mirror_count++] =
			(uint16_t)cli_number(state, "--mirror", text, 0, UINT16_MAX);
		return 0;
	case SERVE_OPTION_STAGES:
		serve_stages(serve, text, state);
		return 0;
	case SERVE_OPTION_BANDWIDTH:
		options->bytes_per_s = cli_number(state, "--bandwidth", text, 1, SERVE_RATE);
		return 0;
	case SERVE_OPTION_DEVICE_BANDWIDTH:
		options->device_bytes_per_s =
			cli_number(state, "--device-bandwidth", text, 1, SERVE_RATE);
		return 0;
	case SERVE_OPTION_WINDOW:
		if (notation_span_parse(text, &serve->policy.window.from_minute,
					&serve->policy.window.to_minute) != 0)
			argp_error(state,
				   "--window: '%s', expected two times of day, such as 22:00-04:30",
				   text);
		return 0;
	case SERVE_OPTION_PATIENCE:
		options->patience_s =
			cli_number(state, "--patience", text, 1, SERVE_PATIENCE_S_MAX);
		return 0;
	case ARGP_KEY_ARGS:
		serve->folders = state->argv + state->next;
		serve->folder_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		serve_end(serve, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static void serve_print(const struct server *server, const struct state *state)
{
	for (uint32_t i = 0; i < server->listener_count; i++)
		printf("%s   https://127.0.0.1:%u\n", i ? "mirror" : "server",
		       server->listeners[i].port);
	printf("folder   %s: ca.pem, pins, token, ledger.db\n", state->folder);
	for (size_t i = 0; i < server->shelf->count; i++)
		printf("release  %s, manifest %llu, %s\n", server->shelf->releases[i].version,
		       (unsigned long long)server->shelf->releases[i].sequence,
		       server->shelf->releases[i].folder);
	fflush(stdout);
}

/* SIGTERM and SIGINT, which end the loop where nothing is half done. */
static int serve_signals(void)
{
	sigset_t mask;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	assert(fd >= 0);
	return fd;
}

static int serve_loop(struct server *server, int stop)
{
	struct signalfd_siginfo signal_info;
	uint64_t ticked_ms = server_now_ms();

	while (!server->failed && read(stop, &signal_info, sizeof(signal_info)) < 0) {
		server_turn(server, stop, SERVE_TURN_MS);
		if (server_now_ms() - ticked_ms < SERVE_TURN_MS)
			continue;
		ticked_ms = server_now_ms();
		server_tick(server);
	}
	if (server->failed)
		fprintf(stderr, "brownout serve: stops, as what it would answer could not be kept; "
				"what it did answer is in the ledger\n");
	return server->failed ? CLI_UNUSABLE : CLI_GOOD;
}

static int serve_open(const struct serve *serve, const struct state *state, struct server *server,
		      char *why, size_t why_bytes)
{
	struct server_options options = serve->options;
	char *ledger = state_path(state->folder, "ledger.db");
	char *authority = pki_cert_pem(state->authority.cert);
	char *cert = pki_cert_pem(state->server.cert), *key = pki_key_pem(state->server.key);
	int rc = desk_open(&server->desk, ledger, server->shelf, &serve->policy, server_now_s(),
			   why, why_bytes);

	options.authority_pem = authority;
	options.cert_pem = cert;
	options.key_pem = key;
	options.token = state->token;
	if (rc == 0)
		rc = server_open(server, &options, why, why_bytes);
	/* The library has read them by now. */
	memset(key, 0, strlen(key));
	free(key);
	free(cert);
	free(authority);
	free(ledger);
	return rc;
}

static int serve_run(const struct serve *serve)
{
	static struct server server; /* large */
	struct state state = {.folder = NULL};
	struct shelf shelf = {.releases = NULL};
	int status = CLI_UNUSABLE, stop = serve_signals();
	char why[512];

	server.shelf = &shelf;
	if (shelf_open(&shelf, serve->folders, serve->folder_count, why, sizeof(why)) != 0 ||
	    state_open(&state, serve->state_folder, why, sizeof(why)) != 0 ||
	    serve_open(serve, &state, &server, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
	} else {
		serve_print(&server, &state);
		status = serve_loop(&server, stop);
	}
	close(stop);
	server_close(&server);
	desk_close(&server.desk);
	state_close(&state);
	shelf_close(&shelf);
	return status;
}

int cli_serve(int argc, char **argv)
{
	static char name[] = "brownout serve";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout serve releases/1.1.0 --mirror 8444",
		.arguments = "DIR...",
		.doc = "Serves releases to devices over HTTPS (TLS 1.3) on loopback, rolls them "
		       "out "
		       "in stages, takes the devices' reports, and shows how it goes at /, with "
		       "metrics at /metrics. A report that was answered with 200 is on the disk. "
		       "Devices are known by certificates of `brownout enrol`.",
		.options = serve_options,
		.option = serve_option,
	};
	struct serve serve = {.state_folder = SERVE_STATE,
			      .options = {.port = SERVE_PORT, .patience_s = SERVE_PATIENCE_S}};

	rollout_policy_default(&serve.policy, 1);
	cli_parse(&verb, argc, argv, &serve);
	return serve_run(&serve);
}
