#!/bin/sh
# bugs.sh [NAME...]: plants each of the bugs that are kept in bugs/ into a copy of the sources, one
# at a time, and simulates: it has to be found. Speaks TAP. SIM_SECONDS: how long one is looked for.
#
# A bug is a sed script; its first line says of which file it is, and what it does.
set -u

cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tests"
cp -r Makefile src "$work"
cp -r tests/sim tests/targets.mk "$work/tests"
# The names are words on purpose.
# shellcheck disable=SC2046
[ $# != 0 ] || set -- $(basename -s .sed tests/sim/bugs/*.sed)
SIM_SECONDS=${SIM_SECONDS:-5}
export SIM_SECONDS

build() {
	make -s -C "$work" BUILD=build CFLAGS=-O1 build/sim >"$work/log" 2>&1
}

build || {
	sed 's/^/# /' "$work/log"
	echo "not ok - the sources build"
	exit 1
}
for bug; do
	script=tests/sim/bugs/$bug.sed
	file=$(sed -n '1s/^# \([^:]*\):.*/\1/p' "$script")
	what=$(sed -n '1s/^# [^:]*: //p' "$script")
	sed -i -f "$script" "$work/src/$file"
	if cmp -s "src/$file" "$work/src/$file"; then
		echo "not ok - $bug: nothing is changed by it"
	elif ! build; then
		sed 's/^/# /' "$work/log"
		echo "not ok - $bug: it does not build"
	elif SIM_FIRST=1 "$work/build/sim" >"$work/log" 2>&1; then
		echo "not ok - $bug: it is not found: $what"
	else
		sed -n 's/^not ok - /# /; /^#/p' "$work/log"
		echo "ok - $bug: $what"
	fi
	cp "src/$file" "$work/src/$file"
done
