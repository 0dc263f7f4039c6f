# For the tests of socket settings, beside network.bash: domains, and what the system and the peer see.
#
#   domain NAME     the words of tcp, tcp6, udp, udp6, unix, unixgram or seqpacket
#   look NETWORK NAME ARGS...
#                   start sockopt.py ARGS... as NAME in a network (US or THEM), or in the test's own
#                   where there is none

look() { # NETWORK NAME ARGS...
	# shellcheck disable=SC2178 # an array by name
	local -n enter=IN_$1
	local name=$2
	shift 2
	start "$name" "${enter[@]}" python3 "$TESTS/sockopt.py" "$@" </dev/null
	case $1 in
	receive | accept | md5) [[ $2 == connect ]] || eventually listening "$name" ;;
	capture) eventually grep -q ready "$name.out" ;;
	esac
}

# The words of a DOMAIN: what strait says to be in it (WAY), where to listen (HERE) and what to say
# before the port to get there (THERE), and the same of peer.py (FLAG) and sockopt.py (LOOK).
# shellcheck disable=SC2034 # all of them
domain() {
	WAY=() HERE=(127.0.0.1 0) THERE=(127.0.0.1) FLAG=() LOOK=(-4)
	case $1 in
	*6) HERE=(::1 0) THERE=(::1) FLAG=(-6) LOOK=(-6) ;;
	esac
	case $1 in
	udp) WAY=(-u) FLAG=(-u) ;;
	udp6) WAY=(-u) FLAG=(-u6) ;;
	unix) WAY=(-U) HERE=(path) THERE=() FLAG=(-U) LOOK=(-U) ;;
	unixgram) WAY=(-Uu) HERE=(path) THERE=() FLAG=(-Uu) LOOK=(-U) ;;
	seqpacket) WAY=(-U --seqpacket) HERE=(path) THERE=() FLAG=(-Q) LOOK=(-Q) ;;
	esac
}

is_datagrams() {
	[[ ${WAY[*]} == *u ]]
}

# sockopt.py has said a line that is this regular expression.
assert_seen() { # NAME LINE
	grep -Eqa -- "$2" "$1.out" || {
		echo "$1 has not seen '$2', but:" >&2
		cat "$1.out" >&2
		return 1
	}
}
