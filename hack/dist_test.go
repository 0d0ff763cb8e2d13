// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package hack

import "testing"

// The tests stand in a module of their own, which make test would not look into.
func TestReleasesArePacked(t *testing.T) {
	if out, ok := run(t, "dist", nil, "go", "test", "-count=1", "./..."); !ok {
		t.Error(out)
	}
}
