#!/usr/bin/env bats
# --pcap: what crossed the sockets, as tshark and tcpdump read it.

load helpers
load network

suits() {
	needs tshark
	needs tcpdump
	CAPTURE=(--pcap "$PWD/capture")
}

# What one stream of a capture says, in CAPTURE.first (who began) and CAPTURE.second, without complaint.
follow() { # tcp|udp STREAM [CAPTURE]
	python3 "$TESTS/follow.py" "$1" "$2" "${3:-capture}"
}
fields() { # FIELD [FILTER] [CAPTURE]
	tshark -r "${3:-capture}" -T fields -e "$1" -Y "${2:-frame}" 2>/dev/null
}
tcpdump_reads() { # CAPTURE
	tcpdump -nr "$1" >packets 2>tcpdump.err
	[[ -s packets && $(<tcpdump.err) == "reading from file $1, link-type RAW "* ]]
	(($(wc -l <tcpdump.err) == 1))
}

connection() { # ROLE DOMAIN
	local size=200001
	# peer.py takes no longer messages.
	[[ $2 != seqpacket ]] || size=60001
	ARGS=("${CAPTURE[@]}")
	random $size us.in
	random 150001 data
	meet "$1" "$2" file:data shut rest
	finish us
	finish them
	cmp us.in them.out
	tcpdump_reads capture
	follow tcp 0
	if [[ $1 == listen ]]; then
		cmp data capture.first
		cmp us.in capture.second
	else
		cmp us.in capture.first
		cmp data capture.second
	fi
	# All but the packets of the beginning and the end is data or acknowledges it.
	assert_equal "$(fields tcp.flags.str 'tcp.flags & 7' | sed 's/·//g' | tr '\n' ' ')" 'S AS AF AF '
}

# @role: listen=listening | connect=connected
# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain, @role: tshark follows the stream and gives back the bytes" { connection @role @domain; }

