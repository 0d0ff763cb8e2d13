// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import "slices"

// Export is a copy of the evidence for a file that leaves the operator: without the user names of those who decided and without the
// words of their refusals, which may name people. No decision depends on either; Owners are named as in the YAML.
func (e *Evidence) Export() *Evidence {
	exported := *e
	exported.Decisions = slices.Clone(e.Decisions)
	for i := range exported.Decisions {
		exported.Decisions[i].DecidedBy, exported.Decisions[i].Reason = "", ""
	}
	return &exported
}
