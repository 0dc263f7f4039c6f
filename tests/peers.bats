#!/usr/bin/env bats
# The other netcats as the other side: every byte arrives, and strait exits 0.
# SIZE is larger in `make check-big`.
#
# What the others were seen to get wrong, and where it is tested that strait does not:
#
#   a listener with a big input, whose client half-closes first   ends.bats
#   the peer resets in the middle of a transfer                   ends.bats, errors.bats
#   /dev/full as output, a directory as input                     errors.bats
#   | head -1, the peer idle or busy                              ends.bats
#   output stalled: sending goes on                               ends.bats (stuffed full)
#   send-only against a flood: the peer loses nothing             ends.bats (--send-only)
#   standard input or output closed                               descriptors.bats
#   a unix path that holds a file, or has a live listener         unix.bats (left alone, keeps its path)
#   the socket file is removed on a signal                        unix.bats, ends.bats, signals.bats
#   a unix path over the limit                                    unix.bats (109 bytes)
#   a datagram client's own socket is removed on a signal         unix.bats (directory is gone)
#   datagrams cut at 16384 or 8192 bytes                          datagrams.bats (sizes, over the limit)
#   two datagrams glued into one write                            datagrams.bats (come together)
#   an empty datagram ends the listener                           datagrams.bats
#   ECONNREFUSED on UDP is ignored                                datagrams.bats (closed port)
#   listening on IPv4 alone; port 0 printed as 0                  listening.bats
#   a first address that does not answer                          connecting.bats (black hole)
#   -q 1 with /dev/null as input                                  timeouts.bats

load helpers

SIZE=${SIZE:-$((4 << 20))}

# --- The tools, each as a listener or a client. DATA: sends, receives or both.
#
# A tool that is done with its own part may stop before it has got all (see above), so that each is
# told what it is for; and where both talk strait half-closes last (--no-shutdown).

nc_words() { # ROLE WAY DATA
	TOOL=(nc.openbsd)
	if [[ $3 == receives ]]; then TOOL+=(-d); else TOOL+=(-N); fi
	address_words "$@"
}

ncat_words() {
	TOOL=(ncat)
	[[ $3 != receives ]] || TOOL+=(--recv-only)
	[[ $3 != sends ]] || TOOL+=(--send-only)
	address_words "$@"
}

address_words() { # ROLE DOMAIN
	[[ $1 != listens ]] || TOOL+=(-l)
	TOOL+=("${FAMILY[@]}" "${CONNECT[@]}" "$PORT")
}

socat_words() {
	local address
	address=$(socat_address "$1" "$2")
	# Of a longer message than its buffer socat loses the rest.
	TOOL=(socat -t "$LIMIT" -b 262144)
	case $3 in
	receives) TOOL+=(-u "$address" STDOUT) ;;
	sends) TOOL+=(-u STDIN "$address") ;;
	both) TOOL+=(STDIO "$address") ;;
	esac
}

tool() { # TOOL ROLE WAY DATA
	case $1 in
	nc) needs nc.openbsd ;;
	*) needs "$1" ;;
	esac
	"$1_words" "${@:2}"
}

# Whether the process listens: its port is PORT, which the kernel has picked, or "socket" is its own.
tool_listens() { # PID WAY
	local inodes table state
	inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l ')
	if is_local "$2"; then
		PORT=socket
		# In proc(5): flags, type (2: datagrams, which are not listened for), state, inode, path.
		awk -v inodes="$inodes" '
			$8 == "socket" && index(inodes, "[" $7 "]") && ($4 == "00010000" || $5 == "0002") { found = 1 }
			END { exit !found }' /proc/net/unix
		return
	fi
	case $2 in
	tcp) table=tcp state=0A ;;
	tcp6) table=tcp6 state=0A ;;
	udp) table=udp state=07 ;;
	udp6) table=udp6 state=07 ;;
	esac
	PORT=$(awk -v inodes="$inodes" -v state="$state" '
		$4 == state && index(inodes, "[" $10 "]") { split($2, a, ":"); print a[2]; exit }
		' "/proc/net/$table")
	[[ -n $PORT ]] && PORT=$((16#$PORT)) && ((PORT > 0))
}

# --- Streams

# What strait is told where the tool sends, receives, or both.
strait_words() {
	case $1 in
	receives) EXTRA=() ;;
	sends) EXTRA=(-d) ;;
	both) EXTRA=(--no-shutdown) ;;
	esac
}

