#!/usr/bin/env bash
# Installs the browser that the page is tested in: Debian's Chromium, its driver, and a font.
# `make test` calls it. Packages of the system are installed by root or in CI, and by nobody else
# unasked: the command is printed instead. Nothing but those tests needs a browser.
set -euo pipefail

readonly PACKAGES=(chromium chromium-driver fonts-dejavu-core)

is_there() {
    command -v chromium >/dev/null && command -v chromedriver >/dev/null
}

leave_out() {
    echo "browser: the tests of the page will fail without Chromium and chromedriver: $*" >&2
    exit 0
}

if is_there; then
    exit 0
fi
command -v apt-get >/dev/null || leave_out "install them as your system does it"
as_root=()
if [ "$(id -u)" != 0 ]; then
    [ -n "${CI:-}" ] && command -v sudo >/dev/null ||
        leave_out "run this once: sudo apt-get install --no-install-recommends ${PACKAGES[*]}"
    as_root=(sudo -n)
fi
echo "browser: installing the Debian packages ${PACKAGES[*]}"
"${as_root[@]}" apt-get update -qq || leave_out "the package lists cannot be read"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${PACKAGES[@]}" >/dev/null ||
    leave_out "apt-get could not install ${PACKAGES[*]}"
