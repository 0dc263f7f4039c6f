#!/usr/bin/env bats
# Passing the connected socket on (-F), and what of the ways to talk does not go together.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# --- -F

# Who asks for a socket: pass TYPE ADDRESS WORD... runs strait with a socket of TYPE as its standard
# output, and talks over what comes: DATA there and back, and the end.

passed() { # TYPE WAY
	run timeout -k 1 "$LIMIT" python3 "$TESTS/drive.py" passed "$1" "$2" "${STRAIT[@]}" 3>&-
	assert_output ''
	assert_success
}

# @domain: tcp=TCP | unix | seqpacket
@test "-F passes a connected @domain socket on" { passed SOCK_STREAM @domain; }
@test "-F passes a connected TCP socket on, IPv6" { passed SOCK_STREAM tcp6; }
@test "-F passes it over a datagram socket" { passed SOCK_DGRAM tcp; }
@test "-F passes it over a seqpacket socket" { passed SOCK_SEQPACKET tcp; }

# Standard output that no descriptor goes over.
no_way_to_pass() { # [REDIRECTION]
	peer them listen 127.0.0.1 0 rest
	[[ -z ${1:-} ]] || wires "$1"
	run -5 --separate-stderr strait -F 127.0.0.1 "$PORT"
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^strait: pass the socket over standard output: '
	finish them
	assert_equal "$(<them.out)" ''
}

@test "-F to a file is status 5" { no_way_to_pass '>file'; }
@test "-F to a pipe is status 5" { no_way_to_pass; }
@test "-F to /dev/null is status 5" { no_way_to_pass '>/dev/null'; }
@test "-F to nothing is status 5" { no_way_to_pass '>&-'; }

# It takes a message like ours, and leaves out the descriptor.
@test "-F to a TCP socket is status 5" {
	peer them listen 127.0.0.1 0 rest
	run -5 --separate-stderr timeout "$LIMIT" python3 -c '
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
out = socket.create_connection(listener.getsockname())
sys.exit(subprocess.call(sys.argv[1:], stdout=out))' "${STRAIT[@]}" -F 127.0.0.1 "$PORT" 3>&-
	assert_regex "$stderr" '^strait: pass the socket over standard output: '
}

@test "-F to a unix socket whose other end has gone is status 5" {
	peer them listen 127.0.0.1 0 rest
	run -5 --separate-stderr timeout "$LIMIT" python3 -c '
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.close()
sys.exit(subprocess.call(sys.argv[1:], stdout=theirs))' "${STRAIT[@]}" -F 127.0.0.1 "$PORT" 3>&-
	assert_regex "$stderr" '^strait: pass the socket over standard output: Broken pipe'
	finish them
}

@test "-F to a closed port is status 1, and passes nothing" {
	run -0 timeout "$LIMIT" python3 -c '
import socket, subprocess, sys
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
ours, theirs = socket.socketpair()
run = subprocess.run([*sys.argv[1:], "-F", "127.0.0.1", str(closed.getsockname()[1])], stdout=theirs,
    stderr=subprocess.PIPE)
theirs.close()
assert run.returncode == 1, run
assert b"Connection refused" in run.stderr, run
assert ours.recv(100) == b""' "${STRAIT[@]}" 3>&-
	assert_output ''
}

# --- ssh

# An sshd at PORT with keys of its own, for us; port 0 is no port to it, so somebody else listens.
sshd() {
	local program
	PATH+=:/usr/sbin
	needs sshd
	needs ssh
	program=$(command -v sshd)
	[[ $(getent passwd "$(id -un)") != *@(nologin|false) ]] || skip "needs a user who may log in"
	if [[ $EUID == 0 && ! -d /run/sshd ]]; then
		mkdir -m 755 /run/sshd || :
	fi
	ssh-keygen -q -t ed25519 -N '' -f hostkey
	ssh-keygen -q -t ed25519 -N '' -f key
	cp key.pub authorized
	chmod 600 authorized
	printf '%s\n' "HostKey $PWD/hostkey" "AuthorizedKeysFile $PWD/authorized" 'StrictModes no' \
		'UsePAM no' 'PermitRootLogin yes' 'PasswordAuthentication no' 'PrintMotd no' \
		'PrintLastLog no' 'PidFile none' >sshd_config
	start sshd python3 -c '
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
print("Listening on", *listener.getsockname(), file=sys.stderr, flush=True)
sock = listener.accept()[0]
subprocess.run(sys.argv[1:], stdin=sock, stdout=sock)' "$program" -i -e -f "$PWD/sshd_config"
	eventually listening sshd
}

