#!/usr/bin/env bats
# The command line: what it accepts, what it refuses, and what strait says about itself.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

OPTIONS=(-4 -6 -U --unixsock -u --udp --seqpacket -l --listen -n --nodns -v --verbose
	-N --no-shutdown -q -w --wait --idle-timeout -d --recv-only --send-only -W
	-C --crlf -i --delay -t --telnet -z --probe --retry --lines --frames --datagram-size -F
	-p --source-port -s --source -r -b -I -O -T -M -m --interface --nodelay --keepalive
	--user-timeout --congestion --mark --mptcp --fastopen --backlog --multicast --multicast-ttl
	--multicast-loop --mode -S -D -V
	--completion -h --help --version)

# --- What it says about itself

help() {
	run -0 --separate-stderr strait "$@"
	assert_equal "$stderr" ''
	local option
	for option in "${OPTIONS[@]}"; do
		assert_regex "$output" "(^|[[:space:],])$option([[:space:],[]|$)"
	done
	run -1 grep -E '.{80}' <<<"$output"
}

@test "--help names every option, on standard output, under 80 columns" { help --help; }
@test "-h is --help" { help -h; }
@test "--help counts, whatever else is asked for" { help -l --help 127.0.0.1 0; }

@test "--version is on standard output, and names what the build has" {
	run -0 --separate-stderr strait --version
	assert_equal "$stderr" ''
	assert_regex "${lines[0]}" '^strait [^ ]+'
	assert_output --partial TLS
	assert_output --partial splice
	assert_output --partial sandbox
}

# What a full disk swallows was not said.
into_full() {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	run -5 --separate-stderr to_full "$@"
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "${stderr_lines[0]}" '^strait: .*standard output: No space left on device'
}

to_full() {
	strait "$@" >/dev/full
}

@test "--help to a full disk is status 5, with a line" { into_full --help; }
@test "--version to a full disk is status 5, with a line" { into_full --version; }
@test "--completion to a full disk is status 5, with a line" { into_full --completion bash; }

# What bash offers for the words, of which the last one is being typed: OFFERED.
offered() {
	strait --completion bash >completion
	bash -n completion
	# shellcheck disable=SC2016 # expanded by that shell
	run -0 bash -c 'source completion
		words=$(complete -p strait)
		[[ $words == *"-F _strait"* ]] || exit
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_strait
		printf "%s\n" "${COMPREPLY[@]}"' bash strait "$@"
}

@test "bash completes every long option" {
	offered --
	local option
	for option in "${OPTIONS[@]}"; do
		[[ $option != --* ]] || assert_line -- "$option"
	done
}
@test "bash completes a letter" {
	offered -
	local option
	for option in "${OPTIONS[@]}"; do
		assert_line -- "$option"
	done
}
@test "bash completes the beginning of an option" {
	offered --se
	assert_output '--seqpacket
--send-only'
}
@test "bash completes a value that is one of a few" {
	offered --completion ''
	assert_output 'bash
zsh
fish'
}
@test "bash completes on and off" {
	offered --multicast-loop o
	assert_output 'on
off'
}
@test "bash completes a path behind -U" {
	touch a-path
	offered -lU a-
	assert_output a-path
}
@test "bash offers nothing for a number" {
	offered -w ''
	assert_output ''
}
@test "the completion for bash is clean" {
	needs shellcheck
	strait --completion bash >completion
	run -0 shellcheck -s bash completion
}
@test "zsh takes its completion" {
	needs zsh
	strait --completion zsh >_strait
	run -0 zsh -f -n _strait
	assert_output ''
	run -0 head -n 1 _strait
	assert_output '#compdef strait'
	local option
	for option in "${OPTIONS[@]}"; do
		run -0 grep -cF -- "'${option}[" <(sed "s/'\*/'/" _strait)
	done
}
@test "fish completes the beginning of an option" {
	needs fish
	strait --completion fish >completion
	run -0 fish --no-config --no-execute completion
	assert_output ''
	run -0 fish --no-config -c 'source completion; complete -C "strait --se"'
	assert_line --regexp '^--seqpacket'
	assert_line --regexp '^--send-only'
	run -0 fish --no-config -c 'source completion; complete -C "strait --completion "'
	assert_equal "$(cut -f 1 <<<"$output" | xargs)" 'bash fish zsh'
}

