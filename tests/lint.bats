#!/usr/bin/env bats
# What tools say of the sources, and takes them some time.

load helpers

@test "the code is formatted as .clang-format says" {
	needs clang-format
	cd "$ROOT"
	run -0 clang-format --dry-run -Werror src/*.c src/*/*.[ch] tests/*/*.[ch]
}

@test "the scripts are clean to shellcheck" {
	needs shellcheck
	cd "$ROOT"
	run -0 shellcheck -x .ci/run tests/*.sh tests/*/*.sh
	run -0 shellcheck -x -s bash tests/*.bash
	run -0 shellcheck -x tests/*.bats
}
