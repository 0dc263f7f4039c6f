# Finds programs of other languages that stand in shell scripts: a string that begins at the end of a
# line, or a here document, of more than ten lines, with a line in it that only Python or C has.

FNR == 1 { close_it() }

inside {
	if ($0 ~ last) {
		close_it()
	} else {
		lines++
		if (/^ *(import [a-z]|from [a-z]+ import|def .*:|class .*:|for .* in .*:|while .*:|with .*:|try:|#include)/)
			program = 1
		next
	}
}

/(^|[^\\])'$/ && !/^[ \t]*#/ {
	text = $0
	# An odd number of quotes leaves the string open.
	if (gsub(/'/, "", text) % 2)
		open_it("'")
}

match($0, /<<-?'?[A-Z]+/) && !/\(\(.*<<.*\)\)/ {
	word = substr($0, RSTART, RLENGTH)
	gsub(/[^A-Z]/, "", word)
	open_it("^\t*" word "$")
}

END { close_it() }

function open_it(end) {
	inside = 1
	last = end
	lines = program = 0
	place = FILENAME ":" FNR
}

function close_it() {
	if (inside && program && lines > 10)
		print place ": " lines " lines"
	inside = 0
}
