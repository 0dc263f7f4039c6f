# Networks of a test's own, which vanish with it.
#
#   network [LINE...]   a network, in which the rest of the test runs strait; "${IN_US[@]}" COMMAND...
#                       runs others in it. Its /etc/hosts has localhost and these LINEs. Files in ./etc
#                       take the place of those in /etc, too: services, another nsswitch.conf
#   networks [LINE...]  another one besides, "${IN_THEM[@]}", and a cable: our side is the interface
#                       "ours" with 192.0.2.1 and 2001:db8::1, theirs is "theirs" with 192.0.2.2 and
#                       2001:db8::2; the broadcast address is 192.0.2.255
#   cable OURS IPV4 IPV6 THEIRS IPV4 IPV6
#                       another cable: the interface and the addresses of each end
#   filter RULE         a rule of nft's for the packets that come in to us

IN_US=() IN_THEM=()

network() {
	local make=(unshare -nm)
	needs unshare
	needs nsenter
	needs ip
	JOIN=(-n -m)
	if ! "${make[@]}" true 2>/dev/null; then
		make=(unshare -Urnm)
		JOIN+=(-U --preserve-credentials)
	fi
	mkdir -p etc
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' "$@" >etc/hosts
	[[ -e etc/nsswitch.conf ]] || printf '%s\n' 'hosts: files' 'services: files' >etc/nsswitch.conf
	keep_network US "${make[@]}"
	STRAIT=("${IN_US[@]}" "${STRAIT[@]}")
}

networks() {
	network "$@"
	keep_network THEM "${IN_US[@]}" unshare -nm
	cable ours 192.0.2.1/24 2001:db8::1/64 theirs 192.0.2.2/24 2001:db8::2/64
}

# Starts a process that keeps a network, and says how to enter it: the array IN_$1.
keep_network() { # NAME HOW-TO-MAKE...
	local -n enter=IN_$1
	local name=network_$1
	# shellcheck disable=SC2016 # expanded by that shell
	start "$name" "${@:2}" bash -ec '
		ip link set lo up
		for file in etc/*; do mount --bind "$file" "/$file"; done
		touch "$0.ready"
		exec tail -f /dev/null' "$name" </dev/null
	eventually test -e "$name.ready" -o -e "$name.status"
	[[ -e $name.ready ]] || skip "needs a network namespace: $(head -n 1 "$name.err")"
	# shellcheck disable=SC2034 # an array by name
	enter=(nsenter -t "$(pid_of "$name")" "${JOIN[@]}" env -C "$PWD")
}

cable() {
	"${IN_US[@]}" ip link add "$1" type veth peer name "$4" netns "$(pid_of network_THEM)"
	plug "$1" "$2" "$3" "${IN_US[@]}"
	plug "$4" "$5" "$6" "${IN_THEM[@]}"
	eventually has_route "ff00::/8 dev $1" "${IN_US[@]}"
	eventually has_route "ff00::/8 dev $4" "${IN_THEM[@]}"
}

plug() { # INTERFACE IPV4 IPV6 HOW-TO-ENTER...
	"${@:4}" ip addr add "$2" brd + dev "$1"
	"${@:4}" ip addr add "$3" dev "$1" nodad
	"${@:4}" ip link set "$1" up
}

# The system gives IPv6 addresses and interfaces their routes a moment later.
has_route() { # ROUTE HOW-TO-ENTER...
	"${@:2}" ip -6 route show table local | grep -q " $1 "
}

filter() {
	needs nft
	"${IN_US[@]}" nft "add table inet filter
		add chain inet filter in { type filter hook input priority 0; }
		add rule inet filter in $1" || skip "needs netfilter"
}
