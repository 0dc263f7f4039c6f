#!/usr/bin/env bats
# Broadcast and multicast, between two networks that a cable joins.

# run sets stderr and others; domain and listen set what they say.
# shellcheck disable=SC2030,SC2031,SC2153,SC2154
load helpers
load network
load settings

# --- Broadcast: -b

broadcast() {
	networks
	look THEM them receive 1 0.0.0.0 0
}

@test "-b: a broadcast reaches the neighbour" {
	broadcast
	run -0 strait -u -b --send-only 192.0.2.255 "$PORT" <<<hello
	finish them
	assert_seen them '^hello .* from 192.0.2.1 '
}
@test "without -b nothing is broadcast" {
	broadcast
	run --separate-stderr strait -u --send-only 192.0.2.255 "$PORT" <<<hello
	assert [ "$status" != 0 ]
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" 'Permission denied'
	run -0 strait -u --send-only 192.0.2.2 "$PORT" <<<'nobody else'
	finish them
	assert_seen them '^nobody else'
}

# --- Multicast

# A group for documentation (RFC 6676); one of an organization, and one of a site (RFC 4291).
GROUP4=233.252.0.1
GROUP6=ff15::db8:1
SITE6=ff05::db8:1

# We listen for one datagram.
listen_to() { # ARGS...
	networks
	listen us -u -W 1 "$@" </dev/null
}

they_say() { # TEXT ARGS...
	local words
	read -ra words <<<"$STRAIT_WORDS"
	timeout -k 1 "$LIMIT" "${IN_THEM[@]}" "${words[@]}" -u --send-only "${@:2}" "$PORT" <<<"$1" 3>&-
}

heard() { # TEXT
	finish us
	assert_equal "$(<us.out)" "$1"
}

hears() { # GROUP
	listen_to --multicast "$1%ours"
	they_say hello --multicast "$1%theirs" "$1"
	heard hello
}

# @family: "$GROUP4"=IPv4 | "$GROUP6"=IPv6
@test "what is sent to the group is heard, @family" { hears @family; }
@test "what is sent to the group is heard, IPv6, of the site" { hears "$SITE6"; }

# The default route says where groups are.
any_interface() { # GROUP
	networks
	"${IN_US[@]}" ip route add 224.0.0.0/4 dev ours
	"${IN_THEM[@]}" ip route add 224.0.0.0/4 dev theirs
	listen us -u -W 1 --multicast "$1" </dev/null
	they_say hello "$1"
	heard hello
}

@test "without an interface the system chooses one, @family" { any_interface @family; }

unheard() { # GROUP UNICAST
	listen_to
	they_say hello --multicast "$1%theirs" "$1"
	they_say 'to you' "$2"
	heard 'to you'
}

@test "without --multicast a group is not heard, IPv4" { unheard "$GROUP4" 192.0.2.1; }
@test "without --multicast a group is not heard, IPv6" { unheard "$GROUP6" 2001:db8::1; }

# Somebody else on this host has joined another group.
other_group() { # GROUP OTHER
	networks
	start other "${STRAIT[@]}" -u -l --multicast "$2%ours" </dev/null
	eventually joined "$2"
	listen us -u -W 1 --multicast "$1%ours" </dev/null
	they_say 'to others' --multicast "$2%theirs" "$2"
	they_say hello --multicast "$1%theirs" "$1"
	heard hello
}

joined() {
	"${IN_US[@]}" ip maddr show dev ours | grep -qw -- "$1"
}

@test "a group of somebody else's is not heard, IPv4" { other_group "$GROUP4" 233.252.0.2; }
@test "a group of somebody else's is not heard, IPv6" { other_group "$GROUP6" ff15::db8:2; }

member() { # GROUP
	listen_to
	run -1 joined "$1"
	kill "$(pid_of us)"
	finish us 143
	rm us.*
	listen us -u --multicast "$1%ours" </dev/null
	joined "$1"
	run "${IN_US[@]}" ip maddr show dev lo
	refute_output --partial "$1"
	kill "$(pid_of us)"
	finish us 143
	run -1 joined "$1"
}

@test "the system knows that we are a member, and of which interface, @family" { member @family; }

# Who asks a group is answered by each of its members.
answered() { # GROUP ADDRESS FLAG
	networks
	"${IN_THEM[@]}" ip route add 224.0.0.0/4 dev theirs
	listen us -u -W 1 --multicast "$1%ours" <<<'it is me'
	look THEM them ask "$3" 'who is there?' "$1" "$PORT"
	finish us
	finish them
	assert_seen them "^it is me from $2 $PORT$"
}

@test "who asks a group gets an answer, IPv4" { answered "$GROUP4" 192.0.2.1 -4; }
@test "who asks a group gets an answer, IPv6" { answered "$GROUP6" 2001:db8::1 -6; }

# --- Who asks many, and is answered by others than it asked

