// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package prometheus_test

import (
	"os/exec"
	"testing"
)

// The tests stand in a module of their own, because a whole Prometheus brings much that the operator is built without; make test would
// not look into it.
func TestARealPrometheusAnswersAndShowsNobodyOthersSeries(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./...")
	cmd.Dir = "../../test/prometheus"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
