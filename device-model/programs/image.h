/* An image as a program, whatever its network: it behaves as the scenario says of its release. */
#ifndef PROGRAMS_IMAGE_H
#define PROGRAMS_IMAGE_H

#include "device-model/hardware/files.h"

/* The self-test, and then the update agent. files is open. */
__attribute__((noreturn)) void image_run(struct files *files);

#endif
