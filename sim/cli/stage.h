/* What a case id names: the scenario, the firmware and the scene made of them. */
#ifndef CLI_STAGE_H
#define CLI_STAGE_H

#include "faults/case_id.h"
#include "sim/run.h"

struct stage {
	struct case_id id;
	struct device_firmware specimen; /* if the id names one */
	struct scenario *scenario;
	struct run_scene scene;
};

/*
 * scenarios: the directory below which the scenario lies. 0, or -1 after a message on stderr: the
 * text is no case, or the id's digest is that of another scenario, other images or other firmware.
 */
int stage_open(struct stage *stage, const char *text, const char *scenarios);
/* The same for an input of the fuzz target case: file holds its bytes. The id's plan is then what
 * happened of it. */
int stage_open_input(struct stage *stage, const char *file, const char *scenarios);
void stage_close(struct stage *stage);

#endif
