#!/usr/bin/env bats
# Recording what crosses the socket: --hex-dump, --output, --output-sent, --output-received.

# Each test has variables of its own, and domain sets some. run sets the rest.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154
load helpers

ALL=(--hex-dump us.dump --output us.both --output-sent us.sent --output-received us.received)

suits() {
	ARGS=()
}

dumped() { # sent|received FILE
	python3 -I "$TESTS/recording.py" "$@"
}
blocks() { # FILE
	python3 -I "$TESTS/recording.py" blocks "$1"
}

# The files of ALL have what was sent and received, which are these files.
assert_recorded() { # SENT RECEIVED
	cmp us.sent "$1"
	cmp us.received "$2"
	dumped sent us.dump | cmp - "$1"
	dumped received us.dump | cmp - "$2"
	assert_equal "$(stat -c %s us.both)" "$(cat "$1" "$2" | wc -c)"
}

# --- Every domain, both roles

both_ways() { # ROLE DOMAIN
	domain "$2"
	random 300000 us.in
	random 200000 them.in
	if [[ $1 == listen ]]; then
		listen us "${ALL[@]}" "${LISTEN[@]}"
		start them "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	else
		listen them "${LISTEN[@]}"
		start us "${STRAIT[@]}" "${ALL[@]}" "${CONNECT[@]}" "$PORT"
	fi
	finish us
	finish them
	cmp us.in them.out
	cmp them.in us.out
	assert_recorded us.in them.in
}

request_and_reply() { # ROLE DOMAIN
	domain "$2"
	echo "from us" >us.in
	echo "from them" >them.in
	if [[ $1 == listen ]]; then
		listen us "${ALL[@]}" -W 1 "${LISTEN[@]}"
		start them "${STRAIT[@]}" -W 1 -q "$LIMIT" "${CONNECT[@]}" "$PORT"
	else
		listen them -W 1 "${LISTEN[@]}"
		start us "${STRAIT[@]}" "${ALL[@]}" -W 1 -q "$LIMIT" "${CONNECT[@]}" "$PORT"
	fi
	finish us
	finish them
	assert_recorded us.in them.in
	run -0 blocks us.dump
	assert_equal "${#lines[@]}" 2
}

# @role: listen=listening | connect=connecting
# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain, @role: all that crosses is recorded" { both_ways @role @domain; }
# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain, @role: all that crosses is recorded" { request_and_reply @role @domain; }

# --- Every service

# What a client says goes to a program, and comes back.
by_a_program() { # DOMAIN ARGS...
	domain "$1"
	random 50000 them.in
	listen us "${ALL[@]}" -e cat "${@:2}" "${LISTEN[@]}" </dev/null
	start them "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish them
	cmp them.in them.out
	[[ -z ${2:-} ]] || kill -TERM "$(pid_of us)"
	finish us "$([[ -z ${2:-} ]] && echo 0 || echo 143)"
	assert_recorded them.in them.in
}

# @domain: tcp=TCP | unix=unix
@test "@domain: what a program says and is told is recorded" { by_a_program @domain; }
@test "@domain, -k: what a program says and is told is recorded" { by_a_program @domain -k; }
@test "UDP: what programs say and are told is recorded" {
	listen us -k -u "${ALL[@]}" -e cat 127.0.0.1 0 </dev/null
	peer them -u connect 127.0.0.1 "$PORT" send:hello message
	finish them
	kill -TERM "$(pid_of us)"
	finish us 143
	printf hello >hello
	assert_recorded hello hello
}
@test "connecting: what a program says and is told is recorded" {
	peer them listen 127.0.0.1 0 send:hello shut expect:hello rest
	start us "${STRAIT[@]}" "${ALL[@]}" -e cat 127.0.0.1 "$PORT" </dev/null
	finish us
	finish them
	printf hello >hello
	assert_recorded hello hello
}

