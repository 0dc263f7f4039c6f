#!/bin/sh
# pictures.sh STRAIT: makes man/progress.svg, the picture in the README, from a real run: a file is
# sent to a slow reader, in a terminal of tmux(1), and what that shows halfway is drawn.
set -eu

strait=$(realpath "$1")
tests=$(realpath "$(dirname "$0")")
columns=80
tmp=$(mktemp -d)
terminal() {
	tmux -S "$tmp/tmux" "$@"
}
trap 'terminal kill-server 2>/dev/null || :; wait; rm -rf "$tmp"' EXIT
cd "$tmp"

# The first line of a file that matches; waits for it.
line() {
	until grep -m 1 "$1" "$2" 2>/dev/null; do
		sleep 0.1
	done
}

ln -s "$strait" strait
truncate -s 2G disk.img
# shellcheck disable=SC2016 # that shell expands it
"$strait" -l -d 127.0.0.1 0 2>said | python3 -c '
import sys, time
while sys.stdin.buffer.read(20 << 20):
    time.sleep(0.1)' &
port=$(line '^Listening' said)
port=${port##* }

terminal -f /dev/null new-session -d -x "$columns" -y 24 -s picture \
	env PATH="$tmp:$PATH" PS1='$ ' bash --norc
terminal send-keys "strait -v --progress 127.0.0.1 $port < disk.img" Enter
shown() {
	terminal capture-pane -p | sed '/^$/d' >screen
}
until shown && grep -q ' [45][0-9]% ' screen; do
	sleep 0.1
done
python3 "$tests/picture.py" "$columns" <screen >"$tests/../man/progress.svg"
