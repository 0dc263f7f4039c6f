# What each domain is called by strait, by the other netcats, and by the helpers: known here only.
#
#   domain NAME [PATH]   tcp, tcp6, udp, udp6, unix, unixgram, seqpacket (tcp4 and udp4 are tcp and udp).
#                        Sets
#     DOMAIN   NAME
#     WAY      the options to be in it, which nc and ncat share
#     HERE     where to listen: a host and port 0, or PATH ("socket" unless it is given)
#     THERE    what stands before the port or path of one that listens there: a host, or nothing
#     LISTEN, CONNECT
#              WAY and HERE, WAY and THERE
#     FLAG     peer.py's option
#     LOOK     sockopt.py's
#     FAMILY   -4 or -6, or nothing
#     NAME     the last word of HERE
#     MAX      how long a datagram may be; unix domains take more than this
#   address_of NAME      sets TO: what --to calls the address at PORT
#   socat_address ROLE NAME
#                        what socat calls it, to listen at or connect to PORT
#   is_stream, is_datagrams, is_local, has_end NAME

# shellcheck disable=SC2034 # all of them
domain() {
	local host=127.0.0.1
	DOMAIN=$1 WAY=() FLAG=() FAMILY=(-4) LOOK=(-4) MAX=65507
	[[ $1 != *6 ]] || host=::1 FLAG=(-6) FAMILY=(-6) LOOK=(-6) MAX=65527
	HERE=("$host" 0) THERE=("$host")
	case $1 in
	tcp | tcp[46]) ;;
	udp | udp4) WAY=(-u) FLAG=(-u) ;;
	udp6) WAY=(-u) FLAG=(-u6) ;;
	unix) WAY=(-U) FLAG=(-U) ;;
	unixgram) WAY=(-U -u) FLAG=(-Uu) ;;
	seqpacket) WAY=(-U --seqpacket) FLAG=(-Q) ;;
	*)
		echo "there is no domain $1" >&2
		return 1
		;;
	esac
	! is_local "$1" || HERE=("${2:-socket}") THERE=() FAMILY=() LOOK=(-U) MAX=100000
	[[ $1 != seqpacket ]] || LOOK=(-Q)
	LISTEN=("${WAY[@]}" "${HERE[@]}") CONNECT=("${WAY[@]}" "${THERE[@]}") NAME=${HERE[-1]}
}

is_local() {
	[[ $1 == unix* || $1 == seqpacket ]]
}
is_datagrams() {
	[[ $1 == udp* || $1 == unixgram ]]
}
is_stream() {
	[[ $1 == tcp* || $1 == unix ]]
}
has_end() {
	! is_datagrams "$1"
}

address_of() {
	case $1 in
	tcp | tcp4) TO=tcp:127.0.0.1:$PORT ;;
	tcp6) TO="tcp:[::1]:$PORT" ;;
	udp | udp4) TO=udp:127.0.0.1:$PORT ;;
	udp6) TO="udp:[::1]:$PORT" ;;
	unix) TO=unixstream:$PORT ;;
	seqpacket) TO=unix:$PORT ;;
	unixgram) TO=unixgram:$PORT ;;
	esac
}

socat_address() { # listens|connects NAME
	case $1-$2 in
	listens-tcp | listens-tcp4) echo "TCP4-LISTEN:$PORT,bind=127.0.0.1" ;;
	listens-tcp6) echo "TCP6-LISTEN:$PORT,bind=[::1]" ;;
	listens-udp | listens-udp4) echo "UDP4-LISTEN:$PORT,bind=127.0.0.1" ;;
	listens-udp6) echo "UDP6-LISTEN:$PORT,bind=[::1]" ;;
	listens-unix) echo "UNIX-LISTEN:$PORT" ;;
	listens-unixgram) echo "UNIX-RECVFROM:$PORT" ;;
	listens-seqpacket) echo "UNIX-LISTEN:$PORT,socktype=5,sndbuf-late=262144" ;;
	connects-tcp | connects-tcp4) echo "TCP4:127.0.0.1:$PORT" ;;
	connects-tcp6) echo "TCP6:[::1]:$PORT" ;;
	connects-udp | connects-udp4) echo "UDP4:127.0.0.1:$PORT" ;;
	connects-udp6) echo "UDP6:[::1]:$PORT" ;;
	connects-unix) echo "UNIX-CONNECT:$PORT" ;;
	connects-unixgram) echo "UNIX-SENDTO:$PORT,bind=own" ;;
	connects-seqpacket) echo "UNIX-CONNECT:$PORT,socktype=5,sndbuf-late=262144" ;;
	esac
}