by_a_relay() { # FROM TO
	random 50000 one.in
	random 60000 echo.in
	domain "$2" echo.socket
	listen echo "${LISTEN[@]}"
	address_of "$2"
	domain "$1" us.socket
	listen us "${ALL[@]}" --to "$TO" "${LISTEN[@]}" </dev/null
	start one "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish one
	finish us
	finish echo
	cmp echo.in one.out
	cmp one.in echo.out
	assert_recorded echo.in one.in
}

# @domain: tcp=TCP | unix=unix
@test "a relay from @domain to TCP records what crosses the client's side" { by_a_relay @domain tcp; }
@test "a relay from @domain to unix records what crosses the client's side" { by_a_relay @domain unix; }

# What one says goes to the others: to each of them.
by_a_room() { # DOMAIN
	domain "$1"
	listen us --broker "${ALL[@]}" "${LISTEN[@]}" </dev/null
	for name in one two three; do
		peer "$name" "${FLAG[@]}" connect "${THERE[@]}" "$PORT" touch:"$name" await:"$name.go" send:"$name" await:end
		eventually test -e "$name"
	done
	for name in one two three; do
		touch "$name.go"
		eventually recorded_in us.received "$name"
		eventually recorded_in us.sent "$name$name"
	done
	touch end
	kill -TERM "$(pid_of us)"
	finish us 143
	assert_equal "$(<us.received)" onetwothree
	assert_equal "$(<us.sent)" oneonetwotwothreethree
	assert_equal "$(<us.both)" oneoneonetwotwotwothreethreethree
	assert_equal "$(blocks us.dump | awk '{ print $1, $2 }' | sort | uniq -c | tr -s ' \n' ' ')" \
		" 2 received 3 1 received 5 4 sent 3 2 sent 5 "
}
recorded_in() {
	grep -q "$2$" "$1"
}

# @domain: tcp=TCP | unix=unix
@test "@domain: a room records what crosses each member's socket" { by_a_room @domain; }
@test "a chat records what it says itself" {
	listen us --chat "${ALL[@]}" 127.0.0.1 0 </dev/null
	peer them connect 127.0.0.1 "$PORT" 'expect:<strait> you are user1\n' shut rest
	finish them
	kill -TERM "$(pid_of us)"
	finish us 143
	assert_equal "$(<us.sent)" "<strait> you are user1"
	assert_equal "$(dumped sent us.dump)" "<strait> you are user1"
}

@test "-k: clients share the files, and the headers tell them apart" {
	listen us -k "${ALL[@]}" 127.0.0.1 0 </dev/null
	for name in one two; do
		peer "$name" connect 127.0.0.1 "$PORT" send:"$name" shut rest
		finish "$name"
	done
	kill -TERM "$(pid_of us)"
	finish us 143
	assert_equal "$(<us.received)" onetwo
	assert_equal "$(blocks us.dump | grep -Ec '^received 3 127.0.0.1 [0-9]+$')" 2
	assert_equal "$(blocks us.dump | sort -u | wc -l)" 2
}

@test "datagrams: each block names its sender" {
	listen us -u "${ALL[@]}" 127.0.0.1 0 -k
	for name in one two; do
		peer "$name" -u connect 127.0.0.1 "$PORT" send:"$name" send:again
		finish "$name"
	done
	eventually recorded_in us.received 'oneagaintwoagain'
	kill -TERM "$(pid_of us)"
	finish us 143
	run -0 blocks us.dump
	assert_equal "$(cut -d ' ' -f 1,2 <<<"$output" | tr '\n' ' ')" \
		"received 3 received 5 received 3 received 5 "
	assert_equal "$(cut -d ' ' -f 4 <<<"$output" | uniq -c | tr -s ' ' | cut -d ' ' -f 2 | tr '\n' ' ')" "2 2 "
}

# --- What crosses: after what strait adds, before it takes something away

@test "a message and its frame are one block" {
	frames write one '' three >us.in
	ARGS=(--frames --hex-dump us.dump)
	meet connect tcp rest
	finish us
	run -0 blocks us.dump
	assert_output "$(printf 'sent %d 127.0.0.1 %d\n' 7 "$PORT" 4 "$PORT" 9 "$PORT")"
}

