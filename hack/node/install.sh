#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes what a node consists of available to make e2e: kubelet, kube-scheduler and kube-proxy, built from the modules pinned in
# hack/controlplane; Calico, which connects pods and enforces NetworkPolicy, built from those in hack/node/calico; containerd,
# runc, CNI plugins, nft, iptables, ipset and conntrack, from packages of the distribution, unpacked into a folder of ours:
# nothing is installed, nothing of the system is changed, and no service is started. The last line of stdout is the folder,
# everything else goes to stderr. Says what is missing, and fails, where it can't provide it.
#
#   bin/   every program, and ctr; those of packages with libraries are scripts that find them
#   cni/   the CNI plugins
#   crd/   the definitions of Calico's kinds
set -euo pipefail

say() { printf 'node: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
modules=$here/../controlplane
calico=$here/calico
packages=(containerd runc containernetworking-plugins nftables iptables ipset conntrack)
export GOWORK=off # a workspace around the checkout must not change what is built

[[ $(uname -s) == Linux ]] || give_up "a node needs Linux; this is $(uname -s)"
version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes v//p' "$modules/go.mod")
folder=${XDG_DATA_HOME:-$HOME/.local/share}/cx-operator/node/$version
stamp=$folder/.complete
wanted=$(cat "$modules"/go.{mod,sum} "$calico"/go.{mod,sum} "${BASH_SOURCE[0]}" | sha256sum | cut -d' ' -f1)

complete() { [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; }
if complete; then
  echo "$folder"
  exit
fi

mkdir -p "$folder/bin" "$folder/cni" "$folder/crd"
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

# needed prints the packages and what they need, without what the system has.
needed() {
  local name
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "${packages[@]}" |
    grep '^[a-z0-9]' | sort -u | while read -r name; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

unpack_packages() {
  local name program missing
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up "${packages[*]} are taken from packages of Debian or Ubuntu, and apt-get is missing here"
  say "unpacking ${packages[*]} from the distribution"
  mkdir -p "$work/packages" "$work/root"
  cd "$work/packages"
  fetch() {
    mapfile -t missing < <(needed)
    # Also those that are installed: one folder with all of them is what the node is made of.
    apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" "${missing[@]}" >&2
  }
  fetch || { [[ $(id -u) == 0 ]] && apt-get update >&2 && fetch; } ||
    give_up "apt-get could not download ${packages[*]}: are its lists there (apt-get update)?"
  for name in *.deb; do
    dpkg-deb --extract "$name" "$work/root"
  done
  rm -rf "$folder/root"
  mv "$work/root" "$folder/root"
  for program in containerd containerd-shim-runc-v2 ctr runc; do
    ln -sf "$(find "$folder/root/usr" -path "*bin/$program" | head -n 1)" "$folder/bin/$program"
  done
  cp -f "$folder"/root/usr/lib/cni/* "$folder/cni/"
  for program in nft ipset conntrack; do
    with_libraries "$program" "$program"
  done
  # The iptables that nf_tables carries out: kube-proxy uses nf_tables, too.
  for program in iptables ip6tables; do
    for name in "" -save -restore; do
      with_libraries "$program$name" "$program-nft$name"
      with_libraries "$program-nft$name" "$program-nft$name"
    done
  done
}

# with_libraries NAME PROGRAM: bin/NAME runs a program of a package with the libraries beside it.
with_libraries() {
  local libraries
  libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
  cat >"$folder/bin/$1" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH=$libraries XTABLES_LIBDIR=$libraries/xtables
exec "$folder/root/usr/sbin/$2" "\$@"
EOF
  chmod +x "$folder/bin/$1"
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

build_calico() {
  cd "$calico"
  say "building Calico, $SECONDS s so far"
  CGO_ENABLED=0 go build -ldflags '-s -w' -o "$work/" github.com/projectcalico/calico/felix/cmd/calico-felix \
    github.com/projectcalico/calico/cni-plugin/cmd/calico || give_up "Calico could not be built"
  mv -f "$work/calico-felix" "$folder/bin/"
  mv -f "$work/calico" "$folder/cni/"
  cp -f "$(go list -m -f '{{.Dir}}' github.com/projectcalico/calico)"/libcalico-go/config/crd/*.yaml "$folder/crd/"
  chmod -R u+w "$folder/crd"
}

unpack_packages
build_kubernetes
build_calico
for program in containerd nft iptables ipset conntrack; do
  "$folder/bin/$program" --version >&2 || give_up "$program cannot be run"
done
printf '%s\n' "$wanted" >"$stamp"
say "ready after $SECONDS s"
echo "$folder"
