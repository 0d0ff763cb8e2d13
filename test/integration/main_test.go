// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration_test runs the whole operator on a real API server and looks at what people see.
package integration_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
