#!/usr/bin/env bats
# Every option in every domain, type and role: where it applies, two straits talk, one of them with
# the option; where it does not, it is refused in one line that names it, before any socket is made.
#
# A test is a row of the table below:
#
#   row SPELLINGS VALUE WHERE [HOW]
#
# SPELLINGS take turns. VALUE is '-' for none; ADDRESS and GROUP stand for what fits the cell. WHERE is
# a list of DOMAINS or DOMAINS/ROLE, see ways_of; before one, "=" says that the option makes another cell of
# this one, "!" that the address is of the other family, "?" that the question is answered whatever
# else is asked for. HOW sees it work: talk unless given. ALSO, from the environment, is an option
# that stands before it in all cells.
#
# Who has the option is called "us", the other strait "them".

load helpers

ways_of() {
	case $1 in
	all) echo tcp4 tcp6 udp4 udp6 unix unixgram seqpacket ;;
	ip) echo tcp4 tcp6 udp4 udp6 ;;
	tcp) echo tcp4 tcp6 ;;
	udp) echo udp4 udp6 ;;
	local) echo unix unixgram seqpacket ;;
	streams) echo tcp4 tcp6 unix ;;
	connections) echo tcp4 tcp6 unix seqpacket ;;
	messages) echo udp4 udp6 unixgram seqpacket ;;
	*) echo "$1" ;;
	esac
}

# CELLS: what the words of WHERE say of each "DOMAIN/ROLE", if anything.
mark_cells() {
	local word way role mark
	declare -gA CELLS=()
	for word; do
		mark=works
		case $word in
		=*) mark=another ;;
		!*) mark=unresolved ;;
		\?*) mark=answered ;;
		esac
		word=${word#[=!?]}
		for way in $(ways_of "${word%/*}"); do
			for role in connect listen; do
				[[ $word == */* && ${word#*/} != "$role" ]] || CELLS[$way/$role]=$mark
			done
		done
	done
}

# What makes the command line of a cell: OPTION, WAY, and LISTENING or CONNECTING.
enter() { # DOMAIN ROLE SPELLING VALUE
	ROLE=$2 GROUP=239.1.2.3%lo
	[[ $1 != *6 ]] || GROUP=ff02::1234%lo
	domain "$1"
	HOST=${THERE[0]-}
	LISTENING=(-l "${HOST:-socket}" ${HOST:+0})
	CONNECTING=("${HOST:-socket}" ${HOST:+9})
	OPTION=("$3" "$4")
	case $4 in
	-) OPTION=("$3") ;;
	ADDRESS) OPTION=("$3" "${HOST:-ours}") ;;
	GROUP) OPTION=("$3" "$GROUP") ;;
	=*) OPTION=("$3$4") ;;
	esac
	OPTION=(${ALSO:+"$ALSO"} "${OPTION[@]}")
}

# --- Where it does not apply

