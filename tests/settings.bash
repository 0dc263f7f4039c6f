# For the tests of socket settings: domains, and networks of their own, which vanish with the test.
#
#   domain NAME     the words of tcp, tcp6, udp, udp6, unix, unixgram or seqpacket
#   network         a network of its own, in which the rest of the test runs strait: "${IN_US[@]}" COMMAND... runs
#                   others in it
#   networks        another one besides, "${IN_THEM[@]}", and a cable: our side is the interface
#                   "ours" with 192.0.2.1 and 2001:db8::1, theirs is "theirs" with 192.0.2.2 and
#                   2001:db8::2; the broadcast address is 192.0.2.255
#   they ARGS...    strait in the other network
#   look NETWORK NAME ARGS...
#                   start sockopt.py ARGS... as NAME in a network (US or THEM), or in the test's own
#                   where there is none

IN_US=() IN_THEM=()

# Starts a process that keeps a network, and says how to enter it: the array IN_$1.
keep_network() { # NAME HOW-TO-ENTER... -- HOW-TO-MAKE...
	local -n enter=IN_$1
	local name=$1 join=()
	shift
	while [[ $1 != -- ]]; do
		join+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016 # expanded by that shell
	start "network_$name" "$@" bash -ec '
		ip link set lo up
		touch "$1.ready"
		exec tail -f /dev/null' bash "network_$name" </dev/null
	eventually network_settled "$name"
	[[ -e network_$name.ready ]] || skip "needs a network namespace: $(head -n 1 "network_$name.err")"
	enter=(nsenter -t "$(pid_of "network_$name")" -n "${join[@]}")
}

network_settled() {
	[[ -e network_$1.ready || -e network_$1.status ]]
}

network() {
	needs unshare
	needs nsenter
	needs ip
	if unshare -n true 2>/dev/null; then
		keep_network US -- unshare -n
	else
		keep_network US -U --preserve-credentials -- unshare -rn
	fi
	STRAIT=("${IN_US[@]}" "${STRAIT[@]}")
}

networks() {
	local join=()
	network
	[[ ${IN_US[*]} != *' -U '* ]] || join=(-U --preserve-credentials)
	keep_network THEM "${join[@]}" -- "${IN_US[@]}" unshare -n
	cable ours 192.0.2.1/24 2001:db8::1/64 theirs 192.0.2.2/24 2001:db8::2/64
}

# A cable between the two: the interface and the addresses of each end.
cable() { # OURS IPV4 IPV6 THEIRS IPV4 IPV6
	"${IN_US[@]}" ip link add "$1" type veth peer name "$4" netns "$(pid_of network_THEM)"
	"${IN_US[@]}" ip addr add "$2" brd + dev "$1"
	"${IN_US[@]}" ip -6 addr add "$3" dev "$1" nodad
	"${IN_US[@]}" ip link set "$1" up
	"${IN_THEM[@]}" ip addr add "$5" brd + dev "$4"
	"${IN_THEM[@]}" ip -6 addr add "$6" dev "$4" nodad
	"${IN_THEM[@]}" ip link set "$4" up
	eventually is_up US "$1"
	eventually is_up THEM "$4"
}

# The system gives an interface its routes a moment later.
is_up() { # NETWORK INTERFACE
	# shellcheck disable=SC2178 # an array by name
	local -n enter=IN_$1
	"${enter[@]}" ip -6 route show table local dev "$2" | grep -q ff00::/8
}

they() {
	local words
	read -ra words <<<"$STRAIT_WORDS"
	timeout -k 1 "$LIMIT" "${IN_THEM[@]}" "${words[@]}" "$@" 3>&-
}

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

# A port that nobody has, and that nobody gets who lets the system choose: FREE.
# shellcheck disable=SC2034 # it is said
free_port() {
	FREE=$(python3 -c '
import random, socket
while True:
    port = random.randrange(10000, 30000)
    try:
        for family in socket.AF_INET, socket.AF_INET6:
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                socket.socket(family, kind).bind(("", port))
        break
    except OSError:
        pass
print(port)')
}
