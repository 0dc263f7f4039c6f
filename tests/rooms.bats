#!/usr/bin/env bats
# Rooms: --broker and --chat. What one says goes to all others, exactly once, in one order for all.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# Opens a room: MODE (broker, chat) over DOMAIN (tcp, tcp6, unix). Standard input is a file, of which
# nothing is ever read.
open_room() { # MODE DOMAIN ARGS...
	domain "$2"
	[[ -e room.in ]] || echo never >room.in
	listen room "--$1" "${@:3}" "${LISTEN[@]}"
}

# What people in the room do, in the words of people.py.
people() {
	timeout -k 1 "$((LIMIT * 2))" python3 "$TESTS/people.py" "$PORT" "$LIMIT" "$(pid_of room)" "$1" >&2
}

# Still there, and its standard input and output are as they were.
room_is_well() {
	refute [ -e room.status ]
	assert [ ! -s room.out ]
	assert_equal "$(input_read "$(pid_of room)")" 0
}

# --- The broker

reaches_all_others() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
a.say("one")
b.hear("one"), c.hear("one")
b.say("two")
a.hear("two"), c.hear("two")
c.say("three")
a.hear("three"), b.hear("three")'
	room_is_well
}

# N speak at once, in records of 64 bytes, and others only listen.
one_order() {
	open_room "$1" "$2"
	people "one_order('$1' == 'chat')"
	room_is_well
}

half_closes() {
	open_room broker "$1"
	people 'finishes_and_is_told()'
	room_is_well
}

last_words() {
	open_room broker "$1"
	people '
a, b = come(), come()
a.say("my last words")
a.close()
b.hear("my last words")
c = come()
c.say("hello")
b.hear("hello")'
	room_is_well
}

# What he has said is not lost because somebody else speaks to him who is not there any more.
last_words_in_a_noise() {
	open_room broker "$1"
	people 'last_words_in_a_noise()'
	room_is_well
}

resets() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
a.say("before")
b.hear("before"), c.hear("before")
a.reset()
b.say("after")
c.hear("after")
c.say("and so on")
b.hear("and so on")'
	room_is_well
}

large() {
	open_room broker "$1"
	people '
a, b = come(), come()
data = os.urandom(1 << 20) * 64
a.say_all(data, done=True)
equal(hashlib.sha256(b.read(len(data))).digest(), hashlib.sha256(data).digest())
equal(a.rest(), b"")'
	room_is_well
}

both_large() {
	open_room broker "$1"
	people '
a, b = come(), come()
x, y = os.urandom(1 << 20) * 16, os.urandom(1 << 20) * 16
a.say_all(x), b.say_all(y)
ears = threading.Thread(target=lambda: got.append(a.read(len(y))))
got = []
ears.start()
assert b.read(len(x)) == x
ears.join()
assert got[0] == y'
	room_is_well
}

# Two: as long as one does not read, the other has to wait, whatever time that takes.
slow_reader_of_two() {
	open_room broker "$1"
	people '
a, b = come(), come()
data = os.urandom(1 << 20) * 64
sent = fill(a, data)
bounded()
at_rest()
a.say_all(data[sent:])
assert b.read(len(data)) == data'
	assert_equal "$(grep -c dropped room.err)" 0
	room_is_well
}

# Three: he who does not read is dropped, and the others have lost nothing.
slow_reader_of_three() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
data = os.urandom(1 << 20) * 64
a.say_all(data)
assert c.read(len(data)) == data
told("^strait: dropped .*: it did not read what it was sent")
bounded()
c.say("where is he?")
a.hear("where is he?")
assert len(b.gone()) < len(data)'
	assert_equal "$(grep -c dropped room.err)" 1
	room_is_well
}

# The speaker goes while nobody can be served: the room waits, and does not turn in circles.
goes_while_all_wait() {
	open_room broker "$1"
	people "goes_while_all_wait('$2')"
	room_is_well
}

# So does a listener: the speaker need not wait for him any more.
listener_goes() {
	open_room broker "$1"
	people "how = '$2'"'
a, b = come(), come()
data = bytes(64 << 20)
sent = fill(a, data)
getattr(b, how)()
a.say(data[sent:])
a.shut()
equal(a.rest(), b"")
at_rest()'
	room_is_well
}

# What is said after he has finished is not for him, however much that is.
half_closes_in_a_flood() {
	open_room broker "$1"
	people 'finishes_in_a_flood()'
	room_is_well
}