@test "an empty datagram is a block of 0 bytes" {
	frames write '' >us.in
	ARGS=(-W 1 -q "$LIMIT" --frames "${ALL[@]}")
	meet connect udp message send:
	finish us
	run -0 blocks us.dump
	assert_output "$(printf '%s 0 127.0.0.1 %d\n' sent "$PORT" received "$PORT")"
	assert [ ! -s us.both ]
}

@test "what -C changes is recorded as it is sent, what -t answers, too" {
	echo hello >us.in
	ARGS=(-C "${ALL[@]}")
	meet connect tcp rest
	finish us
	printf 'hello\r\n' | cmp - us.sent
	dumped sent us.dump | cmp - us.sent
	rm us.in us.status them.err
	ARGS=(-t "${ALL[@]}")
	meet connect tcp 'send:a\xff\xfd\x01b' 'expect:\xff\xfc\x01' close
	finish us
	printf 'a\377\375\001b' | cmp - us.received
	printf '\377\374\001' | cmp - us.sent
	dumped sent us.dump | cmp - us.sent
}

@test "both directions are in one file in the order in which they came" {
	mkfifo us.in
	exec {say}<>us.in
	ARGS=(--output us.both)
	meet connect tcp send:one expect:two send:three expect:four close
	eventually grep -q one us.out
	printf two >&"$say"
	eventually grep -q three us.out
	printf four >&"$say"
	finish them
	eventually grep -qx onetwothreefour us.both
}

# --- xxd takes dumps back

@test "xxd -r gives back bytes of every length, whatever they are" {
	needs xxd
	listen them -k -d 127.0.0.1 0
	for length in {1..40} 100000; do
		random "$length" data
		strait --hex-dump dump 127.0.0.1 "$PORT" <data
		grep -v '^[<>]' dump | xxd -r | cmp - data
	done
}

@test "xxd -r gives back the bytes of one direction that awk has chosen" {
	needs xxd
	random 3000 us.in
	random 5000 answer
	ARGS=("${ALL[@]}")
	meet connect tcp send:abc file:answer recv:3000 shut rest
	finish us
	# shellcheck disable=SC2016 # awk's
	one() { awk -v mark="$1" '/^[<>]/ { on = $1 == mark; next } on' us.dump | xxd -r; }
	one '>' | cmp - us.in
	one '<' | cmp - <(printf abc; cat answer)
}

# --- Files

@test "files are emptied, or with --append-output appended to" {
	echo hello >us.in
	for time in longest second third; do
		rm -f them.err us.status
		ARGS=("${ALL[@]}")
		[[ $time != third ]] || ARGS+=(--append-output)
		meet connect tcp send:"$time" shut rest
		finish us
	done
	assert_equal "$(<us.received)" secondthird
	assert_equal "$(tr -d '\n' <us.sent)" hellohello
	assert_equal "$(blocks us.dump | wc -l)" 4
	assert_equal "$(stat -c %s us.both)" 23
}

# stays_as_it_is STATUS ARGUMENT...
stays_as_it_is() {
	echo precious >file
	for option in --hex-dump --output --pcap; do
		run -"$1" "${STRAIT[@]}" "$option" file "${@:2}" <<<""
		assert_equal "$(<file)" precious
	done
}
@test "a file stays as it is where a server cannot start" {
	listen them -l 127.0.0.1
	stays_as_it_is 2 -l 127.0.0.1 "$PORT"
	stays_as_it_is 2 -l -k 127.0.0.1 "$PORT"
	stays_as_it_is 2 -l -e 'a "b' 127.0.0.1 0
}

@test "files that were created may be read by whom umask allows" {
	umask 027
	ARGS=("${ALL[@]}")
	meet connect tcp send:hello shut rest
	finish us
	assert_equal "$(stat -c %a us.dump us.both | tr '\n' ' ')" "640 640 "
}

refused_before_a_socket() { # LINE ARGS...
	refused 2 -l -U socket "${@:2}" "$1"
	assert [ ! -e socket ]
}

