// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"os/exec"
	"testing"
)

// The tests stand in a module of their own, which make test would not look into.
func TestAlertsAndDashboardsWorkWithWhatIsServed(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./...")
	cmd.Dir = "../monitoring"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
