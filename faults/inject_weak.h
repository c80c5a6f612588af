/* What weak cells read, as the plan says. For inject.c, and for nobody else. */
#ifndef FAULTS_INJECT_WEAK_H
#define FAULTS_INJECT_WEAK_H

#include "faults/inject.h"

/* From here on the injector decides for its chip's weak cells. */
void inject_weak_wire(struct inject *inject);

#endif
