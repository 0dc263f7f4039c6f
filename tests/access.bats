#!/usr/bin/env bats
# --allow, --deny and their files: who is admitted, and what happens to who is not.

# run sets stderr and others; network changes STRAIT; lists have commas, and shells of their own variables.
# shellcheck disable=SC2016,SC2030,SC2031,SC2054,SC2154
load helpers
load network

# Prints those of the clients ADDRESS... that are admitted by a listener with options "${ARGS[@]}",
# which greets whom it serves. An ADDRESS is one to connect from, to the listener's own of that family.
admitted() { # ADDRESS...
	echo welcome >server.in
	listen server -k "${ARGS[@]}" 0
	run -0 timeout "$LIMIT" "${IN_US[@]}" python3 "$TESTS/clients.py" admitted "$PORT" "$@"
	refute [ -e server.status ]
}

# Of the clients behind --, before it those that are admitted: with the options ARGS.
admits() { # ADDRESS... -- ADDRESS...
	local yes=() no=()
	while [[ $1 != -- ]]; do
		yes+=("$1")
		shift
	done
	shift
	no=("$@")
	admitted "${yes[@]}" "${no[@]}"
	assert_output "${yes[*]}"
	assert_equal "$(grep -c '^strait: refused ' server.err)" "${#no[@]}"
}

@test "--allow: an address" {
	ARGS=(--allow 127.0.0.2)
	admits 127.0.0.2 -- 127.0.0.1 127.0.0.3 127.0.1.2 ::1
}
@test "--allow: several addresses, with commas and blanks" {
	ARGS=(--allow '127.0.0.2,127.0.0.3, 127.0.0.4 127.0.0.5')
	admits 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 -- 127.0.0.1 127.0.0.6 127.0.0.23
}
@test "--allow: a network" {
	ARGS=(--allow 127.0.0.0/30)
	admits 127.0.0.1 127.0.0.2 127.0.0.3 -- 127.0.0.4 127.0.0.7 127.1.0.1
}
@test "--allow: a network with a mask" {
	ARGS=(--allow 127.0.0.0/255.255.255.252)
	admits 127.0.0.1 127.0.0.3 -- 127.0.0.4 127.1.0.1
}
@test "--deny: a network is written as an address in it, and -v says what counts" {
	ARGS=(--deny 127.0.0.5/30,127.0.1.9/255.255.255.0,2001:db8::1/32,127.0.0.9,::ffff:127.0.2.1/120)
	admits 127.0.0.3 127.0.0.8 -- 127.0.0.4 127.0.0.5 127.0.0.7 127.0.0.9 127.0.1.1 127.0.2.9
	run -0 grep counts server.err
	assert_output 'strait: --deny: 127.0.0.5/30 counts as 127.0.0.4/30
strait: --deny: 127.0.1.9/255.255.255.0 counts as 127.0.1.0/24
strait: --deny: 2001:db8::1/32 counts as 2001:db8::/32
strait: --deny: ::ffff:127.0.2.1/120 counts as 127.0.2.0/24'
}
@test "--denyfile: what counts of a network is said with -v only" {
	echo 10.0.0.1/8 >list
	listen server --denyfile list 127.0.0.1 0 </dev/null
	assert_said server '^strait: --denyfile list: 10\.0\.0\.1/8 counts as 10\.0\.0\.0/8$'
	start quiet "${STRAIT[@]}" -l --denyfile list 127.0.0.1 0 </dev/null
	eventually listening quiet
	assert_equal "$(wc -l <quiet.err)" 1
}
@test "--allow: networks of odd lengths" {
	ARGS=(--allow 127.128.0.0/9,127.0.16.0/20,127.0.0.8/29,127.9.9.9/32)
	admits 127.128.0.1 127.255.255.1 127.0.16.0 127.0.31.255 127.0.0.8 127.0.0.15 127.9.9.9 -- \
		127.127.255.254 127.0.15.255 127.0.32.0 127.0.0.7 127.0.0.16 127.9.9.8
}
@test "--allow 0.0.0.0/0: all of IPv4" {
	ARGS=(--allow 0.0.0.0/0)
	admits 127.0.0.1 127.200.1.2 -- ::1
}
@test "--allow ::/0: all of IPv6" {
	ARGS=(--allow ::/0)
	admits ::1 -- 127.0.0.1 127.200.1.2
}
@test "--allow ::1" {
	ARGS=(--allow ::1)
	admits ::1 -- 127.0.0.1
}
@test "--deny: an address" {
	ARGS=(--deny 127.0.0.2)
	admits 127.0.0.1 127.0.0.3 ::1 -- 127.0.0.2
}
@test "--deny: a network" {
	ARGS=(--deny 127.0.0.0/24)
	admits 127.0.1.1 ::1 -- 127.0.0.1 127.0.0.255
}
@test "--deny ::/0" {
	ARGS=(--deny ::/0)
	admits 127.0.0.1 -- ::1
}
@test "who is denied is so even if he is allowed, whatever the order" {
	ARGS=(--deny 127.0.0.2 --allow 127.0.0.0/8 --deny 127.0.0.3 --allow 127.0.0.3)
	admits 127.0.0.1 127.0.0.4 -- 127.0.0.2 127.0.0.3
}
@test "a network may be allowed but for a network in it" {
	ARGS=(--allow 127.0.0.0/8 --deny 127.0.1.0/24)
	admits 127.0.0.1 127.0.2.1 -- 127.0.1.1 127.0.1.255 ::1
}
@test "--deny without --allow admits all others" {
	ARGS=(--deny 127.0.0.2,127.0.0.3 --deny 127.0.0.4)
	admits 127.0.0.1 127.0.0.5 ::1 -- 127.0.0.2 127.0.0.3 127.0.0.4
}
@test "several --allow add up" {
	ARGS=(--allow 127.0.0.2 --allow 127.0.0.3 --allow ::1)
	admits 127.0.0.2 127.0.0.3 ::1 -- 127.0.0.1
}
@test "an IPv4 address may be written as an IPv6 one" {
	ARGS=(--allow ::ffff:127.0.0.2,::ffff:127.0.1.0/120 --deny ::ffff:7f00:103)
	admits 127.0.0.2 127.0.1.1 127.0.1.255 -- 127.0.0.1 127.0.2.1 127.0.1.3
}
@test "uid: is refused where users are not known" {
	local way option
	echo '127.0.0.2 uid:1000 # us' >list
	for way in '127.0.0.1 0' '-u 127.0.0.1 0' '-Uu socket' '-k --broker 0' '-k --to host:80 0'; do
		for option in allow deny; do
			# shellcheck disable=SC2086 # words
			refused 2 -l "--$option" 127.0.0.2,uid:1000 $way \
				"^strait: --$option: uid:1000: users are known only for connections to a unix socket$"
			# shellcheck disable=SC2086 # words
			refused 2 -l "--${option}file" list $way \
				"^strait: --${option}file list: uid:1000: users are known only for connections to a unix socket$"
		done
	done
	nothing_left
}

