// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// tests are run with a control plane, which they share.
type tests struct{ m *testing.M }

func (t tests) Run() int { return harness.Run(t.m) }

// TestMain is the plugin itself when a script calls it.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"kubectl-cx": func() { os.Exit(cli.Run("v1.2.3", os.Args[1:], os.Stdout, os.Stderr)) },
	})
}
