// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is what people do, in a file as a log that a person can read.
type story struct {
	file, about string
	events      func() []event
}

var stories = []story{
	{"quarter", "Who answers for what in the first quarter of a program", quarter},
	{"year", "A year of joiners, leavers, holidays, a reorganization, refusals and silence", year},
}

// event is something that people do on a day of the story.
type event struct {
	day  int
	what string
	do   func(*world)
}

var (
	buying = subject(v1alpha1.SubjectJourney, "buying")
	pay    = v1alpha1.AssignmentSubject{Kind: buying.Kind, Name: buying.Name, Touchpoint: "pay"}
	pickup = v1alpha1.AssignmentSubject{Kind: buying.Kind, Name: buying.Name, Touchpoint: "pickup"}
	nps    = subject(v1alpha1.SubjectKPI, "nps")
)

func names(subject v1alpha1.AssignmentSubject, name string) func(*world) {
	return func(w *world) { w.name(Claim{Subject: subject, Role: v1alpha1.RoleAccountable, Owner: name}) }
}

func namesRole(role v1alpha1.AssignmentRole, name string) func(*world) {
	return func(w *world) { w.name(program(role, name)) }
}

// asksForBudget names the one who shall approve a sum.
func asksForBudget(name, amount string) func(*world) {
	return func(w *world) { w.name(budgetClaim(name, amount)) }
}

func joins(o *v1alpha1.Owner) func(*world) { return func(w *world) { w.owners[o.Name] = o } }

func changes(name string, options ...ownerOption) func(*world) {
	return func(w *world) {
		changed := w.owners[name].DeepCopy()
		for _, option := range options {
			option(changed)
		}
		w.owners[name] = changed
	}
}

// answers decides on everything that the owner is asked about now, or only on one subject.
func answers(name string, result v1alpha1.DecisionResult, only ...v1alpha1.AssignmentSubject) func(*world) {
	return func(w *world) {
		for _, object := range w.objects {
			asked := object.Spec.Proposed != nil && string(object.Spec.Proposed.Owner) == name
			if asked && (len(only) == 0 || slices.Contains(only, object.Spec.Subject)) {
				w.decide(object.Name, result, "not mine to promise")
			}
		}
	}
}

// narrator tells what changes.
type narrator struct {
	*world
	text  strings.Builder
	known map[string]string
}

// settle runs the controller until it has nothing left to write, which takes two passes.
func (n *narrator) settle() {
	for range 3 {
		changed := false
		for _, key := range slices.Sorted(maps.Keys(n.named)) {
			changed = n.reconcile(key, 0) || changed
		}
		if !changed {
			return
		}
	}
	panic("the controller always finds something to write")
}