@test "a file that cannot be opened is refused before there is a socket" {
	mkfifo fifo
	mkdir folder
	for option in --hex-dump --output --output-sent --output-received; do
		refused_before_a_socket '^strait: open nowhere/file: No such file or directory$' "$option" nowhere/file
		refused_before_a_socket '^strait: open folder: Is a directory$' "$option" folder
		refused_before_a_socket '^strait: open fifo: nothing reads this FIFO; start its reader first$' "$option" fifo
		refused 2 -z "$option" file 127.0.0.1 1 '^strait: .*'"$option"
	done
	refused 2 --append-output 127.0.0.1 1 '^strait: --append-output needs '
}

@test "a file is not written twice, unless it is appended to" {
	echo old >file
	ln file link
	refused_before_a_socket '^strait: link: this file is to be written twice$' --output-sent file --output-received link
	refused_before_a_socket '^strait: file: this file is to be written twice$' --output file --hex-dump file
	assert_equal "$(<file)" old
	printf hello >us.in
	ARGS=(--append-output --output-sent file --output-received link)
	meet connect tcp expect:hello send:world shut rest
	finish us
	assert_equal "$(<file)" "$(printf 'old\nhelloworld')"
}

@test "a file that is standard input, output or error is refused, and stays as it is" {
	echo old >file
	for option in --hex-dump --output; do
		for more in '' --append-output; do
			# shellcheck disable=SC2094 # it is to be refused
			run -2 strait "$option" file $more 127.0.0.1 1 <file
			assert_output 'strait: file: this file is standard input'
			# shellcheck disable=SC2016 # that shell expands it
			run -2 bash -c 'exec "$@" </dev/null 1<>file' bash "${STRAIT[@]}" "$option" file $more 127.0.0.1 1
			assert_output 'strait: file: this file is standard output'
		done
		# shellcheck disable=SC2016
		run -2 bash -c 'exec "$@" </dev/null 2>>file' bash "${STRAIT[@]}" "$option" file 127.0.0.1 1
		assert_equal "$(<file)" "$(printf 'old\nstrait: file: this file is standard error')"
		echo old >file
	done
}

@test "standard output may be appended to together with a recording" {
	printf hello >us.in
	wires '>>file'
	ARGS=(--append-output --output-sent file)
	meet connect tcp expect:hello send:world shut rest
	finish us
	assert_regex "$(<file)" '^(helloworld|worldhello)$'
}

# --- Pipes

@test "a program can read what is recorded" {
	random 300000 us.in
	wires '--output-sent >(cat >copy; touch copied)'
	meet connect tcp rest
	finish us
	eventually test -e copied
	cmp us.in copy
}

a_stalled_reader() { # OPTION
	random 3000000 answer
	mkfifo fifo
	exec {dam}<>fifo
	printf hello >us.in
	ARGS=("$1" fifo)
	meet connect tcp pour:answer expect:hello touch:heard rest
}

stands_still() { # OPTION
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under takes time itself"
	local pid before size
	a_stalled_reader "$1"
	# The other direction goes on.
	eventually test -e heard
	pid=$(pid_of us)
	before=$(ticks "$pid") size=$(stat -c %s us.out)
	a_second
	assert [ "$(($(ticks "$pid") - before))" -lt "$((3 * $(getconf CLK_TCK) / 100))" ]
	assert_equal "$(stat -c %s us.out)" "$size"
	assert [ "$size" -lt 3000000 ]
	refute [ -e us.status ]
}

@test "a direction waits while what is recorded of it is not read, and loses nothing" {
	stands_still --output-received
	timeout "$LIMIT" head -c 3000000 <&"$dam" | cmp - answer
	finish us
	finish them
	cmp answer us.out
}

