#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes etcd, kube-apiserver, kube-controller-manager and kubectl available to tests, make run and
# make demo. The last line of stdout is the folder that holds them; everything else goes to stderr.
#
#   KUBEBUILDER_ASSETS set     that folder is the answer, nothing is done
#   made before, same go.mod   the folder is the answer, in milliseconds
#   download possible          setup-envtest brings three of them, kube-controller-manager is built
#   otherwise                  all four are built from the modules pinned in this folder's go.mod
set -euo pipefail

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
  echo "$KUBEBUILDER_ASSETS"
  exit
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
export GOWORK=off # a workspace around the checkout must not change what is built

say() { printf 'control plane: %s\n' "$*" >&2; }

programs=(etcd kube-apiserver kube-controller-manager kubectl)

package_of() {
  case $1 in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

platform() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-amd64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    Darwin-x86_64) echo darwin-amd64 ;;
    Darwin-arm64) echo darwin-arm64 ;;
    *) go env GOOS GOARCH | paste -sd- - ;;
  esac
}

checksum() {
  if command -v sha256sum >/dev/null; then
    cat go.mod go.sum | sha256sum
  else
    cat go.mod go.sum | shasum -a 256
  fi | cut -d' ' -f1
}

version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes v//p' go.mod)
minor=${version%.*}
platform=$(platform)
# The place where setup-envtest keeps its downloads, so that both find what the other made.
data=${XDG_DATA_HOME:-$HOME/.local/share}/kubebuilder-envtest
folder=$data/k8s/$version-$platform
stamp=.cx-operator-controlplane
wanted=$(checksum)

# complete FOLDER: all four programs are there and were made for this go.mod.
complete() {
  local program
  [[ -f $1/$stamp && $(<"$1/$stamp") == "$wanted" ]] || return 1
  for program in "${programs[@]}"; do
    [[ -x $1/$program ]] || return 1
  done
}

# answer ends the script when some folder is complete. A download may be another patch release of
# the same minor version and then has a folder of its own.
answer() {
  local candidate
  for candidate in "$folder" "$data/k8s/$minor".*-"$platform"; do
    if complete "$candidate"; then
      echo "$candidate"
      exit
    fi
  done
}

answer

# Two makes at once must not build the same thing twice, or move half-made files.
mkdir -p "$data/k8s"
if command -v flock >/dev/null; then
  exec 9>"$data/.cx-operator.lock"
  if ! flock -n 9; then
    say "another run is making it, waiting"
    flock 9
  fi
  answer
fi

work=$(mktemp -d "$data/.cx-operator-build.XXXXXX")
trap 'rm -rf "$work"' EXIT

# limit SECONDS COMMAND...: an unreachable network must not cost minutes.
limit() {
  if command -v timeout >/dev/null; then
    timeout "$@"
  else
    "${@:2}"
  fi
}

# download prints the folder setup-envtest filled, or fails. The index is asked first, with a short
# limit, so that a slow but working network still gets its time for the download itself.
download() {
  local tool=$work/setup-envtest
  (cd ../tools && go build -o "$tool" sigs.k8s.io/controller-runtime/tools/setup-envtest) >&2 || return 1
  limit 15 "$tool" list --bin-dir "$data" "$minor.x!" >/dev/null 2>&1 || return 1
  say "downloading Kubernetes $minor with setup-envtest"
  limit 600 "$tool" use --bin-dir "$data" -p path "$minor.x!" || return 1
}

# Without the stamps kubectl reports v0.0.0 and refuses to compare itself with the server.
build_info=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  build_info+=" -X $package.gitVersion=v$version -X $package.gitTreeState=clean"
  build_info+=" -X $package.gitMajor=${version%%.*} -X $package.gitMinor=${minor#*.}"
done

# report NAME TOTAL turns `go build -v` (one line per package) into a line now and then.
report() {
  local line packages=0 modules=0
  while IFS= read -r line; do
    case $line in
      'go: downloading'*) ((++modules % 50)) || say "  $modules modules downloaded" ;;
      *' '*) printf '%s\n' "$line" >&2 ;;
      *) ((++packages % 150)) || say "  $1: $packages of at most $2 packages, $SECONDS s" ;;
    esac
  done
}

build() { # NAME FOLDER
  local package total
  package=$(package_of "$1")
  total=$(go list -deps "$package" 2> >(report "$1" 0) | wc -l)
  go build -v -ldflags "-s -w$build_info" -o "$work/$1" "$package" 2>&1 | report "$1" "$((total))"
  mv -f "$work/$1" "$2/$1"
}

missing=("${programs[@]}")
if downloaded=$(download | tail -n 1) && [[ -x $downloaded/kube-apiserver ]]; then
  folder=$downloaded
  missing=()
  for program in "${programs[@]}"; do
    [[ -x $folder/$program ]] || missing+=("$program")
  done
else
  say "setup-envtest cannot download Kubernetes $minor here"
fi

if ((${#missing[@]})); then
  say "building ${missing[*]} (Kubernetes $version) from source, once;"
  say "all four take about 8 minutes on 2 cores when nothing is cached"
fi
mkdir -p "$folder"
step=0
for program in "${missing[@]+"${missing[@]}"}"; do
  say "[$((++step))/${#missing[@]}] $program, $SECONDS s so far"
  build "$program" "$folder"
done

printf '%s\n' "$wanted" >"$work/stamp"
mv -f "$work/stamp" "$folder/$stamp"
say "ready after $SECONDS s"
echo "$folder"