not_to_who_comes_later() {
	open_room broker "$1"
	people 'comes_later()'
	room_is_well
}


# @domain: tcp | tcp6 | unix
@test "broker, @domain: all others hear it, he who said it does not" { reaches_all_others @domain; }
@test "broker, @domain: what several say at once comes whole, and in one order for all" { one_order broker @domain; }
@test "broker, @domain: who finishes gets what was said until then, and has left" { half_closes @domain; }
@test "broker, @domain: who goes is heard to his last word" { last_words @domain; }
@test "broker, @domain: 64 MiB arrive" { large @domain; }
@test "broker, @domain: of three, one who does not read is dropped" { slow_reader_of_three @domain; }
# @domain: tcp | unix
@test "broker, @domain: 16 MiB each way at once arrive" { both_large @domain; }
@test "broker, @domain: of two, one who is slow makes the other wait" { slow_reader_of_two @domain; }
@test "broker, @domain: a speaker who goes while all wait costs nothing" { goes_while_all_wait @domain close; }
@test "broker, @domain: who finishes in a flood has left" { half_closes_in_a_flood @domain; }
@test "broker, @domain: who comes later hears nothing of before" { not_to_who_comes_later @domain; }
@test "broker, @domain: nobody waits for a slow one who closes" { listener_goes @domain close; }
# @domain: tcp | tcp6
@test "broker, @domain: somebody who resets is gone, and nobody else" { resets @domain; }
@test "broker, tcp: a speaker who resets while all wait costs nothing" { goes_while_all_wait tcp reset; }
@test "broker, tcp: nobody waits for a slow one who resets" { listener_goes tcp reset; }
@test "broker, unix: who goes is heard to his last word, although others speak to him" { last_words_in_a_noise unix; }

# --- The chat

announces() {
	open_room chat "$1"
	people 'announcements()'
	room_is_well
}

# @domain: tcp | tcp6 | unix
@test "chat, @domain: names and announcements" { announces @domain; }
@test "chat, @domain: lines said at once come whole, and in one order for all" { one_order chat @domain; }

@test "chat: somebody who resets has gone" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.say("half a li")
a.reset()
equal(b.line(), "<strait> user1 has left\n")'
	assert_said room '^strait: 127\.0\.0\.1 [0-9]+: Connection reset by peer \(46 bytes sent, 9 received\)$'
	room_is_well
}

@test "chat: a line in pieces comes as one, when it ends" {
	open_room chat tcp
	people '
a, b, c = chatters(3)
for n in range(20):
    a.say("a"), b.say("b")
    time.sleep(0.001)
c.say("c\n")
equal(a.line(), "<user3> c\n")
b.say("\n")
equal(a.line(), "<user2> " + 20 * "b" + "\n")
a.say("\nnext\n")
equal([c.line() for _ in range(3)], ["<user2> " + 20 * "b" + "\n", "<user1> " + 20 * "a" + "\n", "<user1> next\n"])'
}

# What a SAID, a Python bytes literal, is heard as: another one, but for "<user1> " before each line.
heard_as() { # SAID HEARD
	open_room chat "${3:-unix}"
	people "said, heard = $1, $2"'
a, b = chatters(2)
a.say(said)
a.shut()
heard = b"".join(b"<user1> " + line for line in heard.splitlines(True))
b.hear(heard + b"<strait> user1 has left\n")'
}

