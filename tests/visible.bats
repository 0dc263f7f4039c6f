#!/usr/bin/env bats
# --visible: control characters that the peer sends are made visible. What becomes of each character,
# wherever a stream is cut, is tests/unit/visible.c's.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034

load helpers

# What the peer sends, and what comes out.
SAID='\033[31mred\007\ttab\r\nlone\rCR\n\303\244\302\233\303'
SHOWN='\\033[31mred\\007\ttab\r\nlone\\015CR\n\303\244\\302\\233\\303'
UPSET='\\033[31mred\007\ttab\r\nlone\rCR\n\303\244\\302\\233\303'

# shellcheck disable=SC2059 # these are formats
is_shown() { # FILE FORMAT
	printf "$2" >expected
	cmp "$1" expected
}

shown() { # ROLE DOMAIN
	domain "$2"
	silent_input
	ARGS=(--visible)
	! is_datagrams "$2" || ARGS+=(-W 1)
	if is_stream "$2"; then
		meet "$1" "$2" "send:$SAID" shut rest
	elif [[ $1 == listen ]]; then
		meet "$1" "$2" "send:$SAID" close
	else
		echo hello >us.hello
		wires '< <(cat us.hello; exec cat us.in)'
		meet "$1" "$2" 'expect:hello\n' "send:$SAID" close
	fi
	finish us
	is_shown us.out "$SHOWN"
}
# @domain: tcp=TCP | tcp6=TCP over IPv6 | unix | seqpacket | udp=UDP | udp6=UDP over IPv6 | unixgram
# @role: listen=listening | connect=connected
@test "@domain, @role: --visible shows control characters" { shown @role @domain; }

sent_as_it_is() {
	ARGS=("$1")
	printf '\033[31m\r\377' >us.in
	meet connect tcp rest
	finish us
	cmp us.in them.out
}
@test "--visible does not change what is sent" { sent_as_it_is --visible; }
@test "--visible=auto does not change what is sent" { sent_as_it_is --visible=auto; }

# A prompt is there at once; only an incomplete character waits for its other bytes.
has() {
	[[ -e us.out && $(<us.out) == "$1" ]]
}
prompt() { # ROLE
	ARGS=(--visible)
	silent_input
	meet "$1" tcp 'send:login: \303' await:half 'send:\244!' shut rest
	eventually has 'login: '
	touch half
	finish us
	assert_equal "$(<us.out)" 'login: ä!'
}
@test "@role: a prompt is not held back, and a character is not broken" { prompt @role; }

reset_after_half() { # ROLE
	ARGS=(--visible)
	silent_input
	meet "$1" tcp 'send:half\303' acked await:read reset
	eventually has half
	touch read
	finish us 1
	assert_equal "$(<us.out)" 'half\303'
}
@test "@role: the first half of a character is shown before a reset is reported" { reset_after_half @role; }

# Each message is shown for itself.
@test "a datagram that ends inside a character is shown whole" {
	ARGS=(--visible -W 2)
	silent_input
	meet listen udp 'send:1\303' 'send:\2442' close
	finish us
	assert_equal "$(<us.out)" '1\303\2442'
}

@test "much is shown, too" {
	ARGS=(--visible)
	silent_input
	random 300000 raw
	tr '\134' / <raw >data
	meet connect tcp file:data shut rest
	finish us
	python3 -c '
import re, sys
text = sys.stdin.buffer.read()
assert not re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)", text)
text.decode()
raw = re.sub(rb"\\([0-3][0-7]{2})", lambda m: bytes([int(m[1], 8)]), text)
assert raw == open("data", "rb").read()' <us.out
}

with_telnet() { # ROLE
	ARGS=(-t --visible)
	silent_input
	meet "$1" tcp 'send:\377\375\001\033[0m\n' 'expect:\377\374\001' shut rest
	finish us
	assert_equal "$(<us.out)" '\033[0m'
}
@test "@role: --visible shows what telnet negotiation leaves" { with_telnet @role; }

@test "-k: what each client says is shown" {
	listen us -k --visible 127.0.0.1 0 </dev/null
	peer one connect 127.0.0.1 "$PORT" 'send:one\033\n' shut rest
	finish one
	peer two connect 127.0.0.1 "$PORT" 'send:two\033\n' shut rest
	finish two
	eventually has $'one\\033\ntwo\\033'
}

# --visible=auto counts on a terminal only.
auto_on_terminal() { # ROLE
	STRAIT=(python3 "$TESTS/launch.py" around - terminal "${STRAIT[@]}")
	silent_input
	ARGS=(--visible=auto)
	meet "$1" tcp "send:$SAID" shut rest
	finish us
	eventually test -e got
	is_shown got "$UPSET"
}
@test "@role: --visible=auto shows what would upset a terminal" { auto_on_terminal @role; }
all_on_terminal() {
	STRAIT=(python3 "$TESTS/launch.py" around - terminal "${STRAIT[@]}")
	silent_input
	ARGS=("$1")
	meet connect tcp "send:$SAID" shut rest
	finish us
	eventually test -e got
	is_shown got "$SHOWN"
}
@test "--visible shows all control characters on a terminal, too" { all_on_terminal --visible; }
@test "--visible=all does, too" { all_on_terminal --visible=all; }
auto_elsewhere() { # REDIRECTION
	silent_input
	wires "$1"
	ARGS=(--visible=auto)
	meet connect tcp "send:$SAID" shut rest
	finish us
	eventually is_shown got "$SAID"
}
@test "--visible=auto changes nothing in a file" { auto_elsewhere '>got'; }
@test "--visible=auto changes nothing in a pipe" { auto_elsewhere '> >(exec cat >got)'; }

# @option: --visible | --visible=auto
# @other: -e cat=-e | --sh-exec cat=--sh-exec | --to tcp:127.0.0.1:1=--to | --broker | --chat | --frames | --send-only
@test "@option is refused with @other" { refused 2 -l @option @other 127.0.0.1 0 '^strait: --visible and .* cannot be combined'; }
@test "--visible is refused with -z" { refused 2 --visible -z 127.0.0.1 1 '^strait: --visible and -z cannot be combined'; }
@test "--visible=some is refused" { refused 2 --visible=some 127.0.0.1 1 '^strait: --visible some: unknown: expected one of all|auto'; }
