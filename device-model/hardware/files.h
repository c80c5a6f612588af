/*
 * A hal over files: the chip that a program opens under the mount. The firmware above it is the
 * same as in process; what the power takes away is this whole process, killed inside a call.
 */
#ifndef HARDWARE_FILES_H
#define HARDWARE_FILES_H

#include "device-model/hardware/files_wire.h"

#define FILES_CELLS_MAX	  512u
#define FILES_AHEAD_BYTES 8192u

/* What is known of the eFuse bank: nothing, all its cells, or that each must be asked for. */
enum files_bank { FILES_BANK_UNKNOWN, FILES_BANK_FIRM, FILES_BANK_WEAK };

struct files {
	struct hal hal; /* first, so that a hal can be found back */
	struct hal_board board;
	struct hal_key keys[HAL_KEYS_MAX];
	uint8_t packed[FILES_BOARD_BYTES]; /* what board and keys point into */
	bool heard;			   /* somebody listens to sites and the log */
	int flash, efuse, net, control;	   /* net and control are folders */
	int controls[FILES_CONTROLS];	   /* opened when first used; -1: not yet */
	int fetched;			   /* the file of the URI fetched last, or -1 */
	enum files_bank bank;
	uint8_t cells[FILES_CELLS_MAX]; /* the bank, while it is known to be firm */
	char fetched_uri[HAL_URI_MAX];
	uint32_t fetched_bytes;
	uint8_t window[FILES_AHEAD_BYTES]; /* of the flash, from window_offset on */
	uint32_t window_offset, window_bytes;
	bool wavers; /* a place in the flash is weak: each read is made when it is made */
	uint8_t ahead[FILES_AHEAD_BYTES]; /* what has come of that URI, from ahead_offset on */
	uint32_t ahead_offset, ahead_bytes;
};

/*
 * Opens the files below dir and fills files->hal; hal.jump is left to who can jump. A mount that
 * does not answer as it should ends the program with FILES_EXIT_BROKEN, here and in every call.
 */
void files_open(struct files *files, const char *dir);

/* All of data crosses in one request, or the program ends. */
void files_tell(struct files *files, enum files_control control, const void *data,
		uint32_t size_bytes);
void files_ask(struct files *files, enum files_control control, void *data, uint32_t size_bytes);

/* As hal.report: what the device says, to who watches it. */
int files_report(struct files *files, const struct hal_report *report);

/* Tells the server of the jump, with the RAM that it goes to, and what comes of it. */
void files_jump(struct files *files, const struct hal_handover *handover,
		struct files_answer *answer);
/* Bytes of the slot that was jumped to, as the processor fetches them: no read of firmware's. */
void files_image(struct files *files, uint32_t offset, uint8_t *data, uint32_t size_bytes);

__attribute__((noreturn, format(printf, 1, 2))) void files_broken(const char *format, ...);

#endif
