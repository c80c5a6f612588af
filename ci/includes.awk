# Include directions: hal.h < firmware < hardware < programs, then faults, sim, then fuzz and tests.
# Firmware sees hal.h and itself; nobody includes what stands below it in the list.
function rank(path) {
	if (path ~ /^device-model\/hal\.h$/) return 1
	if (path ~ /^device-model\/firmware\//) return 2
	if (path ~ /^device-model\/hardware\//) return 3
	if (path ~ /^device-model\/programs\//) return 4
	if (path ~ /^faults\//) return 5
	if (path ~ /^sim\/(report|cli)\//) return 7
	if (path ~ /^sim\//) return 6
	if (path ~ /^(tests|fuzz|examples|ci)\//) return 9
	return 0
}
/^#include/ {
	target = $2
	gsub(/[<>"]/, "", target)
	if ($2 ~ /^</) {
		if (rank(FILENAME) <= 2 && target !~ /^std(bool|def|int)\.h$/) {
			print FILENAME ":" FNR ": firmware includes <" target ">, expected hal.h and itself"
			bad = 1
		}
		next
	}
	if (!rank(target)) {
		if (target !~ /^[a-z_]*\.h$/) {
			print FILENAME ":" FNR ": include of " target ", expected a path from the root"
			bad = 1
		}
	} else if (rank(target) > rank(FILENAME)) {
		print FILENAME ":" FNR ": include of " target " runs up the list, expected down"
		bad = 1
	} else if (FILENAME ~ /^device-model\/hardware\// && target ~ /^device-model\/firmware\//) {
		print FILENAME ":" FNR ": the chip includes firmware, expected hal.h"
		bad = 1
	} else if (FILENAME ~ /^sim\/(history|verdict)/ && target ~ /^device-model\/firmware\//) {
		print FILENAME ":" FNR ": the oracle includes firmware, expected none of it"
		bad = 1
	}
}
END { exit bad }
