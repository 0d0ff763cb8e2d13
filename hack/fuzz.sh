#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target of the module, one after the other: hack/fuzz.sh [TIME each, default 20s].
# Go keeps an input that fails in the package's testdata/fuzz, to be committed with the fix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

count=0
while IFS=: read -r file target; do
  folder=./$(dirname "$file")
  echo "== $target in $folder"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-20s}" "$folder" </dev/null
  count=$((count + 1))
done < <(git grep --untracked -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/')
echo "$count fuzz targets ran"
