#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes a browser and what drives it available to test/browser. The last line of stdout is the browser;
# everything else goes to stderr. Says what is missing, and fails, where it can't install it.
#
#   CX_BROWSER set             that browser is taken
#   chromium on the path       that one is taken
#   root on Debian or Ubuntu   chromium is installed from the distribution
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../test/browser"

say() { printf 'browser: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

command -v npm >/dev/null || give_up "node 20 or later and npm are missing: install them, e.g. the packages nodejs and npm"
if [[ ! -e node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
  say "installing playwright-core and axe-core with npm"
  npm ci --ignore-scripts >&2 || give_up "npm could not install them: is a registry within reach?"
  touch node_modules/.package-lock.json
fi

browser=${CX_BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z $browser ]]; then
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null ||
    give_up "chromium is missing: install it (Debian: apt-get install chromium), or set CX_BROWSER to a Chromium or Chrome"
  say "installing chromium: about a minute"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >&2 ||
    give_up "apt-get could not install chromium; install it, or set CX_BROWSER to a Chromium or Chrome"
  browser=$(command -v chromium)
fi
[[ -x $browser ]] || give_up "$browser cannot be run: set CX_BROWSER to a Chromium or Chrome"
echo "$browser"
