// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build controlplane

// Package controlplane names the commands that make up the test control plane.
package controlplane

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
