// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration_test runs the whole operator on a real API server and looks at what people see.
package integration_test

import (
	"log/slog"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// operatorLog is what the operators of all tests write: what is wrong is asked of objects, and retries are no news.
var operatorLog = &writings{}

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewJSONHandler(operatorLog, &slog.HandlerOptions{Level: slog.LevelDebug})))
	harness.Main(m)
}