// report writes a line for every assignment that reads differently now.
func (n *narrator) report() {
	for _, name := range slices.Sorted(maps.Keys(n.known)) {
		if _, found := n.objects[name]; !found {
			delete(n.known, name)
			fmt.Fprintf(&n.text, "    %s: gone\n", name[:len(name)-nameHash-1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.objects)) {
		if line := render(n.objects[name]); line != n.known[name] {
			n.known[name] = line
			fmt.Fprintf(&n.text, "    %s: %s\n", name[:len(name)-nameHash-1], line)
		}
	}
}

// until lets time pass, waking up whenever a plan said so.
func (n *narrator) until(instant time.Time) {
	for {
		var wake time.Time
		for _, next := range n.next {
			if !next.IsZero() && next.After(n.now) && !next.After(instant) && (wake.IsZero() || next.Before(wake)) {
				wake = next
			}
		}
		if wake.IsZero() {
			break
		}
		n.now = wake
		fmt.Fprintf(&n.text, "%s  time passes\n", n.now.Format(time.DateOnly))
		n.settle()
		n.report()
	}
	n.now = instant
}

// tell plays the events; after each of them, meanwhile may do something else.
func tell(events []event, meanwhile func(n *narrator, event int)) *narrator {
	n := &narrator{world: newWorld(), known: map[string]string{}}
	for i, e := range events {
		if n.until(day(e.day)); i == 0 || events[i-1].day != e.day {
			fmt.Fprintln(&n.text)
		}
		fmt.Fprintf(&n.text, "%s  %s\n", n.now.Format(time.DateOnly), e.what)
		e.do(n.world)
		n.settle()
		n.report()
		if meanwhile != nil {
			meanwhile(n, i)
		}
	}
	return n
}

func TestStories(t *testing.T) {
	for _, story := range stories {
		t.Run(story.file, func(t *testing.T) {
			got := "# " + story.about + ", as the controller sees it. A line with a\n# date is what people did, or that time passed; " +
				"below it, the assignments that changed.\n" + tell(story.events(), nil).text.String()
			file := filepath.Join("testdata", story.file+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the story changed; if that is meant, run go test ./internal/ownership -update (-want +got):\n%s", diff)
			}
		})
	}
}

// Whenever everything is deleted and applied again, and however often: nothing follows from it, neither then nor later.
func TestDeletingAndApplyingEverythingChangesNothing(t *testing.T) {
	for _, story := range stories {
		want := tell(story.events(), nil)
		for i, e := range story.events() {
			got := tell(story.events(), func(n *narrator, event int) {
				if event != i {
					return
				}
				n.deleteAndApply()
			})
			if diff := cmp.Diff(ending(want.world), ending(got.world)); diff != "" {
				t.Fatalf("%s, after %q (-want +got):\n%s", story.file, e.what, diff)
			}
			if diff := cmp.Diff(offers(want.log), offers(got.log)); diff != "" {
				t.Fatalf("%s, after %q, somebody was asked more or less (-want +got):\n%s", story.file, e.what, diff)
			}
		}
	}
}

// deleteAndApply has everything gone for a minute, owners included: things come back in any order.
func (n *narrator) deleteAndApply() {
	there := n.owners
	clear(n.objects)
	n.owners = Owners{}
	n.settle()
	n.now = n.now.Add(time.Minute)
	n.owners = there
	n.settle()
}

// offers are those that were decided on, and how.
func offers(log []store.Decision) map[string]store.DecisionResult {
	all := map[string]store.DecisionResult{}
	for _, d := range log {
		all[d.OfferID] = d.Result
	}
	return all
}

// ending is where every assignment stands.
func ending(w *world) map[string]string {
	all := map[string]string{}
	for name, object := range w.objects {
		all[name] = render(object)
	}
	return all
}

func TestTheOrderWithinADayDoesNotMatter(t *testing.T) {
	for _, story := range stories {
		want := ending(tell(story.events(), nil).world)
		for seed := range uint64(40) {
			random := rand.New(rand.NewPCG(seed, 0))
			n := &narrator{world: newWorld(), known: map[string]string{}}
			for _, today := range byDay(story.events()) {
				n.until(day(today[0].day))
				random.Shuffle(len(today), func(i, j int) { today[i], today[j] = today[j], today[i] })
				for _, e := range today {
					e.do(n.world)
					n.bustle(random)
				}
				n.settle()
			}
			if diff := cmp.Diff(want, ending(n.world)); diff != "" {
				t.Fatalf("%s: with seed %d the story ended differently (-want +got):\n%s", story.file, seed, diff)
			}
		}
	}
}

// bustle runs the controller for some claims, in any order, and now and then crashes it.
func (n *narrator) bustle(random *rand.Rand) {
	keys := slices.Sorted(maps.Keys(n.named))
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys[:random.IntN(len(keys)+1)] {
		n.reconcile(key, random.IntN(4))
	}
}

func byDay(events []event) [][]event {
	var days [][]event
	for i, e := range events {
		if i == 0 || events[i-1].day != e.day {
			days = append(days, nil)
		}
		days[len(days)-1] = append(days[len(days)-1], e)
	}
	return days
}
