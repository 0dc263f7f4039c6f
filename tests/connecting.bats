#!/usr/bin/env bats
# Connecting: how hosts and ports are written, and the race between the addresses of a name.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# A network, see there. 192.0.2.1, 2001:db8::1 and fe80::1%lo are its own addresses; 192.0.2.99 and
# 2001:db8::99 swallow what is sent to them.
known_addresses() { # [LINE...]
	network "$@"
	# What comes out of the other end is for nobody; nobody is asked where it goes.
	"${IN_US[@]}" ip -batch - <<-END || skip "needs interfaces of its own"
		addr add 192.0.2.1/32 dev lo
		addr add 2001:db8::1/128 dev lo nodad
		addr add fe80::1/64 dev lo nodad
		link add black type veth peer name hole
		link set hole up
		link set black up arp off
		route add 192.0.2.99/32 dev black
		route add 2001:db8::99/128 dev black
	END
	eventually has_route 'fe80::1 dev lo' "${IN_US[@]}"
}

# Connects to a listener on ADDRESS by a name, within so many milliseconds. The best of some tries
# counts, since other tests run at the same time.
within() { # MILLISECONDS ADDRESS NAME
	local before took try
	[[ -z ${SLOW:-} ]] || skip "measures time"
	for try in {1..10}; do
		listen "server$try" "$2" 0 </dev/null
		before=$(now_ms)
		strait "$3" "$PORT" </dev/null
		took=$(($(now_ms) - before))
		finish "server$try"
		((took > $1)) || return 0
	done
	echo "took $took ms, not $1" >&2
	return 1
}

# Connects to where a new listener is, by the other words: its host, and options.
connect_to() {
	listen server "$1" 0 </dev/null
	run -0 --separate-stderr strait -v "${@:2}" "$PORT" </dev/null
	finish server
}

# --- Hosts

reaches() {
	connect_to "$1" "$2"
	assert_equal "$stderr" "Connection to $2 $PORT port [tcp/*] succeeded!"
	assert_said server "^Connection received on ${3:-$1} [0-9]+$"
}

@test "connects to an IPv4 number" { reaches 127.0.0.1 127.0.0.1; }
@test "connects to an IPv6 number" { reaches ::1 ::1; }
@test "connects to an IPv6 number in brackets" { reaches ::1 '[::1]'; }
@test "connects to an IPv4-mapped number, and says the IPv4 one" {
	reaches 127.0.0.1 ::ffff:127.0.0.1
}
@test "connects to a name" { reaches 127.0.0.1 localhost; }
@test "connects to a scoped address" {
	known_addresses
	reaches fe80::1%lo fe80::1%lo
}
@test "connects to a scoped address in brackets" {
	known_addresses
	reaches fe80::1%lo '[fe80::1%lo]'
}

only() {
	known_addresses
	listen server 0 </dev/null
	run -0 strait "$1" localhost "$PORT" </dev/null
	finish server
	assert_said server "^Connection received on $2 [0-9]+$"
}

@test "-4 takes the IPv4 address of a name" { only -4 127.0.0.1; }
@test "-6 takes the IPv6 address of a name" { only -6 ::1; }
@test "-4 does not take an IPv6 number" { refused 3 -4 ::1 80 '::1'; }
@test "-6 does not take an IPv4 number" { refused 3 -6 127.0.0.1 80 '127\.0\.0\.1'; }
@test "-n takes numbers" {
	connect_to 127.0.0.1 -n 127.0.0.1
	assert_equal "$stderr" "Connection to 127.0.0.1 $PORT port [tcp/*] succeeded!"
}
@test "-n takes no host name" { refused 3 -n localhost 80 '^strait: localhost: with -n the host must be a numeric address'; }
@test "-n takes no service name" { refused 2 -n 127.0.0.1 http 'port http: '; }
@test "an unknown host is status 3, by name" {
	known_addresses
	refused 3 nowhere.test 80 '^strait: .*nowhere\.test'
}
@test "an empty host is not this one" { refused 2 '' 80 '^strait: the host is empty'; }
@test "half a bracket is no host" { refused 3 '[::1' 80 '\[::1'; }
@test "brackets are for IPv6" { refused 3 '[127.0.0.1]' 80 '\[127\.0\.0\.1\]'; }

# --- Ports

bad_port() {
	refused 2 -- 127.0.0.1 "$1" "^strait: port $2: .*65535.* \(see strait --help\)$"
}

