#!/usr/bin/env bats
# Socket settings: the system and the peer are asked what strait's sockets are like, never strait.

# run sets stderr and others; domain sets what it says; a file and an option may share a name.
# shellcheck disable=SC2030,SC2031,SC2094,SC2153,SC2154
load helpers
load network
load settings

# Our socket in STATE (listening, talking) is as the file "expected" says. Settings that the
# file does not speak of may be anything.
our_socket() {
	eventually our_options "$1"
	awk 'NR == FNR { asked[$1]; next } $1 in asked' expected options >seen
	diff <(sort expected) <(sort seen)
}

our_options() {
	python3 "$TESTS/sockopt.py" options "$(pid_of us)" "$1" >options 2>options.err && return
	! grep -q 'not permitted' options.err || skip "must be allowed to look into other processes"
	return 1
}

# With ARGS, our sockets in ROLE of DOMAIN are as "expected" says, from the first to the last.
as_expected() { # ROLE DOMAIN
	silent_input
	domain "$2"
	if [[ $1 == connect ]]; then
		peer them "${FLAG[@]}" listen "${HERE[@]}" await:done
		start us "${STRAIT[@]}" "${ARGS[@]}" "${WAY[@]}" "${THERE[@]}" "$PORT"
		our_socket talking
	else
		listen us "${ARGS[@]}" "${WAY[@]}" "${HERE[@]}"
		is_datagrams "$2" || our_socket listening
		! is_datagrams "$2" || our_socket talking
		peer them "${FLAG[@]}" connect "${THERE[@]}" "$PORT" send:hello await:done
		eventually grep -q hello us.out
		our_socket talking
	fi
	touch 'done'
}

# --- All at once

# What can be set in every DOMAIN, and how the system calls it.
everything() { # ROLE DOMAIN
	ARGS=(-I 64k -O 96k)
	printf '%s\n' 'receive-buffer 131072' 'send-buffer 196608' >expected
	if ! is_local "$2"; then
		ARGS+=(-T ef -M 77 --interface lo)
		printf '%s\n' 'class 184' 'ttl 77' >>expected
	fi
	case $2 in
	udp*)
		ARGS+=(-b --multicast-ttl 5 --multicast-loop off)
		printf '%s\n' 'broadcast 1' 'interface lo' 'multicast-ttl 5' 'multicast-loop 0' >>expected
		;;
	tcp*)
		ARGS+=(-m 33 --nodelay --keepalive 7 --user-timeout 9.5 --congestion reno)
		printf '%s\n' 'min-ttl 33' 'interface lo' 'nodelay 1' 'keepalive 1' \
			'keepalive-idle 7' 'keepalive-interval 7' 'user-timeout 9500' \
			'congestion reno' >>expected
		;;
	esac
	as_expected "$@"
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | udp=UDP over IPv4 | udp6=UDP over IPv6
@test "@domain, connecting: every setting counts" { everything connect @domain; }
@test "@domain, listening: every setting counts, for the client too" { everything listen @domain; }
# @domain: unix=unix stream | unixgram=unix datagrams | seqpacket=unix seqpacket
# @role: connect=connecting | listen=listening
@test "@domain, @role: buffers are as long as was said" { everything @role @domain; }