@test "chat: several lines in one write" { heard_as 'b"one\ntwo\nthree\n"' 'b"one\ntwo\nthree\n"'; }
@test "chat: CRLF ends a line as LF does" { heard_as 'b"one\r\ntwo\r\n"' 'b"one\ntwo\n"'; }
@test "chat: a line that does not end at the end counts" { heard_as 'b"one\ntwo"' 'b"one\ntwo\n"'; }
@test "chat: empty lines are lines" { heard_as 'b"\n\r\n\n"' 'b"\n\n\n"'; }
@test "chat: nothing is no line" { heard_as 'b""' 'b""'; }
@test "chat: 4096 bytes are one line" { heard_as 'b"x" * 4096 + b"\nnext\n"' 'b"x" * 4096 + b"\nnext\n"'; }
@test "chat: 4096 bytes and CRLF are one line" {
	heard_as 'b"x" * 4096 + b"\r\nnext\r\n"' 'b"x" * 4096 + b"\nnext\n"'
}
@test "chat: 4097 bytes are two lines" { heard_as 'b"x" * 4096 + b"y\n"' 'b"x" * 4096 + b"\ny\n"'; }
@test "chat: 10000 bytes are three lines" {
	heard_as 'b"x" * 10000 + b"\nnext\n"' 'b"\n".join([b"x" * 4096, b"x" * 4096, b"x" * 1808, b"next", b""])'
}
@test "chat: a line is not cut within a character" {
	heard_as '("x" * 4095 + "€uro\n").encode()' '("x" * 4095 + "\n€uro\n").encode()'
}
@test "chat: the end of a line of 4096 bytes may come later" {
	open_room chat unix
	people '
a, b = chatters(2)
for line in "x" * 4096, "x" * 4095, "é" * 2048, "😀" * 1024:
    for first, then in ("", "\n"), ("", "\r\n"), ("\r", "\n"):
        a.say(line + first)
        b.say("?\n")
        equal(a.line(), "<user2> ?\n")
        a.say(then)
        a.say("next\n")
        equal(b.line(), "<user1> " + line + "\n")
        equal(b.line(), "<user1> next\n")'
}
@test "chat: a flood of empty lines arrives" { heard_as 'b"\n" * 300000' 'b"\n" * 300000'; }
@test "chat: a flood of control characters arrives" {
	heard_as '(b"\033" * 4000 + b"\n") * 300' '(br"\033" * 4000 + b"\n") * 300'
}

@test "chat: escape sequences are made visible" {
	heard_as 'b"\x1b[31mred\x1b]0;title\x07\n"' 'br"\033[31mred\033]0;title\007" + b"\n"'
}
@test "chat: control characters are made visible" {
	heard_as 'b"\0\1\b\v\f\x1f\x7f a\rb\n"' 'br"\000\001\010\013\014\037\177 a\015b" + b"\n"'
}
@test "chat: C1 control characters are made visible" {
	heard_as '"\x80\x85\x9b31m\x9f\n".encode()' 'br"\302\200\302\205\302\23331m\302\237" + b"\n"'
}
@test "chat: marks that turn the direction of text are made visible" {
	heard_as '"a\u202eb\u2066c\n".encode()' 'br"a\342\200\256b\342\201\246c" + b"\n"'
}
@test "chat: what is no UTF-8 is made visible" {
	heard_as 'b"\xff \x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82\n\xacx\n"' \
		'br"\377 \200 \300\257 \355\240\200 \364\220\200\200 \342\202" + b"\n" + br"\254x" + b"\n"'
}
@test "chat: valid UTF-8, tabs and backslashes stay" {
	heard_as '"Grüße\t€ 😀 \\033 日本\n".encode()' '"Grüße\t€ 😀 \\033 日本\n".encode()' tcp
}
@test "chat: nobody can speak in the name of another" {
	heard_as 'b"x\r<user2> y\n<strait> user2 has left\n"' 'br"x\015<user2> y" + b"\n<strait> user2 has left\n"'
}

@test "chat: a character in two pieces stays" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.say(b"1 \xe2\x82")
b.say("?\n")
equal(a.line(), "<user2> ?\n")
a.say(b"\xac\n")
equal(b.line(), "<user1> 1 \u20ac\n")'
}

@test "chat: of three, one who does not read is dropped, and has gone" {
	open_room chat unix
	people 'long_lines_to_one_who_does_not_read()'
	assert_said room '^strait: dropped .*: it did not read what it was sent'
}

# Of two, one says many lines and the other does not read: each newline becomes a whole line with a
# name, and yet what is kept is bounded.
@test "chat, tcp: many short lines that are not read need no memory" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
fill(a, b"\n" * 12000000) # sockets hold less
bounded()
at_rest()
b.hear(b"<user1> \n" * 10000)'
	assert_equal "$(grep -c dropped room.err)" 0
}

