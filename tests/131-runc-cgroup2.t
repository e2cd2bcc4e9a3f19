#!/bin/bash
# 103-runc.t on a host of nowadays, where a container has a cgroup namespace and a mount of version 2 in it, which criu
# makes anew: no key of ours may be in the images, because runc with criu alone has to be able to thaw them.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} cgroup2"
# shellcheck source=103-runc.t
. "$(dirname "$0")/103-runc.t"