# --- Files

@test "--allowfile: blanks, commas, newlines and comments" {
	printf '%s\n' '# a list: 127.0.0.1' '127.0.0.2 127.0.0.3	127.0.0.4' '' \
		' 127.0.0.5,127.0.0.6 , 127.0.0.7# 127.0.0.8' '#127.0.0.9' '127.0.1.0/24 ::1' >list
	printf '127.0.0.10\r\n127.0.0.11' >>list
	ARGS=(--allowfile list)
	admits 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 127.0.0.7 127.0.1.1 ::1 127.0.0.10 \
		127.0.0.11 -- 127.0.0.1 127.0.0.8 127.0.0.9 127.0.0.12
}
@test "--denyfile" {
	printf '127.0.0.2 # a bad one\n127.0.1.0/24\n' >list
	ARGS=(--denyfile list)
	admits 127.0.0.1 127.0.0.3 ::1 -- 127.0.0.2 127.0.1.1
}
@test "files and lists add up, and deny wins" {
	echo 127.0.0.2 127.0.0.5 >one
	echo 127.0.0.3 >two
	echo 127.0.0.4 >three
	ARGS=(--allowfile one --allow 127.0.0.4 --denyfile three --allowfile two --deny 127.0.0.5)
	admits 127.0.0.2 127.0.0.3 -- 127.0.0.4 127.0.0.5 127.0.0.1
}
@test "an empty --allowfile admits nobody" {
	echo '# nobody' >list
	ARGS=(--allowfile list)
	admits -- 127.0.0.1 ::1
}
@test "an empty --denyfile denies nobody" {
	: >list
	ARGS=(--denyfile list)
	admits 127.0.0.1 ::1 --
}
@test "a list may come from a pipe" {
	mkfifo list
	echo '127.0.0.2' >list &
	ARGS=(--allowfile list)
	admits 127.0.0.2 -- 127.0.0.1
}
@test "a file of 100,000 addresses" {
	python3 -c '
for n in range(100000):
    print(f"127.1.{n >> 8 & 255}.{n & 255}" if n < 65536 else f"127.2.{n >> 8 & 255}.{n & 255}")' >list
	ARGS=(--allowfile list)
	admits 127.1.0.0 127.1.255.255 127.2.134.159 -- 127.0.0.1 127.2.134.160
}
@test "a file is read at the start, and not again" {
	echo 127.0.0.2 >list
	ARGS=(--allowfile list)
	admitted 127.0.0.2
	assert_output 127.0.0.2
	echo 127.0.0.3 >list
	run -0 timeout "$LIMIT" python3 "$TESTS/clients.py" admitted "$PORT" 127.0.0.2 127.0.0.3
	assert_output 127.0.0.2
}

