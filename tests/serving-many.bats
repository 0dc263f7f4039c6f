#!/usr/bin/env bats
# Very many clients, at once and one after the other; slow ones; hostile ones. A long check. SIZE is
# how much a client is sent where that is much.

load helpers

# A slow machine is given its time. (bats loads this twice.)
export MOST=${MOST:-$((LIMIT * 4))}
LIMIT=$MOST
HELPERS=${BUILD:-build}/bench

suits() {
	needs python3
	ulimit -n "$(ulimit -Hn)"
}

# strait -l ARGS...: sets PORT, SERVER, its process id, and BEFORE, the number of its descriptors.
serve() {
	listen us -n "$@" 127.0.0.1 0
	SERVER=$(pid_of us)
	BEFORE=$(descriptors)
}
descriptors() {
	find "/proc/$SERVER/fd" -type l | wc -l
}

# No child is left, nor a zombie, nor a descriptor.
as_before() {
	! pgrep -P "$SERVER" >/dev/null && (($(descriptors) == BEFORE))
}

# crowd.py ARGS...; what it tells is a matter for "told" and "holds". BOUND is its limit.
crowd() {
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/crowd.py" --limit "${BOUND:-$((LIMIT - 10))}" \
		"$@" >told 3>&- || fail "crowd.py $*"
	echo "# $* -> $(paste -sd ' ' told)" >&3
}
told() {
	awk -v name="$1" '$1 == name { print $2 }' told
}
holds() { # EXPRESSION of awk's
	awk "BEGIN { exit !($1) }" || fail "it does not hold that $1"
}

