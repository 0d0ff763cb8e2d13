#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Counts the events of `go test -json` in a file and prints "N passed, N failed", the line that
# .ci/run reads. A package that fails with none of its tests failing (it does not compile, it
# panicked, it ran out of time) counts as one failure.
set -euo pipefail

awk '
  function value(key) {
    return match($0, "\"" key "\":\"[^\"]*") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4) : ""
  }
  { action = value("Action"); package = value("Package"); test = value("Test") }
  test != "" && action == "pass" { passed++ }
  test != "" && action == "skip" { skipped++ }
  test != "" && action == "fail" { failed++; explained[package] = 1 }
  test == "" && action == "fail" { packages[package] = 1 }
  END {
    for (package in packages) if (!(package in explained)) failed++
    if (skipped) print skipped " skipped"
    print passed + 0 " passed, " failed + 0 " failed"
  }
' "$1"