# What is to end before a socket is made is collected in a script. An answer on standard output is
# expected with status 0, else one line that names NAMES, a regular expression.
ask() { # STATUS NAMES WORDS...
	local n=${#ASKED[@]}
	ASKED+=("$1 $2 ${*:3}")
	printf '%q ' timeout "$LIMIT" "${STRAIT[@]}" "${@:3}" >>asked
	printf '</dev/null >%d.out 2>%d.err; echo $? >%d.status\n' "$n" "$n" "$n" >>asked
}

asked() {
	local n status names words tracer=(strace -f -qq -e 'trace=socket,bind' -o trace)
	((${#ASKED[@]})) || return 0
	[[ -z ${SLOW:-} ]] && command -v strace >/dev/null || tracer=()
	# Without SHELL bash itself looks its user up, by way of a socket.
	SHELL=${SHELL:-$BASH} timeout -k 1 $((LIMIT * 3)) "${tracer[@]}" bash asked 3>&-
	for n in "${!ASKED[@]}"; do
		read -r status names words <<<"${ASKED[n]}"
		echo "strait $words: status $(<"$n.status"), said: $(<"$n.err")"
		[[ $(<"$n.status") == "$status" ]]
		if ((status == 0)); then
			[[ -s $n.out && ! -s $n.err ]]
		else
			[[ ! -s $n.out && $(<"$n.err") =~ ^'strait: '(.*' ')?($names)([ :]|$) ]]
			[[ $(<"$n.err") != *$'\n'* ]]
		fi
	done
	[[ ! -e trace ]] || run -1 grep -m 1 AF_ trace
}

# --- Where it applies

# What goes in on one side, and what is to come out on the other, as printf %b has it.
we_say() { OUR_IN=$1 THEIR_OUT=${2-$1}; }
they_say() { THEIR_IN=$1 OUR_OUT=${2-$1}; }

# What is usual, and can be changed by HOW.
settle() {
	we_say 'from us\n'
	they_say 'from them\n'
	OURS=("${OPTION[@]}") THEIRS=() OUR_END=() THEIR_END=() AROUND=() TELLS=(-v) SAID='' HEARD=''
	WHILE=: # we listen
	is_datagrams "$DOMAIN" || return 0
	# They have no end: one each is enough, and who asks waits for the answer.
	OUR_END=(-W 1) THEIR_END=(-W 1)
	case $ROLE in
	connect) OUR_END+=(-q "$LIMIT") ;;
	listen) THEIR_END+=(-q "$LIMIT") ;;
	esac
}

# Both run to their ends, with status 0 and no word too many.
talk() {
	local ours=("${WAY[@]}" "${OUR_END[@]}" "${OURS[@]}")
	local theirs=("${WAY[@]}" "${THEIR_END[@]}" "${THEIRS[@]}")
	printf %b "$OUR_IN" >us.in
	printf %b "$THEIR_IN" >them.in
	if [[ $ROLE == listen ]]; then
		start us "${STRAIT[@]}" "${TELLS[@]}" "${ours[@]}" "${LISTENING[@]}"
		eventually listening us
		"$WHILE"
		connect them '' "${theirs[@]}"
		heard us
	else
		start them "${STRAIT[@]}" -v "${theirs[@]}" "${LISTENING[@]}"
		eventually listening them
		connect us "$SAID" "${ours[@]}"
		heard them
	fi
	came_out us "$OUR_OUT"
	came_out them "$THEIR_OUT"
}

connect() { # NAME SAID WORDS...
	local status=0
	timeout -k 1 "$LIMIT" "${AROUND[@]}" "${STRAIT[@]}" "${@:3}" "${HOST:-socket}" ${HOST:+"$PORT"} \
		<"$1.in" >"$1.out" 2>"$1.err" 3>&- || status=$?
	[[ $status == 0 && $(<"$1.err") =~ ^$2$ ]] || fail "$1: status $status, said: $(<"$1.err")"
}

came_out() { # NAME TEXT
	local got expected
	printf %b "$2" >"$1.expected"
	mapfile -d '' got <"$1.out"
	mapfile -d '' expected <"$1.expected"
	[[ ${got[*]@Q} == "${expected[*]@Q}" ]] || fail "$1 got: ${got[*]@Q}"
}

heard() { # NAME [STATUS]
	local line
	finish "$@"
	while read -r line; do
		[[ $line =~ ^(Listening|Bound|Connection\ received)\ on\  ]] ||
			[[ -n $HEARD && $line =~ ^$HEARD$ ]] || fail "$1 said: $line"
	done <"$1.err"
}

# --- How it is seen to work, other than by talk

# It stands for one of the words that make the cell.
one_of_the_words() {
	local i key=${OURS[0]}
	case $key in
	--unixsock) key=-U ;;
	--udp) key=-u ;;
	--listen) key=-l ;;
	esac
	for i in "${!WAY[@]}"; do
		[[ ${WAY[i]} != "$key" ]] || WAY[i]=${OURS[0]}
	done
	[[ $key != -l ]] || LISTENING[0]=${OURS[0]}
	OURS=()
	talk
}

told() {
	TELLS=()
	SAID='Connection to .* succeeded!'
	talk
	[[ $ROLE == connect ]] || assert_said us '^Connection received on '
}

both() {
	THEIRS=("${OURS[@]}")
	talk
}

# Whom nothing is heard from cannot be answered: the listener waits for somebody else.
mute() {
	we_say 'from us\n' ''
	if [[ $ROLE == listen ]]; then
		! is_datagrams "$DOMAIN" || THEIR_END=(-q 0)
		they_say 'from them\n'
		talk
	elif is_datagrams "$DOMAIN"; then
		start them "${STRAIT[@]}" -v "${WAY[@]}" -W 1 "${LISTENING[@]}" </dev/null
		eventually listening them
		echo 'from us' >us.in
		connect us '' "${WAY[@]}" "${OURS[@]}" -w 50ms
		echo 'from somebody else' >else.in
		connect else '' "${WAY[@]}" -q 0
		finish them
		assert_equal "$(<us.out)$(<them.out)" 'from somebody else'
	else
		talk
	fi
}