# What nobody asks for is as the system has it; but the receive buffer of datagrams is larger.
nothing() { # DOMAIN
	ARGS=()
	python3 "$TESTS/sockopt.py" defaults "$1" | grep -v 'buffer' >expected
	as_expected connect "$1"
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | udp=UDP over IPv4 | udp6=UDP over IPv6
@test "@domain: what is not asked for is left alone" { nothing @domain; }

# One setting alone, TCP connecting: its value, and what the system says then.
alone() { # EXPECTED ARGS...
	echo "$1" >expected
	ARGS=("${@:2}")
	as_expected connect tcp
}

@test "-I: a plain number is bytes" { alone 'receive-buffer 10000' -I 5000; }
@test "-I: M is for MiB, and what is too much is cut to what is allowed" {
	alone "receive-buffer $((2 * $(cat /proc/sys/net/core/rmem_max)))" -I 64M
}
@test "-O: k is for KiB" { alone 'send-buffer 32768' -O 16k; }
@test "--keepalive: seconds are rounded up" { alone 'keepalive-idle 3' --keepalive 2.5; }
@test "--keepalive: minutes" { alone 'keepalive-interval 120' --keepalive 2m; }
@test "--user-timeout: milliseconds" { alone 'user-timeout 1' --user-timeout 1ms; }
@test "-M: the largest" { alone 'ttl 255' -M 255; }
@test "-M: the smallest" { alone 'ttl 1' -M 1; }
@test "-T: cs0 is asked for in vain, and no error" { alone 'class 0' -T cs0; }

@test "ss sees the buffers, the keepalive timer, the congestion control and the interface" {
	ARGS=(-I 64k -O 96k --keepalive 100 --congestion reno --interface lo)
	network
	silent_input
	listen us "${ARGS[@]}" 127.0.0.1 0
	start them "${STRAIT[@]}" "${ARGS[@]}" 127.0.0.1 "$PORT" <us.in
	eventually seen_by_ss sport
	seen_by_ss dport
}

seen_by_ss() {
	"${IN_US[@]}" ss -tinmoH "$1 = :$PORT" >ss
	grep -Eq "%lo:.*timer:\(keepalive" ss && grep -q 'rb131072,.*tb196608' ss &&
		grep -qw reno ss
}

# --- -T

CLASSES='lowdelay 0x10
throughput 0x08
reliability 0x04
lowcost 0x02
netcontrol 0xe0
inetcontrol 0xc0
critical 0xa0
cs0 0x00
cs1 0x20
cs2 0x40
cs3 0x60
cs4 0x80
cs5 0xa0
cs6 0xc0
cs7 0xe0
af11 0x28
af12 0x30
af13 0x38
af21 0x48
af22 0x50
af23 0x58
af31 0x68
af32 0x70
af33 0x78
af41 0x88
af42 0x90
af43 0x98
va 0xb0
ef 0xb8
le 0x04
EF 0xb8
0x20 0x20
0XfC 0xfc
255 0xff
8 0x08
0 0x00'

# The peer of datagrams sees the class of every keyword.
all_classes() { # DOMAIN
	local word value
	domain "$1"
	look US them receive "${LOOK[@]}" "$(wc -l <<<"$CLASSES")" "${HERE[@]}"
	while read -r word value; do
		strait -u --send-only -T "$word" "${THERE[@]}" "$PORT" <<<"$word"
	done <<<"$CLASSES"
	finish them
	diff <(echo "$CLASSES") <(awk '{ print $1, $3 }' them.out)
}

# @domain: udp=IPv4 | udp6=IPv6
@test "-T: the peer sees every keyword, DSCP name and number, @domain" { all_classes @domain; }

# Every packet of ours that begins a connection or carries data is as PATTERN says.
on_the_wire() { # ROLE DOMAIN PATTERN ARGS...
	local theirs=("${@:4}") ours=() port='PORT [0-9]+'
	if [[ $1 == connect ]]; then
		theirs=() ours=("${@:4}") port='[0-9]+ PORT'
	fi
	network
	look US wire capture
	domain "$2"
	listen server "${theirs[@]}" "${HERE[@]}" <<<reply
	port=${port/PORT/$PORT}
	run -0 strait "${ours[@]}" "${THERE[@]}" "$PORT" <<<hello
	assert_output reply
	finish server
	eventually grep -Eq "tcp $port .*data 6" wire.out
	grep -E "tcp $port (S.*|.*data [1-9])" wire.out >packets
	assert [ "$(wc -l <packets)" -ge 2 ]
	run -1 grep -vE "$3" packets
}

@test "-T: every TCP packet has the class, IPv4, @role" { on_the_wire @role tcp 'class 0xb8' -T ef; }
@test "-T: every TCP packet has the class, IPv6, @role" { on_the_wire @role tcp6 'class 0x28' -T af11; }
@test "-M: every TCP packet has the time to live, IPv4, @role" { on_the_wire @role tcp 'ttl 77 ' -M 77; }
@test "-M: every TCP packet has the hop limit, IPv6, @role" { on_the_wire @role tcp6 'ttl 77 ' -M 77; }

# A datagram, and the answer to one, are as PATTERN says.
datagram() { # DOMAIN PATTERN ARGS...
	domain "$1"
	look US them receive "${LOOK[@]}" 1 "${HERE[@]}"
	run -0 strait -u --send-only "${@:3}" "${THERE[@]}" "$PORT" <<<hello
	finish them
	assert_seen them "^hello $2"
}
reply() { # DOMAIN PATTERN ARGS...
	network
	look US wire capture
	domain "$1"
	listen us -u -W 1 "${@:3}" "${HERE[@]}" <<<reply
	run -0 strait -u -W 1 -q "$LIMIT" "${THERE[@]}" "$PORT" <<<hello
	eventually grep -Eq "$2 .*udp $PORT " wire.out
}

@test "-M: the peer of UDP sees the time to live, IPv4" { datagram udp '.* ttl 77 ' -M 77; }
@test "-M: the peer of UDP sees the hop limit, IPv6" { datagram udp6 '.* ttl 77 ' -M 77; }
@test "-M and -T: an answer of UDP has them, @domain" { reply @domain 'class 0xb8 ttl 77' -M 77 -T ef; }

# --- -m

least() { # ROLE DOMAIN
	local ours=() theirs=(-M 50)
	domain "$2"
	if [[ $1 == listen ]]; then
		ours=(-M 50) theirs=(-m 100)
	fi
	listen server "${theirs[@]}" "${HERE[@]}" </dev/null
	[[ $1 == listen ]] || ours=(-m 100)
	refused 4 -w 300ms "${ours[@]}" "${THERE[@]}" "$PORT" 'timed out'
	[[ $1 == listen ]] || return 0
	run -0 strait -M 100 "${THERE[@]}" "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

# @domain: tcp=IPv4 | tcp6=IPv6
@test "-m: who is too far away cannot connect, @domain" { least listen @domain; }
@test "-m: who is too far away is not connected to, @domain" { least connect @domain; }
@test "-m: who is near enough is connected to" {
	listen server -M 100 127.0.0.1 0 </dev/null
	run -0 strait -m 100 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

# --- What is refused, by name, before anybody is connected to

# The next to come is the first.
undisturbed() { # STATUS ARGS... LINE
	listen server 127.0.0.1 0 </dev/null
	refused "$1" "${@:2:$#-2}" 127.0.0.1 "$PORT" "${*: -1}"
	run -0 strait 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

@test "-V is refused by name" { undisturbed 2 -V 1 '^strait: -V: this system has no such setting'; }
@test "-V is refused by name, listening" { refused 2 -l -V 0 '^strait: -V: '; }
@test "-V is refused by name, for datagrams" { refused 2 -u -V 0 ::1 9 '^strait: -V: '; }
@test "--interface: one that is not there is refused by name" {
	undisturbed 2 --interface nosuch0 '^strait: --interface nosuch0: No such device$'
	refused 2 -l --interface nosuch0 '^strait: --interface nosuch0: No such device$'
}
@test "--interface: a name that is too long or empty is refused" {
	refused 2 --interface "$(printf '%.0sx' {1..200})" 127.0.0.1 9 '^strait: --interface x+: '
	refused 2 --interface '' 127.0.0.1 9 "^strait: --interface '?'?: "
}
@test "--congestion: one that is not there is refused by name" {
	undisturbed 2 --congestion nosuch '^strait: --congestion nosuch: No such file or directory$'
	refused 2 -l --congestion nosuch '^strait: --congestion nosuch: '
}

# As one who is allowed nothing, in a network of somebody else's.
unprivileged() {
	if [[ $EUID == 0 ]]; then
		needs setpriv
		STRAIT=(setpriv --reuid=65534 --regid=65534 --clear-groups "${STRAIT[@]}")
		chmod a+rx . 2>/dev/null
		strait --version >/dev/null 2>&1 || skip "another user cannot run strait here"
	fi
}

@test "-D: who must not is told so by name" {
	unprivileged
	undisturbed 2 -D '^strait: -D: Permission denied$'
}
@test "--mark: who must not is told so by name" {
	unprivileged
	undisturbed 2 --mark 1 '^strait: --mark: Operation not permitted$'
}

debugging() { # ROLE DOMAIN
	[[ $EUID == 0 ]] || skip "needs root"
	echo 'debug 1' >expected
	ARGS=(-D)
	as_expected "$@"
}

# @domain: tcp=TCP | udp6=UDP over IPv6 | unix
@test "-D: @domain, connecting: debugging is on" { debugging connect @domain; }
@test "-D: TCP, listening: debugging is on, for the client too" { debugging listen tcp; }

# --- --interface

@test "--interface, connecting: the packets take the way that was said" {
	networks
	cable other 198.51.100.1/24 2001:db8:1::1/64 another 198.51.100.2/24 2001:db8:1::2/64
	look THEM them accept 2 192.0.2.2 0
	run -0 strait 192.0.2.2 "$PORT" </dev/null
	run -0 strait --interface other 192.0.2.2 "$PORT" </dev/null
	finish them
	assert_equal "$(cut -d' ' -f 2 them.out)" '192.0.2.1
198.51.100.1'
}

only_there() { # ARGS...
	networks
	listen us "$@" --interface ours 0 </dev/null
	"${IN_US[@]}" ss -tulnH "sport = :$PORT" >ss
	run -0 grep -c '%ours:' ss
}

@test "--interface, listening: who comes from elsewhere is refused, IPv4" {
	only_there -4
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	run -0 "${IN_THEM[@]}" python3 "$TESTS/peer.py" connect 192.0.2.1 "$PORT" send:hello
	finish us
	assert_equal "$(<us.out)" hello
}
@test "--interface, listening: who comes from elsewhere is refused, IPv6" {
	only_there -6
	run -1 strait ::1 "$PORT" </dev/null
	run -0 "${IN_THEM[@]}" python3 "$TESTS/peer.py" -6 connect 2001:db8::1 "$PORT" send:hello
	finish us
	assert_equal "$(<us.out)" hello
}
@test "--interface, listening for datagrams: who comes from elsewhere is not heard" {
	only_there -4 -u -W 1
	run -1 strait -u 127.0.0.1 "$PORT" <<<'from elsewhere'
	run -0 "${IN_THEM[@]}" python3 "$TESTS/peer.py" -u connect 192.0.2.1 "$PORT" send:hello
	finish us
	assert_equal "$(<us.out)" hello
}

# --- --mark

# All packets of ours have the mark.
marked() { # ROLE DOMAIN
	local theirs=(--mark 4000000007) ours=() side=sport
	if [[ $1 == connect ]]; then
		theirs=() ours=(--mark 4000000007) side=dport
	fi
	needs nft
	network
	domain "$2"
	! is_datagrams "$2" || theirs+=(-W 1)
	! is_datagrams "$2" || ours+=(-W 1 -q "$LIMIT")
	"${IN_US[@]}" nft add table inet marks || skip "needs nf_tables"
	listen server "${WAY[@]}" "${theirs[@]}" "${HERE[@]}" <<<reply
	"${IN_US[@]}" nft -f - <<-END
		table inet marks {
			counter marked { }
			counter unmarked { }
			chain out {
				type filter hook output priority 0
				th $side $PORT meta mark 4000000007 counter name marked accept
				th $side $PORT counter name unmarked
			}
		}
	END
	run -0 strait "${WAY[@]}" "${ours[@]}" "${THERE[@]}" "$PORT" <<<hello
	assert_output reply
	finish server
	run -0 "${IN_US[@]}" nft list counters
	assert_regex "$output" 'counter unmarked \{[[:space:]]+packets 0 '
	refute_regex "$output" 'counter marked \{[[:space:]]+packets 0 '
}

# @domain: tcp=IPv4 | tcp6=IPv6
@test "--mark: TCP over @domain, @role" { marked @role @domain; }
@test "--mark: UDP over IPv4, connecting" { marked connect udp; }
@test "--mark: UDP over IPv6, listening" { marked listen udp6; }

# --- --mode

# Whatever the umask, the path has these permissions, from the start.
permissions() { # MODE DOMAIN
	local mask plain=("${STRAIT[@]}")
	domain "$2"
	for mask in 000 077 777; do
		STRAIT=("${plain[@]}")
		umask_of_ours "$mask"
		listen us "${WAY[@]}" --mode "$1" path </dev/null
		assert_equal "$(stat -c %a path)" "$((10#$1))"
		kill "$(pid_of us)"
		finish us 143
		rm us.*
	done
}

umask_of_ours() {
	STRAIT=(bash -c "umask $1; exec \"\$@\"" bash "${STRAIT[@]}")
}

@test "--mode 600: a stream's path is its user's alone" { permissions 600 unix; }
@test "--mode 777: anybody may connect to a stream's path" { permissions 777 unix; }
@test "--mode 0666: anybody may send datagrams to the path" { permissions 0666 unixgram; }
@test "--mode 640: a seqpacket path" { permissions 640 seqpacket; }
@test "--mode 0: nobody" { permissions 0 unix; }
@test "without --mode the umask decides" {
	umask_of_ours 027
	listen us -U path </dev/null
	assert_equal "$(stat -c %a path)" 750
}
@test "--mode: the path never has other permissions in between" {
	needs strace
	STRAIT=(strace -o trace -e 'trace=/chmod|umask|bind' "${STRAIT[@]}")
	umask_of_ours 000
	listen us -U --mode 600 path </dev/null
	run -0 sed -E 's/\(.*//' trace
	assert_output 'umask
bind
umask'
	assert_equal "$(stat -c %a path)" 600
}
@test "--mode: what else is made does not get it" {
	umask_of_ours 022
	listen us -U --mode 600 path </dev/null
	run -0 grep -i umask "/proc/$(pid_of us)/status"
	assert_output --regexp '0022$'
}

# --- What makes no sense, or no value

# OPTION with each of OTHERS is a usage error that names both.
excludes() { # OPTION VALUE OTHERS...
	local option=$1 other value=()
	[[ -z $2 ]] || value=("$2")
	for other in "${@:3}"; do
		case $other in
		-U) set -- -U path ;;
		-[pqiW] | --datagram-size) set -- "$other" 1 127.0.0.1 9 ;;
		*) set -- "$other" 127.0.0.1 9 ;;
		esac
		refused 2 "$option" "${value[@]}" "$@" \
			"^strait: ($option and $other|$other and $option) cannot be combined \(see strait --help\)$"
	done
}

@test "-p makes no sense with -U" { excludes -p 1 -U; }
@test "-r makes no sense with -l, -p and -U" { excludes -r '' -l -p -U; }
@test "-b makes no sense with -U" { refused 2 -uU -b path '^strait: -b and -U cannot be combined'; }
@test "-T makes no sense with -U" { excludes -T ef -U; }
@test "-M makes no sense with -U" { excludes -M 1 -U; }
@test "-m makes no sense with -u and -U" { excludes -m 1 -u -U; }
@test "--interface makes no sense with -U" { excludes --interface lo -U; }
@test "--nodelay makes no sense with -u and -U" { excludes --nodelay '' -u -U; }
@test "--keepalive makes no sense with -u and -U" { excludes --keepalive 1 -u -U; }
@test "--user-timeout makes no sense with -u and -U" { excludes --user-timeout 1 -u -U; }
@test "--congestion makes no sense with -u and -U" { excludes --congestion reno -u -U; }
@test "--mark makes no sense with -U" { excludes --mark 1 -U; }
@test "--mptcp makes no sense with -u and -U" { excludes --mptcp '' -u -U; }
@test "--fastopen makes no sense with -u, -U and -z" { excludes --fastopen '' -u -U -z; }
@test "--backlog makes no sense with -u" {
	refused 2 -l -u --backlog 1 127.0.0.1 9 '^strait: --backlog and -u cannot be combined'
}
@test "-S makes no sense with -u and -U" { excludes -S '' -u -U; }
@test "-V makes no sense with -U" { excludes -V 1 -U; }
@test "--multicast makes no sense with -U" {
	local option
	for option in '--multicast 233.252.0.1' '--multicast-ttl 1' '--multicast-loop on'; do
		# shellcheck disable=SC2086
		refused 2 -uU $option path "^strait: ${option% *} and -U cannot be combined"
	done
}

# OPTION without one of those that it needs.
needs_option() { # NEEDED ARGS...
	refused 2 "${@:2}" "^strait: $2 needs $1 \(see strait --help\)$"
}

@test "-b needs -u" {
	needs_option -u -b 127.0.0.1 9
	needs_option -u -b -l 127.0.0.1 9
}
@test "--multicast and its like need -u" {
	needs_option -u --multicast 233.252.0.1 127.0.0.1 9
	needs_option -u --multicast-ttl 1 127.0.0.1 9
	needs_option -u --multicast-loop on 127.0.0.1 9
}
@test "--backlog needs -l" { needs_option -l --backlog 1 127.0.0.1 9; }
@test "--mode needs -l and -U" {
	needs_option -l --mode 600 -U path
	needs_option -U --mode 600 -l 127.0.0.1 9
}

# Values that an option does not take: it is named with them, and with what is allowed.
takes_no() { # OPTION VALUES... [-- ARGS...]
	local option=$1 values=() quoted
	shift
	while (($#)) && [[ $1 != -- ]]; do
		values+=("$1")
		shift
	done
	for value in "${values[@]}"; do
		quoted=${value//+/\\+}
		refused 2 "$option" "$value" "${@:2}" 127.0.0.1 9 \
			"^strait: $option '?$quoted'?: .*expected.* \(see strait --help\)$"
	done
}

SIZES=('' 0 -1 k 1x 1.5 3G 99999999999999999999 ' 1' 0x10)
NUMBERS=('' 0 -1 x 1x 1.5 99999999999999999999 ' 1' +1)

@test "-I takes sizes alone" { takes_no -I "${SIZES[@]}"; }
@test "-O takes sizes alone" { takes_no -O "${SIZES[@]}"; }
@test "-T takes classes alone" { takes_no -T '' 256 -1 0x100 1x efx nosuch 0x ' 1' af14 cs8; }
@test "-M takes 1 to 255" { takes_no -M 256 "${NUMBERS[@]}"; }
@test "-m takes 1 to 255" { takes_no -m 256 "${NUMBERS[@]}"; }
@test "-V takes numbers alone" { takes_no -V '' -1 x 2147483648; }
@test "--mark takes numbers of 32 bits" { takes_no --mark 4294967296 "${NUMBERS[@]}"; }
@test "--keepalive takes 1 second to 32767" { takes_no --keepalive 32768 999ms 10h -1 x 0; }
@test "--user-timeout takes 1 ms and more" { takes_no --user-timeout 0 -1 x 600h; }
@test "--backlog takes numbers from 1 on" { takes_no --backlog 2147483648 "${NUMBERS[@]}" -- -l; }
@test "--mode takes octal permissions alone" { takes_no --mode '' 8 1000 x -1 7777 rw 0x1ff -- -lU; }
@test "--multicast-ttl takes 0 to 255" { takes_no --multicast-ttl '' -1 256 x -- -u; }
@test "--multicast-loop takes on and off" { takes_no --multicast-loop '' yes o 1 ONE -- -u; }