inputs() { # DATA
	: >tool.in
	: >strait.in
	[[ $1 == receives ]] || random "$SIZE" tool.in
	[[ $1 == sends ]] || random "$SIZE" strait.in
}

# The tool may write what strait knows to be delivered a little later.
outputs() { # DATA
	[[ $1 == sends ]] || eventually cmp -s strait.in tool.out
	[[ $1 == receives ]] || cmp tool.in strait.out
}

listens() { # TOOL WAY DATA
	inputs "$3"
	domain "$2"
	strait_words "$3"
	PORT=$NAME
	tool "$1" listens "$2" "$3"
	start tool "${TOOL[@]}"
	eventually tool_listens "$(pid_of tool)" "$2"
	strait "${EXTRA[@]}" "${FAMILY[@]}" "${CONNECT[@]}" "$PORT" <strait.in >strait.out
	outputs "$3"
}

connects() { # TOOL WAY DATA
	inputs "$3"
	domain "$2"
	strait_words "$3"
	listen strait "${EXTRA[@]}" "${FAMILY[@]}" "${CONNECT[@]}" "$NAME"
	tool "$1" connects "$2" "$3"
	start tool "${TOOL[@]}"
	finish strait
	outputs "$3"
}

# Data to the tool alone, from it alone, and both at once.
stream() { # ROLE TOOL WAY
	local data
	for data in receives sends both; do
		mkdir "$data"
		cd "$data" || return
		echo "the tool $data:" >&2
		"$@" "$data"
		cd ..
	done
}

# @tool: nc | ncat
@test "@tool listens: every byte each way, and both at once, over TCP over IPv4" { stream listens @tool tcp; }
@test "@tool connects: every byte each way, and both at once, over TCP over IPv4" { stream connects @tool tcp; }
# @domain: tcp6=TCP over IPv6 | unix=a unix stream
@test "nc listens: every byte each way, and both at once, over @domain" { stream listens nc @domain; }
@test "ncat listens: every byte each way, and both at once, over @domain" { stream listens ncat @domain; }
@test "nc connects: every byte each way, and both at once, over @domain" { stream connects nc @domain; }
@test "ncat connects: every byte each way, and both at once, over @domain" { stream connects ncat @domain; }
# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=a unix stream | seqpacket=unix seqpacket
@test "socat listens: every byte each way, and both at once, over @domain" { stream listens socat @domain; }
@test "socat connects: every byte each way, and both at once, over @domain" { stream connects socat @domain; }

# --- Datagrams

# The tool answers strait's request with what is in tool.in.
answers() { # TOOL WAY
	echo the reply >tool.in
	domain "$2"
	PORT=$NAME
	tool "$1" listens "$2" both
	start tool "${TOOL[@]}"
	eventually tool_listens "$(pid_of tool)" "$2"
	run -0 strait -W 1 -q "$LIMIT" "${FAMILY[@]}" "${CONNECT[@]}" "$PORT" <<<"the request"
	assert_output "the reply"
	eventually grep -qx "the request" tool.out
}

# strait answers the tool's request.
asks() { # TOOL WAY
	echo the reply >strait.in
	domain "$2"
	listen strait -W 1 -q "$LIMIT" "${FAMILY[@]}" "${CONNECT[@]}" "$NAME"
	tool "$1" connects "$2" both
	mkfifo tool.in
	exec {keep}<>tool.in
	start tool "${TOOL[@]}"
	echo the request >&"$keep"
	finish strait
	assert_equal "$(<strait.out)" "the request"
	eventually grep -qx "the reply" tool.out
}

# @tool: nc | ncat | socat
# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@tool answers: a request and its reply over @domain" { answers @tool @domain; }
@test "@tool asks: a request and its reply over @domain" { asks @tool @domain; }
