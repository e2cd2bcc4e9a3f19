#!/bin/bash
# Locked mounts that lie on others on the same mountpoint: each comes back, in its peer group, and locked.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} stacked"
[ "$EUID" != 0 ] || TMPDIR=/var/lib
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=locked.sh
. "$top/tests/locked.sh"
need_root
need_criu

mount -t tmpfs third /dev/shm
mount --make-shared /dev/shm

can='unmounts its own'
locked slave
is "$(flags "$seen" | grep -c '^/dev/shm ')" 3 "there is a stack of three"
rounds slave
locked slave 'mount --make-rshared /'
rounds shared

# Nobody can change access times in a user namespace, either.
mount -o remount,bind,strictatime /dev/shm
times=$(findmnt -n -o VFS-OPTIONS -M /dev/shm | grep -o '\<[a-z]*atime' | sort | uniq -c)
like "$times" "^ +[12] relatime$" "one of three has other access times"
locked slave
rounds times

# Here it is only the flags that are locked.
can='unmounts its own
unmounts the copy of usr'
# shellcheck disable=SC2016
locked slave 'mount --bind "$T/usr" "$T/copy" && mount --bind "$T/usr" "$T/copy"'
rounds flags
finish
