// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"maps"
	"slices"
)

// CheckReportsTo finds the circles in which owners report to each other. Each is given once, starting with its first name
// in alphabetical order and following reportsTo from there; circles are ordered by that name. Whoever merely reports into a
// circle is not part of it.
func CheckReportsTo(owners Owners) [][]string {
	var cycles [][]string
	done := make(map[string]bool, len(owners))
	for _, start := range slices.Sorted(maps.Keys(owners)) {
		var path []string
		name := start
		for owners[name] != nil && !done[name] && !slices.Contains(path, name) {
			path = append(path, name)
			name = string(owners[name].Spec.ReportsTo)
		}
		// The names are visited in order, but the way into a circle may lead past its first name.
		if i := slices.Index(path, name); i >= 0 {
			cycles = append(cycles, fromSmallest(path[i:]))
		}
		for _, visited := range path {
			done[visited] = true
		}
	}
	slices.SortFunc(cycles, slices.Compare)
	return cycles
}

func fromSmallest(cycle []string) []string {
	i := slices.Index(cycle, slices.Min(cycle))
	return slices.Concat(cycle[i:], cycle[:i])
}
