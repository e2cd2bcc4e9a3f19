#!/bin/bash
# Mounts that are locked (mount_namespaces(7)): what the root of a user namespace cannot unmount or make
# writable before a freeze, it cannot after a thaw either. And what it can, it still can.
[ "$EUID" != 0 ] || TMPDIR=/var/lib
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# shellcheck source=locked.sh
. "$top/tests/locked.sh"

can='unmounts its own'
locked private
rounds private
locked slave
rounds slave
locked slave 'mount --make-rshared /'
rounds shared

# A lock stays with a copy of the mount, and what is put on a locked one is free.
can="unmounts its own
unmounts its own on a locked one
makes its read-only one writable
unmounts the copy of usr"
# shellcheck disable=SC2016
locked slave 'mount --bind "$T/usr" "$T/copy" && mount -t tmpfs own "$T/deep/own" &&
	mount -t tmpfs state "$T/state" && mount -o remount,bind,ro "$T/state"'
rounds mixed

# What of the host's a mask hides, with what is mounted on that.
lay+=' && mount -t tmpfs mask /sys/fs'
can='unmounts its own'
locked private
rounds hidden
finish
