#!/bin/sh
# run.sh [-f REGEX] TEST...: runs unit tests (programs that speak TAP) and bats files, or only those of
# their tests that a regular expression matches. Ends with what failed, each in 40 lines at most, and "N
# passed, N failed, N skipped". With TALLY set to a file, adds these to it. JOBS: how many bats tests at
# once.
#
# rows.awk writes the files out, in parts, of which JOBS run side by side. (bats --jobs takes more time
# for each test than most tests do.)
set -u

cd "$(dirname "$0")/.." || exit
export BATS_LIB_PATH="${BATS_LIB_PATH:-/usr/lib/bats:/usr/share/bats}"
JOBS=${JOBS:-8}
FILTER=.
if [ "${1-}" = -f ]; then
	FILTER=$2
	shift 2
fi
RUN_DIR=$(mktemp -d)
trap 'rm -rf "$RUN_DIR"' EXIT
log=$RUN_DIR/log
export FILTER RUN_DIR

# count_tests FILE: when its rows are written out.
count_tests() {
	awk -v tests=. -f tests/rows.awk "$1" | grep -c '^@test'
}

# How many tests a part has: for bats to read it takes as long as several tests, but all jobs are to be
# busy until the end.
part_size() {
	total=0
	for test; do
		case $test in
		*.bats) total=$((total + $(count_tests "$test"))) ;;
		esac
	done
	size=$((total / (JOBS * 4)))
	echo $((size < 4 ? 4 : size > 24 ? 24 : size))
}

# split FILE: its parts are $RUN_DIR/N/FILE.
split() {
	parts=$((($(count_tests "$1") + PART - 1) / PART))
	part=0
	while [ "$part" -lt "$parts" ]; do
		mkdir -p "$RUN_DIR/$part"
		awk -v tests="$PWD/tests" -v parts="$parts" -v part="$part" -f tests/rows.awk "$1" \
			>"$RUN_DIR/$part/${1##*/}" || return
		part=$((part + 1))
	done
}

PART=$(part_size "$@")
for test; do
	case $test in
	*.bats) split "$test" || exit ;;
	*) CMOCKA_MESSAGE_OUTPUT=TAP "$test" 2>&1 || echo "not ok - $test ended with an error" ;;
	esac
done >"$log"
cat "$log"
# What a part says comes in one piece.
# shellcheck disable=SC2016 # that shell expands it
find "$RUN_DIR" -name '*.bats' | sort | xargs -r -n 1 -P "$JOBS" sh -c '
	bats --formatter tap --filter "$FILTER" "$1" >"$1.tap" 2>&1 || echo "# bats: status $?" >>"$1.tap"
	flock "$RUN_DIR/lock" grep -v "^1\.\." "$1.tap"' part | tee -a "$log"

skipped=$(grep -c '^ok .*# skip' "$log")
passed=$(($(grep -c '^ok' "$log") - skipped))
failed=$(grep -c '^not ok' "$log")
# A run that broke off has not passed.
if [ "$failed" = 0 ] && grep -q '^# bats: status' "$log"; then
	failed=1
fi
{
	awk '/^not ok/ { lines = 40 } /^ok/ { lines = 0 } lines-- > 0 || /^# bats: status/' "$log"
	echo "$passed passed, $failed failed, $skipped skipped"
} | tee -a "${TALLY:-/dev/null}"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