# Two hosts of theirs answer what comes to ADDRESS, from addresses of their own; sets PORT.
two_answer() { # ADDRESS FROM...
	networks
	"${IN_US[@]}" ip route add 224.0.0.0/4 dev ours
	"${IN_THEM[@]}" ip addr add 192.0.2.3/24 brd + dev theirs
	"${IN_THEM[@]}" ip addr add 2001:db8::3/64 dev theirs nodad
	start them "${IN_THEM[@]}" python3 "$TESTS/listeners.py" answerers "$@"
	eventually listening them
}
both_are_heard() { # ARGS...
	run -0 --separate-stderr strait -v -u "$@" "$PORT" <<<question
	assert_equal "$(sort <<<"$output")" "$(printf 'answer from %s\n' "${FROM[@]}")"
	for from in "${FROM[@]}"; do
		assert_regex "$stderr" "strait: $from [0-9]+ answers"
	done
	assert_equal "$(grep -c answers <<<"$stderr")" 2
}

@test "-b: all who answer a broadcast are heard, and told with -v" {
	FROM=(192.0.2.2 192.0.2.3)
	two_answer 0.0.0.0 "${FROM[@]}"
	both_are_heard -b 192.0.2.255
}
@test "all who answer what was sent to a group are heard, IPv4" {
	FROM=(192.0.2.2 192.0.2.3)
	two_answer "$GROUP4" "${FROM[@]}"
	both_are_heard "$GROUP4"
}
@test "all who answer what was sent to a group are heard, IPv6" {
	FROM=(2001:db8::2 2001:db8::3)
	two_answer "$GROUP6" "${FROM[@]}"
	both_are_heard --multicast "$GROUP6%ours" "$GROUP6"
}
@test "what follows goes to the group still, and not to who answered" {
	FROM=(192.0.2.2 192.0.2.3)
	two_answer "$GROUP4" "${FROM[@]}"
	mkfifo us.in
	exec {keep}<>us.in
	start us "${STRAIT[@]}" -u "$GROUP4" "$PORT"
	echo one >&"$keep"
	eventually lines_are us.out 2
	echo two >&"$keep"
	eventually lines_are us.out 4
}
lines_are() {
	(($(wc -l <"$1") == $2))
}
@test "-b: one who refuses has refused" {
	needs_linux_build
	networks
	free_port
	run -1 --separate-stderr strait -u -b 192.0.2.2 "$FREE" <<<hello
	assert_regex "$stderr" 'Connection refused'
}

# --- How far it goes

far() { # GROUP WHAT
	networks
	look THEM wire capture
	PORT=4242
	for ttl in 0 1 17; do
		run -0 strait -u --send-only --multicast "$1%ours" --multicast-ttl "$ttl" "$1" "$PORT" <<<hello
	done
	eventually grep -q "ttl 17 to $1 udp" wire.out
	assert_equal "$(grep -oE "ttl [0-9]+ to $1 udp" wire.out)" "ttl 1 to $1 udp
ttl 17 to $1 udp"
}

@test "--multicast-ttl says how far; 0 is not beyond this host, @family" { far @family; }

this_host() { # GROUP
	listen_to --multicast "$1%ours"
	run -0 strait -u --send-only --multicast "$1%ours" --multicast-ttl 0 "$1" "$PORT" <<<hello
	heard hello
}

@test "--multicast-ttl 0 is heard on this host, @family" { this_host @family; }

loop() { # GROUP
	local send=(strait -u --send-only --multicast "$1%ours")
	listen_to --multicast "$1%ours"
	run -0 "${send[@]}" --multicast-loop off "$1" "$PORT" <<<off
	run -0 "${send[@]}" --multicast-loop on "$1" "$PORT" <<<on
	heard on
}

@test "--multicast-loop off keeps it from this host, on does not, @family" { loop @family; }

unlooped() { # GROUP
	listen_to --multicast "$1%ours"
	they_say hello --multicast "$1%theirs" --multicast-loop off "$1"
	heard hello
}

@test "--multicast-loop off is heard elsewhere, @family" { unlooped @family; }

# --- What is no group

no_group() { # GROUP
	refused 2 -l -u --multicast "$1" "^strait: --multicast $1: .*expected.* \(see strait --help\)$"
	refused 2 -u --multicast "$1" 127.0.0.1 9 "^strait: --multicast $1: .*expected"
}

@test "what is no group is refused" {
	local group
	for group in 192.0.2.1 223.255.255.255 240.0.0.1 ::1 2001:db8::1 localhost '' 233.252.0 %lo; do
		no_group "$group"
	done
}
@test "an interface that is not there is refused by name" {
	refused 2 -l -u --multicast "$GROUP4%nosuch0" "^strait: --multicast $GROUP4%nosuch0: .*nosuch0 "
	refused 2 -l -u --multicast "$GROUP6%nosuch0" "^strait: --multicast $GROUP6%nosuch0: .*nosuch0 "
	refused 2 -u --multicast "$GROUP4%" 127.0.0.1 9 "^strait: --multicast $GROUP4%: "
}
@test "a group of the other family than the address is refused" {
	refused 3 -l -u --multicast "$GROUP6%lo" 127.0.0.1 0 '^strait: .*127.0.0.1: .*family'
	refused 3 -l -u --multicast "$GROUP4%lo" ::1 0 '^strait: .*::1: .*family'
	refused 2 -4 -l -u --multicast "$GROUP6%lo" 0 "^strait: -4 and --multicast $GROUP6%lo cannot be"
	refused 2 -6 -u --multicast "$GROUP4%lo" ::1 9 "^strait: -6 and --multicast $GROUP4%lo cannot be"
}
