/* The firmware's reasons in words. Switches, not tables: a table of pointers is data to relocate.
 */
#include "device-model/firmware/fw_err.h"
#include "device-model/hal.h"

const char *fw_err_text(int err)
{
	switch (err) {
	case FW_OK:
		return "ok";
#define X(name, text)       \
	case FW_ERR_##name: \
		return text;
		FW_ERRORS(X)
#undef X
	default:
		return "a reason without a name";
	}
}

const char *fw_err_name(int err)
{
	switch (err) {
	case FW_OK:
		return "OK";
#define X(name, text)       \
	case FW_ERR_##name: \
		return #name;
		FW_ERRORS(X)
#undef X
	default:
		return "UNNAMED";
	}
}