# Who has gone cannot be told anything: they say nothing, except to ask for what we say.
deaf() {
	OUR_END=()
	they_say ''
	! is_datagrams "$DOMAIN" || [[ $ROLE == connect ]] || they_say 'from them\n' ''
	talk
}

counted() {
	! is_datagrams "$DOMAIN" || OUR_END=("${OUR_END[@]:2}")
	talk
}

in_lines() {
	we_say 'from\nus\n'
	! is_datagrams "$DOMAIN" || THEIR_END[1]=2
	talk
}

with_crlf() {
	we_say 'from us\n' 'from us\r\n'
	talk
}

without_telnet() {
	they_say '\xff\xf1from them\n' 'from them\n'
	talk
}

lines_as_messages() {
	we_say 'from us\n' 'from us'
	they_say 'from them' 'from them\n'
	talk
}

framed() {
	we_say '\x00\x00\x00\x07from us' 'from us'
	they_say 'from them' '\x00\x00\x00\x09from them'
	if [[ $DOMAIN == tcp? || $DOMAIN == unix ]]; then
		we_say "$OUR_IN"
		they_say "$OUR_OUT"
		THEIRS=(--frames)
	fi
	talk
}

# Nothing is sent, except to a UDP port, which has to answer.
scanned() {
	we_say 'from us\n' "${1:-}"
	they_say ''
	OUR_END=()
	if [[ $DOMAIN == udp? ]]; then
		they_say 'from them\n' ''
		talk
	elif [[ $DOMAIN == unixgram ]]; then
		start them "${STRAIT[@]}" -v "${WAY[@]}" -W 1 "${LISTENING[@]}" </dev/null
		eventually listening them
		echo 'from us' >us.in
		connect us '' "${WAY[@]}" "${OURS[@]}"
		echo 'from somebody else' >else.in
		connect else '' "${WAY[@]}" -q 0
		finish them
		assert_equal "$(<us.out)$(<them.out)" 'from somebody else'
	else
		talk
	fi
}

probed() {
	scanned hello
}

passed() {
	AROUND=(timeout "$LIMIT" python3 -c '
import shutil, socket, subprocess, sys

ours, given = socket.socketpair()
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=given, check=True)
_, [fd], _, _ = socket.recv_fds(ours, 16, 2)
peer = socket.socket(fileno=fd)
peer.setblocking(True)
peer.sendall(sys.stdin.buffer.read())
peer.shutdown(socket.SHUT_WR)
while data := peer.recv(100):
    sys.stdout.buffer.write(data)')
	talk
}

as_the_port() {
	[[ $ROLE == connect ]] || unset 'LISTENING[2]'
	talk
}

as_the_address() {
	[[ $ROLE == connect ]] || unset 'LISTENING[1]'
	[[ $ROLE == connect || -n $HOST ]] || OURS[1]=socket
	talk
}

private() {
	WHILE=path_is_private
	talk
}
path_is_private() {
	assert_equal "$(stat -c %a socket)" 600
}

# Of what the usual words are.
digested() {
	local sent received
	read -r sent _ < <(printf %b "$OUR_IN" | sha256sum)
	read -r received _ < <(printf %b "$THEIR_IN" | sha256sum)
	SAID="$sent  sent"$'\n'"$received  received"
	HEARD="($sent  sent|$received  received)"
	talk
	[[ $ROLE == connect ]] || assert_equal "$(grep -cE "^$HEARD$" us.err)" 2
}

says() { # WHAT
	SAID=$1 HEARD=$1
	talk
	assert_said us "^$1"
}
stats() { says 'strait: stats: sent .*'; }
traces() { says 'strait: trace: .*'; }
progressed() { says 'strait: .*(sent|received).*'; }
in_json() { says '\{"v":1,.*\}'; }

recorded() {
	talk
	assert [ -s record ]
}

signed() {
	export STRAIT_TCP_MD5=key
	both
}

# Not everybody may.
privileged() {
	run strait "${OURS[@]}" 127.0.0.1 9
	[[ ! $output =~ 'Operation not permitted'|'Permission denied' ]] || skip "$output"
	talk
}

