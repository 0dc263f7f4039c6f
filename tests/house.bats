#!/usr/bin/env bats
# The checks of the house: how the code is laid out, and that what is said of it is true.

load helpers

OBJECTS=$ROOT/${BUILD:-build}
FLOORS=(base codec net open pump service mode cli)

floor_of() {
	local i
	for i in "${!FLOORS[@]}"; do
		[[ ${FLOORS[i]} == "$1" ]] && echo "$i"
	done
	return 0
}

objects_below_mode() {
	find "$OBJECTS"/{base,codec,net,open,pump,service} -name '*.o' 2>/dev/null
}

# The undefined symbols of objects, as "file: symbol".
wanted_symbols() {
	nm -uA "$@" | sed -E 's|.*/([a-z]+/[a-z_]+\.o):.* ([A-Za-z_0-9]+)(@.*)?$|\1: \2|'
}

@test "a file includes nothing of a higher floor" {
	cd "$ROOT/src"
	local file line own other
	for file in */*.[ch]; do
		own=$(floor_of "${file%%/*}")
		[[ -n $own ]] || fail "$file is on no floor"
		while read -r line; do
			other=$(floor_of "${line%%/*}")
			[[ -n $other ]] || fail "$file includes $line, of no floor"
			((other <= own)) || fail "$file includes $line, which is above it"
		done < <(sed -nE 's/^#include "([^"]+)"/\1/p' "$file")
	done
}

@test "no object exports a variable that can be changed" {
	needs objdump
	run -0 find "$OBJECTS" -path "$OBJECTS/unit" -prune -o -path "$OBJECTS/[a-z]*/*.o" \
		-maxdepth 2 -print
	# shellcheck disable=SC2086
	run -0 objdump -t $output
	run grep -E ' g +O (\.data|\.bss|\*COM\*)[[:space:]].* [a-z0-9_]+$' <<<"$output"
	assert_output ''
}

@test "nothing below mode prints or exits" {
	mapfile -t objects < <(objects_below_mode)
	((${#objects[@]} > 10))
	run -0 wanted_symbols "${objects[@]}"
	# Between vfork and exec a child has no other way to go, and PID 1 none to die of a signal.
	run grep -vxE 'net/(child|signals).o: _exit' <<<"$output"
	run grep -E ': (_?exit|_Exit|quick_exit|f?printf|v[fd]?printf|dprintf|f?puts|putchar|f?putc|perror|v?(err|warn)[cx]?|std(out|err)|syslog)$' <<<"$output"
	assert_output ''
}

@test "there is one poll, and nothing sleeps" {
	mapfile -t objects < <(find "$OBJECTS"/[a-z]*/ -maxdepth 1 -name '*.o')
	run -0 wanted_symbols "${objects[@]}"
	run grep -E ': (p?poll|__poll_chk|p?select|epoll_.*|u?sleep|nanosleep)$' <<<"$output"
	assert_output "$(printf 'net/epoll.o: epoll_%s\n' create1 ctl wait)
net/poller.o: poll"
}

@test "functions fit a screen, files are one idea, main is short" {
	needs ctags
	local lines where
	while read -r lines where; do
		((lines <= 60)) || fail "$where has $lines lines"
		[[ $where != *main.c:main ]] || ((lines < 40)) || fail "main has $lines lines"
	done < <(ctags -x --languages=C --fields=+ne --c-kinds=f --_xformat='%{line} %{end} %F:%N' -R "$ROOT/src" |
		awk '{ print $2 - $1 + 1, $3 }')
	while read -r lines where; do
		((lines <= 450)) || [[ $where == total ]] || fail "$where has $lines lines"
	done < <(find "$ROOT/src" -name '*.[ch]' -exec wc -l {} +)
}

# The spellings in the first column of --help.
help_options() {
	strait --help | grep '^  \+-' | cut -c 1-24 | grep -oE -- '(^| )--?[a-zA-Z0-9-]+' | tr -d ' '
}

# The spellings that the manual has entries for.
manual_options() {
	grep '^\.It Fl' "$ROOT/man/strait.1" |
		grep -oE 'Fl [-a-zA-Z0-9]+' | sed -E 's/^Fl /-/' | sort -u
}

@test "help and the manual have the same options" {
	run -0 help_options
	local help
	help=$(sort -u <<<"$output")
	((${#lines[@]} > 20))
	run -0 manual_options
	assert_equal "$output" "$help"
}

@test "the completions have the options of the help" {
	local option shell
	for shell in bash zsh fish; do
		strait --completion "$shell" >"made.$shell"
		for option in $(help_options); do
			case $shell$option in
			fish--*) grep -q -- " -l ${option#--}\b" made.fish ;;
			fish-*) grep -q -- " -s ${option#-}\b" made.fish ;;
			*) grep -q -- "$option\b" "made.$shell" ;;
			esac || fail "$shell does not complete $option"
		done
	done
}

@test "README and manual name no option that there isn't" {
	local option
	while read -r option; do
		help_options | grep -qx -- "$option" || fail "there is no $option"
	done < <(grep -ohE 'strait( -[-a-zA-Z]+)+' "$ROOT/README.md" "$ROOT/man/strait.1" |
		grep -oE -- '--[a-z-]+' | sort -u)
}

@test "the manual is clean to mandoc's linter" {
	needs mandoc
	# Which other pages are installed is not the manual's business.
	run grep -vE 'mandoc\.db|referenced manual not found' < <(mandoc -T lint "$ROOT/man/strait.1" 2>&1)
	assert_output ''
}

@test "the bash completion is clean to shellcheck, and zsh and fish take theirs" {
	strait --completion bash >made.bash
	! command -v shellcheck >/dev/null || shellcheck -s bash made.bash
	strait --completion zsh >made.zsh
	! command -v zsh >/dev/null || zsh -n made.zsh
	strait --completion fish >made.fish
	! command -v fish >/dev/null || fish -n made.fish
}

@test "installing and uninstalling leaves nothing behind" {
	make -s -C "$ROOT" install PROGRAM="${STRAIT[-1]#"$ROOT"/}" BUILD="${BUILD:-build}" \
		DESTDIR="$PWD/root" PREFIX=/usr
	[[ -x root/usr/bin/strait && -s root/usr/share/man/man1/strait.1 ]]
	run -0 root/usr/bin/strait --version
	run -0 find root -type f
	assert_equal ${#lines[@]} 5
	make -s -C "$ROOT" uninstall DESTDIR="$PWD/root" PREFIX=/usr
	run -0 find root -type f
	assert_output ''
}

@test "the tests wait for conditions, not for time" {
	run grep -nE '(^|[^-_a-z])sleep [0-9.]' "$ROOT"/tests/*.bats "$ROOT"/tests/*.bash
	assert_output ''
}

@test "programs of more than ten lines are files, not strings of a shell" {
	run -0 awk -f "$ROOT/tests/embedded.awk" "$ROOT"/tests/*.bats "$ROOT"/tests/*.bash
	assert_output ''
}

@test "only one place knows what strait and its peers call a domain" {
	run grep -nE '^[[:space:]]*(tcp|udp|unix|unixgram|seqpacket|ipv)[46]?\).*(127\.0\.0\.1|::1|-[Uu])' \
		"$ROOT"/tests/*.bats "$ROOT"/tests/{helpers,network,settings}.bash
	assert_output ''
}

@test "the README has the figures of the benchmark that is kept" {
	cd "$ROOT"
	run -1 grep -vFxf README.md tests/bench/results/summary.md
	assert_output ''
}
