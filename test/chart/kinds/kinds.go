// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kinds names the modules whose CRDs the chart's tests install. It imports something small of each, so that they stay in go.mod.
package kinds

import (
	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
	_ "sigs.k8s.io/gateway-api/pkg/consts"
)
