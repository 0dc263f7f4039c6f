#!/usr/bin/env bats
# The command line: what it accepts, what it refuses, and what strait says about itself.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

OPTIONS=(-4 -6 -U --unixsock -u --udp --seqpacket -l --listen -p --source-port -s --source -n --nodns
	-v --verbose -h --help --version -N --no-shutdown -q -w --wait --idle-timeout -d --recv-only
	--send-only -W --completion)

# --- What it says about itself

help() {
	run -0 --separate-stderr strait "$@"
	assert_equal "$stderr" ''
	local option
	for option in "${OPTIONS[@]}"; do
		assert_regex "$output" "(^|[[:space:],])$option([[:space:],]|$)"
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
@test "an abbreviation of two options" { usage --se 127.0.0.1 80 '--se: .*'; }
@test "a value for an option that takes none" { usage --listen=1 '--listen.*takes no value'; }

@test "-c, which means different things" { usage -c 127.0.0.1 80 '-c: '; }
@test "-o, which means different things" { usage -o file 127.0.0.1 80 '-o: '; }
@test "-g, source routing" { usage -g 10.0.0.1 127.0.0.1 80 '-g: '; }
@test "-G, source routing" { usage -G 4 127.0.0.1 80 '-G: '; }
@test "-Z, DCCP" { usage -Z 127.0.0.1 80 '-Z: '; }

@test "-p without its value" { usage -l -p '-p.* needs a value'; }
@test "-s without its value" { usage -l -s '-s.* needs a value'; }
@test "-q without its value" { usage 127.0.0.1 80 -q '-q needs a value'; }
@test "-w without its value" { usage 127.0.0.1 80 -w '-w needs a value'; }
@test "-W without its value" { usage -u 127.0.0.1 80 -W '-W needs a value'; }
@test "--wait without its value" { usage 127.0.0.1 80 --wait '--wait needs a value'; }
@test "--idle-timeout without its value" { usage 127.0.0.1 80 --idle-timeout '--idle-timeout needs'; }
@test "--completion without its value" { usage --completion '--completion needs a value: bash.zsh.fish'; }

# A value as a regular expression.
literally() {
	# shellcheck disable=SC2001
	sed 's/[.+]/\\&/g' <<<"$1"
}

bad_time() {
	local value
	for value in x '' 1x 1d 0x1 +1 ' 1' '1 ' 1e3 . 1..2 1,5 99999999999999999999 "${@:2}"; do
		usage "$1" "$value" 127.0.0.1 80 "$1 $(literally "$value"): .*time"
	done
}

@test "what is not a time for -q" { bad_time -q; }
@test "what is not a time for -w" { bad_time -w 0 -1; }
@test "what is not a time for --wait" { bad_time --wait 0 -1; }
@test "what is not a time for --idle-timeout" { bad_time --idle-timeout 0 -1; }

@test "what is not a number for -W" {
	local value
	for value in x '' 0 -1 1x 0x1 +1 ' 1' 1.5 99999999999999999999; do
		usage -u -W "$value" 127.0.0.1 80 "-W $(literally "$value"): .*from 1"
	done
}
@test "a shell that --completion does not know" { usage --completion tcsh '--completion tcsh: .*bash.zsh.fish'; }
@test "what is not a port for -p" { usage -l -p 70000 '.*70000: .*65535'; }

conflict() {
	usage "${@:3}" "($1.*$2|$2.*$1)"
}

@test "-4 with -6" { conflict -4 -6 -4 -6 localhost 80; }
@test "-4 with -U" { conflict -4 -U -4 -U path; }
@test "-6 with -U" { conflict -6 -U -6 -U path; }
@test "-u with --seqpacket" { conflict -u --seqpacket -U -u --seqpacket path; }
@test "-p with -U" { conflict -p -U -l -U -p 4000 path; }
@test "-s with -lU and a path" { usage -l -U -s one two 'two: the path was given twice: one and two'; }
@test "-N with --no-shutdown" { conflict -N --no-shutdown -N --no-shutdown localhost 80; }
@test "--no-shutdown with -u" { conflict --no-shutdown -u -u --no-shutdown localhost 80; }
@test "--wait with -l" { conflict --wait -l -l --wait 2 0; }
@test "-d with --send-only" { conflict -d --send-only -d --send-only localhost 80; }
@test "-W with --send-only" { conflict -W --send-only -u -W 1 --send-only localhost 80; }

@test "--seqpacket without -U" { usage --seqpacket localhost 80 '--seqpacket needs -U'; }
@test "-W without datagrams" { usage -W 1 localhost 80 '-W needs -u or --seqpacket'; }

@test "no operands" { usage '.*host.*port'; }
@test "a host without a port" { usage localhost '.*host.*port'; }
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
