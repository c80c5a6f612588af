/* What a release must not be. */
#ifndef VENDOR_RELEASE_LINT_H
#define VENDOR_RELEASE_LINT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/vendor/release.h"

enum release_rule {
	RELEASE_RULE_IMAGE,    /* the firmware takes the image */
	RELEASE_RULE_MANIFEST, /* and the manifest */
	RELEASE_RULE_SIZE,     /* the image fits a slot */
	RELEASE_RULE_AGREE,    /* manifest and image say the same */
	RELEASE_RULE_BOM,      /* the SBOM is the one that the manifest binds, and of this image */
	RELEASE_RULE_RECORD,   /* release.json says what the other files say */
	RELEASE_RULE_VERSION,  /* above the previous release's */
	RELEASE_RULE_SEQUENCE, /* the same, and not the last there is */
	RELEASE_RULE_SECURITY, /* not below the previous release's */
	RELEASE_RULE_CLASS,    /* for the devices that the previous release is for */
	RELEASE_RULE_EXPIRY,   /* not past */
	RELEASE_RULE_REVOKE,   /* signed by no key that is revoked, and leaves one that signs */
};

/* At most two findings a rule. */
#define RELEASE_FINDINGS_MAX 32u

struct release_finding {
	enum release_rule rule;
	char why[256];
};

struct release_lint {
	struct release_finding findings[RELEASE_FINDINGS_MAX];
	uint32_t count;
};

const char *release_rule_name(enum release_rule rule);

/*
 * Everything that is wrong with release, after previous if that is not NULL, at the moment now
 * (seconds since 1970). Both were examined for device.
 */
void release_lint(const struct release *release, const struct release *previous,
		  const struct release_device *device, int64_t now, struct release_lint *lint);

#endif
