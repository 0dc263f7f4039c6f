#!/usr/bin/env bats
# How far things are: --progress on a terminal and elsewhere, and SIGUSR1, which asks at any time.

# Each test has a STRAIT of its own.
# shellcheck disable=SC2030,SC2031
load helpers

SIZE='[0-9.]+ ([KMG]i)?B'
CLOCK='[0-9]+:[0-9]{2}'

# What runs as us has a terminal for standard error (see screen.py), with these OPTIONS.
on_terminal() { # OPTION...
	STRAIT=(python3 -I -S "$TESTS/screen.py" "$@" "${STRAIT[@]}")
}
shows() {
	grep -Eq -- "$1" screen 2>/dev/null
}

# A frame that was drawn is this regular expression, after the width.
drew() {
	grep -Eq -- "^[0-9]+ $1" frames 2>/dev/null
}
frames() {
	local count
	count=$(wc -l <frames 2>/dev/null) || return
	((count >= $1))
}
last_frame() {
	tail -n 1 frames | cut -d ' ' -f 2-
}

# A file goes from us to a peer that waits in the middle until there is a file named "go".
SENT=$((64 << 20))
sends_slowly() { # ARGS...
	random "$SENT" us.in
	peer them listen 127.0.0.1 0 recv:8388608 touch:half await:go rest
	start us "${STRAIT[@]}" "$@" 127.0.0.1 "$PORT"
	eventually test -e half
}
goes_on() {
	touch go
	finish us
	finish them
	cmp us.in them.out
}

# What SIGUSR1 makes strait say; it goes on. There may be a timeout(1) and a screen above it.
asked() { # LINE
	local pid count
	pid=$(pid_of us)
	count=$(grep -c . us.err || :)
	kill -USR1 "$pid"
	eventually said_more "$count" "$1"
}
said_more() {
	tail -n "+$(($1 + 1))" us.err | grep -Eq -- "^strait: $2\$"
}

# --- The command line

@test "--size needs --progress" { refused 2 --size 5 127.0.0.1 1 '^strait: .*--size.*--progress'; }
@test "--size must be a size" { refused 2 --progress --size big 127.0.0.1 1 '^strait: --size big: .*invalid'; }
@test "--size 0 says nothing" { refused 2 --progress --size 0 127.0.0.1 1 '^strait: --size 0: .*too small'; }
@test "with -z there is nothing to show" { refused 2 --progress -z 127.0.0.1 1 '^strait: .*(-z.*--progress|--progress.*-z)'; }
@test "with -F there is nothing to show" { refused 2 --progress -F 127.0.0.1 1 '^strait: .*(-F.*--progress|--progress.*-F)'; }
# @many: -k | --broker | --chat
@test "--size makes no sense with @many" { refused 2 -l @many --progress --size 5 127.0.0.1 0 '^strait: .*--size'; }

# --- Not on a terminal

# How much went out and came in is said at the end, in one line.
tells_the_end() {
	echo hello >us.in
	ARGS=(--progress)
	if is_datagrams "$2"; then
		ARGS+=(-W 1)
		meet "$1" "$2" send:"a longer answer" message
	else
		meet "$1" "$2" send:"a longer answer" shut rest
	fi
	finish us
	run -0 grep -v ^Listening < <(grep -v ^Bound us.err | grep -v ^Connection)
	assert_regex "$output" "^strait: sent 6 B, $SIZE/s, received 15 B, $SIZE/s, $CLOCK, 100%\$"
}

# @role: listen=listening | connect=connected
# @stream: tcp=TCP | tcp6=TCP over IPv6 | unix | seqpacket=unix seqpacket
@test "@stream, @role: one line at the end says how much went out and came in" { tells_the_end @role @stream; }

# Datagrams: who has listened cannot speak first.
@test "UDP: one line at the end says how much went out and came in" {
	listen them -u -W 1 127.0.0.1 0 <<<answer
	strait --progress -u -W 1 -q "$LIMIT" 127.0.0.1 "$PORT" <<<hello 2>said
	run -0 cat said
	assert_regex "$output" "^strait: sent 6 B, $SIZE/s, received 7 B, $SIZE/s, $CLOCK\$"
}

