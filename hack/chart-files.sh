#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Copies what the chart takes from config/ as it is: CRDs, rules of roles, admission policies; and the chart's alerts to config/. Neither
# may point out of its folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
files=charts/cx-operator/files

rm -rf "$files/crds" "$files/rbac" "$files/policy"
mkdir -p "$files/crds" "$files/rbac" "$files/policy"
cp config/crd/cx-operator.io_*.yaml "$files/crds/"
cp config/rbac/role.yaml config/rbac/leader_election_role.yaml config/rbac/cx_*_role.yaml "$files/rbac/"
cp config/policy/policy.yaml "$files/policy/"

{
  cat <<'HEAD'
# Made from charts/cx-operator/files/rules.yaml by make generate.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: cx-operator
  namespace: cx-operator-system
  labels:
    app.kubernetes.io/name: cx-operator
    app.kubernetes.io/instance: cx-operator
    app.kubernetes.io/component: operator
    app.kubernetes.io/version: 0.1.0
    app.kubernetes.io/part-of: cx-operator
spec:
HEAD
  sed -E '/^#/d; s/^(.)/  \1/' "$files/rules.yaml"
} >config/overlays/monitoring/prometheusrule.yaml