@test "port 0 is refused" { bad_port 0 0; }
@test "port 65536 is refused" { bad_port 65536 65536; }
@test "port 99999999999999999999 is refused" { bad_port 99999999999999999999 '9{20}'; }
@test "port 0x50 is refused" { bad_port 0x50 0x50; }
@test "port +80 is refused" { bad_port +80 '\+80'; }
@test "port -80 is refused" { bad_port -80 -80; }
@test "port ' 80' is refused" { bad_port ' 80' ' 80'; }
@test "port '80 ' is refused" { bad_port '80 ' '80 '; }
@test "port 80x is refused" { bad_port 80x 80x; }
@test "port 8e1 is refused" { bad_port 8e1 8e1; }
@test "the empty port is refused" { refused 2 127.0.0.1 '' "port '': a port is missing"; }
@test "a port that no service has is refused by name" { bad_port no-such-service no-such-service; }

@test "a port is refused before there is a socket" {
	needs strace
	local value
	for value in 0 65536 0x50 +80 ' 80' ''; do
		run -2 strace -f -qq -e trace=socket -o trace -- \
			timeout "$LIMIT" "${STRAIT[@]}" 127.0.0.1 "$value" </dev/null
		# The C library may look for a name service behind AF_UNIX.
		run -1 grep AF_INET trace
	done
}

@test "leading zeros are decimal, not octal" {
	listen server 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "0$PORT" </dev/null
	finish server
}

service() {
	mkdir etc
	printf '%s\n' 'strait-test 4242/tcp' 'strait-test 4243/udp' >etc/services
	known_addresses
}

@test "a service name is its TCP port" {
	service
	listen server 127.0.0.1 strait-test </dev/null
	assert_equal "$PORT" 4242
	run -0 --separate-stderr strait -v 127.0.0.1 strait-test </dev/null
	# As nc says it: the number, so that scripts find it.
	assert_equal "$stderr" "Connection to 127.0.0.1 4242 port [tcp/strait-test] succeeded!"
	finish server
}

@test "with -u a service name is its UDP port" {
	service
	listen server -u -W 1 127.0.0.1 strait-test </dev/null
	assert_equal "$PORT" 4243
	run -0 --separate-stderr strait -v -u -q 0 127.0.0.1 strait-test <<<hello
	assert_equal "$stderr" "Connection to 127.0.0.1 4243 port [udp/strait-test] succeeded!"
	finish server
}

@test "the number of a service is called by its name" {
	service
	listen server 127.0.0.1 4242 </dev/null
	run -0 --separate-stderr strait -v localhost 4242 </dev/null
	assert_equal "$stderr" "Connection to localhost 4242 port [tcp/strait-test] succeeded!"
	finish server
}

@test "with -n the number of a service stays a number" {
	service
	listen server 127.0.0.1 4242 </dev/null
	run -0 --separate-stderr strait -v -n 127.0.0.1 4242 </dev/null
	assert_equal "$stderr" "Connection to 127.0.0.1 4242 port [tcp/*] succeeded!"
	finish server
}

@test "without -v a connection is made silently" {
	listen server 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	assert_output ''
	finish server
}

# --- The race

# A name has two addresses: one that swallows, and one that works. PRECEDENCE, over 40 or under it,
# is that of the IPv6 one that swallows; IPv4 is ordered by itself.
black_hole_first() { # SWALLOWS WORKS PRECEDENCE
	mkdir -p etc
	printf 'precedence ::ffff:%s/128 %d\n' 192.0.2.99 100 192.0.2.1 50 >etc/gai.conf
	printf 'precedence %s %d\n' 2001:db8::99/128 "$3" 2001:db8::1/128 45 ::/0 40 >>etc/gai.conf
	known_addresses "$1 two.test" "$2 two.test"
	within 400 "$2" two.test
}

@test "a black hole first, IPv6 before IPv4: connected within 400 ms" {
	black_hole_first 2001:db8::99 192.0.2.1 99
}
@test "a black hole first, IPv4 before IPv6: connected within 400 ms" {
	black_hole_first 192.0.2.99 2001:db8::1 1
}
@test "a black hole first, both IPv4: connected within 400 ms" {
	black_hole_first 192.0.2.99 192.0.2.1 1
}
@test "a black hole first, both IPv6: connected within 400 ms" {
	black_hole_first 2001:db8::99 2001:db8::1 99
}

@test "a refused first address starts the next one at once" {
	known_addresses '2001:db8::1 two.test' '192.0.2.1 two.test'
	within 200 192.0.2.1 two.test
}

@test "an unreachable first address starts the next one at once" {
	mkdir etc
	printf 'precedence %s %d\n' 2001:db8:1::1/128 100 ::ffff:0:0/96 10 >etc/gai.conf
	known_addresses '2001:db8:1::1 two.test' '192.0.2.1 two.test'
	within 200 192.0.2.1 two.test
}

