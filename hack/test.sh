#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Runs go test with the given arguments. Shows a line for each package, the output of tests that
# failed, and last of all "N passed, N failed". KUBEBUILDER_ASSETS comes from make test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

events=$(mktemp)
trap 'rm -f "$events"' EXIT

result=0
bin/tools/gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg --hide-summary skipped \
  --jsonfile "$events" -- "$@" || result=$?
hack/test-summary.sh "$events"
exit "$result"
