// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// play runs the story to its end and returns the stage. The first process has the faults; those started after a crash
// have none.
func play(t *testing.T, faults *process, skip func() bool) *stage {
	t.Helper()
	s := newStage(t, faults, skip)
	for _, chapter := range story() {
		chapter.happen(s)
		s.settle(chapter.title)
	}
	return s
}

// finish looks at everything once more without faults: what a resync does.
func (s *stage) finish() string {
	s.Helper()
	s.skip = nil
	s.start(&process{})
	s.settle("the resync")
	return s.end()
}

func TestWithoutFaultsTheEndIsReachedAndKept(t *testing.T) {
	s := play(t, &process{}, nil)
	end := s.end()
	s.start(&process{})
	s.settle("once more")
	if s.process.writes != 0 {
		t.Errorf("a restart at rest wrote %d times: %v", s.process.writes, s.process.log)
	}
	if diff := cmp.Diff(end, s.end()); diff != "" {
		t.Errorf("a restart changed the end:\n%s", diff)
	}
}

// A crash after any single write leads to the same end as none. The test prints what was covered.
func TestACrashAfterAnyWriteLeadsToTheSameEnd(t *testing.T) {
	clean := play(t, &process{}, nil)
	want, log := clean.end(), clean.process.log
	for k := 1; k <= len(log); k++ {
		t.Run(fmt.Sprintf("after write %d, %s", k, log[k-1]), func(t *testing.T) {
			t.Parallel()
			s := play(t, &process{crashAfter: k}, nil)
			if diff := cmp.Diff(want, s.end()); diff != "" {
				t.Errorf("another end than without the crash (-without +with):\n%s", diff)
			}
		})
	}
	t.Log(coverage(log))
}

// coverage counts the write points of each controller.
func coverage(log []string) string {
	points := map[string]map[string]int{}
	for _, entry := range log {
		name, what, _ := strings.Cut(entry, ": ")
		if points[name] == nil {
			points[name] = map[string]int{}
		}
		points[name][strings.ReplaceAll(what, "*v1alpha1.", "")]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "crashed after each of %d writes:\n", len(log))
	for _, name := range slices.Sorted(maps.Keys(points)) {
		for _, what := range slices.Sorted(maps.Keys(points[name])) {
			fmt.Fprintf(&b, "  %-20s %-28s %3d\n", name, what, points[name][what])
		}
	}
	return b.String()
}

func TestStaleReadsLeadToTheSameEnd(t *testing.T) {
	want := play(t, &process{}, nil).end()
	if diff := cmp.Diff(want, play(t, &process{stale: true}, nil).finish()); diff != "" {
		t.Errorf("another end than with fresh reads (-fresh +stale):\n%s", diff)
	}
}

func TestDroppedEventsLeadToTheSameEnd(t *testing.T) {
	want := play(t, &process{}, nil).end()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			s := play(t, &process{}, func() bool { return r.IntN(3) == 0 })
			if diff := cmp.Diff(want, s.finish()); diff != "" {
				t.Errorf("another end than with all events (-all +dropped):\n%s", diff)
			}
		})
	}
}
