/* What crosses the mount, packed and named. */
#include "device-model/hardware/files_wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* "files" and the layout's number: programs of another build are refused, not misread. */
#define FILES_MAGIC 0x66696c01u

struct files_packed {
	uint32_t magic, bytes, board_bytes, heard, uri_bytes;
	uint8_t firmware[HAL_DIGEST_BYTES];
	struct hal_board board; /* its pointers mean nothing */
	struct {
		uint32_t algorithm, der_bytes;
	} keys[HAL_KEYS_MAX];
	/* Then the keys' DER, one after the other, and the manifest's URI with its 0. */
};

const char *files_wire_control(enum files_control control)
{
	static const char *const names[FILES_CONTROLS] = {
		"board", "cause",  "clock", "log",  "site",	"report",  "restart", "ram",
		"jump",	 "answer", "image", "firm", "handover", "network", "modem",
	};

	return names[control];
}

static bool files_wire_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == ':';
}

uint32_t files_wire_name(const char *uri, uint32_t uri_bytes, char name[FILES_NAME_BYTES])
{
	static const char digits[] = "0123456789ABCDEF";
	uint32_t used = 0;

	if (uri_bytes > HAL_URI_MAX)
		return 0;
	for (uint32_t i = 0; i < uri_bytes; i++) {
		/* No name begins with a dot: "." and ".." are taken. */
		if (files_wire_plain(uri[i]) && !(i == 0 && uri[i] == '.')) {
			name[used++] = uri[i];
			continue;
		}
		name[used++] = '%';
		name[used++] = digits[(uint8_t)uri[i] >> 4];
		name[used++] = digits[(uint8_t)uri[i] & 15];
	}
	name[used] = '\0';
	return used;
}

static int files_wire_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

uint32_t files_wire_uri(const char *name, char uri[HAL_URI_MAX])
{
	uint32_t used = 0;

	while (*name) {
		int high, low;

		if (used == HAL_URI_MAX)
			return 0;
		if (*name != '%') {
			uri[used++] = *name++;
			continue;
		}
		high = files_wire_digit(name[1]);
		low = high < 0 ? -1 : files_wire_digit(name[2]);
		if (low < 0)
			return 0;
		uri[used++] = (char)(high << 4 | low);
		name += 3;
	}
	return used;
}

/* Only these come from a chip or a network; the kernel itself answers with EIO. */
static const struct {
	int err, error_number;
} files_wire_errors[] = {
	{FW_ERR_RANGE, ERANGE},
	{FW_ERR_ALIGN, EINVAL},
	{FW_ERR_NO_DATA, ENODATA},
};

int files_wire_errno(int err)
{
	for (size_t i = 0; i < sizeof(files_wire_errors) / sizeof(files_wire_errors[0]); i++)
		if (files_wire_errors[i].err == err)
			return files_wire_errors[i].error_number;
	return EIO;
}

int files_wire_err(int error_number)
{
	for (size_t i = 0; i < sizeof(files_wire_errors) / sizeof(files_wire_errors[0]); i++)
		if (files_wire_errors[i].error_number == error_number)
			return files_wire_errors[i].err;
	return FW_ERR_IO;
}

static uint8_t *files_wire_put(uint8_t *to, const uint8_t *end, const void *data, uint32_t bytes)
{
	assert(bytes <= (size_t)(end - to));
	memcpy(to, data, bytes);
	return to + bytes;
}

uint32_t files_wire_pack(const struct hal_board *board, const uint8_t firmware[HAL_DIGEST_BYTES],
			 bool heard, uint8_t packed[FILES_BOARD_BYTES])
{
	struct files_packed head;
	const uint8_t *end = packed + FILES_BOARD_BYTES;
	uint8_t *to = packed + sizeof(head);

	memset(&head, 0, sizeof(head));
	head.magic = FILES_MAGIC;
	head.board_bytes = sizeof(struct hal_board);
	head.heard = heard;
	head.board = *board;
	memcpy(head.firmware, firmware, sizeof(head.firmware));
	head.board.keys = NULL;
	head.board.ram = NULL;
	head.board.manifest_uri = NULL;
	for (uint32_t i = 0; i < board->key_count; i++) {
		head.keys[i].algorithm = board->keys[i].algorithm;
		head.keys[i].der_bytes = board->keys[i].der_bytes;
		to = files_wire_put(to, end, board->keys[i].der, board->keys[i].der_bytes);
	}
	head.uri_bytes = (uint32_t)strlen(board->manifest_uri) + 1;
	to = files_wire_put(to, end, board->manifest_uri, head.uri_bytes);
	head.bytes = (uint32_t)(to - packed);
	memcpy(packed, &head, sizeof(head));
	return head.bytes;
}

int files_wire_unpack(const uint8_t *packed, uint32_t bytes,
		      const uint8_t firmware[HAL_DIGEST_BYTES], struct hal_board *board,
		      struct hal_key keys[HAL_KEYS_MAX], bool *heard)
{
	const uint8_t *from = packed + sizeof(struct files_packed), *end = packed + bytes;
	struct files_packed head;

	if (bytes < sizeof(head))
		return -1;
	memcpy(&head, packed, sizeof(head));
	if (head.magic != FILES_MAGIC || head.bytes != bytes ||
	    head.board_bytes != sizeof(struct hal_board) ||
	    memcmp(head.firmware, firmware, sizeof(head.firmware)) != 0 ||
	    head.board.key_count > HAL_KEYS_MAX)
		return -1;
	*heard = head.heard;
	*board = head.board;
	board->keys = keys;
	for (uint32_t i = 0; i < board->key_count; i++) {
		if (head.keys[i].der_bytes > (size_t)(end - from))
			return -1;
		keys[i].algorithm = (enum hal_algorithm)head.keys[i].algorithm;
		keys[i].der = from;
		keys[i].der_bytes = head.keys[i].der_bytes;
		from += head.keys[i].der_bytes;
	}
	if (head.uri_bytes == 0 || head.uri_bytes > (size_t)(end - from) ||
	    from[head.uri_bytes - 1] != '\0')
		return -1;
	board->manifest_uri = (const char *)from;
	return 0;
}
