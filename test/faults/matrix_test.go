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
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// told is a chapter as it goes without faults: from where, by which writes, and to which end.
type told struct {
	chapter
	from checkpoint
	log  []string
	end  string
}

// tell plays the stories without faults.
func tell(t *testing.T) []told {
	t.Helper()
	var chapters []told
	for _, story := range [][]chapter{story(), owners()} {
		home := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, UID: "uid-home"}}
		from := checkpoint{objects: []client.Object{home}, boxes: &people.Mailboxes{ProgramID: programID}, now: time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC)}
		s := enter(t, from, &process{}, nil)
		for _, chapter := range story {
			chapter.happen(s)
			s.settle(chapter.title)
			chapters = append(chapters, told{chapter, from, s.process.log, s.end()})
			from = s.save(t)
			s.start(&process{})
		}
	}
	return chapters
}

// play lets a chapter happen to a process with faults.
func (c told) play(t *testing.T, faults *process, skip func() bool) *stage {
	t.Helper()
	s := enter(t, c.from, faults, skip)
	c.happen(s)
	s.settle(c.title)
	return s
}

// resync looks at everything once more without faults.
func (s *stage) resync() {
	s.Helper()
	s.skip = nil
	s.start(&process{})
	s.settle("the resync")
}

func (s *stage) expectEnd(want string) {
	s.Helper()
	if diff := cmp.Diff(want, s.end()); diff != "" {
		s.Errorf("another end than without the fault (-without +with):\n%s", diff)
	}
}

func TestWithoutFaultsEveryEndIsKept(t *testing.T) {
	for _, chapter := range tell(t) {
		t.Run(chapter.title, func(t *testing.T) {
			s := chapter.play(t, &process{}, nil)
			s.expectEnd(chapter.end)
			s.resync()
			if s.process.writes != 0 {
				t.Errorf("a restart at rest wrote %d times: %v", s.process.writes, s.process.log)
			}
			s.expectEnd(chapter.end)
		})
	}
}

// A crash after any single write leads to the same end as none. The test prints what was covered.
func TestACrashAfterAnyWriteLeadsToTheSameEnd(t *testing.T) {
	var all []string
	for _, chapter := range tell(t) {
		all = append(all, chapter.log...)
		for k, what := range chapter.log {
			t.Run(fmt.Sprintf("%s: after write %d, %s", chapter.title, k+1, what), func(t *testing.T) {
				t.Parallel()
				chapter.play(t, &process{crashAfter: k + 1}, nil).expectEnd(chapter.end)
			})
		}
	}
	t.Log(coverage(all))
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
			fmt.Fprintf(&b, "  %-24s %-44s %3d\n", name, what, points[name][what])
		}
	}
	return b.String()
}

func TestStaleReadsLeadToTheSameEnd(t *testing.T) {
	for _, chapter := range tell(t) {
		t.Run(chapter.title, func(t *testing.T) {
			s := chapter.play(t, &process{stale: true}, nil)
			s.resync()
			s.expectEnd(chapter.end)
		})
	}
}

func TestDroppedEventsLeadToTheSameEnd(t *testing.T) {
	for _, chapter := range tell(t) {
		for seed := range uint64(5) {
			t.Run(fmt.Sprintf("%s: seed %d", chapter.title, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, 1))
				s := chapter.play(t, &process{}, func() bool { return r.IntN(2) == 0 })
				s.resync()
				s.expectEnd(chapter.end)
			})
		}
	}
}
