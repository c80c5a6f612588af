/* A file's bytes, whole. */
#ifndef VENDOR_FILE_READ_H
#define VENDOR_FILE_READ_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the file at path, malloc'd, with a zero behind them that size_bytes does not count.
 * NULL, and in why "PATH: what is wrong, expected WHAT", if it cannot be read or has more than
 * max_bytes.
 */
uint8_t *file_read(const char *path, const char *what, size_t max_bytes, size_t *size_bytes,
		   char *why, size_t why_bytes);

#endif
