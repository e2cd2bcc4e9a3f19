# shellcheck shell=bash
# Sourced before lib.sh: the test starts itself again in a network namespace of its own, for criu-ns and all targets, in
# which lo is up. Afterwards need_net skips the test where that could not be had.
if [ -z "${IN_NET-}" ]; then
	export IN_NET=1
	if [ "$EUID" = 0 ] && unshare --net true 2>/dev/null; then
		exec unshare --net bash -c 'ip link set lo up 2>/dev/null || true; exec bash "$@"' sh "$0" "$@"
	fi
fi

need_net() {
	command -v ip >/dev/null || skip_all "needs ip (iproute2)"
	ip link set lo up || skip_all "needs a network namespace"
}
