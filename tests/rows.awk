# Writes a bats file out: a row that stands for several tests becomes one for each.
#
#   # @role: listen=listening | connect=connected
#   # @domain: tcp=TCP | unix
#   @test "@domain, @role: a file goes out" { from_file @role @domain; }
#
# are four tests. Each set is "word=what the title says" or a word that is its own title; a set
# counts until another one of its name is given. Rows are moved to the end of the file, so that the
# lines of all else keep their numbers. With "parts" and "part" only every "parts"th test is kept.

match($0, /^# @[a-z]+: /) {
	name = substr($0, 4, RLENGTH - 5)
	count[name] = split(substr($0, RLENGTH + 1), values, / *\| */)
	for (i = 1; i <= count[name]; i++) {
		at = index(values[i], "=")
		words[name, i] = at ? substr(values[i], 1, at - 1) : values[i]
		titles[name, i] = substr(values[i], at + 1)
	}
	print
	next
}

/^@test "[^"]*@[a-z]+.*}$/ {
	at = index($0, "\" {")
	rows(substr($0, 1, at), substr($0, at + 1))
	print ""
	next
}

/^@test / && !is_mine() {
	dropped = !/}$/
	print ""
	next
}

dropped {
	dropped = $0 != "}"
	print ""
	next
}

{
	sub(/^[ \t]*load /, "&" tests "/")
	print
}

END { printf "%s", made }

function is_mine() {
	return !parts || number++ % parts == part
}

# One row for each value of the first set that the title names, and so on.
function rows(title, body,    name, i) {
	if (!match(substr(title, 2), /@[a-z]+/)) {
		if (is_mine())
			made = made title body "\n"
		return
	}
	name = substr(title, RSTART + 2, RLENGTH - 1)
	if (!(name in count)) {
		print "rows.awk: " FILENAME ": there is no set @" name > "/dev/stderr"
		exit 1
	}
	for (i = 1; i <= count[name]; i++)
		rows(replaced(title, "@" name, titles[name, i]), replaced(body, "@" name, words[name, i]))
}

# Only where no letter follows: @domain is not in @domains.
function replaced(text, what, with,    at, result) {
	while (at = index(text, what)) {
		result = result substr(text, 1, at - 1)
		text = substr(text, at + length(what))
		result = result (text ~ /^[a-z]/ ? what : with)
	}
	return result text
}
