#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# gotestsum runs this after the last test; hack/test.sh and .ci/run rely on the line's form.
# A package that does not compile, or panics outside a test, counts as one failure.
set -euo pipefail
failed=$((TESTS_FAILED + TESTS_ERRORS))
if ((TESTS_SKIPPED)); then
  echo "$TESTS_SKIPPED skipped"
fi
echo "$((TESTS_TOTAL - TESTS_FAILED - TESTS_SKIPPED)) passed, $failed failed"
