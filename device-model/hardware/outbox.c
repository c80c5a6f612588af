/* Reports that no server has taken yet. */
#include "device-model/hardware/outbox.h"

#include <assert.h>
#include <string.h>

int outbox_add(struct outbox *outbox, const struct hal_report *report, enum hal_reset reset)
{
	struct outbox_report *next = &outbox->reports[outbox->queued];

	if (outbox->queued == OUTBOX_REPORTS)
		return FW_ERR_IO;
	memset(next, 0, sizeof(*next));
	next->report = *report;
	next->reset = reset;
	memcpy(next->saw, outbox->saw, sizeof(next->saw));
	memset(outbox->saw, 0, sizeof(outbox->saw));
	outbox->queued++;
	outbox->made++;
	return FW_OK;
}

uint64_t outbox_number(const struct outbox *outbox)
{
	return outbox->made - outbox->queued + 1;
}

void outbox_drop(struct outbox *outbox)
{
	assert(outbox->queued);
	outbox->queued--;
	memmove(&outbox->reports[0], &outbox->reports[1],
		outbox->queued * sizeof(outbox->reports[0]));
}
