#!/bin/sh
# run.sh SECONDS FUZZER...: each fuzzer looks for an input that breaks what it checks, for so many
# seconds; it begins with those that are kept. Speaks TAP, and ends with "N passed, N failed, N
# skipped". With TALLY set to a file, adds that line to it. What is found stays beside the fuzzer.
set -u

cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seconds=$1
shift

passed=0 failed=0
for fuzzer; do
	name=$(basename "$fuzzer")
	cp -r "tests/fuzz/corpus/$name" "$work/$name" || mkdir "$work/$name"
	if timeout -k 10 $((seconds + 120)) "$fuzzer" -max_total_time="$seconds" -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$fuzzer-" "$work/$name" >"$work/log" 2>&1; then
		inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
		echo "ok - $name finds nothing in $inputs inputs"
		passed=$((passed + 1))
	else
		sed '/^#[0-9]/d; s/^/# /' "$work/log"
		echo "not ok - $name has found something"
		failed=$((failed + 1))
	fi
done

echo "$passed passed, $failed failed, 0 skipped" | tee -a "${TALLY:-/dev/null}"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
