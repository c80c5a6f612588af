/* What sectors can hold, each content kept once: equal numbers are equal cells. */
#ifndef EXPLORE_PARTS_H
#define EXPLORE_PARTS_H

#include "device-model/hardware/flash.h"
#include "sim/explore/table.h"

struct part {
	struct flash_sector *sector;
	uint64_t hash[2];
};

struct parts {
	struct flash shape; /* of this geometry; a place to look at a sector, too */
	struct table table;
	struct part *part;
};

void parts_open(struct parts *parts, const struct flash *shape);
void parts_close(struct parts *parts);
/* The number of what this sector of a flash holds. */
uint32_t parts_add(struct parts *parts, const struct flash *flash, uint32_t sector);
uint32_t parts_count(const struct parts *parts);
/* A flash whose sector at this index holds the part, until the next call. */
struct flash *parts_show(struct parts *parts, uint32_t part, uint32_t index);
size_t parts_bytes(const struct parts *parts); /* that they take */

#endif
