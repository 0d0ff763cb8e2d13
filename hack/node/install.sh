#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes what a node consists of available to make e2e: kubelet, kube-scheduler and kube-proxy, built from the modules pinned in
# hack/controlplane; containerd, runc, the CNI plugins and nft, from packages of the distribution, unpacked into a folder of
# ours: nothing is installed, nothing of the system is changed, and no service is started. The last line of stdout is the
# folder, everything else goes to stderr. Says what is missing, and fails, where it can't provide it.
#
#   bin/   every program, and ctr; nft is a script that finds its libraries
#   cni/   the CNI plugins
set -euo pipefail

say() { printf 'node: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
modules=$here/../controlplane
export GOWORK=off # a workspace around the checkout must not change what is built

[[ $(uname -s) == Linux ]] || give_up "a node needs Linux; this is $(uname -s)"
version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes v//p' "$modules/go.mod")
folder=${XDG_DATA_HOME:-$HOME/.local/share}/cx-operator/node/$version
stamp=$folder/.complete
wanted=$(cat "$modules/go.mod" "$modules/go.sum" "${BASH_SOURCE[0]}" | sha256sum | cut -d' ' -f1)

complete() { [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; }
if complete; then
  echo "$folder"
  exit
fi

mkdir -p "$folder/bin" "$folder/cni"
exec 9>"$folder/.lock"
if ! flock -n 9; then
  say "another run is making it, waiting"
  flock 9
fi
if complete; then
  echo "$folder"
  exit
fi

work=$(mktemp -d "$folder/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# packages NAME...: the packages and what they need, without what the system has.
packages() {
  local name
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    grep '^[a-z0-9]' | sort -u | while read -r name; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

unpack_packages() {
  local name program missing
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up "containerd, runc, CNI plugins and nft are taken from packages of Debian or Ubuntu, and apt-get is missing here"
  say "unpacking containerd, runc, the CNI plugins and nftables from the distribution"
  mkdir -p "$work/packages" "$work/root"
  cd "$work/packages"
  fetch() {
    mapfile -t missing < <(packages containerd runc containernetworking-plugins nftables)
    # Also those that are installed: one folder with all of them is what the node is made of.
    apt-get -qq -o APT::Sandbox::User=root download containerd runc containernetworking-plugins nftables "${missing[@]}" >&2
  }
  fetch || { [[ $(id -u) == 0 ]] && apt-get update >&2 && fetch; } ||
    give_up "apt-get could not download containerd: are its lists there (apt-get update)?"
  for name in *.deb; do
    dpkg-deb --extract "$name" "$work/root"
  done
  rm -rf "$folder/root"
  mv "$work/root" "$folder/root"
  for program in containerd containerd-shim-runc-v2 ctr runc; do
    ln -sf "$(find "$folder/root/usr" -path "*bin/$program" | head -n 1)" "$folder/bin/$program"
  done
  cp -f "$folder"/root/usr/lib/cni/* "$folder/cni/"
  cat >"$folder/bin/nft" <<EOF
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu) exec "$folder/root/usr/sbin/nft" "\$@"
EOF
  chmod +x "$folder/bin/nft"
}

build_kubernetes() {
  local program package stamps=
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    stamps+=" -X $package.gitVersion=v$version -X $package.gitTreeState=clean"
  done
  cd "$modules"
  for program in kubelet kube-scheduler kube-proxy; do
    say "building $program $version, $SECONDS s so far"
    go build -ldflags "-s -w$stamps" -o "$work/$program" "k8s.io/kubernetes/cmd/$program" ||
      give_up "$program could not be built"
    mv -f "$work/$program" "$folder/bin/$program"
  done
}

unpack_packages
build_kubernetes
"$folder/bin/nft" --version >&2 || give_up "nft cannot be run"
"$folder/bin/containerd" --version >&2 || give_up "containerd cannot be run"
printf '%s\n' "$wanted" >"$stamp"
say "ready after $SECONDS s"
echo "$folder"