# --- Names

@test "localhost is both of its addresses" {
	network
	ARGS=(--allow localhost)
	admits 127.0.0.1 ::1 -- 127.0.0.2
}
@test "a name is all of its addresses" {
	network '127.0.0.2 friends' '127.0.0.3 friends' '::1 six.example'
	ARGS=(--allow friends)
	admits 127.0.0.2 127.0.0.3 -- 127.0.0.1 127.0.0.4 ::1
}
@test "names in a file, and those of who is denied" {
	network '127.0.0.2 friend.example' '127.0.0.3 FOE_1' '127.0.0.4 other'
	echo 'friend.example, FOE_1 other ::1' >list
	ARGS=(--allowfile list --deny FOE_1)
	admits 127.0.0.2 127.0.0.4 ::1 -- 127.0.0.3 127.0.0.1
}
# Hosts that all have the name, from 127.0.1.1 on.
hosts_called() { # NAME COUNT
	local n
	HOSTS=()
	for ((n = 1; n <= $2; n++)); do HOSTS+=("127.0.1.$n $1"); done
}
@test "--deny: a name is all of its addresses, however many" {
	hosts_called foes 200
	network "${HOSTS[@]}"
	ARGS=(--deny foes)
	admits 127.0.0.1 127.0.1.201 -- 127.0.1.1 127.0.1.32 127.0.1.33 127.0.1.200
}
@test "--allowfile: a name is all of its addresses, however many" {
	hosts_called friends 200
	network "${HOSTS[@]}"
	echo friends >list
	ARGS=(--allowfile list)
	admits 127.0.1.1 127.0.1.32 127.0.1.33 127.0.1.200 -- 127.0.0.1 127.0.1.201
}
@test "a name of more addresses than can be listened on is refused" {
	hosts_called crowd 33
	network "${HOSTS[@]}"
	refused 2 -l crowd 0 '^strait: listen on crowd: it has 33 addresses, more than 32$'
	hosts_called crowd 32
	printf '%s\n' "${HOSTS[@]}" >etc/hosts
	listen server -k crowd 0 </dev/null
	eventually lines_listening 32
}
lines_listening() { # COUNT
	(($(grep -c '^Listening on 127\.0\.1\.' server.err) == $1))
}
@test "names are looked up once, at the start" {
	network '127.0.0.2 friend'
	ARGS=(--allow friend)
	admitted 127.0.0.2
	assert_output 127.0.0.2
	printf '%s\n' '127.0.0.1 localhost' '127.0.0.3 friend' >etc/hosts
	run -0 "${IN_US[@]}" timeout "$LIMIT" python3 "$TESTS/clients.py" admitted "$PORT" 127.0.0.2 127.0.0.3
	assert_output 127.0.0.2
}
@test "a name that is not found is status 3, and named" {
	network
	refused 3 -l --allow 127.0.0.1,nowhere.example 127.0.0.1 0 \
		'^strait: .*nowhere\.example: Name or service not known$'
	refused 3 -l -k --deny nowhere.example 127.0.0.1 0 '^strait: .*nowhere\.example: '
	echo 127.0.0.1 nowhere.example >list
	refused 3 -l --allowfile list 127.0.0.1 0 '^strait: .*nowhere\.example: '
}
@test "-n takes no names, status 3" {
	refused 3 -l -n --allow localhost 127.0.0.1 0 '^strait: .*localhost: '
}
@test "once it listens nothing is looked up, and no socket is made" {
	needs strace
	echo welcome >server.in
	start server strace -f -qq -o trace -e trace=socket,connect,openat,accept,accept4,write,writev -- \
		"${STRAIT[@]}" -v -l -k --allow localhost,::1 --deny 127.0.0.2 0
	eventually listening server
	run -0 timeout "$LIMIT" python3 "$TESTS/clients.py" admitted "$PORT" 127.0.0.1 127.0.0.2 ::1
	assert_output '127.0.0.1 ::1'
	run -0 sed '1,/"Listening on/d' trace
	assert_output --partial accept
	refute_output --regexp 'socket\(|connect\(|openat\('
}

