#!/usr/bin/env bash
# Installs the Redis that the tests of the shared store start: Debian's redis-server. `make test`
# calls it. Packages of the system are installed by root or in CI, and by nobody else unasked: the
# command is printed instead. The tests start servers of their own, on free ports; the service that
# the package brings is neither started nor needed.
set -euo pipefail

readonly PACKAGES=(redis-server)

leave_out() {
    echo "redis: the tests of the store in a Redis will fail without redis-server: $*" >&2
    exit 0
}

if command -v redis-server >/dev/null; then
    exit 0
fi
command -v apt-get >/dev/null || leave_out "install it as your system does it (6.2 or later)"
as_root=()
if [ "$(id -u)" != 0 ]; then
    [ -n "${CI:-}" ] && command -v sudo >/dev/null ||
        leave_out "run this once: sudo apt-get install --no-install-recommends ${PACKAGES[*]}"
    as_root=(sudo -n)
fi
echo "redis: installing the Debian packages ${PACKAGES[*]}"
"${as_root[@]}" apt-get update -qq || leave_out "the package lists cannot be read"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # else the package starts a server of its own
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${PACKAGES[@]}" >/dev/null ||
    leave_out "apt-get could not install ${PACKAGES[*]}"
