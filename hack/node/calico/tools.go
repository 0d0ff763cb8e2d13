// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build calico

// Package calico names the commands that connect the pods of the node (hack/node), and let through what NetworkPolicy allows.
package calico

import (
	_ "github.com/projectcalico/calico/cni-plugin/cmd/calico"
	_ "github.com/projectcalico/calico/felix/cmd/calico-felix"
)
