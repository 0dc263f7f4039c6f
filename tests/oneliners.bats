#!/usr/bin/env bats
# The one-liners that hands, manuals and scripts are full of. Each is run twice, with nc (Debian's
# netcat-openbsd) and with strait, against real servers where there is one: what they print, their
# statuses and what the server keeps are the same. Where they differ on purpose, the test says how.
#
#   served_by SERVER ARGS...   each of the two gets such a server of its own, below
#   both [STATUS]              runs the script that is its input with each: same output, same STATUS
#                              (0), and each NC in it ends alike
#   each                       the same, without a word about how they differ
#   printed TEXT               is what both printed
#   ended NC STRAIT            the statuses of the two scripts
#   all_ended NC STRAIT        the statuses of every NC in them, sorted; patterns
#   recorded FILE              both servers have kept the same in it, and not nothing
#   kept FILE TEXT             and it is TEXT
#
# A script runs in a directory of its own, ./nc or ./strait, with these variables: NC the command; PORT
# the server's port, or a free one; OTHER, a free one. Functions: up PORT [tcp6|udp] waits until that
# port is listened on, soon COMMAND... until the command succeeds.

load helpers

suits() {
	needs nc.openbsd
}

# --- Ports

port_is_free() {
	local hex
	printf -v hex %04X "$1"
	! grep -q ":$hex " /proc/net/{tcp,tcp6,udp,udp6}
}

# A free port below those that the system gives out, and no other test's: a directory stands for it.
free_port() { # sets FREE
	local taken=${RUN_DIR:-$BATS_RUN_TMPDIR}/ports
	mkdir -p "$taken"
	FREE=$((10000 + RANDOM % 20000))
	until port_is_free "$FREE" && mkdir "$taken/$FREE" 2>/dev/null; do
		FREE=$((10000 + RANDOM % 20000))
	done
}

# The port that a server has been given which does not tell it.
given_port() { # NAME tcp|udp; sets PORT
	local pid inodes state=0A
	pid=$(pid_of "$1")
	[[ $2 != udp ]] || state=07
	eventually has_port "$pid" "$2" "$state"
}