# What says 'from us', and keeps what it is told, whatever its input is.
SCRIPT='echo from us; head -n 1 >got'
runs() {
	they_say 'from them\n' ''
	OUR_END=()
	talk
	assert_equal "$(<got)" 'from them'
}

# We listen, with standard input at its end.
serve() {
	start us "${STRAIT[@]}" -v "${WAY[@]}" "$@" "${OURS[@]}" "${LISTENING[@]}" </dev/null
	eventually listening us
}
dismiss() {
	kill -TERM "$(pid_of us)"
	finish us 143
}

# Two come, one after the other.
served() {
	local name bye=()
	! is_datagrams "$DOMAIN" || bye=(-q 0)
	serve
	for name in one two; do
		echo "from $name" >"$name.in"
		connect "$name" '' "${WAY[@]}" "${bye[@]}"
		eventually grep -qx "from $name" us.out
	done
	dismiss
}

# Between them and somebody there, who is reached in the same way.
relayed() {
	local there=("${LISTENING[@]}")
	[[ -n $HOST ]] || there=(-l there)
	start there "${STRAIT[@]}" -v "${WAY[@]}" "${there[@]}" --sh-exec "$SCRIPT"
	eventually listening there
	case $HOST in
	'') OURS[1]=unix:there ;;
	*:*) OURS[1]=[$HOST]:$PORT ;;
	*) OURS[1]=$HOST:$PORT ;;
	esac
	serve -k
	echo 'from them' >them.in
	connect them '' "${WAY[@]}" "${THEIR_END[@]}"
	came_out them 'from us\n'
	heard there
	dismiss
	assert_equal "$(<got)" 'from them'
}

# What one says the other hears, who came first.
shared() {
	serve
	mkfifo one.in
	# shellcheck disable=SC2034 # held open
	exec {open}<>one.in
	start one "${STRAIT[@]}" "${WAY[@]}" "${HOST:-socket}" ${HOST:+"$PORT"}
	echo 'from two' >two.in
	eventually two_speaks
	dismiss
	# Of TCP, the death of the server is a reset.
	finish one "$([[ $DOMAIN == tcp? ]] && echo 1 || echo 0)"
}
two_speaks() {
	connect two '' "${WAY[@]}"
	grep -q 'from two' one.out
}

# Of unix datagrams the user is not known.
turned_away() {
	local them=("${WAY[@]}" "${HOST:-socket}" ${HOST:+"$PORT"})
	if [[ $DOMAIN == unixgram ]]; then
		talk
		return
	fi
	serve
	! is_datagrams "$DOMAIN" || them=(-q 0 "${them[@]}")
	[[ -z $HOST ]] || them[-1]=$PORT
	run strait "${them[@]}" <<<'from them'
	eventually grep -qE '^strait: refused .*: denied$' us.err
	came_out us ''
	dismiss
}

inherited() {
	printf %b "$OUR_IN" >us.in
	printf %b "$THEIR_IN" >them.in
	start us python3 -c '
import os, socket, sys
host = sys.argv[1]
sock = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
print("Listening on", *sock.getsockname()[:2], file=sys.stderr, flush=True)
os.dup2(sock.fileno(), 7)
os.execv(sys.argv[2], sys.argv[2:])' "$HOST" "${STRAIT[@]}" "${WAY[@]}" -l "${OURS[0]}=7"
	eventually listening us
	connect them ''
	heard us
	came_out us "$OUR_OUT"
	came_out them "$THEIR_OUT"
}

# --- The table

# Who we are, on this host.
EVERYWHERE=127.0.0.1,::1
EVERYBODY=uid:$UID

# Runs CALLBACK with MARK in all cells, entered with spellings that take turns.
each_cell() {
	local spellings way role n=0
	read -ra spellings <<<"$2"
	for role in connect listen; do
		for way in $(ways_of all); do
			enter "$way" "$role" "${spellings[n++ % ${#spellings[@]}]}" "$3"
			"$1" "${CELLS[$way/$role]:-refused}"
		done
	done
}

refuse() {
	local operands=("${LISTENING[@]}")
	[[ $ROLE == listen ]] || operands=("${CONNECTING[@]}")
	case $1 in
	refused) ask 2 "$NAMES" "${OPTION[@]}" "${WAY[@]}" "${operands[@]}" ;;
	unresolved) ask 3 "$HOST" "${OPTION[@]}" "${WAY[@]}" "${operands[@]}" ;;
	answered) ask 0 - "${OPTION[@]}" "${WAY[@]}" "${operands[@]}" ;;
	esac
}