over_ssh() { # OPTION...
	sshd
	random $((1 << 20)) data
	timeout "$LIMIT" ssh -F none -i "$PWD/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR \
		-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes "$@" -p "$PORT" \
		"$(id -un)@127.0.0.1" 'cat; exit 7' <data >got 3>&- || status=$?
	assert_equal "$status" 7
	cmp data got
}

@test "ssh talks through a socket that -F has passed" {
	over_ssh -o ProxyUseFdpass=yes -o ProxyCommand="${STRAIT[*]} -F %h %p"
}
@test "ssh talks through strait" {
	over_ssh -o ProxyCommand="${STRAIT[*]} %h %p"
}

# --- Refused

@test "-c is refused" { refused 2 -c 127.0.0.1 1 '^strait: -c: means TLS in one nc and a shell command in another; for a command use --sh-exec'; }
@test "-o is refused" { refused 2 -o 127.0.0.1 1 '^strait: -o: means a hex dump in one nc and a log in another; use --hex-dump or --output'; }
@test "-g is refused" { refused 2 -g 127.0.0.1 1 '^strait: -g: source routing is no longer supported on the internet'; }
@test "-G is refused" { refused 2 -G 127.0.0.1 1 '^strait: -G: source routing is no longer supported on the internet'; }
@test "-Z is refused" { refused 2 -Z 127.0.0.1 1 '^strait: -Z: Linux no longer supports DCCP'; }
@test "what is refused is refused behind other letters, too" { refused 2 -vlc 127.0.0.1 1 '^strait: -c: means TLS'; }
@test "the beginning of several options is refused, with their names" {
	refused 2 --se 127.0.0.1 1 '^strait: --se: ambiguous: --seqpacket, --send-only'
}
@test "the beginning of several options is refused, also with a value" {
	refused 2 --multicast-=3 127.0.0.1 1 '^strait: --multicast-=3: ambiguous: --multicast-ttl, --multicast-loop'
}
@test "the beginning of one option is that option" {
	refused 2 --lin 127.0.0.1 1 '^strait: --lines needs -u or --seqpacket'
}

# What the options that a table has in its rows say together: each option of the second column is
# refused with each of the third, whichever of the two comes first. The first column is what
# they need besides.
EXCLUDE='
-u|--lines|-C --frames --datagram-size=5 -z
-U --seqpacket|--lines|-C --frames --datagram-size=5 -F -z
-u|-C|--lines --frames
-v|--frames|-C -t -z -F
-u|--datagram-size=5|--lines --frames -z
-v|-t|-u --frames -z -F
-U|-t|--seqpacket
-v|-z|-l -F -t --send-only --frames
-u|-z|-W5 --datagram-size=5 --lines
-v|-F|-l -u -C -t -i1 --frames -d --send-only -z
-v|--retry=1|-l
'

@test "what contradicts each other is refused, both ways round" {
	local with option others other words one two
	while IFS='|' read -r with option others; do
		for other in $others; do
			one=${option%%[=0-9]*}
			two=${other%%[=0-9]*}
			for words in "$option $other" "$other $option"; do
				# shellcheck disable=SC2086
				run -2 --separate-stderr strait $with $words 127.0.0.1 1 </dev/null
				[[ $stderr =~ ^"strait: "($one" and "$two|$two" and "$one)" cannot be combined" ]] ||
					fail "$with $words: $stderr"
			done
		done
	done < <(grep . <<<"$EXCLUDE")
}

NEED='
--lines|-u or --seqpacket
--lines -U|-u or --seqpacket
--datagram-size=5|-u or --seqpacket
-W5|-u or --seqpacket or --frames
--probe=x|-z
--probe=x -z|-u
--seqpacket|-U
'

@test "what makes no sense without another option is refused" {
	local words line
	while IFS='|' read -r words line; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr strait $words 127.0.0.1 1 </dev/null
		[[ $stderr == "strait: ${words%%[ =0-9]*} needs $line"* ]] || fail "$words: $stderr"
	done < <(grep . <<<"$NEED")
}
