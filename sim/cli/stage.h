/* What a case id names: the scenario, the firmware and the scene made of them. */
#ifndef CLI_STAGE_H
#define CLI_STAGE_H

#include <argp.h>

#include "faults/case_id.h"
#include "sim/run.h"

struct stage {
	struct case_id id;
	struct device_firmware specimen; /* if the id names one */
	struct scenario *scenario;
	struct run_scene scene;
};

/* Which case a command line asks for. */
struct stage_request {
	const char *text;      /* the case id, as typed; with an input, that file's name */
	bool is_input;	       /* of the fuzz target case */
	const char *scenarios; /* the directory below which the scenario lies */
};

/* CASE, --scenarios and --fuzz-input, for a verb's children. Input is a struct stage_request. */
extern const struct argp_child stage_options[];

/*
 * 0, or -1 after a message on stderr: the text is no case, or the id's digest is that of another
 * scenario, other images or other firmware. Of an input, the id's plan is what happened of it.
 */
int stage_open(struct stage *stage, const struct stage_request *request);
void stage_close(struct stage *stage);

#endif
