/*
 * Provisioning: the maker's program that a new device runs once, on the jig. It may be cut anywhere
 * and run again from its beginning.
 */
#ifndef FIRMWARE_PROVISION_H
#define FIRMWARE_PROVISION_H

#include "device-model/hal.h"

#define PROVISION_URI "factory" /* the factory image, as the jig delivers it */

/*
 * Factory image into slot A, records, security counter, last the secure boot bit. FW_OK: done and
 * never to be run again. Power fails inside: run it again.
 */
FW_CHECKED int provision_run(struct hal *hal);

#endif
