#!/bin/bash
# Processes of a freeze or a thaw are killed at moments that no test has chosen: short runs of tests/torture/kill-anywhere;
# `make torture` is the long one. The seed is fixed, so that the same rounds come again; the moments are not exact.
CRIU_NS_TEST_SECONDS=1200
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
seed=1
for tool in python3 cc nft iptables; do
	command -v "$tool" >/dev/null || skip_all "needs $tool"
done

# torture NAME ARGUMENT...: no round may lose anything or leave anything behind
torture() {
	local rounds command=(tests/torture/kill-anywhere --tool "$CRIU_NS" --criu "$CRIU_BINARY" --seed "$seed" "${@:2}")
	run "$top/${command[0]}" "${command[@]:1}" --out "$T/out"
	rounds=$(grep -oE '^[0-9]+ rounds in [0-9]+ s' <<<"$out")
	# Each round with a violation is a line of JSON; --round and --when in it repeat that round.
	report "$status" "$1, seed $seed: ${rounds:-it did not come to its end}" "again: ${command[*]}" "$(grep -E '^\{|violations' <<<"$out")"
}

torture "killed at any moment" --op line -n 100
torture "killed at every 60th system call" --op line --mode step --victim tool,init,hold --every 60 -n 0
torture "requests by RPC, killed at any moment" --op rpc -n 40
torture "... at every 90th system call" --op rpc --mode step --victim tool --every 90 -n 0
finish