# --- IPv6

@test "networks of IPv6" {
	network
	local address
	for address in 2001:db8::1 2001:db8:ffff:ffff::1 2001:db9::1 2001:db8:1::8 2001:db8:1::f 2001:db8:1::10 fd00::1; do
		"${IN_US[@]}" ip -6 addr add "$address/128" dev lo nodad
	done
	ARGS=(--allow '2001:db8::/32,fd00::/8' --deny 2001:db8:1::8/125)
	admits 2001:db8::1 2001:db8:ffff:ffff::1 2001:db8:1::10 fd00::1 -- 2001:db9::1 2001:db8:1::8 \
		2001:db8:1::f ::1 127.0.0.1
}

# A socket of both families, on which IPv4 comes as IPv6, handed over as descriptor 3.
dual() { # TYPE ARGS...
	[[ $(uname -s) == Linux ]] || skip "Linux lets a socket have both families"
	start server python3 "$TESTS/launch.py" dual "$1" "${STRAIT[@]}" -v -l --inherit=3 "${@:2}"
	eventually listening server
}

mapped() { # SERVED... -- ARGS...
	local served=()
	while [[ $1 != -- ]]; do
		served+=("$1")
		shift
	done
	echo welcome >server.in
	dual STREAM -k "${@:2}"
	run -0 timeout "$LIMIT" python3 "$TESTS/clients.py" admitted "$PORT" 127.0.0.1 127.0.0.2 ::1
	assert_output "${served[*]}"
}

@test "IPv4 that came as IPv6 is IPv4: --allow" { mapped 127.0.0.2 -- --allow 127.0.0.2; }
@test "IPv4 that came as IPv6 is IPv4: a network" { mapped 127.0.0.1 127.0.0.2 -- --allow 127.0.0.0/8; }
@test "IPv4 that came as IPv6 is IPv4: --deny" { mapped 127.0.0.1 ::1 -- --deny 127.0.0.2; }
@test "IPv4 that came as IPv6 is IPv4: as it came" { mapped 127.0.0.2 -- --allow ::ffff:127.0.0.2; }
@test "IPv4 that came as IPv6 is not in ::/0: --allow" { mapped ::1 -- --allow ::/0; }
@test "IPv4 that came as IPv6 is not in ::/0: --deny" { mapped 127.0.0.1 127.0.0.2 -- --deny ::/0; }
@test "IPv4 that came as IPv6 is IPv4: datagrams" {
	dual DGRAM -k --allow 127.0.0.2 </dev/null
	from 127.0.0.1 bad
	from 127.0.0.2 good
	eventually grep -q good server.out
	assert_equal "$(<server.out)" good
}

# --- Users of unix sockets

# A unix client, of user UID if that is given: what it hears.
user() { # [UID]
	timeout "$LIMIT" python3 -c '
import os, socket, sys
if len(sys.argv) > 1:
    os.setgroups([]), os.setgid(int(sys.argv[1])), os.setuid(int(sys.argv[1]))
s = socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + os.environ.get("KIND", "STREAM")))
s.connect("socket")
try:
    print(s.recv(100).decode().strip())
except ConnectionResetError:
    print()' "$@"
}

# Whether a client (of user UID) of a listener with ARGS is served (yes, no).
user_is() { # yes|no [UID] -- ARGS...
	local expected=$1 who=()
	shift
	if [[ $1 != -- ]]; then
		[[ $EUID == 0 ]] || skip "needs root"
		who=("$1")
		shift
	fi
	shift
	chmod 755 .
	echo welcome >server.in
	listen server -k -U --mode 666 "$@" socket
	run -0 user "${who[@]}"
	if [[ $expected == yes ]]; then
		assert_output welcome
	else
		assert_output ''
		assert_said server "^strait: refused .*: (denied|not allowed)$"
	fi
}

