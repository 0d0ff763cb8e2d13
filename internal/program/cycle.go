// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"
)

// Cycle returns the shortest way from a node back to itself along edges, beginning and ending with the node itself
// ("a", "b", "a"), or nil when there is none. Of several shortest ways the one whose names come first is taken, so that
// the same objects always give the same message. edges lists where a node leads, in any order; names that exist nowhere
// may simply lead nowhere.
func Cycle(name string, edges func(name string) []string) []string {
	from := map[string]string{} // how each node was reached
	queue := []string{name}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, next := range slices.Sorted(slices.Values(edges(node))) {
			if next == name {
				return wayBack(name, node, from)
			}
			if _, seen := from[next]; !seen {
				from[next] = node
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func wayBack(name, last string, from map[string]string) []string {
	path := []string{name}
	for node := last; node != name; node = from[node] {
		path = append(path, node)
	}
	path = append(path, name)
	slices.Reverse(path)
	return path
}

// CyclePath writes a cycle for people: "a → b → a".
func CyclePath(path []string) string { return strings.Join(path, " → ") }
