#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# podman with criu-ns under the name criu on PATH: checkpoint and restore, three times; --export, and --import under
# another name. The runtime is runc: Debian 12's crun is built without criu.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
runc=$(command -v runc)
if ! command -v podman >/dev/null || [ -z "$runc" ]; then
	lacks "podman and runc are not installed; podman's packages are large"
	finish
fi
own_rootfs "$T/box" || skip_all "needs busybox"

mkdir bin real
ln -s "$CRIU_BINARY" real/criu # podman does not hand down CRIU_BINARY
ln -s "$CRIU_NS" bin/criu

pod() { # pod ARGUMENT...: podman, with everything of its below $T
	env -u CRIU_BINARY PATH="$T/bin:$T/real:$PATH" podman --root "$T/store" --runroot "$T/run" --tmpdir "$T/tmp" \
		--storage-driver vfs --cgroup-manager cgroupfs --events-backend file --runtime "$runc" "$@"
}
at_end() {
	pod rm -fa -t 0 >/dev/null 2>&1
	end_strays
}

attend_container() { # attend_container NAME: sets $pid, $id, $count
	pid=$(pod inspect -f '{{.State.Pid}}' "$1" 2>/dev/null)
	waitfor state "${pid:-0}"
	look_at "${pid:-0}"
}

tar -C box -c . | pod import - box >/dev/null 2>import.err || bail_out "podman import: $(cat import.err)"
# On a host with a journal podman logs there, and the test's /run has no journal.
run pod run -d --log-driver k8s-file --name "one-$$" --network none --ulimit nofile=1000:1000 --ulimit nproc=1000:1000 box /bin/counter /state/now
if [ "$status" != 0 ]; then
	lacks "podman cannot run a container here: $(tail -n 1 <<<"$err")"
	finish
fi
attend_container "one-$$"
first=$id
for cycle in 1 2 3; do
	look_at "$pid"
	runs_ok "checkpoint $cycle" pod container checkpoint "one-$$"
	dead "$pid" "... the container has ended"
	runs_ok "... restore" pod container restore "one-$$"
	before=$count
	attend_container "one-$$"
	goes_on "${pid:-0}" "$first" "$before" "... it goes on"
	is "$(field "${pid:-0}" NSpid | wc -w)" 2 "... with no frame around it"
	like "$(pod ps)" "Up .*one-$$" "... and podman knows it"
done

look_at "$pid"
runs_ok "checkpoint --export" pod container checkpoint --export "$T/one.tar.gz" "one-$$"
before=$count
runs_ok "... restore --import, under another name" pod container restore --import "$T/one.tar.gz" --name "two-$$"
attend_container "two-$$"
goes_on "${pid:-0}" "$first" "$before" "... it goes on"
runs_ok "... and the first one, at the same time" pod container restore "one-$$"
attend_container "one-$$"
goes_on "${pid:-0}" "$first" "$before" "... it goes on, too"

# Two at once, by commands that run at the same time. The imported one has no part in that: where there is only version 2 of
# cgroups, runc restores it into the cgroup of the first one, and criu, bare or not, stops all that is in the cgroup.
pod rm -f -t 0 "two-$$" >/dev/null 2>&1
runs_ok "another container" pod run -d --log-driver k8s-file --name "other-$$" --network none --ulimit nofile=1000:1000 \
	--ulimit nproc=1000:1000 box /bin/counter /state/now
at_once() { # at_once NAME COMMAND...: for both containers
	local jobs=() job good=0 n
	for n in one other; do
		pod container "${@:2}" "$n-$$" </dev/null >"$n.log" 2>&1 &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job" || good=1
	done
	report "$good" "$1" "$(cat one.log other.log)"
}
declare -A ids counts
for n in one other; do
	attend_container "$n-$$"
	ids[$n]=$id counts[$n]=$count
done
at_once "two checkpoints at once" checkpoint
at_once "... two restores at once" restore
for n in one other; do
	attend_container "$n-$$"
	goes_on "${pid:-0}" "${ids[$n]}" "${counts[$n]}" "... $n goes on"
done
finish