@test "through 2>&1 | cat there are lines, and no control characters" {
	random 1000000 us.in
	peer them listen 127.0.0.1 0 send:hello shut rest
	run -0 bash -c '"$@" 2>&1 <us.in | cat -v' bash "${STRAIT[@]}" --progress 127.0.0.1 "$PORT"
	assert_equal "${lines[0]}" hello 2>/dev/null || assert_regex "${lines[0]}" '^hellostrait: sent 977 KiB'
	run ! grep -F '^' <<<"$output"
}

@test "there is a line every ten seconds, as long as it takes" {
	[[ -z ${SLOW:-} ]] || skip "it takes ten seconds"
	clock_start
	sends_slowly --progress
	eventually test -s us.err
	assert_took 9900
	assert_said us "^strait: sent .*, ETA "
	goes_on
	assert_equal "$(wc -l <us.err)" 2
	assert_equal "$(tail -n 1 us.err | cut -d ' ' -f 2-4)" 'sent 64 MiB,'
}

@test "a standard error that nobody reads delays nothing" {
	random "$SENT" data
	mkfifo stuck
	exec {DAM}<>stuck
	timeout 5 cat /dev/zero >stuck 3>&- || :
	peer them listen 127.0.0.1 0 rest
	run -0 timeout "$LIMIT" bash -c '"$@" <data 2>stuck' bash "${STRAIT[@]}" --progress 127.0.0.1 "$PORT" {DAM}<&-
	finish them
	cmp data them.out
}

@test "the size of what comes can be said" {
	random 3000000 us.in
	listen them 127.0.0.1 0 <us.in
	strait -d --progress --size 4000000 127.0.0.1 "$PORT" >got 2>said
	assert_regex "$(<said)" '^strait: received 2\.9 MiB, .*, 75%$'
	cmp us.in got
}

@test "the rest of a file is what counts" {
	random 2000000 data
	listen them 127.0.0.1 0 </dev/null
	(
		head -c 500000 >/dev/null
		# head(1) reads ahead
		python3 -c 'import os; os.lseek(0, 500000, 0)'
		strait --progress 127.0.0.1 "$PORT" 2>said
	) <data
	finish them
	assert_regex "$(<said)" '^strait: sent 1\.4 MiB, .*, 100%$'
	tail -c 1500000 data | cmp - them.out
}

@test "a disk has a size, and its offset stays where it is" {
	needs_linux_build
	[[ $(id -u) == 0 ]] || skip "needs the right to make a disk of a file"
	needs losetup
	local disk
	random $((1 << 20)) image
	disk=$(losetup --find --show --read-only image) || skip "no disk can be made here"
	listen them 127.0.0.1 0 </dev/null
	(
		python3 -c 'import os; os.lseek(0, 512, 0)'
		strait --progress 127.0.0.1 "$PORT" 2>said
	) <"$disk" || :
	losetup --detach "$disk"
	finish them
	assert_regex "$(<said)" '^strait: sent 1\.0 MiB, .*, 100%$'
	tail -c +513 image | cmp - them.out
}

# What goes out is more or less than the file then.
# @changing: -C | -t | --frames
changes() {
	printf '\0\0\0\3ab\n' >us.in
	peer them listen 127.0.0.1 0 recv:3 shut rest
	strait --progress "$1" 127.0.0.1 "$PORT" <us.in 2>said
	finish them
	assert_regex "$(<said)" "^strait: sent [378] B, $SIZE/s, $CLOCK\$"
}
@test "with @changing the size of a file says nothing" { changes @changing; }

@test "a file that cannot be opened is an error, and no more" {
	refused 2 --progress --output none/file 127.0.0.1 1 '^strait: open none/file: '
}

@test "splicing goes on" {
	needs strace
	needs_linux_build
	random "$SENT" us.in
	peer them listen 127.0.0.1 0 rest
	run -0 strace -qq -f -o calls -e trace=splice "${STRAIT[@]}" --progress 127.0.0.1 "$PORT" <us.in
	finish them
	cmp us.in them.out
	(($(wc -l <calls) > 10))
}

# --- As JSON

# NAME has told of progress, with what is true in jq's language.
told_progress() { # FILTER
	jq -se "any(.[]; .event == \"progress\" and ($1))" us.err >/dev/null
}

