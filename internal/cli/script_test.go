// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script/*.txtar: commands above, files below, see github.com/rogpeppe/go-internal/testscript. $SAMPLES is the
// folder of the samples; $KUBECONFIG and $NAMESPACE name a cluster with the retailer in it.
func TestScripts(t *testing.T) {
	folder, err := filepath.Abs(samples)
	if err != nil {
		t.Fatal(err)
	}
	cluster := retailerCluster(t)
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(env *testscript.Env) error {
		env.Setenv("SAMPLES", folder)
		env.Setenv("KUBECONFIG", cluster[1])
		env.Setenv("NAMESPACE", cluster[3])
		return nil
	}})
}
