#!/usr/bin/env bats
# --digest and --expect: what was sent and what was received can be compared with the files at both
# ends.

# Each test has variables of its own, and domain sets some.
# shellcheck disable=SC2030,SC2031
load helpers

# More than is carried without splicing, if nothing forbids that.
SIZE=${SIZE:-3000000}
NOTHING=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

sum() { # FILE [KIND]
	local kind=${2:-sha256} hex
	[[ $kind != blake2b ]] || kind=b2
	read -r hex _ < <("${kind}sum" <"$1")
	echo "$hex"
}

# The digests that NAME has told of a direction: "sent", "received", "sent to REGEX".
told() { # NAME DIRECTION
	sed -nE "s/^([0-9a-f]+)  $2$/\1/p" "$1.err"
}

# NAME has told one digest each, of these files and of nothing else.
assert_told() { # NAME SENT RECEIVED [KIND]
	assert_equal "$(told "$1" sent)" "$(sum "$2" "${4:-}")"
	assert_equal "$(told "$1" received)" "$(sum "$3" "${4:-}")"
}

# Both ends tell the same: what one has sent the other has received.
assert_ends_agree() { # NAME NAME
	[[ $(told "$1" sent) =~ ^[0-9a-f]{64}$ && $(told "$1" received) =~ ^[0-9a-f]{64}$ ]]
	assert_equal "$(told "$2" received)" "$(told "$1" sent)"
	assert_equal "$(told "$2" sent)" "$(told "$1" received)"
}

# Two straits: "us" in ROLE with the options in ARGS, and "them" with those in THEIRS.
couple() { # ROLE DOMAIN
	domain "$2"
	if [[ $1 == listen ]]; then
		listen us "${ARGS[@]}" "${LISTEN[@]}"
		start them "${STRAIT[@]}" "${THEIRS[@]}" "${CONNECT[@]}" "$PORT"
	else
		listen them "${THEIRS[@]}" "${LISTEN[@]}"
		start us "${STRAIT[@]}" "${ARGS[@]}" "${CONNECT[@]}" "$PORT"
	fi
}

has_libcrypto() {
	strait --version | grep -q libcrypto
}

# --- Every domain, both roles

files_both_ways() { # ROLE DOMAIN
	ARGS=(--digest) THEIRS=()
	random "$SIZE" us.in
	random "$SIZE" them.in
	couple "$1" "$2"
	finish us
	finish them
	cmp us.in them.out
	cmp them.in us.out
	assert_told us us.in them.in
	assert_equal "$(grep -cE '^[0-9a-f]{64}  ' us.err)" 2
}

# @role: listen=listening | connect=connected
# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain, @role: digests are those of the files" { files_both_ways @role @domain; }

