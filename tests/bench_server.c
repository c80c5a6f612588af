/*
 * Benchmark: manifest requests a second, by devices over TLS 1.3 with keep-alive on loopback, and
 * reports a second, each on the disk before it is answered. Beside them the machine's floor: the
 * same bytes to and fro over plain TCP, and synced writes. The server is a process of its own.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "device-model/hardware/report_wire.h"
#include "tests/bench.h"

#define BENCH_CLIENTS 4
#define BENCH_STATE   "build/bench-server"

struct bench_client {
	pthread_t thread;
	unsigned int number, port;
	bool reports;
	double seconds;
	uint64_t done;
};

static void bench_command(const char *command)
{
	if (system(command) != 0)
		bench_fail(command);
}

/* ---- the floor ---- */

/* Bytes to and fro between two threads, a request's length one way and a manifest's the other. */
static void *bench_echo(void *context)
{
	int fd = accept(*(int *)context, NULL, NULL);
	char data[1024] = {0};

	while (recv(fd, data, 128, MSG_WAITALL) == 128)
		if (send(fd, data, 768, 0) != 768)
			break;
	close(fd);
	return NULL;
}

static void bench_floor_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
	double start, spent = 0;
	uint64_t rounds = 0;
	char data[1024] = {0};
	pthread_t thread;

	if (bind(listener, (struct sockaddr *)&address, bytes) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &bytes) ||
	    pthread_create(&thread, NULL, bench_echo, &listener) ||
	    connect(fd, (struct sockaddr *)&address, bytes))
		bench_fail("no loopback");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	start = bench_now(CLOCK_MONOTONIC);
	do {
		if (send(fd, data, 128, 0) != 128 || recv(fd, data, 768, MSG_WAITALL) != 768)
			bench_fail("loopback ends");
		rounds++;
		spent = bench_now(CLOCK_MONOTONIC) - start;
	} while (spent < 1.0);
	close(fd);
	pthread_join(thread, NULL);
	close(listener);
	printf("floor     loopback to and fro, one connection  %10.0f a second, %6.1f us each\n",
	       (double)rounds / spent, spent * 1e6 / (double)rounds);
}

static void bench_floor_sync(void)
{
	int fd = open(BENCH_STATE "/floor", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	double start = bench_now(CLOCK_MONOTONIC), spent;
	uint64_t rounds = 0;
	char page[4096] = {0};

	do {
		if (write(fd, page, sizeof(page)) != sizeof(page) || fdatasync(fd))
			bench_fail("no disk");
		rounds++;
		spent = bench_now(CLOCK_MONOTONIC) - start;
	} while (spent < 1.0);
	close(fd);
	printf("floor     4 KiB written and synced             %10.0f a second, %6.1f us each\n",
	       (double)rounds / spent, spent * 1e6 / (double)rounds);
}

/* ---- the server ---- */

static pid_t bench_serve(unsigned int *port)
{
	char line[256] = "";
	FILE *from;
	int ends[2];
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0)
		bench_fail("no process");
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		execl("build/brownout", "brownout", "serve", BENCH_STATE "/r1", "--state",
		      BENCH_STATE "/s", "--stages", "100", "--port", "0", NULL);
		_exit(127);
	}
	close(ends[1]);
	from = fdopen(ends[0], "r");
	if (!from || !fgets(line, sizeof(line), from) ||
	    sscanf(line, "server https://127.0.0.1:%u", port) != 1)
		bench_fail("the server does not begin");
	fclose(from);
	return pid;
}

static void bench_prepare(void)
{
	bench_command("rm -rf " BENCH_STATE " && mkdir -p " BENCH_STATE);
	bench_command("seq 1 2000 >" BENCH_STATE "/app.bin");
	bench_command("build/brownout keygen " BENCH_STATE "/key.pem >/dev/null");
	bench_command("build/brownout release " BENCH_STATE "/app.bin --key " BENCH_STATE
		      "/key.pem --name bench --supplier bench --version 1.1.0 --security 1 "
		      "--vendor-id 717372e8-e7f8-8f16-ae11-fff4dea0082a --class-id "
		      "6d721854-23a0-8d7a-92de-6d1527399e15 --out " BENCH_STATE "/r1 >/dev/null");
	bench_command("build/brownout enrol " BENCH_STATE "/s d0 d1 d2 d3 >/dev/null");
}

static size_t bench_drop(char *data, size_t size, size_t count, void *context)
{
	(void)data;
	(void)context;
	return size * count;
}

static CURL *bench_curl(const struct bench_client *client)
{
	CURL *curl = curl_easy_init();
	char text[128];

	snprintf(text, sizeof(text), "https://127.0.0.1:%u/%s", client->port,
		 client->reports ? "report" : "manifest");
	curl_easy_setopt(curl, CURLOPT_URL, text);
	curl_easy_setopt(curl, CURLOPT_CAINFO, BENCH_STATE "/s/ca.pem");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, bench_drop);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	snprintf(text, sizeof(text), BENCH_STATE "/s/devices/d%u.pem", client->number);
	curl_easy_setopt(curl, CURLOPT_SSLCERT, text);
	snprintf(text, sizeof(text), BENCH_STATE "/s/devices/d%u.key.pem", client->number);
	curl_easy_setopt(curl, CURLOPT_SSLKEY, text);
	return curl;
}

static void *bench_client(void *context)
{
	static const struct hal_report report = {.version = {.major = 1}};
	struct bench_client *client = context;
	CURL *curl = bench_curl(client);
	double start = bench_now(CLOCK_MONOTONIC);
	char text[REPORT_WIRE_BYTES], device[8];
	long status;

	snprintf(device, sizeof(device), "d%u", client->number);
	do {
		if (client->reports) {
			(void)report_wire_print(text, device, client->done + 1, &report,
						HAL_RESET_POWER, "");
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
		}
		if (curl_easy_perform(curl) != CURLE_OK ||
		    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		    status != 200)
			bench_fail("the server does not answer with 200");
		client->done++;
	} while (bench_now(CLOCK_MONOTONIC) - start < client->seconds);
	curl_easy_cleanup(curl);
	return NULL;
}

static void bench_load(unsigned int port, bool reports, const char *what)
{
	struct bench_client clients[BENCH_CLIENTS];
	double start = bench_now(CLOCK_MONOTONIC), spent;
	uint64_t done = 0;

	for (unsigned int i = 0; i < BENCH_CLIENTS; i++) {
		clients[i] = (struct bench_client){
			.number = i, .port = port, .reports = reports, .seconds = 3.0};
		if (pthread_create(&clients[i].thread, NULL, bench_client, &clients[i]))
			bench_fail("no thread");
	}
	for (unsigned int i = 0; i < BENCH_CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		done += clients[i].done;
	}
	spent = bench_now(CLOCK_MONOTONIC) - start;
	printf("server    %-36s %10.0f a second, %d connections\n", what, (double)done / spent,
	       BENCH_CLIENTS);
}

int main(void)
{
	unsigned int port;
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	curl_global_init(CURL_GLOBAL_ALL);
	bench_prepare();
	bench_floor_tcp();
	bench_floor_sync();
	pid = bench_serve(&port);
	bench_load(port, false, "manifests over TLS 1.3, kept alive");
	bench_load(port, true, "reports, each on the disk");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	bench_command("rm -rf " BENCH_STATE);
	return 0;
}
