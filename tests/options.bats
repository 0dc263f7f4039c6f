#!/usr/bin/env bats
# The command line: what it accepts, what it refuses, and what strait says about itself.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

OPTIONS=(-4 -6 -U --unixsock -u --udp --seqpacket -l --listen -n --nodns -v --verbose
	-N --no-shutdown -q -w --wait --idle-timeout -d --recv-only --send-only -W
	-C --crlf -i --delay -t --telnet -z --probe --retry --lines --frames --datagram-size -F
	-k --keep-open --max-conns -e --exec --sh-exec --to --broker --chat --allow --allowfile --deny
	--denyfile --inherit
	--progress --size --stats --digest --expect --hex-dump --output --output-sent --output-received
	--append-output --pcap --json --visible --rate --rate-in --rate-out --trace
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
	assert_output --partial digests
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
@test "bash completes files behind --allowfile and --denyfile" {
	touch a-list
	offered -l --allowfile a-
	assert_output a-list
	offered -l --denyfile a-
	assert_output a-list
	offered -l --denyfile = a-
	assert_output a-list
}
@test "bash completes commands behind -e and --sh-exec" {
	offered -l -e mkfif
	assert_line mkfifo
	offered -l --sh-exec mkfif
	assert_line mkfifo
}
@test "bash completes traffic classes" {
	offered -T cs
	assert_output "$(printf 'cs%s\n' {0..7})"
	offered -T lowd
	assert_output lowdelay
}
@test "bash completes interfaces, and ways of congestion control" {
	[[ -e /sys/class/net/lo ]] || skip 'Linux tells them, by way of /sys'
	offered --interface lo
	assert_line lo
	offered --congestion cub
	assert_output cubic
	offered --congestion = cub
	assert_output cubic
}
@test "bash completes services" {
	offered -p htt
	assert_line http
	offered localhost htt
	assert_line http
}
@test "bash completes what stands behind = in the same word" {
	offered --multicast-loop = o
	assert_output 'on
off'
	offered --multicast-loop =
	assert_output 'on
off'
}
@test "bash offers operands behind an option that needs no value" {
	touch a-path
	offered -U --retry a-
	assert_output a-path
	offered -U --retry = a-
	assert_output ''
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
		run -0 grep -cF -- "'${option}[" <(sed "s/'\*/'/; s/=-\?\[/[/" _strait)
	done
}
@test "zsh completes values" {
	needs zsh
	strait --completion zsh >_strait
	local line
	while read -r line; do
		run -0 grep -cE -- "^	'$line'( \\\\)?$" _strait
	done <<-'EOF'
		\*--allowfile=\[.*\]:value:_files
		\*--allow=\[.*\]:value:
		\*--denyfile=\[.*\]:value:_files
		-e\[.*\]:value:_command_names
		-T\[.*\]:value:\(lowdelay .* le\)
		--interface=\[.*\]:value:_net_interfaces
		--congestion=\[.*\]:value:\{compadd .*\}
		--source-port=\[.*\]:value:_ports
		--retry=-\[.*\]::value:
		--inherit=-\[.*\]::value:
		2:port:_ports
	EOF
}
@test "fish completes values" {
	needs fish
	strait --completion fish >completion
	touch a-list
	offers() { # WORDS OFFER
		# shellcheck disable=SC2016 # fish expands it
		run -0 fish --no-config -c 'source completion; complete -C $argv[1]' "strait $1"
		grep -qxF -- "$2" <(cut -f 1 <<<"$output") || fail "$1: $output"
	}
	offers '--allowfile a-' a-list
	offers '--denyfile a-' a-list
	offers '-e mkfif' mkfifo
	offers '-T lowd' lowdelay
	offers '-p htt' http
	offers 'localhost htt' http
	offers '-U --retry a-' a-list
	[[ ! -e /sys/class/net/lo ]] || offers '--interface l' lo
	[[ $(uname -s) != Linux ]] || offers '--congestion cub' cubic
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
@test "an abbreviation of two options" {
	usage --se 127.0.0.1 80 '--se: ambiguous: --seqpacket, --send-only'
	usage --den=10.0.0.1 -l 80 '--den=10.0.0.1: ambiguous: --deny, --denyfile'
	usage --allo 10.0.0.1 -l 80 '--allo: ambiguous: --allow, --allowfile'
}
@test "a value for an option that takes none" { usage --listen=1 '--listen.*takes no value'; }

@test "-c, which means different things" { usage -c 127.0.0.1 80 '-c: .*TLS.* shell .*--sh-exec'; }
@test "-o, which means different things" { usage -o file 127.0.0.1 80 '-o: .*hex dump.* log '; }
@test "what a refusal names exists" {
	local letter option
	for letter in c o g G Z; do
		run -2 strait "-$letter" 127.0.0.1 80
		# shellcheck disable=SC2013 # words, not lines
		for option in $(grep -oE -- '--[a-z-]+' <<<"${output% (see*}"); do
			strait --help | grep -q -- "$option " || fail "-$letter: there is no $option"
		done
	done
}
@test "-x, which means different things" { usage -x proxy:3128 127.0.0.1 80 '-x: .*proxy.* hex dump '; }
@test "-L, which means different things" { usage -L -p 0 '-L: .*tunnel.* --to or -l -k'; }
@test "letters of other netcats for proxies and TLS" {
	usage -X connect 127.0.0.1 80 '-X: .*proxies'
	usage -vP user 127.0.0.1 80 '-P: .*proxies'
	usage -H hash 127.0.0.1 80 '-H: .*TLS'
	usage -K key 127.0.0.1 80 '-K: .*TLS'
	usage -R file 127.0.0.1 80 '-R: .*TLS'
}
# Long names of other netcats, and of what is not in this build: why, or what to say instead.
@test "long names of other netcats" {
	local option reason
	while read -r option reason; do
		usage "$option" 127.0.0.1 80 "$option: $reason"
		usage 127.0.0.1 80 "$option=value" "$option: $reason"
	done <<<'--ssl .*TLS
		--ssl-verify .*TLS
		--ssl-cert .*TLS
		--ssl-trustfile .*TLS
		--tls .*TLS
		--tls-noverify .*TLS
		--starttls .*TLS
		--proxy .*proxies
		--proxy-type .*proxies
		--proxy-auth .*proxies
		--timeout .*-w.*--wait.*--idle-timeout
		--hexdump .*--hex-dump
		--lua-exec .*--exec
		--tunnel .*-l --to
		--sctp .*SCTP
		--vsock .*vsock
		--close .*-q 0
		--randomize .*-r
		--zero .*-z
		--local-port .*-p'
}
@test "what is refused names no option that there isn't" {
	local option other said
	strait --help >help
	for option in -c -o -x -X -P -H -K -R -L -g -G -Z --ssl --tls --starttls --proxy --timeout --hexdump \
		--lua-exec --tunnel --sctp --vsock --close --randomize --zero --local-port; do
		run -2 strait "$option" x </dev/null
		said=${output#*: *: }
		while read -r other; do
			grep -qE -- "^ +(-., )?$other\\b" help || fail "$option: there is no $other: $output"
		done < <(grep -oE -- '(^| )--?[a-zA-Z][a-z-]*' <<<"${said% (see *}")
	done
}
@test "a long name that is refused is the beginning of none that is taken" {
	usage --prob x -zu 127.0.0.1 80000 'port 80000'
	usage --loc x 127.0.0.1 80 '--loc: no such option'
}

# What hands type that is written in another way here.
@test "host and port in one word" {
	usage 127.0.0.1:80 '127.0.0.1:80: separate host and port: strait 127.0.0.1 80'
	usage '[::1]:80' '\[::1\]:80: separate host and port: strait ::1 80'
	usage host:http 'host:http: separate host and port: strait host http'
	usage -z host:20-25 'host:20-25: separate host and port: strait host 20-25'
	usage -l 127.0.0.1:80 '127.0.0.1:80: separate host and port: strait -l 127.0.0.1 80'
	usage -l '[::1]:0' '\[::1\]:0: separate host and port: strait -l ::1 0'
	usage tcp:host:80 'tcp:host:80: separate host and port: strait host 80'
	usage udp:host:80 'udp:host:80: separate host and port: strait -u host 80'
	usage -l 'udp:[::1]:80' '.*separate host and port: strait -l -u ::1 80'
}
@test "a host and no port is no host and port" {
	usage ::1 'a host and a port are needed'
	usage host:no-such-service 'a host and a port are needed'
	usage host: 'a host and a port are needed'
	usage :80 'a host and a port are needed'
}
@test "a URL" {
	usage http://host/ 'http://host/: .*URL'
	usage -l http://host:80 'http://host:80: .*URL'
}
@test "a path without -U" {
	touch a-file
	usage /run/app.sock '/run/app.sock: a path needs -U: strait -U /run/app.sock'
	usage ./no-such-file './no-such-file: a path needs -U: strait -U ./no-such-file'
	usage a-file 'a-file: a path needs -U: strait -U a-file'
	usage -l dir/socket 'dir/socket: a path needs -U: strait -l -U dir/socket'
	usage unix:/run/app.sock 'unix:/run/app.sock: a path needs -U: strait -U /run/app.sock'
	usage -l unix:/run/app.sock 'unix:/run/app.sock: a path needs -U: strait -l -U /run/app.sock'
	usage unixgram:sock 'unixgram:sock: a path needs -U: strait -U -u sock'
}
# The status is that of a name that cannot be resolved.
unresolved() { # ARGS... LINE
	refused 3 "${@:1:$#-1}" "^strait: ${*: -1}"
}
@test "-n with a name" {
	unresolved -n localhost 80 'localhost: with -n the host must be a numeric address'
	unresolved -n -l localhost 0 'localhost: with -n the host must be a numeric address'
	unresolved -n -zu localhost 53 'localhost: with -n the host must be a numeric address'
}
@test "-4 with a number of IPv6, -6 with one of IPv4" {
	unresolved -4 ::1 80 '::1: an IPv6 address, and -4 allows IPv4 only'
	unresolved -4 '[::1]' 80 '\[::1\]: an IPv6 address, and -4 '
	unresolved -6 127.0.0.1 80 '127.0.0.1: an IPv4 address, and -6 allows IPv6 only'
	unresolved -4 -l ::1 0 '::1: an IPv6 address'
	unresolved -6 -lu 127.0.0.1 0 '127.0.0.1: an IPv4 address'
	unresolved -4n ::1 80 '::1: an IPv6 address'
}
@test "--retry, a time and one operand: it is not guessed which is which" {
	usage -z --retry 5 80 '--retry 5: is this a time or the host\? .*--retry=5'
	usage --retry 30s 80 '--retry 30s: .*--retry=30s'
	usage --retry 5 '--retry 5: .*--retry=5'
	usage -U --retry 5 '--retry 5: .*--retry=5'
	usage --retry=5 80 'a host and a port are needed'
}
@test "-g, source routing" { usage -g 10.0.0.1 127.0.0.1 80 '-g: source routing is no longer supported'; }
@test "-G, source routing" { usage -G 4 127.0.0.1 80 '-G: source routing is no longer supported'; }
@test "-Z, DCCP" { usage -Z 127.0.0.1 80 '-Z: Linux no longer supports DCCP'; }

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
	bad "$1" "from $2 to $3" x '' -1 $(($2 - 1)) $(($3 + 1)) 1x 1k 1.5 0x1 +1 ' 1' '1 ' 1e3 \
		99999999999999999999 -99999999999999999999
}

@test "what is not a time for -q" { bad_time -q -x - --1; }
# @case: -w | --wait | --idle-timeout | -i | --retry
@test "what is not a time for @case" { bad_time @case 0 -1; }
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
@test "what is not a number for -W" { bad -W 'at least 1' x '' 0 -1 1x 0x1 +1 ' 1' 1.5 99999999999999999999; }
@test "what is not a number for -M" { bad_number -M 1 255; }
@test "what is not a number for -m" { bad_number -m 1 255; }
@test "what is not a number for --mark" { bad_number --mark 1 4294967295; }
@test "what is not a number for --backlog" { bad_number --backlog 1 2147483647; }
@test "what is not a number for --multicast-ttl" { bad_number --multicast-ttl 0 255; }
@test "what is not a number for -V" { bad_number -V 0 2147483647; }
@test "what is not a number for --max-conns" { bad_number --max-conns 0 2147483647; }
@test "what is not a descriptor for --inherit" { bad_number --inherit 3 2147483647; }
@test "what is not a command for -e" {
	bad -e 'empty: expected a program and its arguments' '' ' ' '  '
	bad -e 'a quote is not closed: expected a program' "'" "a 'b" 'a"b' '"a\"' "a''b'c" 'a "b\\" "c'
	# shellcheck disable=SC1003
	bad -e 'a backslash at the end: expected a program' '\' 'a b\'
}
@test "what is not a command for --sh-exec" { bad --sh-exec 'empty: expected CMD' ''; }
@test "what is not an address for --to" {
	local value
	bad --to 'empty: expected ADDRESS' ''
	for value in host host:80: :80 : ::1:80 ::1 '[::1]' '[::1]80' '[]:80' '[::1:80' tcp:host udp: \
		unix http://host:80 tcp:udp:host:80 unixstream; do
		usage -l --to "$value" 0 "--to $(literally "$value"): expected host:port, .*::1.*:port or unix:/path"
	done
}
@test "a host for --to that no client could be joined to" {
	usage -l -k -n --to localhost:80 0 '--to localhost:80: with -n the host must be a numeric address'
	usage -l -n -U --to tcp:localhost:80 path '--to tcp:localhost:80: with -n the host must be a numeric address'
	usage -l -4 --to '[::1]:80' 0 '-4 and --to \[::1\]:80 cannot be combined'
	usage -l -6 --to udp:127.0.0.1:80 0 '-6 and --to udp:127.0.0.1:80 cannot be combined'
	usage -l -U -4 --to 'tcp:[::1]:80' path '-4 and --to tcp:\[::1\]:80 cannot be combined'
	listen server -n -4 --to 127.0.0.1:9 0 </dev/null
}
@test "-4 and -6 may speak of --to only" {
	load network
	network
	free_port
	listen back4 127.0.0.1 "$FREE" <<<four
	listen back6 ::1 "$FREE" <<<six
	listen server -4 -U --to "tcp:localhost:$FREE" socket </dev/null
	run -0 strait -U socket </dev/null
	assert_output four
	finish server
	rm server.*
	eventually test ! -e socket
	listen server -6 -U --to "localhost:$FREE" socket </dev/null
	run -0 strait -U socket </dev/null
	assert_output six
	conflict -4 -U -l -4 -U --to unix:there path
}
@test "what is not a port for --to" {
	local value
	for value in 0 65536 -1 no-such-service 1x 0x50 ' 80' '80 '; do
		usage -l --to "host:$value" 0 "--to: port $value: expected a number from 1 to 65535 or the name of a service"
		usage -l --to "udp:[::1]:$value" 0 "--to: port $value: expected a number from 1 to 65535"
	done
	usage -l --to host: 0 "--to: port '': a port is missing"
	usage -l --to host:80,81 0 '--to: port 80,81: expected a single port'
	usage -l --to host:80-81 0 '--to: port 80-81: expected a single port'
	usage -l -n --to host:http 0 '--to: port http: expected a number from 1 to 65535'
}
@test "what is not a path for --to" {
	usage -l --to unix: 0 '--to.*: the path is empty'
	usage -l --to unixgram: 0 '--to.*: the path is empty'
	usage -l --to "unix:$(printf %0200d 0)" 0 '--to.*0000: the path is too long: at most 10[0-9] bytes'
}

# Whether a list of whom to admit is refused for each option that takes one, and in each kind of file.
bad_list() { # REASON VALUE...
	local value option
	for value in "${@:2}"; do
		for option in --allow --deny; do
			bad "$option" "$1: expected addresses, networks .* uid:1000" "$value"
			refused 2 -l "${option}file" <(echo "$value") 0 "^strait: ${option}file /dev/fd/[0-9]+: $(literally "$value"): $1"
		done
	done
}
@test "what is not a list for --allow and --deny, nor in their files" {
	bad_list 'invalid address' 300.1.1.1 1.2.3 10.0.0 '[::1]' ::1::2 10.0.0.0.0/8 host/8 :::
	bad_list 'invalid prefix' 10.0.0.0/ 10.0.0.0/x 10.0.0.0/-1 10.0.0.0/8/8 ::/0x1
	bad_list 'invalid mask' 10.0.0.0/255.0.255.0 10.0.0.0/0.255.255.255 10.0.0.0/255.0.0
	bad_list 'prefix too long' 10.0.0.0/33 ::/129 10.0.0.0/99999999999999999999
	bad_list 'prefix too short' ::ffff:10.0.0.0/8
	bad_list 'invalid uid' uid: uid:x uid:-1 uid:4294967296 uid:1x
}
@test "an empty list for --allow and --deny" {
	bad --allow 'empty: expected addresses' '' , ' '
	bad --deny 'empty: expected addresses' '' , ' '
}
@test "more lists than there is room for" {
	local many=()
	for _ in {1..65}; do many+=(--allow 10.0.0.1); done
	usage -l "${many[@]}" 0 '--allow 10.0.0.1: too many lists'
}
@test "a file of a list that cannot be read" {
	local option
	for option in --allowfile --denyfile; do
		refused 2 -l "$option" no-such-file 0 "^strait: $option no-such-file: No such file or directory$"
		refused 2 -l "$option" . 0 "^strait: $option \.: Is a directory$"
		refused 2 -l "$option" <(printf '10.0.0.1\0') 0 "^strait: $option /dev/fd/[0-9]+: not a list of addresses$"
	done
}
@test "a name of a list that cannot be resolved: status 3" {
	refused 3 -l --allow 10.0.0.1,no-such-host.invalid 0 '^strait: --(allow|denyfile /dev/fd/[0-9]+): resolve no-such-host.invalid: '
	refused 3 -l -n --deny localhost 0 '^strait: --deny: resolve localhost: '
	refused 3 -l --denyfile <(echo no-such-host.invalid) 0 '^strait: --(allow|denyfile /dev/fd/[0-9]+): resolve no-such-host.invalid: '
}
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
	bad -p '(from 0 to 65535|missing|single port)' '' no-such-service -1 65536 0x1 +1 ' 1' 1.5 1,2 80-70 \
		1- 99999999999999999999
}
@test "what is not a port for -p, listening" {
	local value
	for value in '' no-such-service 65536 1,2; do
		usage -l -p "$value" "-p '?$value'?: .*(from 0 to 65535|missing|single port)"
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
@test "--retry with -l" {
	conflict --retry -l -l --retry 0
	conflict --retry -l -l --retry=2 0
	conflict --retry -l -l -k --sh-exec cat --retry=2 0
}
@test "-d with --send-only" { conflict -d --send-only -d --send-only localhost 80; }
@test "-W with --send-only" { conflict -W --send-only -u -W 1 --send-only localhost 80; }

@test "ways to talk that cannot be combined" {
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
@test "ways to serve that cannot be combined" {
	local one two words
	while read -r one two words; do
		# shellcheck disable=SC2086
		conflict "$one" "$two" -l $one $two $words 0
	done <<<'--broker -e cat
		--chat -e cat
		--broker --sh-exec cat
		--chat --sh-exec cat
		-d -e cat
		--send-only -e cat
		-d --sh-exec cat
		--send-only --sh-exec cat
		--broker --to host:80
		--chat --to host:80
		-d --to host:80
		--send-only --to host:80
		-C --to host:80
		-t --to host:80
		--broker -u
		--broker --seqpacket -U
		--broker -d
		--broker --send-only
		--broker -C
		--broker -t
		--broker -i 1
		--broker --frames
		--broker -q 1
		--broker --no-shutdown
		--chat -u
		--chat --seqpacket -U
		--chat -d
		--chat --send-only
		--chat -C
		--chat -t
		--chat -i 1
		--chat --frames
		--chat -q 1
		--chat --no-shutdown
		-k --frames
		-k --frames -U --seqpacket'
}
@test "a client has one command, or one connection" {
	conflict -e --sh-exec -l -e cat --sh-exec cat 0
	conflict -e --to -l -e cat --to host:80 0
	conflict --sh-exec --to -l --sh-exec cat --to host:80 0
	conflict -i --to -l -i 1 --to host:80 0
}
@test "a command excludes a scan and a connection that is passed on" {
	conflict -e -z -e cat -z localhost 80
	conflict -e -F -e cat -F localhost 80
	conflict --sh-exec -z --sh-exec cat -z localhost 80
	conflict --sh-exec -F --sh-exec cat -F localhost 80
}
@test "serving without -l" {
	usage -k localhost 80 '-k needs -l'
	usage --to host:80 localhost 80 '--to needs -l'
	usage --broker localhost 80 '--broker needs -l'
	usage --chat localhost 80 '--chat needs -l'
	usage --allow 10.0.0.1 localhost 80 '--allow needs -l'
	usage --allowfile file localhost 80 '--allowfile needs -l'
	usage --deny 10.0.0.1 localhost 80 '--deny needs -l'
	usage --denyfile file localhost 80 '--denyfile needs -l'
	usage --inherit localhost 80 '--inherit needs -l'
	usage --inherit=3 '--inherit needs -l'
}
@test "--max-conns without -k" {
	usage -l --max-conns 5 0 '--max-conns needs -k or --broker or --chat'
	usage -l --max-conns 5 --sh-exec cat 0 '--max-conns needs -k or --broker or --chat'
}
@test "--max-conns where all who send are one" {
	usage -l -k -u --max-conns 5 0 '--max-conns with -u needs -e or --sh-exec or --to'
	usage -l -k -U -u --max-conns 0 path '--max-conns with -u needs -e or --sh-exec or --to'
	listen server -l -k -u --max-conns 5 -e cat 127.0.0.1 0 </dev/null
}
@test "--inherit with an address" {
	local one words
	while read -r one words; do
		# shellcheck disable=SC2086
		conflict --inherit "$one" -l --inherit $one $words
	done <<<'-U
		-u
		-4
		-6
		-p 80
		-s ::1
		--mode 600 -U
		--backlog 5
		-S
		--mptcp'
	usage -l --inherit 80 '80: with --inherit the socket has an address already'
	usage -l --inherit=3 ::1 80 '::1: with --inherit the socket has an address already'
}
@test "--probe without -z" { usage -u --probe hello localhost 80 '--probe needs -z'; }
@test "--probe without -u" { usage -z --probe hello localhost 80 '--probe needs -u'; }
@test "--mode without -l, without -U" {
	usage -U --mode 600 path '--mode needs -l'
	usage -l --mode 600 80 '--mode needs -U'
}
@test "--mode with an abstract name" {
	needs_linux_build
	usage -l -U --mode 600 @name '--mode and @name cannot be combined: .*no permissions'
	usage -l -U -u --mode 600 @name '--mode and @name cannot be combined: .*no permissions'
	usage -l -U --mode 600 -s @name '--mode and @name cannot be combined: .*no permissions'
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
@test "an empty host" {
	usage '' 80 "the host is empty"
	usage -z '' 80 "the host is empty"
	usage -u '' 80 "the host is empty"
}
@test "an empty address to listen on" {
	usage -l '' 0 "the address is empty"
	usage -l -p 0 '' "the operand is empty"
	usage -lu '' 0 "the address is empty"
	usage -lk --sh-exec cat '' 0 "the address is empty"
}
@test "an empty operand, listening" { usage -l '' "the operand is empty"; }
@test "an empty path" {
	usage -U '' "'': the path is empty"
	usage -lU '' "'': the path is empty"
	usage -U -s '' path '-s .*: empty'
	usage -lU -s '' '-s .*: empty'
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
@test "--retry is not guessed at, listening" {
	usage -l --to host:1 --retry 5 31099 '--retry 5: is this a time or an operand. write --retry=5, or put --retry after the operands'
	usage -l --to host:1 --retry 31099 '--retry 31099: is this a time or an operand'
	usage -l --to host:1 --retry 5 -p 31099 '--retry 5: is this a time or an operand'
	usage -l --to host:1 --retry 10s -s ::1 '--retry 10s: is this a time or an operand'
	usage -l -U --to host:1 --retry 5 '--retry 5: is this a time or an operand'
	usage -l --to host:1 --retry 5 ::1 31099 2 '.*too many operands'
	local words
	# No operand is missing, or none can be a time.
	for words in '--retry 5 127.0.0.1 0' '127.0.0.1 0 --retry' '--retry -4 0' '--retry 127.0.0.1 0' \
		'--retry=5 127.0.0.1 0' '-s 127.0.0.1 -p 0 --retry 5'; do
		# shellcheck disable=SC2086
		listen server --to 127.0.0.1:9 $words </dev/null
		assert_said server '^Listening on (127\.0\.0\.1|0\.0\.0\.0) '
		kill -TERM "$(pid_of server)"
		finish server 143
		rm server.*
	done
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
	for value in 2 2.5 .5m 2500ms 1m 1h 10s; do
		listen server -4 0 </dev/null
		run -0 strait "$1" "$value" 127.0.0.1 "$PORT" </dev/null
		finish server
		rm server.*
	done
}

@test "--wait, --retry and -w hold for what --to connects to" {
	local words
	for words in '--wait 2' '--retry=2' --retry '-w 2 --retry' '--wait 1 --retry=1m'; do
		# shellcheck disable=SC2086
		listen server -k --to 127.0.0.1:9 $words 127.0.0.1 0 </dev/null
		kill -TERM "$(pid_of server)"
		finish server 143
		rm server.*
	done
}
@test "--allow, --deny and their files may be given many times" {
	echo '# nobody yet' >none
	listen server -k -v --allow 127.0.0.1 --allow localhost,::1 --allowfile none --deny 10.0.0.0/8 \
		--deny 2001:db8::/32 --denyfile none --denyfile none 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" <<<hello
	eventually grep -qx hello server.out
	assert_said server '^Connection received on '
}
@test "--exec and --keep-open are -e and -k" {
	listen server --keep-open --exec 'echo hello' 127.0.0.1 0 </dev/null
	for _ in 1 2; do
		run -0 strait 127.0.0.1 "$PORT" </dev/null
		assert_output hello
	done
}
@test "--allow alone is not --allowfile" {
	# It is the beginning of that, and a whole name.
	usage --allow no/such -l 0 '--allow no/such: '
	refused 2 --allowf no/such -l 0 '^strait: --allowfile no/such: No such file'
}
@test "-w takes all kinds of time" { times -w; }
@test "-q takes all kinds of time" { times -q; }
@test "-q takes a negative time" {
	listen server -4 -q -1 0 </dev/null
	run -0 strait -q -1 127.0.0.1 "$PORT" </dev/null
	finish server
}
