/*
 * An image as a program: `agent MOUNT`. It behaves as the scenario says of its release, and then
 * is the update agent. The same source is built once more, small, as a payload for slots.
 */
#include <signal.h>
#include <unistd.h>

#include "device-model/firmware/agent.h"
#include "device-model/hardware/files.h"

static struct files_answer agent_answer;

static bool agent_self_test(struct hal *hal)
{
	(void)hal;
	return agent_answer.behaves != FILES_FAILS_ITSELF;
}

int main(int argc, char **argv)
{
	static struct files files;
	struct hal_handover handover;

	if (argc != 2)
		files_broken("usage: agent MOUNT");
	files_open(&files, argv[1]);
	files_ask(&files, FILES_HANDOVER, &handover, sizeof(handover));
	files_ask(&files, FILES_ANSWER, &agent_answer, sizeof(agent_answer));
	if (agent_answer.behaves == FILES_CRASHES)
		__builtin_trap();
	if (agent_answer.behaves == FILES_HANGS)
		(void)raise(SIGSTOP); /* the server is the watchdog, and this is not undone */
	/* What it returns is for its own log; what it did is what is judged. */
	(void)!agent_run(&files.hal, &handover, agent_self_test);
	_exit(FILES_EXIT_IDLE);
}