@test "as JSON: an event a second, and no lines" {
	needs jq
	sends_slowly --json --progress
	eventually told_progress '.sent > 8000000 and .size == 67108864 and .received == 0 and .duration > 1.9'
	eventually told_progress '.sent_rate == 0'
	goes_on
	run ! grep -v '^{"v":1,.*}$' us.err
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/json/check.py" us.err >&2
}

@test "as JSON: SIGUSR1 asks for an event" {
	needs jq
	silent_input
	start us "${STRAIT[@]}" --json -l -k -U socket
	eventually grep -q listening us.err
	kill -USR1 "$(pid_of us)"
	eventually told_progress '.waiting == "listening on socket" and .clients == 0'
	peer them -U connect socket send:hello await:go shut rest
	eventually test -s us.out
	kill -USR1 "$(pid_of us)"
	eventually told_progress '.waiting == null and .clients == 1 and .received == 5'
	touch go
	finish them
	kill "$(pid_of us)"
	finish us 143
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/json/check.py" us.err >&2
}

# --- On a terminal

# Widths at which it is drawn; screen.py fails if a line is too wide.
at_width() { # COLUMNS FRAME
	on_terminal -c "$1" -o us.received
	sends_slowly --progress
	eventually frames 3
	goes_on
	eventually drew "$2"
	run -0 cat us.out
	assert_equal "${#lines[@]}" 1
	assert_regex "$output" '^sent  64 MiB, .*, 100%'
	((${#output} < $1))
}

@test "on 40 columns: bytes, rate, and percent" {
	at_width 40 "sent +$SIZE, +$SIZE/s, +[0-9]+%, ETA ($CLOCK|-:--)\$"
}
@test "on 80 columns: average, time, bar and what is left, too" {
	at_width 80 "sent +$SIZE, +$SIZE/s \(average +$SIZE/s\), $CLOCK, +[0-9]+% \[=*>? *\] ETA ($CLOCK|-:--)\$"
}
@test "on 200 columns: the same" {
	at_width 200 "sent +$SIZE, +$SIZE/s \(average +$SIZE/s\), $CLOCK, +[0-9]+% \[=*>? {20,}\] ETA ($CLOCK|-:--)\$"
}
@test "on 10 columns: what fits" {
	on_terminal -c 10
	sends_slowly --progress
	eventually frames 2
	goes_on
	assert_equal "$(<us.out)" 'sent 64M'
}

# The terminal shows a message and the line, which is not wider than this.
fits() {
	local lines
	mapfile -t lines < <(grep . screen)
	((${#lines[@]} == 2 && ${#lines[1]} < $1)) && [[ ${lines[1]} == sent* ]]
}

# It becomes narrower and wider while it is drawn, with a message before: nothing of an old line stays.
resized() { # OPTION...
	on_terminal -c 80 -r 40,23,120 "$@"
	sends_slowly --progress -v
	local i width
	for i in 1 2 3; do
		eventually frames $((i * 3))
		touch "resize-$i"
		width=$(cut -d ' ' -f $i <<<'40 23 120')
		eventually grep -q "^$width " frames
		eventually fits "$width"
	done
	eventually frames 14
	goes_on
	run -0 cat us.out
	assert_equal "${#lines[@]}" 2
	assert_regex "${lines[0]}" '^Connection to 127'
	assert_regex "${lines[1]}" '^sent  64 MiB, .*100% \[=+\]$'
}

@test "a window that is resized shows nothing of an old line, where lines are wrapped anew" { resized; }
@test "a window that is resized shows nothing of an old line, where lines are cut off" { resized -x; }

@test "with -v messages are whole lines above it" {
	on_terminal
	domain unix
	start us "${STRAIT[@]}" -v -l -k -d --progress "${LISTEN[@]}"
	eventually shows '^Listening on socket$'
	local i
	for i in 1 2 3 4 5; do
		eventually frames $((i * 2))
		peer "them$i" "${FLAG[@]}" connect socket send:hello shut rest
		finish "them$i"
	done
	eventually drew '0 clients, received +25 B'
	kill -TERM "$(pid_of us)"
	finish us 143
	run -0 grep -Evx 'Listening on socket|Connection received on socket|strait: socket: closed .0 bytes sent, 5 received.|(hello)*' us.out
	assert_equal "${#lines[@]}" 1
	assert_regex "$output" "^0 clients, received +25 B, +$SIZE/s, "
}

@test "a hexdump on the same terminal is whole, and the line is below it" {
	export NO_COLOR=1
	on_terminal -c 120 -o us.received
	random "$SENT" us.in
	peer them listen 127.0.0.1 0 send:one await:more send:two await:go rest
	start us "${STRAIT[@]}" --progress --size 1M --hex-dump - -d 127.0.0.1 "$PORT"
	eventually shows '6f 6e 65'
	eventually drew 'received +3 B'
	touch more
	eventually drew 'received +6 B'
	kill "$(pid_of us)"
	finish us 143
	run -0 cat us.out
	assert_equal "${#lines[@]}" 5
	assert_regex "${lines[2]}" '^< .* received 3 bytes from 127.0.0.1 [0-9]+$'
	assert_regex "${lines[1]}" '^00000000  6f 6e 65 .*\|one\|$'
	assert_regex "${lines[3]}" '^00000003  74 77 6f .*\|two\|$'
	assert_regex "${lines[4]}" '^received +6 B'
}

# Standard output is the same terminal: what is received stays whole.
stays_whole() {
	on_terminal
	peer them listen 127.0.0.1 0 send:'one\ntwo' touch:two await:more send:'\nthree\nfour' await:go shut rest
	start us "${STRAIT[@]}" -d --progress 127.0.0.1 "$PORT"
	eventually shows '^two$'
	# In the middle of a line nothing is drawn.
	local i
	for i in {1..60}; do moment; done
	run ! drew 'received'
	touch more
	eventually shows '^four$'
	touch go
	finish us
	run -0 cat us.out
	assert_equal "${lines[*]:0:4}" 'one two three four'
	assert_equal "${#lines[@]}" 5
	assert_regex "${lines[4]}" '^received +18 B, '
}
@test "what is received on the same terminal stays whole, and the line is below it" { stays_whole; }
@test "the same, with /dev/tty for standard error" {
	STRAIT=(bash -c 'exec "$@" 2>/dev/tty' bash "${STRAIT[@]}")
	stays_whole
}

@test "it is taken away for what is received, and comes back" {
	on_terminal
	random "$SENT" us.in
	peer them listen 127.0.0.1 0 send:'one\n' await:more send:'two\n' await:go rest
	start us "${STRAIT[@]}" --progress 127.0.0.1 "$PORT"
	eventually drew 'sent .* received +4 B'
	touch more
	eventually drew 'sent .* received +8 B'
	eventually shows '^sent '
	goes_on
	run -0 cat us.out
	assert_equal "${lines[*]:0:2}" 'one two'
	assert_equal "${#lines[@]}" 3
	assert_regex "${lines[2]}" '^sent  64 MiB, .*, received +8 B, .*100%'
}

@test "in a conversation by hand nothing is redrawn" {
	on_terminal -i -t typed
	peer them listen 127.0.0.1 0 expect:'hello\n' send:'welcome\n' await:go shut rest
	echo hello >typed
	start us "${STRAIT[@]}" --progress 127.0.0.1 "$PORT"
	eventually shows '^welcome$'
	local i
	for i in {1..60}; do moment; done
	touch go
	finish us
	run -0 cat us.out
	assert_equal "${lines[*]:0:2}" 'hello welcome'
	assert_regex "${lines[2]}" "^strait: sent 6 B, $SIZE/s, received 8 B, $SIZE/s, $CLOCK\$"
	assert [ ! -s frames ]
}

@test "in the background nothing is drawn until the end" {
	on_terminal -f -o us.received
	sends_slowly --progress
	local i
	for i in {1..60}; do moment; done
	goes_on
	run -0 cat us.out
	assert_equal "${#lines[@]}" 1
	assert_regex "${lines[0]}" '^sent  64 MiB'
	assert_equal "$(wc -l <frames)" 1
}

@test "before there is a connection it says what it waits for" {
	on_terminal -o us.received
	free_port
	start us "${STRAIT[@]}" --progress --retry 127.0.0.1 "$FREE" </dev/null
	eventually drew "connecting to 127.0.0.1 $FREE, $CLOCK\$"
	kill "$(pid_of us)"
	finish us 143
	assert_equal "$(<us.out)" "strait: connect to 127.0.0.1 $FREE: Connection refused; trying again" ||
		assert_equal "$(<us.out)" ''
}

@test "before a client has come it says where it listens" {
	on_terminal -o us.received
	start us "${STRAIT[@]}" --progress -l -U socket </dev/null
	eventually drew "listening on socket, $CLOCK\$"
	peer them -U connect socket send:hello shut rest
	finish us
	assert_regex "$(<us.out)" '^received +5 B, '
}

@test "an interrupt leaves the line whole, and kills" {
	on_terminal -o us.received
	sends_slowly --progress
	eventually frames 3
	kill -INT "$(pid_of us)"
	finish us 130
	run -0 cat us.out
	assert_equal "${#lines[@]}" 1
	assert_regex "$output" '^sent .*%'
	refute_output --partial ETA
}

# --- What it shows

@test "a peer that has stalled: the rate is 0, and when it ends is unknown" {
	on_terminal -o us.received
	sends_slowly --progress
	eventually drew 'sent .*,     0 B/s .* ETA -:--$'
	goes_on
}

@test "with a peer that has stalled it takes no processor time" {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under takes time itself"
	on_terminal -o us.received
	sends_slowly --progress
	eventually drew 'sent .*,     0 B/s .* ETA -:--$'
	local pid before after
	has_child "$(pid_of us)"
	pid=$CHILD
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	local i
	for i in {1..100}; do moment; done
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	((after - before < 3 * $(getconf CLK_TCK) / 100))
	goes_on
}

percentage() {
	last_frame | grep -Eo '[0-9]+%' | tr -d %
}
percentage_below() {
	(($(percentage) < $1))
}

@test "a file that grows is never past its end" {
	on_terminal -o us.received
	sends_slowly --progress
	eventually drew '.*,     0 B/s '
	local before
	before=$(percentage)
	random "$SENT" more
	cat more >>us.in
	eventually percentage_below "$before"
	goes_on
	run ! drew '.* (10[1-9]|1[1-9][0-9]|[2-9][0-9]{2})%'
	assert_regex "$(<us.out)" '^sent 128 MiB, .*, 100%'
}

@test "a server of 50 clients: how many there are, bytes, rate" {
	on_terminal -o us.received
	start us "${STRAIT[@]}" --progress -l -k -d -U socket
	eventually drew 'listening on socket'
	start crowd python3 -I -S "$TESTS/peer.py" -U connect socket send:first await:go shut rest
	start clients python3 -I -S "$TESTS/fifty.py" socket go
	eventually drew '51 clients, received +50 KiB, +[0-9.]+ (Ki)?B/s'
	touch go
	finish clients
	finish crowd
	eventually drew '0 clients, received +50 KiB, +0 B/s'
	kill "$(pid_of us)"
	finish us 143
}

# --- SIGUSR1

# @role: listen=listening | connect=connected
# @domain: tcp=TCP | tcp6=TCP over IPv6 | udp=UDP | unix | unixgram=unix datagrams | seqpacket=unix seqpacket
asks() {
	mkfifo us.in
	exec {INPUT}<>us.in
	ARGS=()
	if is_datagrams "$2" && [[ $1 == connect ]]; then
		ARGS=(-W 1)
		meet "$1" "$2" message send:answer
		eventually handles_usr1 us
		asked "(0 B, 0 B/s .*)" || asked '.*'
		echo hello >us.in
		exec {INPUT}<&-
		finish us
		return
	fi
	if is_datagrams "$2"; then ARGS=(-W 2); fi
	meet "$1" "$2" send:hello await:go send:world
	eventually test -s us.out
	asked "received 5 B, $SIZE/s \(average $SIZE/s\), $CLOCK"
	asked "received 5 B, $SIZE/s \(average $SIZE/s\), $CLOCK"
	touch go
	if is_datagrams "$2"; then
		finish us
	else
		finish them
		exec {INPUT}<&-
		finish us
	fi
	assert_equal "$(<us.out)" helloworld
}
@test "@domain, @role: SIGUSR1 asks how far it is, and it goes on" { asks @role @domain; }

@test "SIGUSR1 is answered while much moves" {
	ln -s /dev/zero us.in
	listen them 127.0.0.1 0 </dev/null
	start us "${STRAIT[@]}" 127.0.0.1 "$PORT"
	eventually test -s them.out
	local i
	for i in 1 2 3 4 5; do asked "sent $SIZE, $SIZE/s \(average $SIZE/s\), $CLOCK"; done
	kill "$(pid_of us)"
	finish us 143
}

# @first: 127.0.0.1 0=TCP | -U socket=unix | -u 127.0.0.1 0=UDP | -k 127.0.0.1 0=with -k | -k -e cat 127.0.0.1 0=with -k and -e | --broker 127.0.0.1 0=with --broker | -k --to unix:nobody 127.0.0.1 0=with --to
waits() {
	silent_input
	# shellcheck disable=SC2086
	listen us $1
	asked "listening on .*, $CLOCK"
	asked "listening on .*, $CLOCK"
	kill "$(pid_of us)"
	finish us 143
}
@test "@first: SIGUSR1 before a client has come" { waits '@first'; }

@test "SIGUSR1 while it tries to connect" {
	free_port
	start us "${STRAIT[@]}" --retry 127.0.0.1 "$FREE" </dev/null
	eventually handles_usr1 us
	asked "connecting to 127.0.0.1 $FREE, $CLOCK"
	kill "$(pid_of us)"
	finish us 143
}
handles_usr1() {
	local caught
	caught=$(awk '/^SigCgt/ { print $2 }' "/proc/$(pid_of "$1")/status")
	((0x$caught & 0x200))
}

@test "SIGUSR1 while it scans" {
	start us "${STRAIT[@]}" -z --retry 127.0.0.1 1-3
	eventually handles_usr1 us
	asked "scanning 127.0.0.1: [0-3] of 3 ports done, 0 open, $CLOCK"
	kill "$(pid_of us)"
	finish us 143
}

# Clients of every service.
served() { # LINE ARGS...
	domain tcp
	silent_input
	listen us "${@:2}" "${LISTEN[@]}"
	peer one connect 127.0.0.1 "$PORT" send:hello await:go shut rest
	peer two connect 127.0.0.1 "$PORT" send:world await:go shut rest
	eventually asked_now "$1" || { tail -n 3 us.err >&2; return 1; }
	touch go
	finish one
	finish two
	kill "$(pid_of us)"
	finish us 143
}
asked_now() {
	kill -USR1 "$(pid_of us)"
	moment
	grep -Eq -- "^strait: $1\$" us.err
}
RATES="$SIZE/s \(average $SIZE/s\)"
@test "SIGUSR1, serving with -k: clients and bytes" {
	served "2 clients, received 10 B, $RATES, $CLOCK" -k
}
@test "SIGUSR1, serving with --broker: clients and bytes" {
	served "2 clients, (sent (5|10) B, $RATES, )?received 10 B, $RATES, $CLOCK" --broker
}
@test "SIGUSR1, serving with --chat: clients and bytes" {
	served "2 clients, sent [0-9]+ B, $RATES, received 10 B, $RATES, $CLOCK" --chat
}
@test "SIGUSR1, serving with --to: clients and bytes" {
	listen behind -k -U there </dev/null
	served "2 clients, received 10 B, $RATES, $CLOCK" -k --to unix:there
}
@test "SIGUSR1, serving with -e: clients; their bytes don't pass here" {
	served "2 clients, $CLOCK" -k -e cat
}
@test "SIGUSR1, with a program for one client: it is connected" {
	silent_input
	listen us -e cat 127.0.0.1 0
	peer them connect 127.0.0.1 "$PORT" send:hello await:go shut rest
	eventually asked_now "connected, $CLOCK"
	touch go
	finish them
	finish us
}
@test "--progress, serving with -e: clients and bytes" {
	served "2 clients, sent 10 B, $RATES, received 10 B, $RATES, $CLOCK" --progress -k -e cat
}
@test "a program that runs for a client dies of SIGUSR1" {
	listen us -e "sh -c 'kill -USR1 \$\$; echo alive'" 127.0.0.1 0
	peer them connect 127.0.0.1 "$PORT" rest
	finish them
	assert_equal "$(<them.out)" ''
	finish us 138
}

@test "many SIGUSR1 are no harm to what moves" {
	random "$SENT" us.in
	random "$SENT" data
	meet connect tcp pour:data rest
	eventually handles_usr1 us
	local pid
	pid=$(pid_of us)
	while [[ ! -e us.status ]]; do
		kill -USR1 "$pid" || break
	done 2>/dev/null
	finish us
	finish them
	cmp us.in them.out
	cmp data us.out
}
