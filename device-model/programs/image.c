/* An image as a program. */
#include "device-model/programs/image.h"

#include <signal.h>
#include <unistd.h>

#include "device-model/firmware/agent.h"

static struct files_answer image_answer;

static bool image_self_test(struct hal *hal)
{
	(void)hal;
	return image_answer.behaves != FILES_FAILS_ITSELF;
}

void image_run(struct files *files)
{
	struct hal_handover handover;

	files_ask(files, FILES_HANDOVER, &handover, sizeof(handover));
	files_ask(files, FILES_ANSWER, &image_answer, sizeof(image_answer));
	if (image_answer.behaves == FILES_CRASHES)
		__builtin_trap();
	if (image_answer.behaves == FILES_HANGS)
		(void)raise(SIGSTOP); /* the server is the watchdog, and this is not undone */
	/* What it returns is for its own log; what it did is what is judged. */
	(void)!agent_run(&files->hal, &handover, image_self_test);
	_exit(FILES_EXIT_IDLE);
}
