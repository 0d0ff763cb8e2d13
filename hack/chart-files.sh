#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Copies what the chart takes from config/ as it is: CRDs, rules of roles, admission policies. A chart may not point out of its folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
files=charts/cx-operator/files

rm -rf "$files/crds" "$files/rbac" "$files/policy"
mkdir -p "$files/crds" "$files/rbac" "$files/policy"
cp config/crd/cx-operator.io_*.yaml "$files/crds/"
cp config/rbac/role.yaml config/rbac/leader_election_role.yaml config/rbac/cx_*_role.yaml "$files/rbac/"
cp config/policy/policy.yaml "$files/policy/"
