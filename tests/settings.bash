# For the tests of socket settings, beside network.bash: what the system and the peer see.
#
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

# sockopt.py has said a line that is this regular expression.
assert_seen() { # NAME LINE
	grep -Eqa -- "$2" "$1.out" || {
		echo "$1 has not seen '$2', but:" >&2
		cat "$1.out" >&2
		return 1
	}
}
