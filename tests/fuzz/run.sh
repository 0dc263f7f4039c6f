#!/bin/sh
# run.sh SECONDS FUZZER...: each fuzzer looks for an input that breaks what it checks, for so many
# seconds, as many at once as there are processors; it begins with those that are kept. Speaks TAP, and
# ends with what failed and "N passed, N failed, N skipped". With TALLY set to a file, adds these to it.
# What is found stays beside the fuzzer.
set -u

cd "$(dirname "$0")/../.." || exit
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
LENGTH=$1
shift
export WORK LENGTH

# shellcheck disable=SC2016 # that shell expands it
printf '%s\n' "$@" | xargs -r -n 1 -P "$(getconf _NPROCESSORS_ONLN)" sh -c '
	name=${1##*/}
	cp -r "tests/fuzz/corpus/$name" "$WORK/$name" || mkdir "$WORK/$name"
	if timeout -k 10 $((LENGTH + 120)) "$1" -max_total_time="$LENGTH" -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$1-" "$WORK/$name" >"$WORK/$name.log" 2>&1; then
		inputs=$(sed -n "s/^stat::number_of_executed_units: *//p" "$WORK/$name.log")
		echo "ok - $name finds nothing in $inputs inputs"
	else
		{
			sed "/^#[0-9]/d; s/^/# /" "$WORK/$name.log"
			echo "not ok - $name has found something"
		} | flock "$WORK" cat
	fi' fuzz | tee "$WORK/log"

passed=$(grep -c '^ok' "$WORK/log")
failed=$(grep -c '^not ok' "$WORK/log")
{
	grep '^not ok' "$WORK/log"
	echo "$passed passed, $failed failed, 0 skipped"
} | tee -a "${TALLY:-/dev/null}"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
