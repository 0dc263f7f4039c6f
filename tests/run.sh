#!/bin/sh
# Runs unit tests (programs that speak TAP) and bats files; ends with "N passed, N failed, N
# skipped". With TALLY set to a file, adds that line to it. JOBS: how many bats tests at once.
set -u

cd "$(dirname "$0")/.." || exit
export BATS_LIB_PATH="${BATS_LIB_PATH:-/usr/lib/bats:/usr/share/bats}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT


bats=
for test; do
	case $test in
	*.bats) bats="$bats $test" ;;
	*) CMOCKA_MESSAGE_OUTPUT=TAP "$test" 2>&1 || echo "not ok - $test ended with an error" ;;
	esac
done >"$log"
cat "$log"
if [ -n "$bats" ]; then
	# The list is words on purpose.
	# shellcheck disable=SC2086
	{
		bats --jobs "${JOBS:-8}" --formatter tap $bats || echo "# bats: status $?"
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