see() {
	[[ $1 == works ]] || return 0
	echo "$DOMAIN, $ROLE: ${OPTION[*]}"
	mkdir "$DOMAIN-$ROLE"
	cd "$DOMAIN-$ROLE" || return
	settle
	"$HOW"
	cd "$BATS_TEST_TMPDIR" || return
}

row() {
	local ASKED=() HOW=${4:-talk} NAMES="${1// /|}${ALSO:+|$ALSO}"
	# shellcheck disable=SC2086
	mark_cells $3
	each_cell refuse "$1" "$2"
	asked
	each_cell see "$1" "$2"
	run find . -name socket -o -name ours
	assert_output ''
}

@test "-4 works over IPv4" { row -4 - 'tcp4 udp4 !tcp6 !udp6'; }
@test "-6 works over IPv6" { row -6 - 'tcp6 udp6 !tcp4 !udp4'; }
@test "-U makes it a unix socket" { row '-U --unixsock' - local one_of_the_words; }
@test "-u makes it datagrams" { row '-u --udp' - 'udp unixgram =tcp =unix' one_of_the_words; }
@test "--seqpacket makes it a unix socket that keeps messages apart" { row --seqpacket - 'seqpacket =unix' one_of_the_words; }
@test "-l makes it listen" { row '-l --listen' - 'all/listen =all/connect' one_of_the_words; }
@test "-n works everywhere" { row '-n --nodns' - all; }
@test "-v says whom we talk to, everywhere" { row '-v --verbose' - all told; }

@test "-N works everywhere" { row -N - all; }
@test "--no-shutdown works over connections" { row --no-shutdown - connections; }
@test "-q works everywhere" { row -q 5 all; }
@test "-w works everywhere" { row -w 5 all; }
@test "--wait works where we connect" { row --wait 5 all; }
@test "--idle-timeout works everywhere" { row --idle-timeout 5 all; }
@test "-d hears and says nothing, everywhere" { row '-d --recv-only' - all mute; }
@test "--send-only says and hears nothing, everywhere" { row --send-only - all deaf; }
@test "-W works with messages" { row -W 1 messages counted; }
@test "-W works with frames, everywhere" { ALSO=--frames row -W 1 all framed; }

@test "-C sends CRLF, everywhere" { row '-C --crlf' - all with_crlf; }
@test "-i sends line by line, everywhere" { row '-i --delay' 10ms all in_lines; }
@test "-t takes negotiation out of streams" { row '-t --telnet' - streams without_telnet; }
@test "-z finds who listens, everywhere" { row -z - all/connect scanned; }
@test "--probe is what -z sends to a UDP port" { ALSO=-z row --probe hello udp/connect probed; }
@test "--retry works where we connect" { row --retry =1s all/connect; }
@test "--lines makes messages of lines" { row --lines - messages lines_as_messages; }
@test "--frames makes messages of frames, everywhere" { row --frames - all framed; }
@test "--datagram-size works with messages" { row --datagram-size 1000 messages; }
@test "-F passes a connection on" { row -F - connections/connect passed; }

@test "-k serves one after the other, wherever we listen" { row '-k --keep-open' - all/listen served; }
@test "--max-conns works wherever we listen" { ALSO=-k row --max-conns 5 connections/listen served; }
@test "-e runs a program, everywhere" { row '-e --exec' "sh -c '$SCRIPT'" all runs; }
@test "--sh-exec runs a command, everywhere" { row --sh-exec "$SCRIPT" all runs; }
@test "--to relays wherever we listen" { row --to 127.0.0.1:9 all/listen relayed; }
@test "--broker works where streams are listened for" { row --broker - streams/listen shared; }
@test "--chat works where streams are listened for" { row --chat - streams/listen shared; }
@test "--allow admits wherever we listen: addresses" { row --allow "$EVERYWHERE" 'ip/listen =local/listen'; }
@test "--allow admits wherever we listen: users" { row --allow "$EVERYBODY" 'unix/listen seqpacket/listen'; }
@test "--allowfile admits wherever we listen" { echo "$EVERYWHERE" >list; row --allowfile "$PWD/list" 'ip/listen =local/listen'; }
@test "--deny turns away wherever we listen: addresses" { row --deny "$EVERYWHERE" 'ip/listen unixgram/listen =unix/listen =seqpacket/listen' turned_away; }
@test "--deny turns away wherever we listen: users" { row --deny "$EVERYBODY" 'unix/listen seqpacket/listen' turned_away; }
@test "--denyfile turns away wherever we listen" { echo "$EVERYBODY" >list; row --denyfile "$PWD/list" 'unix/listen seqpacket/listen' turned_away; }
@test "--inherit listens, and its socket says how" { row --inherit - tcp/listen inherited; }