# --- What it refuses

# Status 2, one line on standard error that matches the last argument and points to --help.
usage() {
	refused 2 "${@:1:$#-1}" "^strait: ${*: -1}.* \(see strait --help\)$"
}

@test "an unknown letter" { usage -y 127.0.0.1 80 '-y: no such option'; }
@test "an unknown letter among others" { usage -lyn 127.0.0.1 80 '-y: no such option'; }
@test "an unknown long option" { usage --nope 127.0.0.1 80 '--nope: no such option'; }
@test "an unknown long option with a value" { usage --nope=3 127.0.0.1 80 '--nope'; }
@test "an unknown option behind the operands" { usage 127.0.0.1 80 --nope '--nope: no such option'; }
@test "an abbreviation of two options" { usage --se 127.0.0.1 80 '--se: ambiguous: --seqpacket, --send-only'; }
@test "a value for an option that takes none" { usage --listen=1 '--listen.*takes no value'; }

@test "-c, which means different things" { usage -c 127.0.0.1 80 '-c: .*TLS.* shell .*--tls or --sh-exec'; }
@test "-o, which means different things" { usage -o file 127.0.0.1 80 '-o: .*--hex-dump or --output'; }
@test "-g, source routing" { usage -g 10.0.0.1 127.0.0.1 80 '-g: source routing is gone'; }
@test "-G, source routing" { usage -G 4 127.0.0.1 80 '-G: source routing is gone'; }
@test "-Z, DCCP" { usage -Z 127.0.0.1 80 '-Z: DCCP is gone'; }

# The first column of --help, as far as a value follows.
@test "no option goes without its value" {
	local option value n=0
	while read -r option value; do
		usage 127.0.0.1 80 "$option" "$option needs a value: $(literally "$value")"
		n=$((n + 1))
	done < <(strait --help | sed -nE 's/^  (-.|    )(, )?(--[a-z-]+)? (\S+)( .*)?$/\1\3 \4/p' |
		sed -E 's/^(-.)--\S+/\1/; s/^ +//')
	assert [ "$n" -gt 25 ]
}

# A value as a regular expression.
literally() {
	# shellcheck disable=SC2001
	sed 's/[].+*?|[%(){}^$]/\\&/g' <<<"$1"
}

