// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package config holds the manifests that programs need at run time.
package config

import "embed"

// CRDs are the generated CustomResourceDefinitions, crd/cx-operator.io_*.yaml.
//
//go:embed crd/cx-operator.io_*.yaml
var CRDs embed.FS
