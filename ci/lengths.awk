# Too long: a file of more than 500 lines, a function of more than 70, a line of more than 100.
length($0) > 100 { say("line of " length($0) " columns, expected at most 100", FNR) }
/^{/ { start = FNR }
/^}/ && start {
	if (FNR - start - 1 > 70)
		say("function of " FNR - start - 1 " lines, expected at most 70", start)
	start = 0
}
END {
	if (FNR > 500)
		say("file of " FNR " lines, expected at most 500", FNR)
	exit bad
}
function say(what, line) {
	print file ":" line ": " what
	bad = 1
}
