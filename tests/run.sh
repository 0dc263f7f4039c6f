#!/bin/sh
# run.sh [-f REGEX] TEST...: runs unit tests (programs that speak TAP) and bats files, which rows.awk
# writes out first, or only those of their tests that a regular expression matches. Ends with "N passed,
# N failed, N skipped". With TALLY set to a file, adds that line to it. JOBS: how many bats tests at
# once.
set -u

cd "$(dirname "$0")/.." || exit
export BATS_LIB_PATH="${BATS_LIB_PATH:-/usr/lib/bats:/usr/share/bats}"
filter=.
if [ "${1-}" = -f ]; then
	filter=$2
	shift 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
mkdir "$work/tests"

for test; do
	case $test in
	*.bats) awk -v tests="$PWD/tests" -f tests/rows.awk "$test" >"$work/tests/${test##*/}" || exit ;;
	*) CMOCKA_MESSAGE_OUTPUT=TAP "$test" 2>&1 || echo "not ok - $test ended with an error" ;;
	esac
done >"$log"
cat "$log"
if [ -n "$(ls "$work/tests")" ]; then
	{
		bats --jobs "${JOBS:-8}" --formatter tap --filter "$filter" "$work"/tests/*.bats ||
			echo "# bats: status $?"
	} 2>&1 | tee -a "$log"
fi

skipped=$(grep -c '^ok .*# skip' "$log")
passed=$(($(grep -c '^ok' "$log") - skipped))
failed=$(grep -c '^not ok' "$log")
# A run that broke off has not passed.
if [ "$failed" = 0 ] && grep -q '^# bats: status' "$log"; then
	failed=1
fi
[ "$failed" = 0 ] || grep '^not ok' "$log"
echo "$passed passed, $failed failed, $skipped skipped" | tee -a "${TALLY:-/dev/null}"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