@test "localhost connects where only ::1 listens" {
	known_addresses
	reaches ::1 localhost
}
@test "localhost connects where only 127.0.0.1 listens" {
	known_addresses
	reaches 127.0.0.1 localhost
}

sockets() {
	find "/proc/$1/fd" -lname 'socket:*' | wc -l
}

@test "the losers of the race are closed" {
	known_addresses '2001:db8::99 two.test' '192.0.2.1 two.test'
	mkfifo silence
	exec {silence}<>silence
	listen server 192.0.2.1 0 <&"$silence"
	start client "${STRAIT[@]}" -v two.test "$PORT" <&"$silence"
	eventually assert_said client succeeded
	assert_equal "$(sockets "$(pid_of client)")" 1
}

# A name that nobody answers at: two addresses with a cause each.
lost() {
	known_addresses '192.0.2.1 lost.test' '2001:db8:1::1 lost.test'
	run -1 --separate-stderr strait "$@" lost.test 9 </dev/null
	assert_output ''
}

@test "a lost race is one line, with the most telling cause" {
	lost
	assert_equal "$stderr" "strait: connect to lost.test 9: Connection refused"
}
@test "with -v a lost race is one line for each address, with its own cause" {
	lost -v
	assert_equal "$(LC_ALL=C sort <<<"$stderr")" \
		"strait: connect to lost.test 9 (192.0.2.1): Connection refused
strait: connect to lost.test 9 (2001:db8:1::1): Network is unreachable"
}
@test "a lost race of a single number is one line with -v too" {
	known_addresses
	refused 1 -v 192.0.2.1 9 '^strait: connect to 192\.0\.2\.1 9: Connection refused$'
}
@test "-vv tells of the losers of a race that was won" {
	known_addresses '2001:db8::1 two.test' '192.0.2.1 two.test'
	listen server 192.0.2.1 0 </dev/null
	run -0 --separate-stderr strait -vv two.test "$PORT" </dev/null
	assert_equal "$stderr" "strait: connect to two.test $PORT (2001:db8::1): Connection refused
Connection to two.test $PORT port [tcp/*] succeeded!"
	finish server
}

# --- Time

# Long enough for two attempts, also in a slow build: 300 ms of 20 s.
WAIT=$((LIMIT * 15))

# strait, told to wait for WAIT, gives up in time, with a line that matches, the last argument.
gives_up() {
	local before took
	before=$(now_ms)
	refused 4 "$@"
	took=$(($(now_ms) - before))
	((took >= WAIT))
	((took < LIMIT * 100)) # 2 s of 20
}

@test "-w ends connecting to a black hole" {
	known_addresses
	gives_up -w "${WAIT}ms" 192.0.2.99 80 '192\.0\.2\.99 80: .*timed out'
}
@test "--wait ends connecting to a black hole" {
	known_addresses
	gives_up --wait "${WAIT}ms" 2001:db8::99 80 '2001:db8::99 80: .*timed out'
}
@test "-w bounds the whole race, not each attempt" {
	known_addresses '2001:db8::99 black.test' '192.0.2.99 black.test'
	gives_up -w "${WAIT}ms" black.test 80 'black\.test 80: .*timed out'
}
@test "with -v one line for each black hole" {
	known_addresses '2001:db8::99 black.test' '192.0.2.99 black.test'
	run -4 --separate-stderr strait -v -w "${WAIT}ms" black.test 80 </dev/null
	assert_equal "$(grep -c 'black\.test 80 (.*): .*timed out' <<<"$stderr")" 2
}
@test "-w bounds the wait for a dead name server" {
	mkdir etc
	echo 'nameserver 192.0.2.99' >etc/resolv.conf
	echo 'hosts: files dns' >etc/nsswitch.conf
	known_addresses
	gives_up -w "${WAIT}ms" nowhere.test 80 'nowhere\.test.*timed out'
}
@test "without -w a black hole is not given up before the kernel does" {
	known_addresses
	start client "${STRAIT[@]}" 192.0.2.99 80 </dev/null
	eventually connecting
	for _ in {1..50}; do moment; done
	refute [ -e client.status ]
}

# /proc/net/tcp has 192.0.2.99 port 80 in SYN_SENT.
connecting() {
	grep -q ' 630200C0:0050 02 ' "/proc/$(pid_of client)/net/tcp"
}

@test "an address that a name has twice is tried once" {
	network '127.0.0.1 twice' '::1 twice' '127.0.0.1 twice'
	free_port
	refused 1 -4 -v twice "$FREE" "^strait: connect to twice $FREE \(127\.0\.0\.1\): Connection refused$"
}
