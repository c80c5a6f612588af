/*
 * The update agent, part of every image: confirms the image that it is part of, raises the eFuse,
 * tells the maker, fetches the next release into the other slot.
 */
#ifndef FIRMWARE_AGENT_H
#define FIRMWARE_AGENT_H

#include "device-model/hal.h"

/*
 * Returns when there is nothing (more) to do in this life; restarts the device where something is.
 * Power fails inside: the running slot is never changed, and whatever was begun is gone on with or
 * begun again in a later life.
 */
FW_CHECKED int agent_run(struct hal *hal, const struct hal_handover *handover,
			 bool (*self_test)(struct hal *hal));

#endif
