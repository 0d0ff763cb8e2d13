// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package parity_test compares what kubectl cx finds in a folder, by the evidence that the operator exports, with what the
// operator itself wrote into the cluster that the folder was applied to.
package parity_test

import (
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	harness.Main(m)
}
