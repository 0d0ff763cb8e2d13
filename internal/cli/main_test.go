// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