@test "chat, unix: many short lines that are not read need no memory, and none is lost" {
	open_room chat unix
	people '
a, b = chatters(2)
lines = 900000 # more than the window holds
sent = fill(a, b"\n" * lines)
bounded()
at_rest()
a.say_all(b"\n" * (lines - sent))
for _ in range(200):
    b.hear(b"<user1> \n" * (lines // 200))
bounded()'
	assert_equal "$(grep -c dropped room.err)" 0
}

@test "chat: many short lines cost the member that does not read its place, and nobody else a line" {
	local try LIMIT=$((LIMIT * 3)) # these are many lines, if the machine is busy
	# On a busy machine the member that reads may be too slow itself, and lose its place, too.
	for try in 1 2 3 4; do
		open_room chat unix
		! people 'short_lines_to_one_who_does_not_read()' || break
		((try < 4)) || fail "a member that reads has lost its place $try times"
		kill -TERM "$(pid_of room)"
		finish room 143
		rm room.status
	done
	assert_said room '^strait: dropped .*: it did not read what it was sent'
}

@test "chat: a member that finishes while what it said waits is heard to the last line" {
	open_room chat unix
	people '
a, b = chatters(2)
sent = fill(a, b"\n" * 3000000)
a.say_all(b"last", done=True)
line = b"<user1> \n"
for _ in range(sent):
    b.hear(line)
b.hear("<user1> last\n<strait> user1 has left\n")'
}

# Each that comes and goes is announced to one that does not read: that one is dropped, or what there
# is no room for is not announced.
@test "chat: members that come and go do not fill the memory" {
	[[ -z ${SLOW:-} ]] || skip "the room takes too long"
	open_room chat unix
	people '
a, b = chatters(2)
sent = fill(a, b"\n" * 3000000)
at_rest()
for _ in range(3000):
    anybody().close()
bounded()
b.hear(b"<user1> \n" * 1000)'
}

@test "--broker --chat is a chat" {
	open_room broker tcp --chat -k
	people 'chatters(2)'
}

# --- Who comes and goes

@test "with -v it is told who comes" {
	open_room broker tcp
	people 'come(), come()'
	assert_equal "$(sed '/closed/d; s/ [0-9]*$/ N/' room.err)" "Listening on 127.0.0.1 N
Connection received on 127.0.0.1 N
Connection received on 127.0.0.1 N"
}
@test "broker: with -v it is told how each goes" {
	open_room broker unix
	people '
a, b = come(), come()
a.say("hello\n")
b.hear("hello\n")
b.shut()
told("^strait: .*: closed \\(6 bytes sent, 0 received\\)$")
a.close()
told("^strait: .*: closed \\(0 bytes sent, 6 received\\)$")'
}
@test "chat: with -v it is told how each goes" {
	open_room chat tcp
	people '
a, = chatters(1)
a.say("hello\n")
a.shut()
equal(a.rest(), b"")
told("^strait: 127\\.0\\.0\\.1 [0-9]+: closed \\(23 bytes sent, 6 received\\)$")'
}
@test "without -v nothing is told" {
	start room "${STRAIT[@]}" -l --chat 127.0.0.1 0 </dev/null
	eventually listening room
	people '
a = anybody()
a.hear("<strait> you are user1\n")
b = anybody()
b.hear("<strait> you are user2\n")
a.hear("<strait> user2 is here\n")
b.reset()
a.hear("<strait> user2 has left\n")'
	assert_equal "$(wc -l <room.err)" 1
}

limited() {
	open_room "$1" tcp --max-conns 2
	people '
a, b = come(), come()
c = anybody()
equal(c.gone(), b"")
told("^strait: refused 127\\.0\\.0\\.1 \\d+: the limit is reached \\(--max-conns 2\\)$")
b.shut()
b.rest()
d = come()
d.say("hello\n")
while not a.line().endswith("hello\n"):
    pass'
	assert_equal "$(grep -c refused room.err)" 1
	room_is_well
}

# @kind: broker | chat
@test "--max-conns: one more is refused, and comes in when another has gone: @kind" { limited @kind; }
@test "--max-conns 0 lets nobody in" {
	open_room chat unix --max-conns 0
	people 'equal(anybody().gone(), b"")'
	assert_said room '^strait: refused .*: the limit is reached \(--max-conns 0\)$'
	room_is_well
}
@test "a hundred come in, and no more" {
	open_room broker unix
	people '
crowd = [anybody() for _ in range(100)]
told("^Connection received", 100)
equal(anybody().gone(), b"")
told("^strait: refused .*: the limit is reached \\(--max-conns 100\\)$")
crowd[0].say("hello")
[m.hear("hello") for m in crowd[1:]]'
}

@test "--idle-timeout: who says and hears nothing has to go" {
	open_room chat tcp --idle-timeout 1
	people 'idle()'
	room_is_well
}

idle() {
	open_room "$@"
	people '
a = come()
begin = time.monotonic()
a.rest()
assert time.monotonic() - begin > 0.25'
	assert_said room '^strait: .*: timed out \([0-9]+ bytes sent, 0 received\)$'
	room_is_well
}

@test "--idle-timeout ends a unix conversation" { idle broker unix --idle-timeout 300ms; }
@test "-w is that, too" { idle chat tcp -w 300ms; }

# --- The end

dies() { # SIGNAL DOMAIN
	STRAIT=(env --default-signal=INT --default-signal=HUP --default-signal=TERM "${STRAIT[@]}")
	open_room broker "$2"
	people "signal = $(kill -l "$1")"'
a, b = come(), come()
a.say("hello")
b.hear("hello")
os.kill(int(pid), signal)
for member in a, b:
    member.broken()'
	finish room "$((128 + $(kill -l "$1")))"
	nothing_left
	assert_equal "$(grep -c '^strait: ' room.err)" 0
}

# @signal: TERM=SIGTERM | INT=SIGINT | HUP=SIGHUP
# @domain: tcp | unix
@test "@signal ends the room: @domain" { dies @signal @domain; }

@test "closed standard input and output are no matter" {
	wires '<&- >&-'
	open_room broker tcp
	people '
a, b = come(), come()
a.say("hello")
b.hear("hello")
b.say("hi")
a.hear("hi")'
	refute [ -e room.status ]
}
@test "a full standard output is no matter" {
	wires '>/dev/full'
	open_room broker tcp
	people '
a, b = come(), come()
a.say("hello")
b.hear("hello")'
	refute [ -e room.status ]
}

# --- With others

# Starts a member whose input stays open.
member() { # NAME COMMAND...
	mkfifo "$1.in"
	exec {hold}<>"$1.in"
	printf -v "SAY_$1" %d "$hold"
	start "$@"
}

received() {
	(($(grep -c '^Connection received' room.err) >= $1))
}

@test "nc, ncat, socat and strait talk to each other" {
	needs nc
	needs ncat
	needs socat
	open_room broker tcp
	local name say
	member one nc 127.0.0.1 "$PORT"
	member two ncat 127.0.0.1 "$PORT"
	member three socat - "TCP:127.0.0.1:$PORT"
	member four "${STRAIT[@]}" 127.0.0.1 "$PORT"
	eventually received 4
	for name in one two three four; do
		say=SAY_$name
		echo "I am $name" >&"${!say}"
		for other in one two three four; do
			[[ $other == "$name" ]] || eventually grep -qx "I am $name" "$other.out"
		done
	done
	for name in one two three four; do
		assert_equal "$(wc -l <"$name.out")" 3
		run ! grep "$name\$" "$name.out"
	done
	room_is_well
}

listens_alone() {
	open_room broker tcp
	start ear "$@" 127.0.0.1 "$PORT" </dev/null
	eventually received 1
	people '
people = [None]
a = come()
a.say("hello\n")
told("^Connection received", 2)
a.shut()
a.rest()'
	eventually grep -qx hello ear.out
	refute [ -e ear.status ]
}

@test "strait -d listens to a room" { listens_alone "${STRAIT[@]}" -d; }
@test "nc -d listens to a room" { needs nc; listens_alone nc -d; }
@test "ncat --recv-only listens to a room" { needs ncat; listens_alone ncat --recv-only; }

# The same said in ncat's room and in ours is heard the same.
@test "a broker is what ncat's is" {
	needs ncat
	open_room broker tcp
	people 'as_in_ncats_room()'
	free_port
	start room ncat -l -k --broker 127.0.0.1 "$FREE" </dev/null
	PORT=$FREE
	eventually nc -z 127.0.0.1 "$PORT"
	people 'as_in_ncats_room()'
}

# --- What makes no sense

no_room_with() { # OPTION ARGS...
	local mode
	for mode in --broker --chat; do
		refused 2 -l "$mode" "$@" "^strait: .*cannot be combined \(see strait --help\)$"
		[[ $stderr == *" $mode "* && $stderr == *" $1 "* ]] || fail "$stderr"
	done
}

@test "no room of datagrams" { no_room_with -u 127.0.0.1 0; }
@test "no room of seqpackets" { no_room_with --seqpacket -U socket; }
# @option: -d | --send-only | -C | -t | -i 1=-i | --frames | -q 1=-q | --no-shutdown | -e cat=-e | --sh-exec cat=--sh-exec | --to 127.0.0.1:1=--to
@test "no room with @option" { no_room_with @option 127.0.0.1 0; }
@test "--broker needs -l" { refused 2 --broker 127.0.0.1 1 '^strait: --broker needs -l \(see strait --help\)$'; }
@test "--chat needs -l" { refused 2 --chat 127.0.0.1 1 '^strait: --chat needs -l \(see strait --help\)$'; }
