#!/usr/bin/env bats
# SIZE bytes (20 GiB) go from one strait to another: what comes out is what went in.

load helpers

SIZE=${SIZE:-$((20 << 30))}
BLOCK=$((64 << 20))
# At the pace of a slow disk.
LIMIT=$((LIMIT + 60 + SIZE / (10 << 20)))
# Each block of random bytes behind its number: one that is lost, doubled or out of place shows, and
# so does anything that is not a whole number of blocks.
stream() {
	local i
	for ((i = 0; i * BLOCK < SIZE; i++)); do
		printf '%016d' "$i"
		cat "$1"
	done 2>/dev/null | head -c "$SIZE"
}

suits() {
	random "$BLOCK" block
}

needs_room() {
	local free
	free=$(df --output=avail -B 1 . | tail -n 1)
	((free > $1 + (1 << 30))) || skip "needs $1 bytes of disk"
}

# Both ends of a strait, as files: checksum and size are in *.sum, "CRC BYTES".
files() {
	needs_room $((2 * SIZE))
	domain "$1"
	stream block | tee data | cksum >in.sum
	listen receiver "${LISTEN[@]}" </dev/null
	start sender "${STRAIT[@]}" "${CONNECT[@]}" "$PORT" <data
	finish sender
	finish receiver
	cksum <receiver.out >out.sum
	rm data receiver.out
	arrived
}

pipes() {
	local plain=("${STRAIT[@]}")
	domain "$1"
	export -f stream
	export SIZE BLOCK
	wires '> >(cksum >out.sum.new; mv out.sum.new out.sum)'
	listen receiver "${LISTEN[@]}" </dev/null
	STRAIT=("${plain[@]}")
	wires '< <(stream block | tee >(cksum >in.sum.new; mv in.sum.new in.sum))'
	start sender "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish sender
	finish receiver
	eventually test -e in.sum
	eventually test -e out.sum
	arrived
}

arrived() {
	cat in.sum out.sum
	assert_equal "$(awk '{ print $2 }' in.sum)" "$SIZE"
	cmp in.sum out.sum
}

# @domain: tcp=TCP | unix
@test "@domain: from a file to a file" { files @domain; }
@test "@domain: from a pipe to a pipe" { pipes @domain; }