# Each VALUE is refused for OPTION in one line that says what is ALLOWED, a regular expression.
bad() { # OPTION ALLOWED VALUE...
	local value option status
	for value in "${@:3}"; do
		option=("$1" "$value")
		[[ $1 != --* ]] || option=("$1=$value")
		status=0
		strait "${option[@]}" 127.0.0.1 80 >out 2>err </dev/null || status=$?
		[[ $status == 2 && ! -s out && $(<err) != *$'\n'* &&
			$(<err) =~ ^"strait: $1 "\'?"$value"\'?': '.*$2.*' (see strait --help)'$ ]] ||
			fail "${option[*]}: status $status, said: $(<err)"
	done
}

bad_time() { # OPTION VALUE...
	bad "$1" time x '' 1x 1d 0x1 +1 ' 1' '1 ' 1e3 . 1..2 1,5 s '1 s' 1S 1sm inf \
		99999999999999999999 "${@:2}"
}
bad_size() {
	bad "$1" size x '' 0 -1 1x 1T 1kk 64kb 1.5k 0x10 +1 ' 1' '1 ' k 2G 2147483648 \
		99999999999999999999 18446744073709551616 "${@:2}"
}
bad_number() { # OPTION MIN MAX
	bad "$1" "from $2 to $3 is" x '' -1 $(($2 - 1)) $(($3 + 1)) 1x 1k 1.5 0x1 +1 ' 1' '1 ' 1e3 \
		99999999999999999999 -99999999999999999999
}

@test "what is not a time for -q" { bad_time -q -x - --1; }
@test "what is not a time for -w" { bad_time -w 0 -1; }
@test "what is not a time for --wait" { bad_time --wait 0 -1; }
@test "what is not a time for --idle-timeout" { bad_time --idle-timeout 0 -1; }
@test "what is not a time for -i" { bad_time -i 0 -1; }
@test "what is not a time for --retry" { bad_time --retry 0 -1; }
@test "what is not a time for --keepalive" { bad_time --keepalive 0 -1 999ms 32768 10h; }
@test "what is not a time for --user-timeout" { bad_time --user-timeout 0 -1 597h 2147484; }
@test "a time that is too small is not offered" {
	local option value
	while read -r option value; do
		run -2 strait "$option" "$value" 127.0.0.1 80
		refute_output --regexp ": .* $value([, ]|$)"
	done <<<'-w 0
		--keepalive 0
		--keepalive 0.5
		--keepalive 250ms'
}
@test "what is not a size for -I" { bad_size -I; }
@test "what is not a size for -O" { bad_size -O; }
@test "what is not a size for --datagram-size" { bad_size --datagram-size; }
@test "what is not a number for -W" { bad -W 'from 1 on' x '' 0 -1 1x 0x1 +1 ' 1' 1.5 99999999999999999999; }
@test "what is not a number for -M" { bad_number -M 1 255; }
@test "what is not a number for -m" { bad_number -m 1 255; }
@test "what is not a number for --mark" { bad_number --mark 1 4294967295; }
@test "what is not a number for --backlog" { bad_number --backlog 1 2147483647; }
@test "what is not a number for --multicast-ttl" { bad_number --multicast-ttl 0 255; }
@test "what is not a number for -V" { bad_number -V 0 2147483647; }
@test "what is not a traffic class for -T" {
	bad -T 'lowdelay, .*from 0 to 255' '' x -1 256 0x100 1.5 1k af af14 af50 cs8 lowdela lowdelayy 'ef '
}
@test "what is not octal for --mode" {
	bad --mode octal '' x -1 8 608 1000 07777 0x1ff 1k +600 ' 600' '600 ' u=rw 99999999999999999999
}
@test "what is not on or off for --multicast-loop" {
	bad --multicast-loop 'one of on.off' '' yes 1 o ON onn 'on ' 'on|off' '|'
}
@test "what is not a shell that --completion knows" {
	bad --completion 'one of bash.zsh.fish' '' tcsh ba BASH bashh 'bash|zsh' 'zsh|fish' '|'
}
@test "what is not a port for -p" {
	bad -p '(from 0 to 65535|missing|one port)' '' no-such-service -1 65536 0x1 +1 ' 1' 1.5 1,2 80-70 \
		1- 99999999999999999999
}
@test "what is not a port for -p, listening" {
	local value
	for value in '' no-such-service 65536 1,2; do
		usage -l -p "$value" "-p '?$value'?: .*(from 0 to 65535|missing|one port)"
	done
}
@test "what is not a group for --multicast" {
	local value
	for value in '' x -1 1.2.3.4 ::1 239.1.2.3.4 300.1.1.1 239.1.2.3%no-such fe80::1%lo 239.1.2.3%; do
		usage -u --multicast "$value" 127.0.0.1 80 "--multicast $(literally "$value"): .*(group|interface)"
	done
}
@test "an interface, or a way of congestion control, that there isn't" {
	refused 2 --interface no-such 127.0.0.1 80 '^strait: --interface no-such: '
	refused 2 --interface longer-than-a-name-can-be 127.0.0.1 80 '^strait: --interface longer-than'
	refused 2 --congestion no-such 127.0.0.1 80 '^strait: --congestion no-such: '
	refused 2 --congestion '' 127.0.0.1 80 '^strait: --congestion'
}
@test "an empty interface" { refused 2 --interface '' 127.0.0.1 80 '^strait: --interface'; }
@test "an empty source address" {
	refused 2 -s '' 127.0.0.1 80 '^strait: -s'
	refused 2 -l -s '' 80 '^strait: -s'
}

conflict() {
	usage "${@:3}" "($1.*$2|$2.*$1)"
}

@test "-4 with -6" { conflict -4 -6 -4 -6 localhost 80; }
@test "-4 with -U" { conflict -4 -U -4 -U path; }
@test "-6 with -U" { conflict -6 -U -6 -U path; }
@test "-u with --seqpacket" { conflict -u --seqpacket -U -u --seqpacket path; }
@test "-p with -U" { conflict -p -U -l -U -p 4000 path; }
@test "-s and a path to listen on" { usage -l -U -s one two 'two: the path was given twice: one and two'; }
@test "-s and an address to listen on" { usage -l -s ::1 127.0.0.1 0 '.*given twice: ::1 and 127.0.0.1'; }
@test "-p and a port to listen on" { usage -l -p 4000 127.0.0.1 0 '.*given twice: 4000 and 0'; }
@test "-N with --no-shutdown" { conflict -N --no-shutdown -N --no-shutdown localhost 80; }
@test "--no-shutdown with -u" { conflict --no-shutdown -u -u --no-shutdown localhost 80; }
@test "--wait with -l" { conflict --wait -l -l --wait 2 0; }
@test "-d with --send-only" { conflict -d --send-only -d --send-only localhost 80; }
@test "-W with --send-only" { conflict -W --send-only -u -W 1 --send-only localhost 80; }

@test "ways to talk that exclude each other" {
	local one two words
	while read -r one two words; do
		# shellcheck disable=SC2086
		conflict "$one" "$two" $one $two $words localhost 80
	done <<<'-C --lines -u
		-C --frames
		-t --frames
		-t -z
		-z -F
		-z -W 1 -u
		-z --send-only
		-z --lines
		-z --frames
		-z --datagram-size 1000
		-z --fastopen
		--lines --frames -u
		--lines --datagram-size 1000 -u
		--frames --datagram-size 1000 -u
		-F -C
		-F -t
		-F -i 1
		-F --lines -U --seqpacket
		-F --frames
		-F -d
		-F --send-only
		-r -p 4000'
}
@test "--probe without -z" { usage -u --probe hello localhost 80 '--probe needs -z'; }
@test "--probe without -u" { usage -z --probe hello localhost 80 '--probe needs -u'; }
@test "--mode without -l, without -U" {
	usage -U --mode 600 path '--mode needs -l'
	usage -l --mode 600 80 '--mode needs -U'
}
@test "--seqpacket without -U" { usage --seqpacket localhost 80 '--seqpacket needs -U'; }
@test "-W without datagrams" { usage -W 1 localhost 80 '-W needs -u or --seqpacket'; }

@test "no operands" { usage '.*host.*port'; }
@test "a host without a port" { usage localhost '.*host.*port'; }
@test "an empty port" {
	usage localhost '' "port '': a port is missing"
	usage -l localhost '' "port '': a port is missing"
	usage localhost 80, "port '80,': a port is missing"
}
@test "too many operands" { usage localhost 80 81 '.*too many.*3'; }
@test "too many operands, listening" { usage -l localhost 80 81 '.*too many.*3'; }
@test "no path" { usage -U '-U.*path'; }
@test "no path, listening" { usage -U -l '-U.*path'; }
@test "two paths" { usage -U one two '-U.*path'; }

@test "nothing is refused later than before the first socket" {
	needs strace
	run -2 strace -f -qq -e trace=socket -o trace -- \
		timeout "$LIMIT" "${STRAIT[@]}" 127.0.0.1 80 -W 1
	run -1 grep AF_ trace
}

# --- What it accepts

@test "a letter that there isn't among others" { usage -lvy 127.0.0.1 80 '-y: no such option'; }
@test "letters can be combined, also with a value" {
	start server "${STRAIT[@]}" -lnv4p0 </dev/null
	eventually listening server
	assert_said server '^Listening on 0\.0\.0\.0 '
	run -0 strait -vn4w2 127.0.0.1 "$PORT" </dev/null
	assert_output "Connection to 127.0.0.1 $PORT port [tcp/*] succeeded!"
	finish server
}
@test "-lU is -l -U" {
	start server "${STRAIT[@]}" -vlU path </dev/null
	eventually listening server
	run -0 strait path -U </dev/null
	finish server
}
@test "options may follow the operands" {
	start server "${STRAIT[@]}" 127.0.0.1 -v 0 -l </dev/null
	eventually listening server
	run -0 strait 127.0.0.1 -v "$PORT" -w 2 </dev/null
	assert_output --partial succeeded
	finish server
}
@test "options may follow the operands, also with POSIXLY_CORRECT" {
	export POSIXLY_CORRECT=1
	start server "${STRAIT[@]}" 127.0.0.1 -v 0 -l </dev/null
	eventually listening server
	run -0 strait 127.0.0.1 -v "$PORT" -w 2 </dev/null
	assert_output --partial succeeded
	finish server
}
@test "-- ends the options" {
	usage localhost -- -v '.*port -v: '
	usage -U -- -v -w '.*-U needs one operand'
	listen server -U -- -v </dev/null
	run -0 strait -U -- -v </dev/null
	assert_output ''
	finish server
}
@test "a long option's value behind = or in a word of its own" {
	usage --wait=x localhost 80 '--wait x: '
	usage --wait x localhost 80 '--wait x: '
}
@test "a long option may be abbreviated" {
	listen server -4 --verb 0 </dev/null
	run -0 strait --idle 2 127.0.0.1 "$PORT" </dev/null
	finish server
}
@test "a long option with a value may be abbreviated" {
	usage --retr=x 127.0.0.1 80 '--retry x: '
	usage --datagr x 127.0.0.1 80 '--datagram-size x: '
	usage --multicast-t=x 127.0.0.1 80 '--multicast-ttl x: '
	usage --multicast=x -u 127.0.0.1 80 '--multicast x: '
}
@test "a letter's value may be glued to it" {
	listen server -I64k -O64k -4 0 </dev/null
	run -0 strait -w5 -I64k -q-1 -Tef -vM64 127.0.0.1 "$PORT" </dev/null
	assert_output --partial succeeded
	finish server
	usage -w5x 127.0.0.1 80 '-w 5x: '
	usage -w=5 127.0.0.1 80 '-w =5: '
}
@test "--retry may have its value in a word of its own" {
	local words
	# Nobody is there, and the time is over soon.
	for words in '--retry 20ms -U nobody' '-U --retry 20ms nobody' '-U nobody --retry 20ms' \
		'--retry=20ms -U nobody' '--retr=20ms -U nobody' '-U --retry 20ms -- nobody'; do
		# shellcheck disable=SC2086
		refused 4 $words '^strait: .*nobody'
	done
	usage --retry 1x 127.0.0.1 80 '--retry 1x: .*time'
	usage -U --retry 1x path '--retry 1x: .*time'
}
@test "--retry needs no value" {
	listen server -4 0 </dev/null
	run -0 strait --retry 127.0.0.1 "$PORT" </dev/null
	finish server
	rm server.*
	listen server -U socket </dev/null
	run -0 strait -U --retry socket </dev/null
	finish server
	usage --retry localhost '.*host.*port'
	usage --retry -U '-U.*path'
}
@test "an option may be given twice, the last value counts" {
	listen server -4 0 </dev/null
	run -0 strait -w 1h -w 5 -v -v 127.0.0.1 "$PORT" </dev/null
	finish server
}

# Each kind of time is taken: a conversation goes well with it.
times() {
	local value
	for value in 2 2.5 2500ms 1m 1h 10s; do
		listen server -4 0 </dev/null
		run -0 strait "$1" "$value" 127.0.0.1 "$PORT" </dev/null
		finish server
		rm server.*
	done
}

@test "-w takes all kinds of time" { times -w; }
@test "-q takes all kinds of time" { times -q; }
@test "-q takes a negative time" {
	listen server -4 -q -1 0 </dev/null
	run -0 strait -q -1 127.0.0.1 "$PORT" </dev/null
	finish server
}
