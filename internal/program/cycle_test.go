// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/program"
)

func TestCycle(t *testing.T) {
	for name, tc := range map[string]struct {
		edges map[string][]string
		want  []string
	}{
		"no edges":                              {nil, nil},
		"a chain":                               {map[string][]string{"a": {"b"}, "b": {"c"}}, nil},
		"itself":                                {map[string][]string{"a": {"a"}}, []string{"a", "a"}},
		"there and back":                        {map[string][]string{"a": {"b"}, "b": {"a"}}, []string{"a", "b", "a"}},
		"a cycle further on is not a's":         {map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"b"}}, nil},
		"the shortest of two":                   {map[string][]string{"a": {"b", "c"}, "b": {"d"}, "d": {"a"}, "c": {"a"}}, []string{"a", "c", "a"}},
		"of equally short ones the first names": {map[string][]string{"a": {"z", "b"}, "z": {"a"}, "b": {"a"}}, []string{"a", "b", "a"}},
		"a name that exists nowhere":            {map[string][]string{"a": {"ghost"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := program.Cycle("a", func(name string) []string { return tc.edges[name] })
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got, want := program.CyclePath([]string{"a", "b", "a"}), "a → b → a"; got != want {
		t.Errorf("CyclePath = %q, want %q", got, want)
	}
}

// In any graph the answer is a real way round, and there is one exactly when the node can be reached from itself. The
// order in which edges are listed does not matter.
func TestCycleIsARealWayRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "nodes")
		edges := map[string][]string{}
		for i := range n {
			to := rapid.SliceOfDistinct(rapid.IntRange(0, n-1), rapid.ID).Draw(t, fmt.Sprintf("from %d", i))
			for _, j := range to {
				edges[fmt.Sprint(i)] = append(edges[fmt.Sprint(i)], fmt.Sprint(j))
			}
		}
		got := program.Cycle("0", func(name string) []string { return edges[name] })
		if (got != nil) != reaches(edges, "0", "0", map[string]bool{}) {
			t.Fatalf("Cycle = %v, edges %v", got, edges)
		}
		for i := 1; i < len(got); i++ {
			if !slices.Contains(edges[got[i-1]], got[i]) {
				t.Fatalf("%v uses an edge that is not in %v", got, edges)
			}
		}
		reversed := program.Cycle("0", func(name string) []string {
			back := slices.Clone(edges[name])
			slices.Reverse(back)
			return back
		})
		if diff := cmp.Diff(got, reversed); diff != "" {
			t.Fatalf("edges listed in another order (-want +got):\n%s", diff)
		}
	})
}

func reaches(edges map[string][]string, from, to string, seen map[string]bool) bool {
	for _, next := range edges[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(edges, next, to, seen) {
				return true
			}
		}
	}
	return false
}