@test "--digest works everywhere" { row --digest - all digested; }
@test "--expect works everywhere" { row --expect 63b5f59cdbcc43af43f2854b80e3845d8854f469c935fbbacb6ae1a63e7b843d all; }

@test "--progress works everywhere" { row --progress - all progressed; }
@test "--size works everywhere" { ALSO=--progress row --size 100 all progressed; }
@test "--stats works everywhere" { row --stats - all stats; }
@test "--trace works everywhere" { row --trace - all traces; }
@test "--json works everywhere" { row --json - all in_json; }
@test "--hex-dump works everywhere" { row --hex-dump record all recorded; }
@test "--output works everywhere" { row --output record all recorded; }
@test "--output-sent works everywhere" { row --output-sent record all recorded; }
@test "--output-received works everywhere" { row --output-received record all recorded; }
@test "--append-output works everywhere" { ALSO=--output=record row --append-output - all recorded; }
@test "--pcap works everywhere" { row --pcap record all recorded; }
@test "--visible works everywhere" { row --visible - all; }
@test "--rate works everywhere" { row --rate 1M all; }
@test "--rate-in works everywhere" { row --rate-in 1M all; }
@test "--rate-out works everywhere" { row --rate-out 1M all; }

@test "-p works with ports" { row '-p --source-port' 0 ip as_the_port; }
@test "-s works everywhere" { row '-s --source' ADDRESS all as_the_address; }
@test "-r works where we connect to ports" { row -r - ip/connect; }
@test "-b works over UDP" { row -b - udp; }
@test "-I works everywhere" { row -I 64k all; }
@test "-O works everywhere" { row -O 64k all; }
@test "-T works over IP" { row -T ef ip; }
@test "-M works over IP" { row -M 64 ip; }
@test "-m works over TCP" { row -m 1 tcp; }
@test "--interface works over IP" { row --interface lo ip; }
@test "--nodelay works over TCP" { row --nodelay - tcp; }
@test "--keepalive works over TCP" { row --keepalive 10 tcp; }
@test "--user-timeout works over TCP" { row --user-timeout 10 tcp; }
@test "--congestion works over TCP" { row --congestion reno tcp; }
@test "--mark works over IP" { row --mark 7 ip privileged; }
@test "--mptcp works over TCP" { needs_linux_build; row --mptcp - tcp both; }
@test "--fastopen works over TCP" { row --fastopen - tcp both; }
@test "--backlog works where connections are listened for" { row --backlog 5 connections/listen; }
@test "--multicast works over UDP" { row --multicast GROUP udp; }
@test "--multicast-ttl works over UDP" { row --multicast-ttl 1 udp; }
@test "--multicast-loop works over UDP" { row --multicast-loop on udp; }
@test "--mode works where a path is listened on" { row --mode 600 local/listen private; }
@test "-S works over TCP" { needs_linux_build; row -S - tcp signed; }
@test "-D works everywhere" { row -D - all privileged; }
@test "-V is refused where there are no routing tables" { row -V 0 ''; }

@test "--completion is answered, whatever else is asked for" { row --completion bash '?all'; }
@test "-h is answered, whatever else is asked for" { row '-h --help' - '?all'; }
@test "--version is answered, whatever else is asked for" { row --version - '?all'; }

@test "every option of --help has a row" {
	strait --help | grep '^  \+-' | cut -c 1-24 | grep -oE -- '(^| )--?[a-zA-Z0-9-]+' |
		tr -d ' ' | sort >in_help
	sed -nE "s/^@test .* row ('([^']*)'|(\S+)) .*/\2\3/p" "$TESTS/matrix.bats" |
		tr ' ' '\n' | sort -u >in_rows
	assert [ -s in_help ]
	run -0 diff in_help in_rows
}
