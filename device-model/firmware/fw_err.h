/* The firmware's reasons in words, for logs, reports and the command line. */
#ifndef FIRMWARE_FW_ERR_H
#define FIRMWARE_FW_ERR_H

/* What a person reads: "hash differs". Never NULL; a number that is no reason says so. */
const char *fw_err_text(int err);

/* What a program reads: "IMAGE_HASH" for FW_ERR_IMAGE_HASH, "OK" for FW_OK. Never NULL. */
const char *fw_err_name(int err);

#endif