datagrams() { # ROLE DOMAIN
	ARGS=(--digest -W 1) THEIRS=(-W 1)
	echo "the first and only one" >us.in
	random 4000 them.in
	couple "$1" "$2"
	finish us
	finish them
	cmp us.in them.out
	assert_told us us.in them.in
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain, @role: digests are those of the datagrams" { datagrams @role @domain; }

@test "many datagrams make one digest" {
	ARGS=(--digest --lines -W 50) THEIRS=(--digest --lines --recv-only -W 50)
	seq 100 149 >us.in
	: >them.in
	domain udp
	listen them "${THEIRS[@]}" "${LISTEN[@]}"
	start us "${STRAIT[@]}" --digest --lines -q 0 "${CONNECT[@]}" "$PORT"
	finish us
	finish them
	assert_ends_agree us them
	assert_equal "$(told us sent)" "$(tr -d '\n' <us.in | sha256sum | cut -c -64)"
}

@test "all senders of datagrams to standard output are one client" {
	domain udp
	listen us -k --digest -W 2 "${LISTEN[@]}" </dev/null
	strait -q 0 "${CONNECT[@]}" "$PORT" <<<one
	eventually grep -q one us.out
	strait -q 0 "${CONNECT[@]}" "$PORT" <<<two
	finish us
	printf 'one\ntwo\n' >both
	assert_told us /dev/null both
}

# --- Every kind

kind() { # KIND
	ARGS=("--digest=$1") THEIRS=()
	random "$SIZE" us.in
	random 1000 them.in
	couple connect tcp
	finish us
	finish them
	assert_told us us.in them.in "$1"
}
# @kind: sha256 | sha512 | md5
@test "@kind: --digest tells what the tool of that name tells" { kind @kind; }
@test "blake2b: --digest tells what b2sum tells" {
	if has_libcrypto; then
		kind blake2b
	else
		refused 2 --digest=blake2b 127.0.0.1 1 'strait: blake2b digests need libcrypto'
	fi
}

@test "where libcrypto cannot be loaded libmd computes what it can" {
	if ! has_libcrypto; then skip "this build does not load it"; fi
	local number
	for number in 1.1 3 4; do
		echo "no library" >"libcrypto.so.$number"
	done
	export LD_LIBRARY_PATH=$PWD
	kind sha256
	refused 2 --digest=blake2b 127.0.0.1 1 'strait: blake2b digests need libcrypto: .*libcrypto\.so'
}

@test "what --digest tells can be checked by sha256sum" {
	ARGS=(--digest) THEIRS=()
	random 1000 us.in
	random 1000 them.in
	couple connect tcp
	finish us
	finish them
	cp us.in sent
	cp us.out received
	run -0 sha256sum --strict --check us.err
	assert_output "$(printf 'sent: OK\nreceived: OK')"
}

@test "without --digest and --expect no library for it is loaded" {
	domain tcp
	echo hello >hello
	listen plain "${LISTEN[@]}" </dev/null
	listen with --digest "${LISTEN[@]}" </dev/null
	run -1 grep -c 'lib\(crypto\|ssl\)' "/proc/$(pid_of plain)/maps"
	! has_libcrypto || run -0 grep -q libcrypto "/proc/$(pid_of with)/maps"
	strait "${CONNECT[@]}" "$PORT" <hello
	finish with
}

# --- What changes the bytes: both ends see what is on the wire

agree() { # OURS... -- THEIRS...
	ARGS=(--digest) THEIRS=(--digest)
	while [[ $1 != -- ]]; do
		ARGS+=("$1")
		shift
	done
	THEIRS+=("${@:2}")
	couple connect "${DOMAIN:-tcp}"
	finish us
	finish them
	assert_ends_agree us them
}

@test "with -C digests are those of what crosses the wire" {
	seq 100000 >us.in
	seq 1000 >them.in
	agree -C --
	assert_equal "$(told us sent)" "$(sed 's/$/\r/' us.in | sha256sum | cut -c -64)"
	assert_equal "$(told us received)" "$(sum them.in)"
}

@test "with -t digests have the requests and the answers, too" {
	printf 'one\377\375\001two\377\373\003three' >them.in
	echo hello >us.in
	agree -t --
	assert_equal "$(told us received)" "$(sum them.in)"
	assert_equal "$(<us.out)" onetwothree
	assert_equal "$(told us sent)" "$(sum them.out)"
	run -0 cmp -n 6 them.out us.in
}

@test "with --frames digests have the frames" {
	frames write one @70000 '' @200000 >us.in
	frames write @1000 >them.in
	agree --frames -- --frames
	assert_equal "$(told us sent)" "$(sum us.in)"
	assert_equal "$(told us received)" "$(sum them.in)"
}

@test "with --lines digests are those of the messages" {
	seq 1000 >us.in
	seq 2000 >them.in
	DOMAIN=seqpacket agree --lines -- --lines
	assert_equal "$(told us sent)" "$(tr -d '\n' <us.in | sha256sum | cut -c -64)"
}

# --- Every service

# @domain: tcp=TCP over IPv4 | unix=unix stream
three_clients() { # DOMAIN
	local name
	domain "$1"
	listen us -k --digest "${LISTEN[@]}" </dev/null
	for name in one two three; do
		random "$SIZE" "$name.in"
		start "$name" "${STRAIT[@]}" --digest "${CONNECT[@]}" "$PORT"
	done
	for name in one two three; do
		finish "$name"
		eventually grep -qE "^$(sum "$name.in")  received from ." us.err
		assert_told "$name" "$name.in" /dev/null
	done
	eventually test "$(told us 'sent to .+')" = "$(printf '%s\n' $NOTHING $NOTHING $NOTHING)"
}
@test "@domain: -k tells the digests of each client, with its name" { three_clients @domain; }

@test "digests of clients are under the names under which they came" {
	domain tcp
	listen us -k --digest "${LISTEN[@]}" </dev/null
	strait "${CONNECT[@]}" "$PORT" <<<hello
	eventually grep -q 'received from' us.err
	name=$(sed -n 's/^Connection received on //p' us.err)
	assert_equal "$(told us "received from $name")" "$(sha256sum <<<hello | cut -c -64)"
	assert_equal "$(told us "sent to $name")" $NOTHING
}

@test "several ports: the digests have the names of their servers" {
	domain tcp
	peer first listen "${HERE[@]}" send:one close
	first=$PORT
	peer second listen "${HERE[@]}" send:two close
	run -0 --separate-stderr strait -n --digest "${THERE[@]}" "$first,$PORT" </dev/null
	# shellcheck disable=SC2154 # run sets it
	printf '%s\n' "$stderr" >us.err
	assert_equal "$(told us "received from ${THERE[0]} $first")" "$(printf one | sha256sum | cut -c -64)"
	assert_equal "$(told us "received from ${THERE[0]} $PORT")" "$(printf two | sha256sum | cut -c -64)"
}

program() { # OPTION...
	domain "$1"
	random "$SIZE" data
	listen us --digest "${@:2}" "${LISTEN[@]}"
	strait "${CONNECT[@]}" "$PORT" <data >got
	cmp data got
	eventually grep -q received us.err
	assert_equal "$(sed -nE 's/^([0-9a-f]{64})  .*/\1/p' us.err)" "$(printf '%s\n' "$(sum data)" "$(sum data)")"
}
@test "@domain: a program's conversation has digests" { program @domain -e cat; }
@test "@domain: the programs of many clients have digests" { program @domain -k -e cat; }

@test "a program that is connected has digests" {
	domain tcp
	random "$SIZE" them.in
	listen them "${LISTEN[@]}"
	: >us.in
	start us "${STRAIT[@]}" --digest -e cat "${CONNECT[@]}" "$PORT"
	finish us
	finish them
	cmp them.in them.out
	assert_told us them.in them.in
}


relay() { # DOMAIN
	domain tcp
	listen target -k -e cat "${LISTEN[@]}"
	address_of tcp
	program "$1" --to "$TO"
}
@test "@domain: a relay tells the digests of its client" { relay @domain; }


in_a_room() { # MODE
	domain tcp
	listen us "--$1" --digest "${LISTEN[@]}" </dev/null
	start mute "${STRAIT[@]}" --digest -d "${CONNECT[@]}" "$PORT"
	eventually grep -q received us.err
	[[ $1 == broker ]] || eventually grep -q user1 mute.out
	echo hello >other.in
	start other "${STRAIT[@]}" --digest "${CONNECT[@]}" "$PORT"
	finish other
	eventually grep -q hello mute.out
	kill -INT "$(pid_of us)"
	eventually test -s mute.status
	name=$(sed -n 's/^Connection received on //p' us.err | tail -n 1)
	assert_equal "$(told us "received from $name")" "$(sum other.in)"
	assert_equal "$(told us "sent to $name")" "$(sum other.out)"
	assert_told other other.in other.out
}
# @mode: broker | chat
@test "--@mode: each member has digests" { in_a_room @mode; }

@test "clients of a program that send datagrams have digests" {
	domain udp
	listen us -k --digest -w 1 -e cat "${LISTEN[@]}"
	run -0 strait -W 1 "${CONNECT[@]}" "$PORT" <<<hello
	assert_output hello
	eventually grep -q 'received from' us.err
	assert_equal "$(told us 'sent to .+')" "$(sha256sum <<<hello | cut -c -64)"
}

# --- Conversations that break

broken() { # ARGS...
	ARGS=("$@")
	silent_input
	meet connect tcp send:abc await:go reset
	eventually grep -q abc us.out
	touch go
	finish us 1
	finish them
}

@test "a conversation that was broken has digests of what was moved, and its status" {
	broken --digest
	assert_complained us '.*reset by peer .*3 received'
	assert_equal "$(told us received)" "$(printf abc | sha256sum | cut -c -64)"
	assert_equal "$(told us sent)" $NOTHING
}

@test "a digest that is not as expected does not hide what broke the conversation" {
	broken --expect $NOTHING
	assert_complained us '.*reset by peer .*3 received'
}

# --- --expect

expected() { # ROLE HEX [ARGS...]
	ARGS=(--expect "$2" "${@:3}") THEIRS=()
	: >us.in
	echo "what is expected" >them.in
	couple "$1" tcp
	finish them
	eventually cmp -s them.in us.out
}

as_expected() {
	echo "what is expected" >right
	expected "$1" "$(sum right)"
	finish us
	run -1 grep -E 'strait|[0-9a-f]{64}' us.err
}
@test "@role: what was received is as expected, and nothing is said" { as_expected @role; }

not_as_expected() {
	expected "$1" $NOTHING
	finish us 1
	assert_complained us "received from 127.0.0.1 [0-9]+: sha256 is $(sum them.in), not $NOTHING as expected"
	run -1 grep -E '^[0-9a-f]{64} ' us.err
}
@test "@role: other data than expected is delivered, and is status 1" { not_as_expected @role; }

@test "--expect takes upper case" {
	echo "what is expected" >right
	right=$(sum right)
	expected connect "${right^^}"
	finish us
}

by_length() { # KIND
	echo "what is expected" >right
	expected connect "$(sum right "$1")"
	finish us
}
# @kind: sha512 | md5
@test "@kind: --expect knows a digest by its length" { by_length @kind; }

other_by_length() { # KIND
	local other
	other=$(sum /dev/null "$1")
	expected connect "$other"
	finish us 1
	assert_complained us "received from .*: $1 is $(sum them.in "$1"), not $other as expected"
}
@test "@kind: --expect knows other data by it, too" { other_by_length @kind; }

@test "--expect has the kind that --digest says" {
	if ! has_libcrypto; then skip "this build has no blake2b"; fi
	echo "what is expected" >right
	expected connect "$(sum right blake2b)" --digest=blake2b
	finish us
	assert_told us us.in them.in blake2b
}

@test "digests are told, too, if one is not as expected" {
	expected connect $NOTHING --digest
	finish us 1
	assert_told us us.in them.in
	assert_said us "not $NOTHING as expected"
}

@test "where nothing is received that is what is compared" {
	echo hello >hello
	ARGS=(--expect "$NOTHING") THEIRS=(--recv-only)
	couple connect tcp
	finish us
	finish them
	rm us.* them.*
	ARGS=(--expect "$(sum hello)")
	couple connect tcp
	finish us 1
	assert_said us "sha256 is $NOTHING, not .* as expected"
}

@test "-k: the outcome of each client tells whether it was as expected, and others are served" {
	domain tcp
	echo right >right
	listen us -k --expect "$(sum right)" "${LISTEN[@]}" </dev/null
	strait "${CONNECT[@]}" "$PORT" <<<wrong
	strait "${CONNECT[@]}" "$PORT" <right
	eventually grep -q 'closed' us.err
	eventually assert_said us '^strait: received from .*not .* as expected'
	assert_equal "$(grep -c '^strait' us.err)" 2
	assert [ ! -e us.status ]
}

@test "a datagram is as expected, or not" {
	domain udp
	listen us -W 1 --expect "$(sum <(printf right))" "${LISTEN[@]}" </dev/null
	printf right | strait -q 0 "${CONNECT[@]}" "$PORT"
	finish us
	rm us.err us.status
	listen us -W 1 --expect "$(sum <(printf right))" "${LISTEN[@]}" </dev/null
	printf wrong | strait -q 0 "${CONNECT[@]}" "$PORT"
	finish us 1
	assert_said us 'not .* as expected'
}

@test "with only --expect the other direction is still spliced" {
	needs strace
	needs_linux_build
	domain tcp
	listen them --recv-only "${LISTEN[@]}"
	random $((4 << 20)) data
	strace -f -qq -o trace -e trace=splice "${STRAIT[@]}" --expect $NOTHING "${CONNECT[@]}" "$PORT" <data
	finish them
	run -0 grep -c splice trace
	cmp data them.out
}

# --- Told to programs

@test "--json: digests are events" {
	needs jq
	ARGS=(--json --digest=sha512) THEIRS=()
	echo hello >us.in
	echo answer >them.in
	couple connect tcp
	finish us
	finish them
	run -0 jq -r 'select(.event == "digest") | "\(.digest) \(.algorithm) \(.direction) \(.name)"' us.err
	assert_output "$(sum us.in sha512) sha512 sent 127.0.0.1 $PORT
$(sum them.in sha512) sha512 received 127.0.0.1 $PORT"
}

# --- Refused

@test "--expect is checked before there is a socket" {
	local hex=${NOTHING:1}
	refused 2 --expect "$hex" 127.0.0.1 1 "strait: --expect $hex: expected 64 .*128 .*32"
	refused 2 --expect "g$hex" 127.0.0.1 1 "strait: --expect g$hex: expected 64 hexadecimal digits \(sha256\)"
	refused 2 -l --expect "$NOTHING$hex" 127.0.0.1 0 "strait: --expect .*: expected 64 "
	refused 2 --expect '' 127.0.0.1 1 'strait: --expect .*empty'
	refused 2 --digest=md5 --expect "$NOTHING" 127.0.0.1 1 'expected 32 hexadecimal digits \(md5\)'
	refused 2 --digest --expect "${NOTHING:32}" 127.0.0.1 1 'expected 64 hexadecimal digits \(sha256\)'
}
@test "--digest of a kind that there isn't is refused" {
	refused 2 --digest=sha1 127.0.0.1 1 'strait: --digest sha1: unknown: expected one of sha256'
	refused 2 --digest= 127.0.0.1 1 'strait: --digest'
}
@test "what receives nothing, or talks to nobody, has no digest to expect" {
	refused 2 --expect $NOTHING --send-only 127.0.0.1 1 'cannot be combined'
	refused 2 --expect $NOTHING -z 127.0.0.1 1 'cannot be combined'
	refused 2 --digest -z 127.0.0.1 1 'cannot be combined'
	refused 2 --digest -F 127.0.0.1 1 'cannot be combined'
}
