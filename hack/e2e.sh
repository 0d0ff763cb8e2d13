#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# make e2e: builds what the tests in test/e2e need, and runs them on a real node (hack/node/inside.sh). What is built
# for it lies in bin/ until the end. Needs root on Debian or Ubuntu, and git with the history of the chart.
#
#   E2E_FROM   the commit from which the upgrade starts; without it, the last one with another chart
#   E2E_RUN    the tests to run, as go test -run has it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%6.1f s  %s\n' "$SECONDS" "$*" | tee -a "$out/steps"; }
give_up() {
  printf 'e2e: %s\n' "$*" >&2
  exit 1
}

[[ $(uname -s) == Linux && $(id -u) == 0 ]] ||
  give_up "a real node needs root on Linux: run it in a virtual machine of its own, where that means nothing"

mkdir -p bin
out=$(mktemp -d "$PWD/bin/e2e.XXXXXX")
child=
clean_up() {
  trap - EXIT INT TERM
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  rm -rf "$out"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
chart=charts/cx-operator

# the_one_before prints the commit that the upgrade starts from.
the_one_before() {
  local commit
  if [[ -n ${E2E_FROM:-} ]]; then
    git rev-parse --verify --quiet "$E2E_FROM^{commit}" || give_up "E2E_FROM=$E2E_FROM is no commit here"
    return
  fi
  if ! git diff --quiet HEAD -- "$chart"; then
    git rev-parse HEAD # the chart is being worked on
    return
  fi
  commit=$(git log --max-count 1 --format=%H -- "$chart")
  if git cat-file -e "$commit^:$chart/Chart.yaml" 2>/dev/null; then
    git rev-parse "$commit^"
  else
    echo "$commit" # the first one with a chart; or git has no more of the history here, as in a shallow clone
  fi
}

# times prints how long each step took. The steps are in a file, those of the tests among them, each with the time of its beginning.
times() {
  echo "where the time went:"
  awk 'NR > 1 { printf "%8.1f s  %s\n", $1 - began, what } { began = $1; sub(/^ *[0-9.]+ s +/, ""); what = $0 }' "$out/steps"
}

# image NAME ROOT packs a checkout's operator.
image() {
  go -C hack/dist run . --root "$2" --out "$out/image-$1" --version "$1" --registry registry.example.com image >/dev/null
  mv "$out/image-$1"/*.tar "$out/$1.tar"
}

say "the programs of the control plane and of the node"
assets=$(hack/controlplane/install.sh)
node=$(hack/node/install.sh)
make --silent --no-print-directory bin/tools/helm

from=$(the_one_before)
say "the image of this checkout, and that of $(git log -1 --format='%h (%s)' "$from")"
# A clone of its own: a work tree would stand in this repository's list.
git clone --quiet --shared --no-checkout . "$out/from"
git -C "$out/from" checkout --quiet --detach "$from"
image present "$PWD"
image previous "$out/from"
cp -r "$chart" "$out/present-chart"
cp -r "$out/from/$chart" "$out/previous-chart"
CGO_ENABLED=0 go build -ldflags '-s -w' -o "$out/" ./hack/node/pause ./test/e2e/visitor
go test -c -tags e2e -o "$out/e2e.test" ./test/e2e

say "the tests"
status=0
CX_E2E=$out CX_E2E_SECONDS=$SECONDS CX_ROOT=$PWD CX_NODE=$node KUBEBUILDER_ASSETS=$assets \
  CX_PREVIOUS=$(git log -1 --format=%h "$from") \
  hack/node/inside.sh "$out/e2e.test" -test.v -test.failfast -test.timeout 15m ${E2E_RUN:+-test.run "$E2E_RUN"} &
child=$! # in the background, so that whoever ends this script ends the node as well
wait "$child" || status=$?
child=
if ((status)); then
  say "e2e FAILED: the reason stands above, marked with --- FAIL"
else
  say "e2e passed"
fi
times
exit "$status"