@test "uid: oneself is allowed" { user_is yes -- --allow "uid:$(id -u)"; }
@test "uid: somebody else alone is allowed" { user_is no -- --allow uid:54321; }
@test "uid: oneself is denied" { user_is no -- --deny "uid:$(id -u)"; }
@test "uid: somebody else is denied" { user_is yes -- --deny uid:54321; }
@test "uid: oneself is allowed and denied" { user_is no -- --allow "uid:$(id -u)" --deny "uid:$(id -u)"; }
@test "uid: another user is allowed" { user_is yes 54321 -- --allow uid:54321; }
@test "uid: another user is allowed, among others" { user_is yes 54321 -- --allow uid:1,127.0.0.1,uid:54321; }
@test "uid: another user is not allowed" { user_is no 54321 -- --allow uid:0; }
@test "uid: another user is denied" { user_is no 54321 -- --deny uid:54321; }
@test "uid: another user is not denied" { user_is yes 54321 -- --deny uid:54320; }
@test "uid: in a file" { echo '# us' "uid:1 uid:$(id -u)" | sed 's/# us //' >list; user_is yes -- --allowfile list; }
@test "uid: of seqpacket clients: allowed" { KIND=SEQPACKET; export KIND; user_is yes -- --seqpacket --allow "uid:$(id -u)"; }
@test "uid: of seqpacket clients: denied" { KIND=SEQPACKET; export KIND; user_is no -- --seqpacket --deny "uid:$(id -u)"; }
@test "a unix client is nobody of a list of addresses: --allow" { user_is no -- --allow 0.0.0.0/0,::/0; }
@test "a unix client is nobody of a list of addresses: --deny" { user_is yes -- --deny 0.0.0.0/0,::/0; }

# --- One conversation

@test "without -k the first who is admitted is served" {
	listen server --allow 127.0.0.3 127.0.0.1 0 <<<welcome
	local n
	for n in 1 2; do
		run -1 strait -s "127.0.0.$n" 127.0.0.1 "$PORT" </dev/null
		assert_output --partial 'Connection reset by peer'
		eventually assert_said server "^strait: refused 127\.0\.0\.$n [0-9]+: not allowed$"
	done
	run -0 strait -s 127.0.0.3 127.0.0.1 "$PORT" <<<hello
	assert_output welcome
	finish server
	assert_equal "$(<server.out)" hello
	assert_equal "$(sed 's/ [0-9]*\(: .*\)\?$/\1/' server.err)" "Listening on 127.0.0.1
strait: refused 127.0.0.1: not allowed
strait: refused 127.0.0.2: not allowed
Connection received on 127.0.0.3"
}
@test "who is refused is told nothing, and what he says is not heard" {
	listen server --deny 127.0.0.1 127.0.0.1 0 <<<secret
	run strait 127.0.0.1 "$PORT" <<<bad
	refute_output --partial secret
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" <<<good
	assert_output secret
	finish server
	assert_equal "$(<server.out)" good
	assert_said server '^strait: refused 127\.0\.0\.1 [0-9]+: denied$'
}
@test "nc is refused, and nc is served" {
	needs nc
	listen server --deny 127.0.0.2 127.0.0.1 0 <<<welcome
	run timeout "$LIMIT" nc -N -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	refute_output --partial welcome
	run -0 timeout "$LIMIT" nc -N -s 127.0.0.3 127.0.0.1 "$PORT" </dev/null
	assert_output welcome
	finish server
}
@test "without -v nobody is told" {
	start server "${STRAIT[@]}" -l --deny 127.0.0.1 127.0.0.1 0 </dev/null
	eventually listening server
	run strait 127.0.0.1 "$PORT" </dev/null
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	finish server
	assert_equal "$(wc -l <server.err)" 1
}
@test "without -k a unix listener waits for who is admitted" {
	[[ $EUID == 0 ]] || skip "needs root"
	chmod 755 .
	listen server -U --mode 666 --allow uid:54321 socket <<<welcome
	run -0 user
	assert_output ''
	run -0 user 54321
	assert_output welcome
	eventually test -s server.status
	nothing_left
}
@test "-w does not count before somebody is admitted, and who is refused is no idle time" {
	# What is served is one connection: nobody that was refused may have taken its place.
	listen server --allow 127.0.0.2 127.0.0.1 0 </dev/null
	peer bad connect 127.0.0.1 "$PORT" rest
	finish bad 1
	refute [ -e server.status ]
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" <<<good
	finish server
	assert_equal "$(<server.out)" good
}
@test "a hundred refused ones leave nothing open" {
	listen server -k --deny 127.0.0.1 127.0.0.1 0 </dev/null
	local pid before
	pid=$(pid_of server)
	before=$(find "/proc/$pid/fd" -type l | wc -l)
	timeout "$LIMIT" python3 -c '
import socket, sys
for _ in range(100):
    try:
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        sys.exit(f"got {s.recv(1)}")
    except ConnectionResetError:
        pass' "$PORT"
	assert_equal "$(grep -c ': denied$' server.err)" 100
	assert_equal "$(find "/proc/$pid/fd" -type l | wc -l)" "$before"
}

