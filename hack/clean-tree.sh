#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Fails when generators or formatters changed something that is not in git: then what is committed
# is not what the sources say.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"

untracked=$(git ls-files --others --exclude-standard)
if git diff --exit-code && [[ -z $untracked ]]; then
  echo "clean tree: what is committed is what the generators make"
  exit
fi
{
  echo
  git diff --stat
  [[ -z $untracked ]] || sed 's/^/not in git: /' <<<"$untracked"
  echo "make verify: the files above differ from git. They are generated or formatted from your sources:"
  echo "look at them, git add them together with your change, and run make verify again."
} >&2
exit 1