# A FIFO that takes nothing until it is read.
full_fifo() {
	mkfifo fifo
	exec {dam}<>fifo
	head -c 65536 /dev/zero >&"$dam"
}
@test "datagrams: a recording that is not read is not silence, and nothing is lost" {
	full_fifo
	printf hello >us.in
	ARGS=(--output-received fifo -q 0.2)
	meet connect udp expect:hello send:one await:one send:two pause:1 touch:later
	eventually test -s us.out
	touch one
	eventually test -e later
	timeout "$LIMIT" head -c 65542 <&"$dam" | tail -c 6 >recorded
	finish us
	assert_equal "$(<us.out)" onetwo
	assert_equal "$(<recorded)" onetwo
}
@test "a peer that goes while a recording is not read ends the conversation" {
	full_fifo
	silent_input
	printf hello >&"$SILENCE"
	ARGS=(--output-sent fifo)
	meet connect unix recv:5 close
	finish them
	timeout "$LIMIT" head -c 65541 <&"$dam" | tail -c 5 >recorded
	finish us
	assert_equal "$(<recorded)" hello
}
@test "a recording that nobody reads ends the wait for it" {
	stands_still --output-received
	kill -TERM "$(pid_of us)"
	finish us 143
}

@test "at the end a recording that is read slowly is waited for" {
	random 200000 us.in
	mkfifo fifo
	exec {dam}<>fifo
	ARGS=(--output fifo)
	meet connect tcp recv:200000 touch:heard rest
	eventually grep -q . <(timeout "$LIMIT" head -c 1000 <&"$dam" | tee begun)
	timeout "$LIMIT" head -c 199000 <fifo >later
	finish us
	cat begun later | cmp - us.in
}

@test "a reader that has gone is told, and nothing else is lost" {
	random 300000 us.in
	mkfifo fifo
	start reader bash -c 'head -c 10 <fifo >/dev/null'
	ARGS=(--output fifo)
	meet connect tcp rest
	finish us 5
	assert_complained us 'write to fifo: Broken pipe; nothing more is written there$'
	finish them
	cmp us.in them.out
}

# --- Full disks

full_disk() { # ROLE DOMAIN OPTION
	random 100000 us.in
	random 100000 answer
	ARGS=("$3" /dev/full)
	meet "$1" "$2" pour:answer rest
	finish us 5
	finish them
	assert_complained us 'write to /dev/full: No space left on device; nothing more is written there$'
	cmp us.in them.out
	cmp answer us.out
}

# @domain: tcp=TCP | unix=unix
@test "@domain, @role: a full disk is told at once, and all is delivered" { full_disk @role @domain --output; }
# @option: --hex-dump | --output-sent | --output-received
@test "@option: a full disk is told at once, and all is delivered" { full_disk connect tcp @option; }

@test "datagrams: a full disk is told at once, and all is delivered" {
	printf hello >us.in
	ARGS=(--hex-dump /dev/full -W 1 -q "$LIMIT")
	meet connect udp expect:hello send:world
	finish us 5
	assert_complained us 'write to /dev/full: No space left on device; nothing more is written there$'
	assert_equal "$(<us.out)" world
}

@test "a failure of the peer counts more than a full disk" {
	printf hello >us.in
	ARGS=(--hex-dump /dev/full)
	meet connect tcp expect:hello reset
	finish us 1
}

@test "a disk that gets full has what was there before" {
	needs unshare
	unshare -m true 2>/dev/null || skip "needs to mount"
	random 200000 us.in
	mkdir disk
	# shellcheck disable=SC2016 # that shell expands it
	STRAIT=(unshare -m sh -c 'mount -t tmpfs -o size=64k none disk && "$@"; status=$?; cp disk/file .; exit $status' sh "${STRAIT[@]}")
	ARGS=(--output-sent disk/file)
	meet connect tcp rest
	finish us 5
	assert_complained us 'write to disk/file: No space left on device; nothing more is written there$'
	finish them
	cmp us.in them.out
	assert_equal "$(stat -c %s file)" 65536
	cmp -n 65536 file us.in
}

@test "a server tells of a full disk once, and goes on serving" {
	listen us -k --output /dev/full -e cat 127.0.0.1 0 </dev/null
	for name in one two three; do
		peer "$name" connect 127.0.0.1 "$PORT" send:"$name" expect:"$name" shut rest
		finish "$name"
	done
	kill -TERM "$(pid_of us)"
	finish us 143
	assert_equal "$(grep -c 'No space' us.err)" 1
}

