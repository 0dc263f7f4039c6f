#!/usr/bin/env bats
# Messages in great numbers: none is lost, merged, split or out of order. Who writes waits for who
# reads, so that each finds room. A long check: MANY is how many messages.

# shellcheck disable=SC2154 # run sets output
load helpers

# chain KIND COUNT HOP...: COUNT messages of KIND ("lines" or "frames") go through a socket for each
# HOP. Between two of them a strait that listens pipes what it hears into one that connects.

chain() { # KIND COUNT HOP...
	local count=${MANY:-$2}
	run timeout -k 1 $((LIMIT * 6)) python3 "$TESTS/chain.py" "$1" "$count" "${*:3}" "${STRAIT[@]}" 3>&-
	echo "# $output" >&3
	assert_success
}

# @domain: unixgram=unix datagrams | udp=UDP
@test "a million lines over @domain" { chain lines 1000000 @domain; }
@test "a hundred thousand lines through four kinds of datagrams" { chain lines 100000 udp seqpacket unixgram udp; }
@test "a hundred thousand frames of any size over UDP and a unix socket" { chain frames 100000 udp unix; }
@test "a hundred thousand frames of any size over unix datagrams and TCP" { chain frames 100000 unixgram tcp; }
@test "ten thousand frames of any size through every kind of socket" { chain frames 10000 udp tcp unixgram unix seqpacket udp; }
