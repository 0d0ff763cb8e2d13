// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration_test runs the whole operator on a real API server and looks at what people see.
package integration_test

import (
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // what is wrong is asked of objects; retries are no news
	harness.Main(m)
}
