/* A request for a part of a file. */
#include "sim/server/range.h"

#include <string.h>

/* Digits from *text on, which goes on behind them. 0, or -1: none, or more than any file has. */
static int range_number(const char **text, uint64_t *number)
{
	const char *at = *text;

	*number = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (*number > (UINT64_MAX >> 1) / 10)
			return -1;
		*number = *number * 10 + (uint64_t)(*at - '0');
	}
	if (at == *text)
		return -1;
	*text = at;
	return 0;
}

/* The last so many bytes. */
static enum range_answer range_suffix(uint64_t wanted, uint64_t file_bytes, struct range *part)
{
	if (wanted == 0 || file_bytes == 0)
		return RANGE_UNSATISFIABLE;
	part->size_bytes = wanted < file_bytes ? wanted : file_bytes;
	part->first = file_bytes - part->size_bytes;
	return RANGE_PART;
}

static enum range_answer range_of(const char *at, uint64_t file_bytes, struct range *part)
{
	uint64_t first, last = UINT64_MAX;

	if (*at == '-') {
		at++;
		if (range_number(&at, &first) || *at)
			return RANGE_WHOLE;
		return range_suffix(first, file_bytes, part);
	}
	if (range_number(&at, &first) || *at++ != '-')
		return RANGE_WHOLE;
	if (*at && (range_number(&at, &last) || *at || last < first))
		return RANGE_WHOLE;
	if (first >= file_bytes)
		return RANGE_UNSATISFIABLE;
	if (last >= file_bytes)
		last = file_bytes - 1;
	part->first = first;
	part->size_bytes = last - first + 1;
	return RANGE_PART;
}

enum range_answer range_parse(const char *range, const char *if_range, const char *etag,
			      uint64_t file_bytes, struct range *part)
{
	static const char unit[] = "bytes=";
	enum range_answer answer = RANGE_WHOLE;

	if (range && strncmp(range, unit, sizeof(unit) - 1) == 0 &&
	    (!if_range || strcmp(if_range, etag) == 0))
		answer = range_of(range + sizeof(unit) - 1, file_bytes, part);
	if (answer != RANGE_PART)
		*part = (struct range){.size_bytes = file_bytes};
	return answer;
}