helper() { # NAME
	make -s -C "$ROOT" "$HELPERS/$1" 3>&- >&2
	HELPER=$ROOT/$HELPERS/$1
	[[ $HELPERS != /* ]] || HELPER=$HELPERS/$1
}

@test "ten thousand idle clients cost little, and what one says comes to all others once" {
	local count=10000 most
	most=$(ulimit -n)
	[[ $most == unlimited ]] || ((most >= count + 100)) || count=$((most - 100))
	((count >= 1000)) || skip "no more than $most descriptors"
	helper room
	serve --broker --max-conns "$count"
	mkfifo room.in
	exec {hold}<>room.in
	# shellcheck disable=SC2153 # serve sets it
	start room "$HELPER" "$PORT" "$count" 3
	eventually grep -q . room.err
	assert_said room '^in$'
	crowd rest "$SERVER"
	holds "$(told cpu) == 0"
	holds "$(told rss) < 64 * 1024"
	holds "$(told descriptors) >= $count"
	echo >&"$hold"
	finish room
	eventually as_before
}

@test "500 clients at once have a child each" {
	serve -k --max-conns 500 --sh-exec cat
	crowd ask "$PORT" 500
	holds "$(told answered) == 500"
	eventually as_before
}

children_end() { # SIGNAL ARGS...
	serve -k "${@:2}"
	start clients python3 -B "$TESTS/crowd.py" ask "$PORT" 50 stay
	eventually grep -q 'answered 50' clients.out
	mapfile -t groups < <(pgrep -P "$SERVER")
	assert_equal ${#groups[@]} 50
	# With what the shells have started themselves.
	mapfile -t members < <(pgrep -g "$(IFS=, && echo "${groups[*]}")")
	kill "-$1" "$SERVER"
	LIMIT=10 eventually all_gone "${members[@]}"
	finish clients
}
all_gone() { # PID...
	! ps -o stat= -p "$*" | grep -qv Z
}
@test "no child outlives a server that was told to end" { children_end TERM --sh-exec cat; }
@test "no child outlives a server that was killed" {
	needs_linux_build
	# What a shell has started itself would not be told.
	children_end KILL -e cat
}

# The seconds that so many clients take, one after the other.
in_a_row() { # PORT COUNT
	timeout -k 1 "$LIMIT" "$HELPER" "$1" "$2" 2>&1 3>&-
}

@test "100,000 clients one after the other cost neither descriptors nor memory" {
	local rss
	helper connects
	serve -k </dev/null
	in_a_row "$PORT" 10000
	crowd rest "$SERVER"
	rss=$(told rss)
	in_a_row "$PORT" 90000
	crowd rest "$SERVER"
	# A leak of two bytes a client would be more.
	holds "$(told rss) <= $rss + 128"
	as_before
}

@test "one client of 50 that takes nothing holds up nobody, and is dropped" {
	local size=${SIZE:-$((256 << 20))}
	rm -f go us.*
	mkfifo go us.in
	# shellcheck disable=SC2016 # expanded by that shell
	start feeder bash -c 'exec >us.in; read -r _ <go; exec head -c "$1" /dev/zero' feeder "$size"
	serve -k
	crowd drain "$PORT" 50 1 "$SERVER" go
	holds "$(told least) == $size && $(told most) == $size"
	holds "$(told stalled) < $size"
	assert_said us 'dropped 127\.0\.0\.1 [0-9]+: it did not read what it was sent'
	assert_equal "$(grep -c dropped us.err)" 1
	eventually as_before
	kill "$SERVER"
	finish us 143
}

@test "a file goes whole to each of 20 clients, late or slow, whatever others do" {
	random "${SIZE:-$((64 << 20))}" us.in
	serve -k
	crowd fetch "$PORT" 20 us.in 1
	holds "$(told whole) == 14 && $(told reset) == 6"
	eventually as_before
}

@test "1000 conversations are relayed at once, with their ends and resets" {
	(($(ulimit -n) > 8000)) || skip "no more than $(ulimit -n) descriptors"
	start target python3 -B "$TESTS/crowd.py" target
	eventually listening target
	serve -k --max-conns 1000 --to "127.0.0.1:$PORT"
	crowd relay "$PORT" 1000
	holds "$(told conversations) == 1000"
	eventually as_before
}

# A hundred clients come at once where there is room for a few; the server rests until one goes.
crammed() { # WAIT'S WAY, ARGS...
	STRAIT=(bash -c 'ulimit -n 16; exec "$@"' strait "${STRAIT[@]}")
	serve -k "${@:2}" </dev/null
	crowd wait "$PORT" 100 "$SERVER" "$1"
	holds "$(told cpu) < 0.1"
	holds "$(told answered) == 100"
	eventually as_before
}
@test "with 16 descriptors, 100 clients are served in the end" { crammed silent; }
@test "with 16 descriptors, 100 clients have a child in the end" { crammed leave --sh-exec cat; }
@test "with 16 descriptors, 100 clients are relayed in the end" {
	start echo python3 -B "$TESTS/servers.py" echo
	eventually listening echo
	crammed leave --to "127.0.0.1:$PORT"
}

# Others are served in a second, and the server stays small, while clients do their worst.
beset() { # SERVICE KIND... -- ARGS...
	local kinds=()
	while [[ $1 != -- ]]; do
		kinds+=("$1")
		shift
	done
	serve "${@:2}" </dev/null
	crowd hostile "$PORT" 5 "${kinds[@]}"
	holds "$(told worst) < 1 && $(told talks) > 20"
	eventually as_before
	crowd rest "$SERVER"
	holds "$(told rss) < 64 * 1024"
}
@test "an exec server withstands clients that are slow, reset or talk rubbish" {
	beset echo loris resets garbage line -- -k --max-conns 1000 --sh-exec cat
}
@test "a chat withstands clients that are slow or reset" { beset chat loris resets -- --chat; }
@test "a chat withstands clients that talk rubbish" { beset chat garbage line -- --chat; }
@test "those denied are not served, and keep nobody from it" {
	beset echo strangers resets -- -k --max-conns 1000 --sh-exec cat --deny 127.0.0.2
}
@test "those not allowed are not served, and keep nobody from it" {
	beset echo strangers resets -- -k --max-conns 1000 --sh-exec cat --allow 127.0.0.1,::1
}