@test "--json: a full disk is an event, and standard error is for events only" {
	needs jq
	printf hello >us.in
	ARGS=(--json --output-sent /dev/full)
	meet connect tcp expect:hello rest
	finish us 5
	run -0 jq -r 'select(.event == "unwritten") | "\(.file): \(.error)"' us.err
	assert_output '/dev/full: write to /dev/full: No space left on device'
	run -2 strait --json --hex-dump - 127.0.0.1 1
	assert_output -p 'with --json nothing but events is written to standard error'
}

# --- Standard error, and terminals

@test "--hex-dump -: blocks and messages share standard error, line by line" {
	random 100000 us.in
	random 50000 answer
	ARGS=(-v --hex-dump -)
	meet connect tcp pour:answer rest
	finish us
	grep -E '^([<>] 2|[0-9a-f]{8}  )' us.err >us.dump
	grep -vE '^([<>] 2|[0-9a-f]{8}  )' us.err >us.messages
	dumped sent us.dump | cmp - us.in
	dumped received us.dump | cmp - answer
	assert_equal "$(<us.messages)" "Connection to 127.0.0.1 $PORT port [tcp/*] succeeded!"
}

@test "--hex-dump -: a standard error that is read slowly loses nothing of a dump" {
	random 500000 us.in
	mkfifo fifo
	start slow bash -c 'exec "$@" <fifo' bash python3 "$TESTS/peer.py" pipe await:filled rest
	wires '2>fifo'
	ARGS=(--hex-dump -)
	meet connect tcp recv:1000 touch:filled rest
	finish us
	finish slow
	dumped sent slow.out | cmp - us.in
	finish them
}

# The pipe has room for one page, and takes a page and not the end of its last line.
@test "--hex-dump -: the end of the last line is waited for" {
	printf '%0832d' 0 >us.in
	run -0 python3 - "${STRAIT[@]}" <<-'EOF'
		import fcntl, os, socket, subprocess, sys
		server = socket.create_server(("127.0.0.1", 0))
		read, write = os.pipe()
		fcntl.fcntl(write, 1031, 4096) # F_SETPIPE_SZ
		us = subprocess.Popen([*sys.argv[1:], "--hex-dump", "-", "127.0.0.1",
		    str(server.getsockname()[1])], stdin=open("us.in"), stderr=write)
		os.close(write)
		peer, _ = server.accept()
		assert len(peer.recv(832, socket.MSG_WAITALL)) == 832
		peer.close()
		try: # only one that doesn't wait ends before its dump is read
		    us.wait(1)
		except subprocess.TimeoutExpired:
		    pass
		open("dump", "wb").write(open(read, "rb").read())
		sys.exit(us.wait())
	EOF
	dumped sent dump | cmp - us.in
	assert_equal "$(tail -c 3 dump)" "0|"
}

@test "headers have colours on a terminal, unless NO_COLOR is set" {
	local esc=$'\e'
	echo answer >them.in
	listen them -k 127.0.0.1 0
	run -0 python3 -I "$TESTS/recording.py" terminal "${STRAIT[@]}" 127.0.0.1 "$PORT"
	assert_regex "$output" "$esc\[36m< 2.* received 7 bytes from 127.0.0.1 $PORT$esc\[m"
	NO_COLOR='' run -0 python3 -I "$TESTS/recording.py" terminal "${STRAIT[@]}" 127.0.0.1 "$PORT"
	assert_regex "$output" "$esc\[36m<"
	NO_COLOR=1 run -0 python3 -I "$TESTS/recording.py" terminal "${STRAIT[@]}" 127.0.0.1 "$PORT"
	refute_regex "$output" "$esc"
}

# --- What is there when strait is killed

@test "a killed strait has recorded all that has crossed before" {
	silent_input
	ARGS=("${ALL[@]}")
	meet connect tcp send:hello await:end
	eventually grep -q hello us.out
	eventually grep -q hello us.received
	kill -KILL "$(pid_of us)"
	finish us 137
	assert_equal "$(dumped received us.dump)" hello
	touch end
}
