#!/bin/sh
# The main job, shown: a real file across TCP, a unix socket and datagrams, and compared.
set -eu

strait=$1
file=$strait
page=man/strait.1
tmp=$(mktemp -d)
listener=
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null || :; rm -rf "$tmp"' EXIT

# listen FILE OPTIONS...: strait -l in the background; sets port, or the path, once it listens.
listen() {
	got=$1
	shift
	echo "\$ strait -v -l $* > $got"
	: >"$tmp/said" # by the one before
	"$strait" -v -l "$@" </dev/null >"$tmp/$got" 2>"$tmp/said" &
	listener=$!
	until port=$(awk '/ on / { print $NF; found = 1; exit } END { exit !found }' "$tmp/said"); do
		kill -0 "$listener"
	done
}

# send FILE OPTIONS...: connects, and compares what the listener got.
send() {
	from=$1
	shift
	echo "\$ strait $* < $from"
	"$strait" "$@" <"$from"
	wait "$listener"
	cmp "$from" "$tmp/$got"
	sed 's/^/  /' "$tmp/said"
	echo "  the same $(wc -c <"$from") bytes arrived; both ended with status 0"
	echo
}

listen over-tcp 127.0.0.1 0
send "$file" 127.0.0.1 "$port"

listen over-unix -U "$tmp/socket"
send "$file" -U "$tmp/socket"

# Datagrams have no end: -W 1 ends the listener after one.
listen over-udp -u -W 1 127.0.0.1 0
send "$page" -u 127.0.0.1 "$port"

listen over-unix-datagrams -u -U -W 1 "$tmp/socket"
send "$page" -u -U "$tmp/socket"
