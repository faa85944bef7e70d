#!/usr/bin/env bash
# Installs servers that tests start, from Debian's packages: the Redis of the shared store, the nginx
# that mirrors. `make test` calls it. Packages of the system are installed by root or in CI, and by
# nobody else unasked: the command is printed instead. The tests start servers of their own, on free
# ports; the services that the packages bring are neither started nor needed.
#
#   scripts/install-servers.sh redis-server nginx     names of packages, and of their programs
set -euo pipefail
export PATH="$PATH:/usr/sbin"

missing=()
for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if [ ${#missing[@]} = 0 ]; then
    exit 0
fi

leave_out() {
    echo "servers: the tests that start ${missing[*]} will fail: $*" >&2
    exit 0
}

command -v apt-get >/dev/null || leave_out "install it as your system does it (Redis: 6.2 or later)"
as_root=()
if [ "$(id -u)" != 0 ]; then
    [ -n "${CI:-}" ] && command -v sudo >/dev/null ||
        leave_out "run this once: sudo apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo -n)
fi
echo "servers: installing the Debian packages ${missing[*]}"
"${as_root[@]}" apt-get update -qq || leave_out "the package lists cannot be read"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # else a package starts a server of its own
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    leave_out "apt-get could not install ${missing[*]}"
