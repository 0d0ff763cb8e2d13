#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes a real mail server, chasquid, available to test/mta. The last line of stdout is its program; everything
# else goes to stderr. Says what is missing, and fails, where it can't provide it.
#
#   CX_MTA set              that program is taken
#   chasquid on the path    that one is taken
#   Debian or Ubuntu        its package is unpacked into a folder of ours: nothing of the system is changed, no
#                           root is needed, and no server is started
set -euo pipefail

say() { printf 'mail server: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

folder=${XDG_DATA_HOME:-$HOME/.local/share}/cx-operator/mta
mta=${CX_MTA:-$(command -v chasquid || true)}
if [[ -z $mta ]]; then
  mta=$folder/usr/bin/chasquid
fi
if [[ ! -x $mta && $mta == "$folder"/* ]]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up "chasquid is missing: install it (packages of this name exist, or: go install blitiri.com.ar/go/chasquid/...@latest), or set CX_MTA to it"
  say "unpacking chasquid from the distribution"
  mkdir -p "$folder"
  cd "$folder"
  fetch() { apt-get -qq -o APT::Sandbox::User=root download chasquid >&2; }
  fetch || { [[ $(id -u) == 0 ]] && apt-get update >&2 && fetch; } ||
    give_up "apt-get could not download chasquid: are its lists there (apt-get update)? Or install it yourself and set CX_MTA to it"
  dpkg-deb --extract chasquid_*.deb . || give_up "chasquid's package could not be unpacked"
  rm -f chasquid_*.deb
fi
[[ -x $mta && -x ${mta%/*}/chasquid-util ]] || give_up "$mta cannot be run, or chasquid-util is not beside it: set CX_MTA to chasquid's program"
echo "$mta"