has_port() { # PID TABLE STATE
	inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l ')
	PORT=$(awk -v inodes="$inodes" -v state="$3" '
		$4 == state && index(inodes, "[" $10 "]") { split($2, a, ":"); print a[2]; exit }
		' "/proc/net/$2")
	[[ -n $PORT ]] && PORT=$((16#$PORT))
}

listened_on() { # PORT [TABLE]
	local hex state=0A
	printf -v hex %04X "$1"
	[[ ${2:-tcp} != udp* ]] || state=07
	grep -Eq "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F]+:0000 $state " "/proc/net/${2:-tcp}"
}

# --- Servers, for $WHO, with its directory for what they keep. They set PORT.

served_by() {
	SERVER=("$@")
}

# One of servers.py.
little() {
	local arg args=()
	for arg; do args+=("${arg/#keep:/$WHO/}"); done
	start "server_$WHO" python3 "$TESTS/servers.py" "${args[@]}"
	eventually listening "server_$WHO"
}

# Pages, and a form's target.
web() {
	needs busybox
	mkdir -p "$WHO/www/cgi-bin"
	echo '<h1>It works</h1>' >"$WHO/www/page.html"
	seq 200000 >"$WHO/www/numbers"
	cat >"$WHO/www/cgi-bin/form" <<-'END'
		#!/bin/sh
		printf 'Content-Type: text/plain\r\n\r\n'
		echo "$REQUEST_METHOD $CONTENT_LENGTH:"
		head -c "$CONTENT_LENGTH"
	END
	chmod +x "$WHO/www/cgi-bin/form"
	start "server_$WHO" busybox httpd -f -vv -p 127.0.0.1:0 -h "$WHO/www"
	given_port "server_$WHO" tcp
}

python_web() {
	mkdir "$WHO/www"
	echo '<h1>It works</h1>' >"$WHO/www/page.html"
	start "server_$WHO" python3 -m http.server --bind 127.0.0.1 --directory "$WHO/www" 0
	given_port "server_$WHO" tcp
}

redis() {
	needs redis-server
	needs redis-cli
	local try
	# It must be told its port: one that somebody takes meanwhile is not insisted on.
	for try in 1 2 3 4 5; do
		free_port
		PORT=$FREE
		rm -f "server_$WHO.status"
		start "server_$WHO" redis-server --bind 127.0.0.1 --save '' --dir "$WHO" \
			--unixsocket redis.sock --port "$PORT"
		eventually test -S "$WHO/redis.sock" -o -e "server_$WHO.status"
		[[ -e server_$WHO.status ]] || return 0
	done
	echo "redis does not start ($try times)" >&2
	return 1
}

memcache() {
	needs memcached
	start "server_$WHO" env MEMCACHED_PORT_FILENAME="$PWD/$WHO/port" \
		memcached -p -1 -U 0 -l 127.0.0.1 -u "$(id -un)"
	given_port "server_$WHO" tcp
}

mail() {
	python3 -c 'import aiosmtpd' 2>/dev/null || skip "needs aiosmtpd"
	start "server_$WHO" python3 -m aiosmtpd -n -l 127.0.0.1:0 \
		-c aiosmtpd.handlers.Mailbox "$WHO/mail"
	given_port "server_$WHO" tcp
}

# The file "messages" has "PRI TAG TEXT" for each message over UDP and over the socket "log".
syslog() {
	needs rsyslogd
	cat >"$WHO.syslog" <<-END
		module(load="imudp")
		input(type="imudp" address="127.0.0.1" port="0")
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="$PWD/$WHO/log")
		template(name="line" type="string" string="%pri% %syslogtag%%msg%\n")
		action(type="omfile" file="$PWD/$WHO/messages" template="line")
	END
	start "server_$WHO" rsyslogd -n -f "$WHO.syslog" -i "$PWD/$WHO.pid"
	given_port "server_$WHO" udp
	eventually test -S "$WHO/log"
}

# An administrator's socket, and a service over HTTP on a unix socket as docker's is.
balancer() {
	needs haproxy
	cat >"$WHO.haproxy" <<-END
		global
		  stats socket unix@$PWD/$WHO/admin.sock level admin
		defaults
		  mode http
		  timeout client ${LIMIT}s
		  timeout connect ${LIMIT}s
		  timeout server ${LIMIT}s
		frontend engine
		  bind unix@$PWD/$WHO/docker.sock
		  http-request return status 200 content-type text/plain string OK if { path /_ping }
		  http-request return status 404 content-type text/plain string nothing
	END
	start "server_$WHO" haproxy -db -f "$WHO.haproxy"
	eventually test -S "$WHO/admin.sock"
	eventually test -S "$WHO/docker.sock"
}

# Whoever runs the tests may log in: ssh -F ../config server.
secure_shell() {
	needs ssh
	needs /usr/sbin/sshd
	[[ $(getent passwd "$(id -un)") != *@(nologin|false) ]] || skip "needs a user who may log in"
	((UID)) || [[ -d /run/sshd ]] || mkdir -m 755 /run/sshd || skip "needs /run/sshd"
	if [[ ! -e host ]]; then
		ssh-keygen -q -t ed25519 -N '' -f host
		ssh-keygen -q -t ed25519 -N '' -f key
		printf '%s\n' "HostKey $PWD/host" "AuthorizedKeysFile $PWD/key.pub" 'StrictModes no' \
			'UsePAM no' 'PermitRootLogin yes' 'PidFile none' >sshd_config
	fi
	little inetd /usr/sbin/sshd -i -f "$PWD/sshd_config"
	printf '%s\n' 'Host *' "User $(id -un)" 'HostName 127.0.0.1' "Port $PORT" \
		"IdentityFile $PWD/key" 'IdentitiesOnly yes' 'BatchMode yes' 'LogLevel ERROR' \
		'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' >"$WHO/config"
}

# --- Running

soon() {
	until "$@"; do
		moment
	done
}

up() {
	soon listened_on "$@"
}

export QUIET
export -f moment soon up listened_on

both() {
	local status=${1:-0}
	each
	diff -u nc.out strait.out || fail "nc and strait print different things"
	ended "$status" "$status"
	eventually all_alike || fail "nc ends with $(statuses nc), strait with $(statuses strait)"
}

each() {
	local script try
	script=$(cat)
	for try in 1 2 3; do
		rm -rf nc strait nc.* strait.*
		noting
		WHO=nc TOOL=nc.openbsd attempt "$script"
		WHO=strait TOOL=${STRAIT[*]} attempt "$script"
		LIMIT=$((LIMIT + 5)) eventually test -s nc.status -a -e strait.status
		# Somebody has taken the port.
		grep -q 'Address already in use' nc.err strait.err || break
	done
	tail -n 20 nc.err strait.err >&2
	: "$try"
}

# Runs a command, with no hand on its input and output, and notes its status.
noting() {
	cat >noting <<-'END'
		trap 'kill $!' TERM
		exec 3<&0
		"${@:2}" <&3 3<&- &
		exec <&- >&- 3<&-
		wait $!
		status=$?
		echo $status >>"$1"
		exit $status
	END
}

attempt() {
	local PORT FREE OTHER
	mkdir "$WHO"
	if ((${#SERVER[@]})); then
		"${SERVER[@]}"
	else
		free_port
		PORT=$FREE
	fi
	free_port
	OTHER=$FREE
	[[ $OTHER != "$PORT" ]] || OTHER=$((PORT + 100))
	start "$WHO" env NC="bash $PWD/noting $PWD/$WHO.statuses $TOOL" PORT="$PORT" OTHER="$OTHER" \
		bash -c "cd $WHO || exit; $1" </dev/null
}

# The last ones may still be on their way to an end.
all_alike() {
	[[ $(statuses nc) == "$(statuses strait)" ]]
}

statuses() {
	sort -n "$1.statuses" | xargs
}

all_ended() {
	eventually all_are "$@" || fail "nc ends with $(statuses nc), strait with $(statuses strait)"
}

all_are() {
	# shellcheck disable=SC2053 # patterns
	[[ $(statuses nc) == $1 && $(statuses strait) == $2 ]]
}

ended() {
	assert_equal "$(<nc.status)" "$1"
	assert_equal "$(<strait.status)" "$2"
}

printed() {
	assert_equal "$(<nc.out)" "$1"
	assert_equal "$(<strait.out)" "$1"
}

# In this file of each: the same lines.
recorded() {
	eventually test -s "nc/$1"
	eventually cmp -s "nc/$1" "strait/$1" || diff -au "nc/$1" "strait/$1"
}

kept() {
	recorded "$1"
	assert_equal "$(<"strait/$1")" "$2"
}

# --- Asking servers

@test "ask a web server for a page" {
	served_by python_web
	both <<-'END'
		printf 'GET /page.html HTTP/1.0\r\n\r\n' | $NC 127.0.0.1 $PORT |
			sed '/^Date:/d; /^Last-Modified:/d'
	END
	assert_regex "$(<strait.out)" $'^HTTP/1.0 200 OK\r\n.*<h1>It works</h1>$'
	assert_said server_nc '"GET /page.html HTTP/1.0" 200'
	assert_said server_strait '"GET /page.html HTTP/1.0" 200'
}

@test "ask a web server for the head of a page, by its name" {
	served_by web
	both <<-'END'
		echo -ne 'HEAD /page.html HTTP/1.0\nHost: localhost\n\n' | $NC -C -w 5 localhost $PORT |
			grep -i -e ^HTTP -e ^Content
	END
	assert_regex "$(<strait.out)" '^HTTP/1.[01] 200 OK'
}

@test "post a form to a web server" {
	served_by web
	both <<-'END'
		body='name=strait&purpose=test'
		{
			printf 'POST /cgi-bin/form HTTP/1.0\r\n'
			printf 'Content-Type: application/x-www-form-urlencoded\r\n'
			printf 'Content-Length: %d\r\n\r\n%s' ${#body} "$body"
		} | $NC 127.0.0.1 $PORT | tail -n 2
	END
	printed $'POST 24:\nname=strait&purpose=test'
}

@test "download a file from a web server without its head" {
	served_by web
	both <<-'END'
		printf 'GET /numbers HTTP/1.0\r\n\r\n' | $NC -N 127.0.0.1 $PORT | sed '1,/^\r*$/d' >got
		cmp got www/numbers && sha256sum <got
	END
	assert_equal "$(<nc.out)" "$(seq 200000 | sha256sum)"
}

@test "send a mail by hand" {
	served_by mail
	both <<-'END'
		printf '%s\r\n' 'HELO client.example' 'MAIL FROM:<me@client.example>' \
			'RCPT TO:<you@server.example>' DATA 'Subject: hello' '' 'How are you?' . QUIT |
			$NC 127.0.0.1 $PORT | cut -c 1-3
		grep -rhv ^X-Peer: mail/new >message
	END
	printed $'220\n250\n250\n250\n354\n250\n221'
	recorded message
	assert_regex "$(<strait/message)" $'^Subject: hello\n.*you@server.example\n\nHow are you\\?$'
}

@test "send a mail line by line, with CRLF and a delay" {
	served_by mail
	both <<-'END'
		$NC -C -i 1 127.0.0.1 $PORT <<-MAIL | cut -c 1-3
			HELO client.example
			MAIL FROM:<me@client.example>
			RCPT TO:<you@server.example>
			DATA
			Subject: hello

			.
			QUIT
		MAIL
		grep -rhv ^X-Peer: mail/new >message
	END
	printed $'220\n250\n250\n250\n354\n250\n221'
	recorded message
}

# Expected: where head has seen enough before the server has ended, strait's status is 5 (broken pipe).
@test "see the banner of a mail server" {
	served_by mail
	each <<-'END'
		$NC -w 1 127.0.0.1 $PORT </dev/null | head -n 1
	END
	assert_equal "$(<nc.out)" "$(<strait.out)"
	assert_regex "$(<strait.out)" '^220 .* SMTP'
	ended 0 0
	all_ended 0 '[05]'
}

@test "talk to a mail server until it hangs up" {
	served_by mail
	both <<-'END'
		echo QUIT | $NC -v 127.0.0.1 $PORT 2>said
		grep -c 'succeeded!$' said
	END
	assert_regex "$(<strait.out)" $'^220 .*\n221 Bye\r\n1$'
}

@test "ping redis" {
	served_by redis
	both <<-'END'
		(printf 'PING\r\n';) | $NC -q 1 localhost $PORT
	END
	printed $'+PONG\r'
}

@test "set and get a key of redis" {
	served_by redis
	both <<-'END'
		printf 'SET greeting hello\r\nGET greeting\r\nQUIT\r\n' | $NC 127.0.0.1 $PORT
		redis-cli -p $PORT GET greeting >data
	END
	printed $'+OK\r\n$5\r\nhello\r\n+OK\r'
	kept data hello
}

@test "insert many keys into redis through a pipeline" {
	served_by redis
	both <<-'END'
		seq 10000 | sed 's/.*/SET key:& value:&/; s/$/\r/' | $NC -q 1 127.0.0.1 $PORT | grep -c '^+OK'
		redis-cli -p $PORT DBSIZE
		redis-cli -p $PORT GET key:10000
	END
	printed $'10000\n10000\nvalue:10000'
}

@test "ask redis for its version over its unix socket" {
	served_by redis
	both <<-'END'
		printf 'INFO server\r\nQUIT\r\n' | $NC -U redis.sock | tr -d '\r' | grep ^redis_version: |
			cut -d : -f 2 | grep -c '^[0-9.]*$'
	END
	printed 1
}

@test "ask memcached for its statistics" {
	served_by memcache
	both <<-'END'
		echo stats | $NC -q 1 127.0.0.1 $PORT | tr -d '\r' |
			grep -e version -e curr_items -e cmd_get -e ^END | sort
	END
	assert_regex "$(<strait.out)" $'^END\nSTAT cmd_get 0\nSTAT curr_items 0\nSTAT version [0-9.]*$'
}

@test "set and get an item of memcached" {
	served_by memcache
	both <<-'END'
		printf 'set item 0 60 5\r\nhello\r\n' | $NC -N 127.0.0.1 $PORT
		printf 'get item\r\nquit\r\n' | $NC 127.0.0.1 $PORT
	END
	printed $'STORED\r\nVALUE item 0 5\r\nhello\r\nEND\r'
}

@test "flush memcached from a script" {
	served_by memcache
	both <<-'END'
		printf 'set item 0 60 5\r\nhello\r\nflush_all\r\nget item\r\nquit\r\n' |
			$NC 127.0.0.1 $PORT >/dev/null && echo flushed
		printf 'stats\r\nquit\r\n' | $NC 127.0.0.1 $PORT | grep -a cmd_flush
	END
	printed $'flushed\nSTAT cmd_flush 1\r'
}

@test "ask haproxy over its socket" {
	served_by balancer
	both <<-'END'
		echo 'show info' | $NC -U admin.sock | grep -e ^Name: -e ^Maxconn
		echo 'show stat' | $NC -U admin.sock | cut -d , -f 1,2,18
		echo 'show info;show stat' | $NC -U admin.sock | grep -c -e ^Name -e ^engine
	END
	assert_regex "$(<strait.out)" $'^Name: HAProxy\n.*\nengine,FRONTEND,OPEN\n\n2$'
}

@test "tell haproxy to stop a frontend" {
	served_by balancer
	both <<-'END'
		echo 'disable frontend engine' | $NC -N -U admin.sock
		echo 'show stat' | $NC -U admin.sock | cut -d , -f 1,2,18 | grep ^engine
	END
	assert_regex "$(<strait.out)" 'engine,FRONTEND,(STOP|PAUSED)'
}

@test "speak HTTP over a unix socket, as docker does" {
	served_by balancer
	both <<-'END'
		printf 'GET /_ping HTTP/1.0\r\n\r\n' | $NC -U docker.sock
		echo
		printf 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n' |
			$NC -U docker.sock | tail -n 1
		printf 'GET /info HTTP/1.0\r\n\r\n' | $NC -U docker.sock | grep ^HTTP
	END
	assert_regex "$(<strait.out)" $'^HTTP/1.1 200 OK\r\n.*\n\r\nOK\nOKHTTP/1.1 404 Not Found\r$'
}

# Expected: where head has seen enough before the server has ended, strait's status is 5 (broken pipe).
@test "see the version of an ssh server" {
	served_by secure_shell
	each <<-'END'
		$NC -w 1 127.0.0.1 $PORT </dev/null | head -n 1 | cut -d - -f 1,2
		echo | $NC -w 1 127.0.0.1 $PORT | grep -ac ^SSH-2.0-OpenSSH
	END
	printed $'SSH-2.0\n1'
	ended 0 0
	all_ended '0 0' '0 [05]'
}

@test "ask a whois server" {
	served_by little whois
	both <<-'END'
		printf 'example.org\r\n' | $NC 127.0.0.1 $PORT | grep -i registrar
		echo example.net | $NC 127.0.0.1 $PORT
	END
	printed $'Registrar: The Registry\r\nDomain Name: EXAMPLE.NET\r\nRegistrar: The Registry\r\nStatus: ok\r'
}

@test "finger somebody" {
	served_by little finger
	both <<-'END'
		echo somebody | $NC -C 127.0.0.1 $PORT
	END
	printed $'Login: somebody\r\nNo mail.\r\nNo Plan.\r'
}

# Expected: where head has seen enough before the server has ended, strait's status is 5 (broken pipe).
@test "look around in gopherspace" {
	served_by little gopher
	each <<-'END'
		echo | $NC 127.0.0.1 $PORT | cut -f 2 | grep /
		printf '/about.txt\r\n' | $NC 127.0.0.1 $PORT
		echo /nothing | $NC 127.0.0.1 $PORT | head -c 1
	END
	printed $'/about.txt\nAbout this place.\r\n.\r\n3'
	ended 0 0
	all_ended '0 0 0' '0 0 [05]'
}

@test "ask what day it is" {
	served_by little daytime
	both <<-'END'
		$NC 127.0.0.1 $PORT </dev/null
		$NC -d 127.0.0.1 $PORT
	END
	printed "$(printf '21 NOV 2026 12:00:00 UTC\r\n%.0s' 1 2)"
}

@test "set the clock by a time server" {
	served_by little time
	both <<-'END'
		seconds=$($NC -d 127.0.0.1 $PORT | od -An -tu4 --endian=big)
		date -u -d @$((seconds - 2208988800)) +%F
	END
	printed 2026-11-21
}

@test "see whether Zookeeper is all right" {
	served_by little ruok
	both <<-'END'
		[ "$(echo ruok | $NC -w 2 127.0.0.1 $PORT)" = imok ] && echo "it is"
	END
	printed "it is"
}

@test "hear one's echo" {
	served_by little echo
	both <<-'END'
		echo hello | $NC -N 127.0.0.1 $PORT
		seq 100000 | $NC -N 127.0.0.1 $PORT | sha256sum
	END
	printed "hello"$'\n'"$(seq 100000 | sha256sum)"
}

@test "talk to a server from a shell script, a line at a time" {
	served_by little echo
	both <<-'END'
		coproc $NC -N 127.0.0.1 $PORT
		for word in one two three; do
			echo "$word" >&${COPROC[1]}
			read -r answer <&${COPROC[0]}
			echo "answer: $answer"
		done
		exec {COPROC[1]}>&-
		wait
	END
	printed $'answer: one\nanswer: two\nanswer: three'
}

# Expected: nc says nothing about a reader that has gone, and its status is 0; strait's is 5.
@test "see only the first lines of what does not end" {
	served_by little chargen
	each <<-'END'
		$NC -d 127.0.0.1 $PORT | head -n 3
		exit ${PIPESTATUS[0]}
	END
	printed "$(for i in 0 1 2; do
		printf '%s\r\n' "$(printf '%b' "$(printf '\\x%x' $(seq $((33 + i)) $((104 + i))))")"
	done)"
	ended 0 5
	assert_said strait '^strait: .*Broken pipe'
}

# Both refuse what they are asked for.
# Expected: strait takes the negotiation out of its output, nc leaves it there.
@test "log in at a telnet server" {
	served_by little telnet keep:answer
	each <<-'END'
		{ soon grep -aq login: screen; echo me; } | $NC -N -t 127.0.0.1 $PORT >screen
		od -An -c screen
	END
	all_ended 0 0
	assert_equal "$(<nc.out)" ' 377 375 001 377 373 003   l   o   g   i   n   :    '
	assert_equal "$(<strait.out)" '   l   o   g   i   n   :    '
	recorded answer
	assert_equal "$(od -An -tx1 <strait/answer)" ' ff fc 01 ff fe 03 6d 65 0a'
}

# --- Throwing things at servers

@test "send a line to syslog over UDP" {
	served_by syslog
	both <<-'END'
		echo '<13>test: a message' | $NC -u -w 1 127.0.0.1 $PORT
		soon test -s messages
	END
	kept messages '13 test: a message'
}

@test "send each line of a log to syslog" {
	served_by syslog
	both <<-'END'
		printf '%s\n' one two three | while read -r line; do
			echo "<14>app[42]: $line" | $NC -q 0 -u 127.0.0.1 $PORT
		done
		soon grep -q three messages
	END
	kept messages $'14 app[42]: one\n14 app[42]: two\n14 app[42]: three'
}

@test "speak to the log's unix socket" {
	served_by syslog
	both <<-'END'
		echo '<11>app: over the socket' | $NC -w 1 -u -U log
		soon test -s messages
	END
	kept messages '11 app: over the socket'
}

@test "count something with statsd" {
	served_by little udp-sink keep:counters
	both <<-'END'
		echo 'deploys.test:1|c' | $NC -w 0 -u 127.0.0.1 $PORT
		echo -n 'deploys.time:320|ms' | $NC -u -w0 127.0.0.1 $PORT
		soon grep -q ms counters
	END
	kept counters $'deploys.test:1|c\ndeploys.time:320|ms'
}

# Expected: with -q 0 nobody waits for the other side's end. strait has seen that all has arrived,
# and says by its status, 4 instead of 0, that there may have been more to come.
@test "send a figure to graphite" {
	served_by little sink keep:figures
	each <<-'END'
		echo "local.random.diceroll 4 1795262400" | $NC -q0 127.0.0.1 $PORT
		echo "local.random.diceroll 6 1795262460" | $NC -N 127.0.0.1 $PORT
		soon grep -q 60 figures
	END
	kept figures $'local.random.diceroll 4 1795262400\nlocal.random.diceroll 6 1795262460'
	ended 0 0
	all_ended '0 0' '0 [04]'
}

@test "print a file on a network printer" {
	served_by little sink keep:paper
	both <<-'END'
		seq 50000 >file
		$NC -q 1 127.0.0.1 $PORT <file
		soon cmp -s file paper
	END
	recorded paper
}

@test "hear one's echo over UDP" {
	served_by little udp-echo
	both <<-'END'
		echo hello | $NC -u -W 1 127.0.0.1 $PORT
	END
	printed hello
}

@test "take one answer of two" {
	served_by little udp-echo 2
	both <<-'END'
		echo hello | $NC -u -W 1 127.0.0.1 $PORT | wc -l
		echo hello | $NC -u -W 2 127.0.0.1 $PORT | wc -l
	END
	printed $'1\n2'
}

# --- Transfers

@test "send a file and compare its checksum" {
	both <<-'END'
		seq 300000 >file
		$NC -l 127.0.0.1 $PORT >got &
		up $PORT
		$NC -N 127.0.0.1 $PORT <file
		wait $! && sha256sum <got
		cmp file got
	END
	assert_equal "$(<strait.out)" "$(seq 300000 | sha256sum)"
}

# Expected: the same, for -q 0.
@test "send a file with -q 0 to -l -p" {
	each <<-'END'
		seq 300000 >file
		$NC -l -p $PORT >got &
		up $PORT
		$NC -q 0 127.0.0.1 $PORT <file
		wait $! && cmp file got && echo same
	END
	printed same
	ended 0 0
	all_ended '0 0' '0 [04]'
}

@test "give a file to who comes for it" {
	both <<-'END'
		seq 1000 >file
		$NC -q 1 -l -p $PORT <file &
		up $PORT
		$NC -d 127.0.0.1 $PORT >got
		wait $! && cmp file got && echo same
	END
	printed same
}

@test "push a directory with tar" {
	both <<-'END'
		mkdir -p from/tree/a/b to
		seq 100000 >from/tree/a/b/numbers
		ln -s a/b/numbers from/tree/link
		$NC -l 127.0.0.1 $PORT | tar -C to -xf - &
		up $PORT
		tar -C from -cf - tree | $NC -N 127.0.0.1 $PORT
		wait $! && diff -r from to && readlink to/tree/link
	END
	printed a/b/numbers
}

@test "pull a directory with tar, compressed" {
	both <<-'END'
		mkdir -p from/tree to
		seq 100000 >from/tree/numbers
		tar -C from -czf - tree | $NC -N -l 127.0.0.1 $PORT &
		up $PORT
		$NC -d 127.0.0.1 $PORT | tar -C to -xzvf -
		wait $! && diff -r from to && echo same
	END
	printed $'tree/\ntree/numbers\nsame'
}

@test "copy a disk with dd" {
	both <<-'END'
		head -c 3000001 /dev/urandom >disk
		$NC -l 127.0.0.1 $PORT | dd of=image bs=64k 2>/dev/null &
		up $PORT
		dd if=disk bs=64k 2>/dev/null | $NC -N 127.0.0.1 $PORT
		wait $! && cmp disk image && stat -c %s image
	END
	printed 3000001
}

@test "send a compressed dump" {
	both <<-'END'
		seq 200000 >dump
		$NC -l 127.0.0.1 $PORT | gunzip >got &
		up $PORT
		gzip -c dump | $NC -N 127.0.0.1 $PORT
		wait $! && cmp dump got && echo same
	END
	printed same
}

@test "measure the network with yes" {
	both <<-'END'
		$NC -l 127.0.0.1 $PORT | wc -c &
		up $PORT
		yes | head -c 20000000 | $NC -N 127.0.0.1 $PORT
		wait
	END
	printed 20000000
}

@test "write to a file and see its checksum at once" {
	both <<-'END'
		$NC -l 127.0.0.1 $PORT | tee got | sha256sum &
		up $PORT
		seq 100000 | tee sent | $NC -N 127.0.0.1 $PORT
		wait
		cmp sent got
	END
	assert_equal "$(<strait.out)" "$(seq 100000 | sha256sum)"
}

@test "send with larger buffers" {
	both <<-'END'
		seq 300000 >file
		$NC -I 262144 -l 127.0.0.1 $PORT >got &
		up $PORT
		$NC -N -O 262144 -I 131072 127.0.0.1 $PORT <file
		wait $! && cmp file got && echo same
	END
	printed same
}

# (How often they try differs.)
@test "send a file over a unix socket" {
	each <<-'END'
		seq 300000 >file
		$NC -l -U socket >got &
		soon test -S socket
		until $NC -N -U socket <file 2>/dev/null; do :; done
		wait $! && cmp file got && echo same
	END
	printed same
	ended 0 0
}

@test "receive one datagram into a file" {
	both <<-'END'
		$NC -u -l -W 1 127.0.0.1 $PORT >got &
		up $PORT udp
		echo 'a datagram' | $NC -u -q 0 127.0.0.1 $PORT
		wait $! && cat got
	END
	printed 'a datagram'
}

# Expected: when all has gone well nc's receiver ends with status 1 ("connect: Invalid argument").
@test "send a datagram over a unix socket" {
	each <<-'END'
		$NC -l -u -U -W 1 socket >got &
		soon test -S socket
		echo 'a datagram' | $NC -u -U -w 1 socket
		wait
		cat got
	END
	printed 'a datagram'
	all_ended '0 1' '0 0'
}

# --- Looking for ports

@test "see whether a port is open" {
	served_by little whoami
	both <<-'END'
		$NC -z 127.0.0.1 $PORT; echo $?
		$NC -z -w 1 127.0.0.1 $OTHER 2>/dev/null; echo $?
		$NC -z localhost $PORT && echo open || echo closed
		$NC -z localhost $OTHER 2>/dev/null && echo open || echo closed
	END
	printed $'0\n1\nopen\nclosed'
}

@test "see whether a port is open, and grep for the sentence" {
	served_by little whoami
	both <<-'END'
		$NC -zv 127.0.0.1 $PORT 2>&1 | sed "s/$PORT/PORT/"
		$NC -z -v -w 2 localhost $PORT 2>&1 | grep -c 'succeeded!'
		$NC -zv 127.0.0.1 $OTHER 2>&1 | grep -o 'Connection refused'
		$NC -vz 127.0.0.1 $OTHER 2>&1 | grep succeeded || echo closed
	END
	printed $'Connection to 127.0.0.1 PORT port [tcp/*] succeeded!\n1\nConnection refused\nclosed'
}

@test "look for open ports in a range" {
	served_by little banners one two three
	both <<-'END'
		$NC -zv 127.0.0.1 $PORT-$((PORT + 2)) 2>&1 | grep succeeded |
			awk -v port=$PORT '{ print $4 - port }'
		$NC -z 127.0.0.1 $((OTHER))-$((OTHER)) && echo open || echo closed
		$NC -z -n -w 1 127.0.0.1 $PORT-$((PORT + 2)) && echo open
	END
	printed $'0\n1\n2\nclosed\nopen'
}

@test "look for a list of ports, one after the other" {
	served_by little banners one two
	both <<-'END'
		for port in $PORT $OTHER $((PORT + 1)); do
			$NC -z -w 1 127.0.0.1 $port 2>/dev/null && echo open || echo closed
		done
	END
	printed $'open\nclosed\nopen'
}

# (How often they try differs.)
@test "wait for a server to come up" {
	each <<-'END'
		{
			until $NC -z 127.0.0.1 $PORT; do echo not yet >&3; done 3>tries 2>/dev/null
			echo up
		} &
		soon test -s tries
		$NC -l 127.0.0.1 $PORT
		wait
	END
	printed up
	ended 0 0
}

# (How often they try differs.)
@test "wait for a server to go down" {
	each <<-'END'
		$NC -d -l 127.0.0.1 $PORT &
		server=$!
		up $PORT
		exec 3<>/dev/tcp/127.0.0.1/$PORT
		exec 3>&-
		while $NC -z -w 1 127.0.0.1 $PORT 2>/dev/null; do :; done
		echo down
		wait $server
	END
	printed down
	ended 0 0
}

# Expected: nc says that any UDP port is open; strait waits for an answer, and its status is 1 where
# the port is closed and 4 where nothing answers.
@test "see whether a UDP port is open" {
	served_by little udp-echo
	each <<-'END'
		$NC -z -u 127.0.0.1 $PORT; echo $?
		$NC -z -u 127.0.0.1 $OTHER; echo $?
		$NC -zu -v 127.0.0.1 $PORT 2>&1 | grep -c 'succeeded!'
	END
	assert_equal "$(<nc.out)" $'0\n0\n1'
	assert_equal "$(<strait.out)" $'0\n1\n1'
}

@test "see whether a UDP port that does not answer is open" {
	served_by little udp-silent
	each <<-'END'
		$NC -z -u -w 1 127.0.0.1 $PORT
	END
	ended 0 4
}

@test "collect the banners of a range of ports" {
	served_by little banners '220 mail' 'SSH-2.0-test' '+OK pop'
	both <<-'END'
		echo QUIT | $NC -w 1 127.0.0.1 $PORT-$((PORT + 2))
		echo | $NC -v -n -w 1 127.0.0.1 $PORT-$((PORT + 2)) 2>&1 | grep -ac -e 'succeeded!' -e ^SSH
	END
	printed $'220 mail\r\nSSH-2.0-test\r\n+OK pop\r\n4'
}

# --- Two of them

@test "chat between two terminals" {
	both <<-'END'
		mkfifo one two
		exec 3<>one 4<>two
		$NC -l 127.0.0.1 $PORT <one >one.out 3>&- 4>&- &
		up $PORT
		$NC -N 127.0.0.1 $PORT <two >two.out 3>&- 4>&- &
		echo 'hello, two' >&3
		soon grep -q hello two.out
		echo 'hello, one' >&4
		soon grep -q hello one.out
		echo 'bye' >&3
		soon grep -q bye two.out
		exec 3>&- 4>&-
		wait
		cat one.out two.out
	END
	printed $'hello, one\nhello, two\nbye'
}

@test "chat over UDP" {
	both <<-'END'
		mkfifo one two
		exec 3<>one 4<>two
		$NC -u -l 127.0.0.1 $PORT <one >one.out &
		up $PORT udp
		$NC -u 127.0.0.1 $PORT <two >two.out &
		echo 'hello, one' >&4
		soon grep -q hello one.out
		echo 'hello, two' >&3
		soon grep -q hello two.out
		kill %1 %2
		wait
		cat one.out two.out
	END
	printed $'hello, one\nhello, two'
}

@test "serve a shell with a named pipe" {
	both <<-'END'
		mkfifo f
		$NC -l 127.0.0.1 $PORT <f | sh >f 2>&1 &
		up $PORT
		{
			printf 'echo $((6 * 7))\ncd /; pwd\n'
			soon grep -q / answer
			printf 'nonsense\necho $?\n'
			soon grep -q ^127 answer
		} | $NC -N 127.0.0.1 $PORT >answer
		wait
		grep -v nonsense: answer
		rm -f f; mkfifo f
		cat f | sh 2>&1 | $NC -l 127.0.0.1 $PORT >f &
		up $PORT
		{ echo 'echo again'; soon grep -q again answer; } | $NC -N 127.0.0.1 $PORT | tee answer
	END
	printed $'42\n/\n127\nagain'
}

@test "stand between a client and a server with a named pipe" {
	served_by web
	both <<-'END'
		mkfifo back
		$NC -l 127.0.0.1 $OTHER <back | $NC 127.0.0.1 $PORT >back &
		up $OTHER
		{ printf 'GET /page.html HTTP/1.0\r\n\r\n'; soon grep -q works page; } |
			$NC -N 127.0.0.1 $OTHER >page
		wait
		tail -n 1 page
	END
	printed '<h1>It works</h1>'
}

@test "stand between a client and a server, and log what they say" {
	served_by little whois
	both <<-'END'
		mkfifo back
		$NC -l 127.0.0.1 $OTHER <back | tee asked | $NC 127.0.0.1 $PORT | tee answered >back &
		up $OTHER
		{ printf 'example.org\r\n'; soon grep -q ok answer; } | $NC -N 127.0.0.1 $OTHER >answer
		wait
		cmp answer answered && cat answer
	END
	assert_regex "$(<strait.out)" '^Domain Name: EXAMPLE.ORG'
	kept asked $'example.org\r'
	recorded answered
}

# Expected: nc's listener ends as soon as the client has half-closed, and what it had to answer may be
# lost; strait's does not.
@test "serve a shell, and stand in between, for a client that says all at once" {
	served_by web
	each <<-'END'
		mkfifo f back
		$NC -l 127.0.0.1 $OTHER <f | sh >f &
		up $OTHER
		printf 'echo $((6 * 7))\nseq 100000 | tail -n 1' | $NC -N 127.0.0.1 $OTHER
		wait
		$NC -l 127.0.0.1 $OTHER <back | $NC 127.0.0.1 $PORT >back &
		up $OTHER
		printf 'GET /page.html HTTP/1.0\r\n\r\n' | $NC -N 127.0.0.1 $OTHER | tail -n 1
	END
	ended 0 0
	assert_equal "$(<strait.out)" $'42\n100000\n<h1>It works</h1>'
}

@test "serve a page to a browser" {
	needs busybox
	both <<-'END'
		{ printf 'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\n'; echo hello; } |
			$NC -N -l 127.0.0.1 $PORT >request &
		up $PORT
		busybox wget -q -O - http://127.0.0.1:$PORT/page
		wait $!
		head -n 1 request
	END
	printed $'hello\nGET /page HTTP/1.1\r'
}

@test "serve pages in a loop" {
	needs busybox
	both <<-'END'
		for i in 1 2 3; do
			printf 'HTTP/1.0 200 OK\r\n\r\npage %d\n' $i | $NC -q 1 -l -p $PORT >/dev/null
		done &
		for i in 1 2 3; do
			until busybox wget -q -O - http://127.0.0.1:$PORT/ 2>/dev/null; do :; done
		done
		wait
	END
	printed $'page 1\npage 2\npage 3'
}

@test "tell the time to who connects" {
	both <<-'END'
		date -u -d @0 | $NC -N -l 127.0.0.1 $PORT &
		up $PORT
		$NC -d 127.0.0.1 $PORT
		wait $!
	END
	printed "$(date -u -d @0)"
}

@test "listen on a port that happens to be free" {
	both <<-'END'
		$NC -v -n -l 127.0.0.1 0 >got 2>said &
		soon grep -q ^Listening said
		read -r _ _ address port <said
		echo hello | $NC -N "$address" "$port"
		wait $! && cat got
	END
	printed hello
}

@test "listen and see who comes" {
	both <<-'END'
		$NC -n -v -l 127.0.0.1 $PORT >got 2>said &
		up $PORT
		echo hello | $NC -N -p $OTHER 127.0.0.1 $PORT
		wait $!
		sed "s/$PORT/PORT/; s/$OTHER/OTHER/" said
	END
	printed $'Listening on 127.0.0.1 PORT\nConnection received on 127.0.0.1 OTHER'
}

# --- ssh

@test "let ssh connect through it" {
	served_by secure_shell
	both 3 <<-'END'
		ssh -F config -o ProxyCommand="$NC %h %p" server 'echo hello from the shell; exit 3'
	END
	printed 'hello from the shell'
}

# Expected: at its end ssh does not care for what its proxy has to say; nc does not mind, strait's
# status may be 5.
@test "let ssh go over a gateway that has it" {
	served_by secure_shell
	each <<-'END'
		seq 100000 | ssh -F config -o ProxyCommand="ssh -F config gateway $NC %h %p" server sha256sum
	END
	printed "$(seq 100000 | sha256sum)"
	ended 0 0
	all_ended 0 '[05]'
}

@test "hand ssh a connection" {
	served_by secure_shell
	both <<-'END'
		ssh -F config -o ProxyUseFdpass=yes -o ProxyCommand="$NC -F %h %p" server 'echo handed over'
	END
	printed 'handed over'
}

# --- Options

@test "say where to connect from" {
	served_by little whoami
	both <<-'END'
		$NC -d -s 127.0.0.2 127.0.0.1 $PORT | cut -d ' ' -f 1
		$NC -d -p $OTHER 127.0.0.1 $PORT | sed "s/$OTHER/OTHER/"
	END
	printed $'127.0.0.2\n127.0.0.1 OTHER'
}

# Expected: an address that is not of the family that was asked for is a name that cannot be resolved:
# strait's status is 3, nc's 1.
@test "choose the family" {
	served_by little -6 whoami
	each <<-'END'
		$NC -6 -d ::1 $PORT | cut -d ' ' -f 1
		$NC -d ::1 $PORT | cut -d ' ' -f 1
		$NC -4 -d ::1 $PORT 2>/dev/null || echo no
		$NC -4 -d 127.0.0.1 $PORT 2>/dev/null || echo no
		$NC -6 -l ::1 $OTHER </dev/null >got &
		up $OTHER tcp6
		echo six | $NC -6 -N ::1 $OTHER
		wait && cat got
	END
	printed $'::1\n::1\nno\nno\nsix'
	ended 0 0
	all_ended '0 0 0 0 1 1' '0 0 0 0 1 3'
}

# Expected: strait listens on both families without -4 and -6, nc on IPv4 alone.
@test "listen without saying where" {
	each <<-'END'
		$NC -l $PORT >got &
		up $PORT
		echo hello | $NC -N ::1 $PORT 2>/dev/null || echo hello | $NC -N 127.0.0.1 $PORT
		wait $! && cat got
		$NC -l $OTHER >got &
		up $OTHER
		listened_on $OTHER tcp6; echo $?
		echo hello | $NC -N 127.0.0.1 $OTHER
		wait $! && cat got
	END
	assert_equal "$(<nc.out)" $'hello\n1\nhello'
	assert_equal "$(<strait.out)" $'hello\n0\nhello'
}

# Expected: nc's status of a name that cannot be resolved is 1, strait's 3.
@test "allow no names" {
	served_by little whoami
	each <<-'END'
		$NC -n -d 127.0.0.1 $PORT | cut -d ' ' -f 1
		$NC -n -d localhost $PORT
	END
	printed 127.0.0.1
	ended 1 3
}

@test "turn line ends into CRLF" {
	served_by little sink keep:got
	both <<-'END'
		printf 'one\ntwo\n\nthree' | $NC -C -N 127.0.0.1 $PORT
		soon grep -q three got
	END
	kept got $'one\r\ntwo\r\n\r\nthree'
}

@test "send a line each second" {
	served_by little chunks keep:pieces
	both <<-'END'
		SECONDS=0
		printf 'one\ntwo\nthree\n' | $NC -i 1 -N 127.0.0.1 $PORT
		echo $((SECONDS >= 2))
		soon grep -q 6 pieces
	END
	printed 1
	kept pieces $'4\n4\n6'
}

@test "choose a class of traffic" {
	served_by little udp-tos keep:classes
	both <<-'END'
		echo one | $NC -u -q 0 -T lowdelay 127.0.0.1 $PORT
		echo two | $NC -u -q 0 -T ef 127.0.0.1 $PORT
		echo three | $NC -u -q 0 -T 0x20 127.0.0.1 $PORT
		soon grep -q 20 classes
	END
	kept classes $'0x10\n0xb8\n0x20'
}

@test "only listen to what the server says" {
	served_by little greet keep:got
	both <<-'END'
		echo 'not sent' >file
		$NC -d 127.0.0.1 $PORT <file
		soon test -e got
		wc -c <got
	END
	printed $'hello\n0'
}

# Expected: nc's statuses are 0 and 1, strait's 4.
@test "give up on a server that says nothing" {
	served_by little silent
	each <<-'END'
		echo hello | $NC -w 1 127.0.0.1 $PORT
	END
	printed ''
	ended 0 4
}

# Expected: nc's status is 1, strait's 4.
@test "give up on a server that does not answer" {
	WHO=full
	start full python3 "$TESTS/peer.py" full 127.0.0.1 0 await:never
	eventually listening full
	export FULL=$PORT
	each <<-'END'
		$NC -w 1 127.0.0.1 $FULL </dev/null
	END
	ended 1 4
}

@test "see that nobody listens" {
	both 1 <<-'END'
		echo hello | $NC 127.0.0.1 $PORT
	END
	assert_said strait "^strait: connect to 127.0.0.1 [0-9]*: Connection refused"
}

# Expected: nc's status of a listener that cannot have its port is 1, strait's 2.
@test "see that somebody listens already" {
	served_by little whoami
	each <<-'END'
		$NC -l 127.0.0.1 $PORT 2>said
		status=$?
		grep -o 'Address already in use' said
		exit $status
	END
	printed 'Address already in use'
	ended 1 2
}
