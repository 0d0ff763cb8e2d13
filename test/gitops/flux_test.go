// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops_test

import (
	"os/exec"
	"testing"
)

// The test stands in a module of its own, which make test would not look into.
func TestFluxSeesTheStatusOfEveryKindInEveryState(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./...")
	cmd.Dir = "flux"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