# --- Datagrams

# A datagram comes from ADDRESS, or from a unix socket of that path.
from() { # ADDRESS TEXT
	timeout "$LIMIT" "${IN_US[@]}" python3 -c '
import os, socket, sys
port, source, text = sys.argv[1:]
unix = not port.isdigit()
s = socket.socket(socket.AF_UNIX if unix else socket.AF_INET6 if ":" in source else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(source if unix else (source, 0))
s.sendto(text.encode(), port if unix else ("::1" if ":" in source else "127.0.0.1", int(port)))
if unix:
    os.unlink(source)' "$PORT" "$@"
}

@test "UDP: who is refused is not heard" {
	listen server -u --allow 127.0.0.2 -W 2 127.0.0.1 0 </dev/null
	from 127.0.0.1 bad
	from 127.0.0.3 bad
	run -0 strait -u -q 0 -s 127.0.0.2 127.0.0.1 "$PORT" <<<good
	from 127.0.0.1 bad
	refute [ -e server.status ]
	assert_said server '^Connection received on 127\.0\.0\.2 '
	assert_said server '^strait: refused 127\.0\.0\.1 [0-9]+: not allowed$'
	eventually grep -q good server.out
	assert_equal "$(<server.out)" good
}
@test "UDP: who is denied is not heard, not even in between" {
	listen server -u --deny 127.0.0.1 -W 2 127.0.0.1 0 </dev/null
	timeout "$LIMIT" python3 "$TESTS/clients.py" between "$PORT"
	finish server
	assert_equal "$(<server.out)" onetwo
}
@test "UDP, IPv6: who is refused is not heard" {
	listen server -u --deny 127.0.0.0/8 0 -W 1 </dev/null
	from 127.0.0.1 bad
	from ::1 good
	finish server
	assert_equal "$(<server.out)" good
}
@test "UDP with -k: who is refused is not heard, and not answered" {
	silent_input
	ln -s us.in server.in
	listen server -k -u --allow 127.0.0.2,127.0.0.3 127.0.0.1 0
	peer bad -u connect 127.0.0.1 "$PORT" await:go send:bad expect:never
	from 127.0.0.1 bad
	from 127.0.0.2 one
	eventually grep -q one server.out
	touch go
	from 127.0.0.1 bad
	start good "${STRAIT[@]}" -u -s 127.0.0.3 127.0.0.1 "$PORT" <<<two
	eventually grep -q two server.out
	from 127.0.0.1 bad
	echo answer >&"$SILENCE"
	eventually grep -q answer good.out
	assert_equal "$(<server.out)" onetwo
	refute [ -e bad.status ]
}
@test "unix datagrams: nobody has an address to be allowed by" {
	listen server -k -Uu --allow 127.0.0.1 socket </dev/null
	run -0 python3 "$TESTS/peer.py" -Uu connect socket send:bad acked
	run -0 python3 "$TESTS/peer.py" -Uun connect socket send:bad acked
	refute [ -e server.status ]
	assert [ ! -s server.out ]
}
@test "unix datagrams: nobody has an address to be allowed by, without -k" {
	listen server -Uu --allow 127.0.0.1 socket </dev/null
	run -0 python3 "$TESTS/peer.py" -Uu connect socket send:bad acked
	run -0 python3 "$TESTS/peer.py" -Uun connect socket send:bad acked
	refute [ -e server.status ]
	assert [ ! -s server.out ]
}
@test "unix datagrams: nobody is denied by an address" {
	listen server -k -Uu --deny "127.0.0.1,0.0.0.0/0,::/0" socket </dev/null
	from one good
	eventually grep -q good server.out
}

# --- With what else serves

@test "--sh-exec: nothing is run for who is refused" {
	listen server -k --allow 127.0.0.2 --sh-exec 'echo $STRAIT_REMOTE_ADDR >>ran; echo served' 127.0.0.1 0 </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --partial 'Connection reset by peer'
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	assert_output served
	assert_equal "$(<ran)" 127.0.0.2
}
@test "--exec without -k: the first who is admitted is served" {
	listen server --deny 127.0.0.1 -e 'echo served' 127.0.0.1 0 </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --partial 'Connection reset by peer'
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	assert_output served
	finish server
}
@test "--sh-exec with datagrams: nothing is run for who is refused" {
	listen server -k -u --allow 127.0.0.2 --sh-exec 'echo $STRAIT_REMOTE_ADDR >>ran; cat' 127.0.0.1 0 </dev/null
	from 127.0.0.1 bad
	run -0 strait -u -W 1 -s 127.0.0.2 127.0.0.1 "$PORT" <<<good
	assert_output good
	assert_equal "$(<ran)" 127.0.0.2
}
@test "--to: no connection is made for who is refused" {
	listen back -k 127.0.0.1 0 <<<welcome
	listen server -k --deny 127.0.0.1 --to "127.0.0.1:$PORT" 127.0.0.1 0 </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --partial 'Connection reset by peer'
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" <<<good
	assert_output welcome
	assert_equal "$(grep -c '^Connection received' back.err)" 1
	eventually grep -q good back.out
}
@test "--to with datagrams: nothing is passed on of who is refused" {
	listen back -k -u 127.0.0.1 0 </dev/null
	listen server -k -u --deny 127.0.0.1 --to "127.0.0.1:$PORT" 127.0.0.1 0 </dev/null
	from 127.0.0.1 bad
	from 127.0.0.2 good
	eventually grep -q good back.out
	assert_equal "$(<back.out)" good
}
@test "--broker: who is refused hears nothing, and says nothing" {
	silent_input
	listen server --broker --allow 127.0.0.2,127.0.0.3 127.0.0.1 0 </dev/null
	start one "${STRAIT[@]}" -s 127.0.0.2 127.0.0.1 "$PORT" <us.in
	eventually assert_said server '^Connection received on 127\.0\.0\.2 '
	run strait 127.0.0.1 "$PORT" <<<bad
	refute_output --partial good
	run -0 strait -s 127.0.0.3 127.0.0.1 "$PORT" <<<good
	eventually grep -q good one.out
	assert_equal "$(<one.out)" good
}
@test "--chat: who is refused has no number" {
	listen server --chat --deny 127.0.0.1 127.0.0.1 0 </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --partial 'Connection reset by peer'
	run -0 strait -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	assert_output '<strait> you are user1'
}
@test "who is refused takes nobody's place" {
	silent_input
	listen server -k --max-conns 1 --deny 127.0.0.1 127.0.0.1 0 <us.in
	local n
	for n in 1 2 3; do
		run -1 strait 127.0.0.1 "$PORT" </dev/null
	done
	start client "${STRAIT[@]}" -s 127.0.0.2 127.0.0.1 "$PORT" <<<hello
	eventually grep -q hello server.out
	assert_equal "$(grep -c ': denied$' server.err)" 3
}

# --- What is wrong

# One line names the option and the word, no socket has been made before, and it is status 2.
wrong() { # OPTION VALUE WORD
	local option=$1 value=$2 word=$3
	refused 2 -l "$option" "$value" 127.0.0.1 0 "^strait: $option (.*: )?$word: .*"
	[[ $stderr != *$'\n'* ]]
	if command -v strace >/dev/null && [[ -z ${SLOW:-} ]]; then
		run -2 --separate-stderr strace -f -qq -o trace -e trace=socket "${STRAIT[@]}" -l "$option" "$value" 127.0.0.1 0
		assert_equal "$(<trace)" ''
	fi
}

BAD_WORDS=(
	10.0.0 10.0.0.256 10.0.0.0.0 10.0.0.0/33 10.0.0.0/ 10.0.0.0/x 10.0.0.0/-1 10.0.0.0/255.0.255.0 /8
	127.1 0x7f000001 2130706433 010.0.0.1
	::1/129 ::ffff:10.0.0.0/8 ::g 1::2::3 fe80::1%lo '[::1]' 127.0.0.1:80
	uid: uid:x uid:-1 uid:4294967295 uid:99999999999 UID:1
	'bad!name' 'a/b' '*.example'
)

bad_words() { # OPTION
	local word
	for word in "${BAD_WORDS[@]}"; do
		run -2 --separate-stderr strait -l "$1" "127.0.0.1,$word" 127.0.0.1 0 </dev/null
		assert_output ''
		[[ ${#stderr_lines[@]} == 1 && $stderr == "strait: $1 $word: "* ]] || fail "$word: $stderr"
	done
}

@test "--allow takes no bad words" { bad_words --allow; }
@test "--deny takes no bad words" { bad_words --deny; }

bad_words_in_a_file() { # OPTION
	local word
	for word in "${BAD_WORDS[@]}"; do
		printf '127.0.0.1 # fine\n%s\n' "$word" >list
		run -2 --separate-stderr strait -l "$1" list 127.0.0.1 0 </dev/null
		assert_output ''
		[[ ${#stderr_lines[@]} == 1 && $stderr == "strait: "*"list: $word: "* ]] || fail "$word: $stderr"
	done
}

@test "--allowfile takes no bad words" { bad_words_in_a_file --allowfile; }
@test "--denyfile takes no bad words" { bad_words_in_a_file --denyfile; }

@test "no socket is made before a bad word is told" { wrong --allow 127.0.0.1,10.0.0.0/33 10.0.0.0/33; }
@test "no socket is made before a bad word of a file is told" {
	echo 127.0.0.1 10.0.0.0/33 >list
	wrong --allowfile list 10.0.0.0/33
}
@test "no name is looked up before a bad word of a file is told" {
	echo localhost 10.0.0.0/33 >list
	wrong --denyfile list 10.0.0.0/33
}
@test "a control character in a file is not told as it is" {
	printf '127.0.0.1\n\033[2J\n' >list
	run -2 --separate-stderr strait -l --allowfile list 127.0.0.1 0
	[[ $stderr != *$'\e'* ]]
}
@test "a comment on the command line is refused" {
	local list
	for list in '127.0.0.1#127.0.0.2' '127.0.0.1 # 127.0.0.2' '#' '# 127.0.0.1' $'127.0.0.1\n#x\n127.0.0.2'; do
		refused 2 -l --allow "$list" 127.0.0.1 0 "^strait: --allow .*: '#' begins a comment only in a file: "
		refused 2 -l --deny "$list" 127.0.0.1 0 "^strait: --deny .*: '#' begins a comment only in a file: "
	done
}
@test "an empty list is refused: --allow" { refused 2 -l --allow '' 127.0.0.1 0 "^strait: --allow '': empty: "; }
@test "an empty list is refused: --deny" { refused 2 -l --deny ' , ' 127.0.0.1 0 '^strait: --deny  , : empty: '; }
@test "--allowfile: no such file" { wrong --allowfile nowhere nowhere; }
@test "--denyfile: no such file" { wrong --denyfile nowhere nowhere; }
@test "--allowfile: a directory" { wrong --allowfile . '\.'; }
@test "--denyfile: a directory" { wrong --denyfile . '\.'; }
@test "--allowfile: a binary file" { wrong --allowfile /bin/true /bin/true; }
@test "--allowfile: a file that never ends" { wrong --allowfile /dev/zero /dev/zero; }
@test "--denyfile: a NUL" {
	printf '127.0.0.1\0 127.0.0.2\n' >list
	wrong --denyfile list list
}
@test "--allowfile: a file that may not be read" {
	[[ $EUID != 0 ]] || skip "root may read it"
	: >list
	chmod 0 list
	wrong --allowfile list list
}
@test "--allow needs -l" { refused 2 --allow 127.0.0.1 127.0.0.1 1 '^strait: --allow needs -l \(see strait --help\)$'; }
@test "--deny needs -l" { refused 2 --deny 127.0.0.1 127.0.0.1 1 '^strait: --deny needs -l \(see strait --help\)$'; }
@test "--allowfile needs -l" { refused 2 --allowfile list 127.0.0.1 1 '^strait: --allowfile needs -l \(see strait --help\)$'; }
@test "--denyfile needs -l" { refused 2 --denyfile list 127.0.0.1 1 '^strait: --denyfile needs -l \(see strait --help\)$'; }
