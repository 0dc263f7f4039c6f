#!/bin/sh
# minimize.sh FUZZER...: leaves of each fuzzer's corpus the inputs that reach what no other one does.
set -eu

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for fuzzer; do
	name=$(basename "$fuzzer")
	corpus=tests/fuzz/corpus/$name
	mkdir "$work/$name"
	"$fuzzer" -set_cover_merge=1 -timeout=20 "$work/$name" "$corpus" 2>"$work/log" || {
		cat "$work/log" >&2
		exit 1
	}
	echo "$name: $(find "$corpus" -type f | wc -l) inputs, $(find "$work/$name" -type f | wc -l) kept"
	rm -r "$corpus"
	mv "$work/$name" "$corpus"
done