datagrams() { # ROLE DOMAIN
	ARGS=("${CAPTURE[@]}" -W 3)
	printf 'from us' >us.in
	if [[ $1 == listen ]]; then
		meet listen "$2" send:one send: message send:two
	else
		ARGS+=(-q "$LIMIT")
		meet connect "$2" message send:one send: send:two
	fi
	finish us
	finish them
	assert_equal "$(<us.out)" onetwo
	tcpdump_reads capture
	follow udp 0
	# A listener may send before it reads what has come first.
	assert_equal "$(printf '%s\n' "$(<capture.first)" "$(<capture.second)" | sort | tr '\n' ,)" 'from us,onetwo,'
	# The empty one is there, too: four datagrams, the lengths with UDP's header.
	assert_equal "$(fields udp.length | sort -n | tr '\n' ' ')" '8 11 11 15 '
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain, @role: tshark follows the datagrams, each of which is a packet" { datagrams @role @domain; }

@test "a seqpacket message longer than an IP packet is several packets, of which the last one says so" {
	domain seqpacket
	random 150000 data
	listen server "${LISTEN[@]}" </dev/null
	strait "${CAPTURE[@]}" "${CONNECT[@]}" "$PORT" <data >/dev/null
	finish server
	cmp data server.out
	follow tcp 0
	cmp data capture.first
	assert_equal "$(fields tcp.flags.push 'tcp.len > 0' | tr '\n' ' ')" '0 0 1 '
}
@test "a unix datagram longer than UDP's is several packets" {
	domain unixgram
	random 100000 data
	ARGS=("${CAPTURE[@]}" -W 1)
	meet listen unixgram file:data </dev/null
	finish us
	cmp data us.out
	follow udp 0
	cmp data capture.first
	assert_regex "$(fields frame.comment)" 'unix socket socket, client .*; part 1 of 2 of a datagram of 100000 bytes
part 2 of 2 of a datagram of 100000 bytes'
}
@test "the path of a unix socket is a comment of the first packet" {
	ARGS=("${CAPTURE[@]}")
	meet listen unix shut </dev/null
	finish us
	assert_equal "$(fields frame.comment frame.comment)" 'unix socket socket'
}

@test "5 MiB each way at once are in the captures of both sides" {
	random $((5 << 20)) server.in
	random $((5 << 20)) data
	listen server --pcap server.capture 127.0.0.1 0
	strait "${CAPTURE[@]}" 127.0.0.1 "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
	for capture in capture server.capture; do
		tcpdump_reads $capture
		follow tcp 0 $capture
		cmp data $capture.first
		cmp server.in $capture.second
	done
}

@test "addresses, ports and times are the true ones" {
	local before=$EPOCHREALTIME first
	listen server --pcap server.capture 0.0.0.0 0 </dev/null
	run -0 strait -v "${CAPTURE[@]}" -s 127.0.0.3 127.0.0.2 "$PORT" <<<hello
	finish server
	for capture in capture server.capture; do
		assert_equal "$(fields ip.src tcp.flags==2 $capture) $(fields ip.dst tcp.flags==2 $capture)" '127.0.0.3 127.0.0.2'
		assert_equal "$(fields tcp.dstport tcp.flags==2 $capture)" "$PORT"
		first=$(fields frame.time_epoch frame.number==1 $capture)
		awk -v a="$before" -v b="$first" -v c="$EPOCHREALTIME" 'BEGIN { exit !(a < b && b < c) }'
	done
	assert_equal "$(fields tcp.srcport tcp.flags==2 server.capture)" "$(fields tcp.srcport tcp.flags==2)"
	# strait has sent the line in the one, and received it in the other.
	assert_equal "$(fields frame.packet_flags_direction 'tcp.len > 0') $(fields frame.packet_flags_direction 'tcp.len > 0' server.capture)" \
		'0x00000002 0x00000001'
}
@test "a UDP listener on all addresses is shown with the one that was sent to" {
	needs_linux_build
	listen us "${CAPTURE[@]}" -u -W 1 0.0.0.0 0 </dev/null
	peer them -u connect 127.0.0.2 "$PORT" send:x
	finish us
	assert_equal "$(fields ip.dst)" 127.0.0.2
}

@test "what was changed on its way is in the capture as it crossed the socket" {
	ARGS=("${CAPTURE[@]}" -C)
	echo line >us.in
	meet connect tcp expect:'line\r\n' send:'answer\r\n'
	finish us
	follow tcp 0
	assert_equal "$(od -An -c capture.first)" "$(printf 'line\r\n' | od -An -c)"
}

# --- Services

several() { # DOMAIN LISTEN-OPTION...
	local wait=()
	domain "$1"
	! is_datagrams "$1" || [[ $2 != -e ]] || wait=(-W 1)
	listen server "${CAPTURE[@]}" -k "${@:2}" "${LISTEN[@]}" </dev/null
	for text in one two three; do
		strait "${wait[@]}" -q 1 "${CONNECT[@]}" "$PORT" <<<"$text" >>got
	done
	kill -TERM "$(pid_of server)"
	eventually test -s server.status
	for stream in 0 1 2; do
		if is_datagrams "$1"; then follow udp $stream; else follow tcp $stream; fi
		sed "s/^/$stream /" capture.first
	done >first
	assert_equal "$(tr '\n' ' ' <first)" '0 one 1 two 2 three '
}

# @domain: tcp=TCP | unix=unix stream | udp=UDP | unixgram=unix datagrams
@test "@domain: with -k and -e each client is a stream" { several @domain -e cat; assert_equal "$(<got)" "$(cut -c3- first)"; }
# @domain: tcp=TCP | udp=UDP | unixgram=unix datagrams
@test "@domain: with -k each client is a stream" { several @domain -d; }

@test "all senders to standard output are one client, and in the capture each has its address" {
	listen us "${CAPTURE[@]}" -k -u -W 4 127.0.0.1 0 </dev/null
	peer one -u connect 127.0.0.1 "$PORT" send:a1 await:2 send:a2
	peer two -u connect 127.0.0.1 "$PORT" send:b1 touch:2 send:b2
	finish us
	assert_equal "$(fields udp.srcport | sort -u | wc -l)" 2
	for stream in 0 1; do
		follow udp $stream
		cat capture.first
		echo
	done >first
	assert_equal "$(sort first | tr '\n' ' ')" 'a1a2 b1b2 '
}
@test "when the first address of a name refuses, what follows is shown with the next one" {
	network '::1 twice' '127.0.0.1 twice'
	listen server -u -W 1 127.0.0.1 0 <<<answer
	run -0 strait "${CAPTURE[@]}" -u -W 1 -q "$LIMIT" twice "$PORT" <<<question
	assert_output answer
	assert_equal "$(fields ipv6.dst) $(fields ip.src ip)" '::1 127.0.0.1'
}
@test "those who answer a broadcast are in the capture with their addresses" {
	networks
	"${IN_THEM[@]}" ip addr add 192.0.2.3/24 brd + dev theirs
	start them "${IN_THEM[@]}" python3 "$TESTS/listeners.py" answerers 0.0.0.0 192.0.2.2 192.0.2.3
	eventually listening them
	run -0 strait "${CAPTURE[@]}" -u -b 192.0.2.255 "$PORT" <<<question
	assert_equal "$(fields ip.src | sort | tr '\n' ' ')" '192.0.2.1 192.0.2.2 192.0.2.3 '
	assert_equal "$(fields ip.dst | sort | tr '\n' ' ')" '192.0.2.1 192.0.2.1 192.0.2.255 '
}

@test "the client of a relay is captured" {
	peer target listen 127.0.0.1 0 expect:question send:answer shut rest
	listen us "${CAPTURE[@]}" --to "tcp:127.0.0.1:$PORT" ::1 0
	peer them -6 connect ::1 "$PORT" send:question expect:answer
	finish us
	follow tcp 0
	assert_equal "$(<capture.first) $(<capture.second)" 'question answer'
	assert_equal "$(fields ipv6.dst tcp.flags==2)" ::1
	assert_equal "$(fields tcp.stream | sort -u)" 0
}

@test "each member of a room is a stream, with what the others have sent it" {
	listen us "${CAPTURE[@]}" --broker 127.0.0.1 0
	peer one connect 127.0.0.1 "$PORT" touch:in expect:there send:here await:over shut rest
	eventually test -e in
	peer two connect 127.0.0.1 "$PORT" await:in send:there expect:here shut rest
	finish two
	touch over
	finish one
	kill -TERM "$(pid_of us)"
	eventually test -s us.status
	follow tcp 0
	assert_equal "$(<capture.first) $(<capture.second)" 'here there'
	follow tcp 1
	assert_equal "$(<capture.first) $(<capture.second)" 'there here'
}

# --- How it ends

@test "a peer that resets has sent a reset" {
	ARGS=("${CAPTURE[@]}")
	silent_input
	meet listen tcp send:half reset
	finish us 1
	assert_equal "$(fields tcp.dstport tcp.flags.reset==1)" "$PORT"
	follow tcp 0 2>complaint || grep -q RST complaint
	assert_equal "$(<capture.first)" half
}
@test "a conversation that strait gives up ends with its reset" {
	ARGS=("${CAPTURE[@]}" -w 0.2)
	silent_input
	meet connect tcp send:half rest
	finish us 4
	assert_equal "$(fields tcp.dstport tcp.flags.reset==1)" "$PORT"
}
@test "half of a connection can end long before the other one" {
	ARGS=("${CAPTURE[@]}")
	meet connect tcp rest send:late </dev/null
	finish us
	follow tcp 0
	assert_equal "$(<capture.second)" late
	assert_equal "$(fields tcp.dstport tcp.flags.fin==1 | head -n 1)" "$PORT"
}

@test "a full disk is status 5, and all is delivered" {
	[[ -c /dev/full ]] || skip "needs /dev/full"
	random 300000 us.in
	random 300000 data
	ARGS=(--pcap /dev/full)
	meet connect tcp file:data shut rest
	finish us 5
	cmp us.in them.out
	cmp data us.out
	assert_said us '/dev/full: No space left on device'
}
@test "a FIFO can be read while it is written" {
	mkfifo fifo
	start reader tcpdump -nlr fifo
	ARGS=(--pcap fifo)
	meet connect tcp send:early await:seen shut rest </dev/null
	eventually grep -q 'length 5' reader.out
	touch seen
	finish us
	finish reader
}

# --- Refused

@test "a capture is not mixed with what else is written" {
	refused 2 --pcap - 127.0.0.1 1 '^strait: --pcap -: a capture cannot be mixed with standard error'
	refused 2 --pcap /dev/stdout 127.0.0.1 1 '^strait: --pcap /dev/stdout: a capture cannot be mixed with standard output'
	refused 2 --pcap /dev/stderr 127.0.0.1 1 '^strait: .*/dev/stderr: .* standard error'
}
@test "a capture that cannot be written is refused before anything is connected" {
	refused 2 --pcap missing/capture 127.0.0.1 1 '^strait: open missing/capture: No such file or directory'
	refused 2 --pcap '' 127.0.0.1 1 '^strait: --pcap'
	refused 2 -z --pcap capture 127.0.0.1 1 '^strait: .*--pcap.*-z|^strait: .*-z.*--pcap'
}
@test "a capture is always written anew" {
	echo old >capture
	ARGS=("${CAPTURE[@]}" --append-output --output log)
	meet connect tcp send:x </dev/null
	finish us
	follow tcp 0
}
