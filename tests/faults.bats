#!/usr/bin/env bats
# Every system call of strait fails, once, at its first, second, fifth and last time, in each way
# of talking. See faults.py. What can simply be tried again ("!") must not be noticed at all.

load helpers

suits() {
	needs strace
	strace -f --seccomp-bpf -e trace=read -o /dev/null true 2>/dev/null || skip "may not trace"
}

faults() {
	timeout -k 1 "$((LIMIT * 10))" python3 "$TESTS/faults.py" "$@" 3>&- ||
		if (($? == 3)); then skip "it is never called"; else return 1; fi
}

fails() {
	faults inject "$1" error=EINTR error=EAGAIN error=ENOBUFS error=ECONNABORTED "${@:2}" -- "${STRAIT[@]}"
}

# Calls that carry bytes, or wait for them.
stutters() {
	faults inject "$1" !error=EINTR !error=EAGAIN "${@:2}" error=ECONNABORTED -- "${STRAIT[@]}"
}

@test "poll fails" { stutters poll error=ENOBUFS; }
@test "poll returns for nothing" { faults inject poll !retval=0 -- "${STRAIT[@]}"; }
@test "read fails" { stutters read !error=ENOBUFS; }
@test "write fails" { stutters write !error=ENOBUFS; }
@test "writev fails" { stutters writev !error=ENOBUFS; }
@test "pwritev2 fails" { stutters pwritev2 !error=ENOBUFS !error=EOPNOTSUPP !error=EPERM; }
@test "preadv2 fails" { stutters preadv2 !error=ENOBUFS !error=EOPNOTSUPP !error=EPERM; }
@test "splice fails" { stutters splice !error=ENOBUFS !error=EINVAL !error=ENOSYS error=ENOMEM; }
@test "fcntl fails" { stutters fcntl !error=EPERM !error=EINVAL; }
@test "recvfrom fails" { stutters recvfrom error=ENOBUFS; }
@test "recvmsg fails" { stutters recvmsg error=ENOBUFS; }
@test "recvmmsg fails" { stutters recvmmsg !error=ENOBUFS; }
@test "sendmmsg fails" { stutters sendmmsg !error=ENOBUFS; }
@test "sendto fails" { stutters sendto !error=ENOBUFS; }
@test "sendmsg fails" { stutters sendmsg !error=ENOBUFS; }
@test "shutdown fails" { fails shutdown; }
@test "ioctl fails" { fails ioctl; }
@test "getsockopt fails" { fails getsockopt; }
@test "setsockopt fails" { fails setsockopt; }
@test "close fails" { fails close; }
@test "accept4 fails" { stutters accept4 error=ENOBUFS; }
@test "connect fails" { fails connect error=ETIMEDOUT; }
@test "socket fails" { fails socket error=EMFILE; }
@test "bind fails" { fails bind; }
@test "listen fails" { fails listen; }
@test "getsockname fails" { fails getsockname; }
@test "getpeername fails" { fails getpeername; }
@test "fstat fails" { fails newfstatat; }
@test "open fails" { fails openat error=EMFILE; }
@test "lseek fails" { fails lseek; }
@test "ftruncate fails" { fails ftruncate error=EINVAL; }
@test "pipe2 fails" { fails pipe2 error=EMFILE; }
@test "mkdir fails" { fails mkdir error=ENOSPC; }
@test "unlink fails" { fails unlink; }
@test "rmdir fails" { fails rmdir; }

# A message that is longer than the system can ever allocate fails so for good.
@test "unix datagrams: a system that stays short of buffers ends it after five seconds" {
	peer them -Uu listen socket await:never
	clock_start
	run -1 --separate-stderr timeout -k 1 "$LIMIT" strace -f -qq -o /dev/null -e trace=sendto,sendmsg,sendmmsg \
		-e inject=sendto,sendmsg,sendmmsg:error=ENOBUFS "${STRAIT[@]}" -Uu socket <<<hello 3>&-
	assert_took 5000
	# shellcheck disable=SC2154 # run sets it
	assert_regex "$stderr" '^strait: write to socket: No buffer space available'
}

@test "every system call that strait makes is among these" {
	local call
	for call in $(faults calls "${STRAIT[@]}"); do
		grep -Eq "^@test .*(fails|stutters) ${call}[ ;]" "$TESTS/faults.bats" || {
			echo "$call is never made to fail"
			return 1
		}
	done
}
