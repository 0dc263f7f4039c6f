#!/usr/bin/env bats
# --json: events as lines of JSON, each as json/schema.json says, and nothing else on standard error.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# The port, or the path, that NAME has told that it listens on.
listen_json() { # NAME ARGS...
	start "$1" "${STRAIT[@]}" --json -l "${@:2}"
	eventually listening "$1"
}

# In the foreground, its standard error in NAME.err, its status in STATUS.
run_json() { # NAME ARGS...
	STATUS=0
	strait --json "${@:2}" 2>"$1.err" || STATUS=$?
}

# Only events, as the schema says.
assert_events() { # NAME...
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/json/check.py" "${@/%/.err}" >&2
}

# NAME has told an event for which FILTER, in jq's language, is true.
has_told() { # NAME EVENT [FILTER]
	jq -se "any(.[]; .event == \"$2\" and (${3:-true}))" "$1.err" >/dev/null
}
assert_told() {
	has_told "$@" || {
		echo "$1 has not told of $2 with ${3:-anything}, but:" >&2
		cat "$1.err" >&2
		return 1
	}
}

assert_count() { # NAME EVENT COUNT
	assert_equal "$(jq -s "map(select(.event == \"$2\")) | length" "$1.err")" "$3"
}

# What the events have in this domain: where the peer is, and whether it sends datagrams.
where() {
	WHERE='.port > 0 and (.address | length > 0)'
	! is_local "$DOMAIN" || WHERE='(.path | length > 0) and .port == null'
	FROM=$WHERE
	! is_local "$DOMAIN" || is_datagrams "$DOMAIN" || FROM='.port == null'
	KIND=false
	! is_datagrams "$DOMAIN" || KIND=true
}

conversation() { # DOMAIN ARGS...
	local only=()
	domain "$1"
	where
	! is_datagrams "$1" || only=(-W 1)
	listen_json server "${only[@]}" "${LISTEN[@]}" "${@:2}" </dev/null
	run_json client "${CONNECT[@]}" "$PORT" "${@:2}" <<<hello
	assert_equal "$STATUS" 0
	finish server
	assert_events server client
	assert_told server listening "$WHERE and .datagrams == $KIND"
	assert_told server received "$FROM"
	assert_told server closed ".received == 6 and .sent == 0 and .duration > 0 and .status == 0"
	assert_told server exit '.status == 0 and .signal == null'
	assert_told client connecting "$WHERE"
	assert_told client connected "$WHERE and .datagrams == $KIND and .duration > 0"
	is_local "$1" || assert_told client connected '.local_port > 0 and (.local_address | length > 0)'
	assert_told client closed ".sent == 6 and .received == 0 and .datagrams == $KIND"
	assert_told client exit '.status == 0'
}

# @domain: tcp=TCP | tcp6=TCP over IPv6 | udp=UDP | udp6=UDP over IPv6 | unix=unix stream | unixgram=unix datagrams | seqpacket=unix seqpacket
@test "@domain: a conversation is told from its beginning to its end, on both sides" { conversation @domain; }

# @verbose: v | vv
@test "with -@verbose too there are only events" { conversation tcp -@verbose; }

@test "the time is that of the clock, in UTC" {
	local before after
	before=$(date -u +%FT%T)
	run_json us --bogus
	after=$(date -u +%FT%TZ)
	assert_told us exit "(.time >= \"$before\") and (.time[0:19] + \"Z\" <= \"$after\")"
}

@test "a name that is looked up is told with its addresses" {
	listen_json server 127.0.0.1 0 </dev/null
	run_json us -4 localhost "$PORT" </dev/null
	assert_events us
	assert_told us lookup '.host == "localhost" and (.addresses | index("127.0.0.1")) and .duration > 0'
	assert_told us connected '.host == "localhost" and .address == "127.0.0.1"'
}

@test "a number is not looked up" {
	free_port
	run_json us 127.0.0.1 "$FREE" </dev/null
	assert_events us
	assert_count us lookup 0
}

# --- Serving

# Clients that say hello, in turn.
clients() { # COUNT
	local i
	for ((i = 0; i < $1; i++)); do
		strait "${CONNECT[@]}" -q 0.1 "$PORT" <<<hello >/dev/null || :
	done
}

closed_are() { # NAME COUNT
	(($(grep -c '"event":"closed"' "$1.err") >= $2))
}

# Ends a server, and checks what it has told.
ends_by() { # NAME SIGNAL NUMBER
	kill "-$2" "$(pid_of "$1")"
	finish "$1" $((128 + $3))
	assert_events "$1"
	assert_told "$1" exit ".status == $((128 + $3)) and .signal == $3"
}

serves() { # DOMAIN ARGS...
	domain "$1"
	where
	: >server.in
	listen_json server -k "${@:2}" "${LISTEN[@]}"
	clients 3
	eventually closed_are server 3
	ends_by server TERM 15
	assert_count server received 3
	assert_count server closed 3
	assert_told server closed "$FROM and .duration > 0 and .datagrams == $KIND and (${OUTCOME:-.received == 6})"
}

# What a program reads from the socket itself is not counted. What it writes to standard error is
# its own: a client may go before it has answered.
serves_programs() { # DOMAIN OUTCOME ARGS...
	OUTCOME=$2 serves "$1" --sh-exec 'cat 2>/dev/null; true' "${@:3}"
}

# @domain: tcp=TCP | tcp6=TCP over IPv6 | unix=unix stream
@test "@domain: a broker tells of each client" { serves @domain --broker; }
@test "@domain: a chat tells of each client" { serves @domain --chat; }

# @domain: tcp=TCP | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain: a server of many tells of each client" { serves @domain; }
@test "@domain: a server of programs tells of each client" { serves_programs @domain '.program_status == 0 and .sent == null'; }

# @domain: udp=UDP | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain: a server of programs tells of each sender" { serves_programs @domain '.sent == 6 and .status == 4' -w 0.3; }

relays() {
	domain "$1"
	listen_json behind -k -e cat "${LISTEN[@]}" </dev/null
	address_of "$1"
	behind_is=$PORT
	listen_json server -k --to "$TO" 127.0.0.1 0
	domain tcp
	clients 2
	eventually closed_are server 2
	domain "$1"
	where
	ends_by server INT 2
	assert_count server connected 2
	assert_told server connecting "$WHERE and (.port // .path | tostring) == \"$behind_is\""
	assert_told server connected "$WHERE and .datagrams == $KIND"
}

# @domain: tcp=TCP | tcp6=TCP over IPv6 | udp=UDP | unix=unix stream | unixgram=unix datagrams
@test "a relay to @domain tells of both sides" { relays @domain; }

@test "a relay whose server refuses tells why" {
	free_port
	domain tcp
	listen_json server -k --to "tcp:127.0.0.1:$FREE" 127.0.0.1 0
	clients 1
	eventually closed_are server 1
	ends_by server TERM 15
	assert_told server connect_failed ".port == $FREE and .errno == \"ECONNREFUSED\""
	assert_told server closed '.status == 1 and .errno == "ECONNREFUSED" and (.cause | test("refused"))'
}

@test "a client that the lists or the limit reject is told with the reason" {
	domain tcp
	listen_json denied -k --deny 127.0.0.1 127.0.0.1 0 </dev/null
	clients 1
	eventually has_told denied refused '.why == "denied" and .port > 0'
	ends_by denied TERM 15
	: >full.in
	listen_json full -k --max-conns 1 --broker 127.0.0.1 0
	peer one connect 127.0.0.1 "$PORT" rest
	eventually has_told full received
	strait "${CONNECT[@]}" -w 1 "$PORT" </dev/null || :
	eventually has_told full refused '.why == "full" and .count == 1'
	ends_by full TERM 15
}

@test "a network in an access list is told with what it is taken for" {
	listen_json us --allow 127.0.0.1/8 127.0.0.1 0 </dev/null
	ends_by us TERM 15
	assert_told us rule '.list == "--allow" and .entry == "127.0.0.1/8" and .network == "127.0.0.0/8"'
}

# --- Scanning

@test "of a scan each port is told" {
	free_port
	domain tcp
	listen_json server -k 127.0.0.1 0 </dev/null
	run_json us -z 127.0.0.1 "$FREE,$PORT" </dev/null
	assert_equal "$STATUS" 0
	assert_events us
	assert_told us connected ".port == $PORT and .address == \"127.0.0.1\""
	assert_told us connect_failed ".port == $FREE and .errno == \"ECONNREFUSED\""
	assert_count us connecting 0
}

@test "of a scan of datagrams a silent port is told" {
	peer them -u listen 127.0.0.1 0 message await:never
	run_json us -z -u -w 0.1 127.0.0.1 "$PORT" </dev/null
	assert_equal "$STATUS" 4
	assert_events us
	assert_told us no_answer ".port == $PORT and .status == 4"
	assert_told us exit '.status == 4'
}

# --- Failures

# Each exit status, with its reason.
fails() { # STATUS NAME [FILTER]
	assert_equal "$STATUS" "$1"
	assert_events "$2"
	assert_told "$2" error ".status == $1 and (.text | length > 0) and (${3:-true})"
	assert_told "$2" exit ".status == $1"
	assert_count "$2" error 1
}

@test "a refused connection is an error with status 1" {
	free_port
	run_json us 127.0.0.1 "$FREE" </dev/null
	fails 1 us '.errno == "ECONNREFUSED"'
	assert_told us connect_failed '.errno == "ECONNREFUSED" and .status == 1'
}

@test "a connection that breaks is closed with its cause, and an error with status 1" {
	silent_input
	peer them listen 127.0.0.1 0 send:hello acked reset
	run_json us 127.0.0.1 "$PORT" <us.in >/dev/null
	fails 1 us '.errno == "ECONNRESET"'
	assert_told us closed '.status == 1 and .errno == "ECONNRESET" and .received == 5 and (.cause | length > 0)'
}

@test "a word that is no option is an error with status 2, and so is what is abbreviated" {
	run_json us --json --bogus
	fails 2 us '.text | test("--bogus")'
	run -2 --separate-stderr strait --bogus --js
	printf '%s\n' "$stderr" >us.err
	STATUS=2 fails 2 us
}

@test "a path that is not there is an error with status 2" {
	run_json us -U nowhere </dev/null
	fails 2 us '.errno == "ENOENT"'
	assert_told us connect_failed '.path == "nowhere"'
}

@test "a name that is not found is an error with status 3" {
	run_json us a..b 1 </dev/null
	fails 3 us
	assert_told us lookup '.host == "a..b" and .status == 3 and .addresses == []'
}

@test "a time that is over is an error with status 4" {
	run_json us -l --wait 0.1 127.0.0.1 0 </dev/null
	fails 4 us '.text | test("no client came")'
}

@test "an output that is full is an error with status 5" {
	domain tcp
	echo hello >server.in
	listen_json server 127.0.0.1 0
	run_json us 127.0.0.1 "$PORT" </dev/null >/dev/full
	fails 5 us '.errno == "ENOSPC"'
	assert_told us closed '.status == 5 and .errno == "ENOSPC"'
}

@test "what is tried again is told each time that the cause changes" {
	free_port
	run_json us --retry=0.5 127.0.0.1 "$FREE" </dev/null
	assert_events us
	assert_told us retry '.errno == "ECONNREFUSED" and .status == 1'
	assert_told us exit '.status == 4'
	assert_count us retry 1
}

@test "a value of another option is not taken for --json" {
	run -2 --separate-stderr strait -U -s --json nowhere
	assert_regex "${stderr_lines[0]}" '^strait: '
	run -2 --separate-stderr strait --bogus -- --json
	assert_regex "${stderr_lines[0]}" '^strait: '
}

# --- What is recorded

@test "digests are told" {
	local sum
	domain tcp
	listen_json server --digest "${LISTEN[@]}" </dev/null
	run_json us --digest=md5 "${CONNECT[@]}" "$PORT" <<<hello
	finish server
	assert_events us server
	sum=$(md5sum <<<hello)
	assert_told us digest ".direction == \"sent\" and .algorithm == \"md5\" and .digest == \"${sum%% *}\""
	sum=$(sha256sum <<<hello)
	assert_told server digest ".direction == \"received\" and .algorithm == \"sha256\" and .digest == \"${sum%% *}\""
}

@test "figures are told, and what is decided" {
	domain tcp
	listen_json server --stats --trace "${LISTEN[@]}" </dev/null
	run_json us --stats "${CONNECT[@]}" "$PORT" <<<hello
	finish server
	assert_events us server
	assert_told us stats '.sent == 6 and .received == 0 and .connect_duration > 0'
	assert_told server stats '.sent == 0 and .received == 6'
	assert_told server trace '.part == "in lane" and (.text | test("draining"))'
	assert_count us trace 0
}

@test "a file that cannot be written is told with the reason" {
	domain tcp
	listen_json server "${LISTEN[@]}" </dev/null
	run_json us --output /dev/full "${CONNECT[@]}" "$PORT" <<<hello
	assert_equal "$STATUS" 5
	assert_events us
	assert_told us unwritten '.file == "/dev/full" and .errno == "ENOSPC" and .status == 5'
	assert_told us exit '.status == 5'
}

@test "nothing else is written to standard error: a file may not be that" {
	local option
	for option in --hex-dump --output --output-sent --output-received --pcap; do
		run_json us "$option" - 127.0.0.1 1 </dev/null
		fails 2 us '.text | test("standard error")'
	done
}

# --- What peers say

# Any bytes in names, in what is sent to a room, and in words of the command line.
hostile() { # DOMAIN ARGS...
	domain "$1"
	: >server.in
	listen_json server -k "${@:2}" "${LISTEN[@]}"
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/json/hostile.py" "$WHAT" "$PORT" 60
	eventually has_told server received
	ends_by server TERM 15
}

@test "names of any bytes and lines of any bytes leave the events whole: a chat" {
	needs_linux_build
	WHAT=stream hostile unix --chat
	assert_count server received 60
}
@test "names of any bytes and lines of any bytes leave the events whole: standard output" {
	needs_linux_build
	WHAT=stream hostile unix
}
@test "names of any bytes leave the events whole: programs for datagrams" {
	needs_linux_build
	WHAT=datagrams hostile unixgram -e 'cat'
	assert_told server received '.path | test("^@")'
	assert_told server received '.path | test("^[.]/")'
}

@test "words of any bytes and any length leave the events whole" {
	local word
	for word in $'\xff\xfe\x1b[2J\n' "$(printf '\x01%.0s' {1..5000})" "$(printf '\xc3%.0s' {1..5000})"; do
		run_json us "--$word" 1
		assert_equal "$STATUS" 2
		assert_events us
		run_json us "$word" 1 </dev/null
		assert_events us
		run_json us -U "$word" </dev/null
		assert_events us
		run_json us -l --allowfile "$word" 127.0.0.1 0 </dev/null
		assert_events us
	done
}

# --- Standard error

# PORT, before anything listens.
choose_port() {
	free_port
	PORT=$FREE
}

# Only with the next event; and after a line was lost no other one is tried for a moment.
tells_loss() {
	clients 1
	grep -q lines_lost reader.out
}

is_full() {
	python3 -c '
import array, fcntl, sys, termios
unread = array.array("i", [0])
fcntl.ioctl(0, termios.FIONREAD, unread)
sys.exit(unread[0] <= 65536 - 4096)' <&"$DAM"
}

@test "lines that nobody reads are lost, and counted once there is room again" {
	mkfifo us.err.pipe
	# shellcheck disable=SC2034 # held open
	exec {DAM}<>us.err.pipe
	domain tcp
	choose_port
	start us bash -c 'exec "$@" 2>us.err.pipe' us "${STRAIT[@]}" --json -l -k --broker --max-conns 1000 127.0.0.1 "$PORT" </dev/null
	eventually strait -z 127.0.0.1 "$PORT"
	timeout -k 1 "$LIMIT" python3 -B "$TESTS/json/hostile.py" crowd "$PORT" 400
	eventually is_full
	# Both are received while no line can be written.
	peer one connect 127.0.0.1 "$PORT" touch:there expect:hello
	eventually test -e there
	peer two connect 127.0.0.1 "$PORT" send:hello rest
	finish one
	start reader timeout "$LIMIT" cat us.err.pipe
	eventually grep -q received reader.out
	eventually tells_loss
	kill -TERM "$(pid_of us)"
	finish us 143
	eventually grep -q '"event":"exit"' reader.out
	cp reader.out us.err
	assert_events us
	assert_told us lines_lost '.count > 100'
}

@test "a standard error that is closed does not matter" {
	domain tcp
	listen_json server 127.0.0.1 0 </dev/null
	run -0 strait --json "${CONNECT[@]}" "$PORT" <<<hello 2>&-
	finish server
	assert_equal "$(<server.out)" hello
}

# --- The schema

@test "each kind of event has its line in JSON" {
	local kind
	grep -o '^	EVENT_[A-Z_]*' "$ROOT/src/base/event.h" | grep -v KINDS | while read -r kind; do
		grep -q "\[$kind\]" "$ROOT/src/mode/json_printer.c" || fail "$kind has none"
	done
}

@test "each event is in the schema and in the manual" {
	local event
	sed -n 's/.*event = "\([a-z_]*\)".*/\1/p; s/.*json_line_begin(&line, "\([a-z_]*\)").*/\1/p' \
		"$ROOT"/src/mode/{json_printer,say}.c | sort -u >events
	assert [ "$(wc -l <events)" -gt 20 ]
	while read -r event; do
		grep -q "\"const\": \"$event\"" "$TESTS/json/schema.json" || fail "not in the schema: $event"
		grep -q "^\.It Cm $event\b" "$ROOT/man/strait.1" || fail "not in the manual: $event"
	done <events
}
