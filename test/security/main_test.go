// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package security_test proves what docs/security.md says: that the operator gets along with the rights that it ships with and needs
// every one of them, and that each control that the document names has the test that it names.
package security_test

import (
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // what is wrong is asked of objects and requests
	harness.Main(m)
}
