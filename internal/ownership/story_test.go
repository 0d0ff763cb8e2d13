// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files anew")

const storyFile = "testdata/quarter.txt"

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

// quarter is the story. Events of one day commute: they may be told, and be noticed, in any order.
func quarter() []event {
	yes, no := v1alpha1.DecisionAccepted, v1alpha1.DecisionDeclined
	return []event{
		{0, "policy: acceptance Required, fallback owner head-of-cx", func(w *world) {
			w.policy = v1alpha1.Ownership{Acceptance: v1alpha1.AcceptanceRequired, FallbackOwner: "head-of-cx"}
		}},
		{0, "owner ceo", joins(owner("ceo"))},
		{0, "owner head-of-cx reports to ceo", joins(owner("head-of-cx", reportsTo("ceo")))},
		{0, "owner service-lead reports to head-of-cx, deputy web-lead",
			joins(owner("service-lead", reportsTo("head-of-cx"), deputy("web-lead")))},
		{0, "owner web-lead reports to head-of-cx, deputy head-of-cx",
			joins(owner("web-lead", reportsTo("head-of-cx"), deputy("head-of-cx")))},
		{0, "owner store-lead reports to service-lead", joins(owner("store-lead", reportsTo("service-lead")))},
		{0, "program names head-of-cx as lead", namesRole(v1alpha1.RoleLead, "head-of-cx")},
		{0, "program names ceo as sponsor", namesRole(v1alpha1.RoleSponsor, "ceo")},
		{0, "program names service-lead for the working group", namesRole(v1alpha1.RoleGroupMember, "service-lead")},
		{0, "program names web-lead for the working group", namesRole(v1alpha1.RoleGroupMember, "web-lead")},
		{0, "journey buying names service-lead", names(buying, "service-lead")},
		{0, "touchpoint pay names web-lead", names(pay, "web-lead")},
		{0, "touchpoint pickup names store-lead", names(pickup, "store-lead")},
		{0, "KPI nps names analyst, who is not there yet", names(nps, "analyst")},
		{1, "ceo accepts everything", answers("ceo", yes)},
		{1, "head-of-cx accepts everything", answers("head-of-cx", yes)},
		{1, "service-lead accepts everything", answers("service-lead", yes)},
		{1, "web-lead declines pay", answers("web-lead", no, pay)},
		{1, "owner analyst joins", joins(owner("analyst", reportsTo("service-lead")))},
		{2, "web-lead accepts the rest", answers("web-lead", yes)},
		{2, "analyst accepts", answers("analyst", yes)},
		{7, "touchpoint pay names store-lead", names(pay, "store-lead")},
		{8, "store-lead accepts everything", answers("store-lead", yes)},
		{14, "service-lead plans to be away for a week from the 25th", changes("service-lead", away(day(21), day(28), ""))},
		{20, "web-lead will be away on the 27th", changes("web-lead", away(day(23), day(24), ""))},
		{35, "KPI nps names web-lead", names(nps, "web-lead")},
		{36, "every object is deleted and applied again", func(w *world) { clear(w.objects) }},
		{38, "web-lead accepts", answers("web-lead", yes)},
		{45, "store-lead leaves", changes("store-lead", left)},
		{46, "touchpoint pay names service-lead", names(pay, "service-lead")},
		{46, "touchpoint pickup names service-lead", names(pickup, "service-lead")},
		{47, "service-lead accepts pay", answers("service-lead", yes, pay)},
		{47, "service-lead declines pickup", answers("service-lead", no, pickup)},
		{49, "touchpoint pickup names head-of-cx", names(pickup, "head-of-cx")},
		{50, "head-of-cx accepts", answers("head-of-cx", yes)},
		{60, "program names cfo as sponsor, who is not there yet", namesRole(v1alpha1.RoleSponsor, "cfo")},
		{61, "owner cfo joins", joins(owner("cfo", reportsTo("ceo")))},
		{62, "cfo accepts", answers("cfo", yes)},
		{63, "program asks cfo for 100 EUR", asksForBudget("cfo", "100")},
		{64, "cfo approves", answers("cfo", yes)},
		{65, "program asks for 120 EUR instead", asksForBudget("cfo", "120")},
		{66, "cfo refuses", answers("cfo", no)},
		{67, "program asks for 100 EUR after all", asksForBudget("cfo", "100")},
		{68, "cfo approves once more", answers("cfo", yes)},
		{69, "program asks ceo for the same", asksForBudget("ceo", "100")},
		{70, "KPI nps names analyst again", names(nps, "analyst")},
		{71, "analyst declines", answers("analyst", no)},
		{77, "store-lead is back", changes("store-lead", func(o *v1alpha1.Owner) { o.Spec.State = v1alpha1.OwnerActive })},
		{78, "somebody decides on an offer that nobody made", func(w *world) {
			name := Claim{Subject: nps, Role: v1alpha1.RoleAccountable}.Name()
			object := w.objects[name]
			object.Spec.Decision = &v1alpha1.Decision{OfferID: "made-up-by-somebody", Result: yes}
			w.objects[name] = object
		}},
		{84, "the working group ends for web-lead", func(w *world) { w.unname(program(v1alpha1.RoleGroupMember, "web-lead").Key()) }},
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
			changed = n.reconcile(key, false) || changed
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
			if !next.IsZero() && next.After(n.now) && next.Before(instant) && (wake.IsZero() || next.Before(wake)) {
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

func tell(events []event) *narrator {
	n := &narrator{world: newWorld(), known: map[string]string{}}
	for i, e := range events {
		if n.until(day(e.day)); i == 0 || events[i-1].day != e.day {
			fmt.Fprintln(&n.text)
		}
		fmt.Fprintf(&n.text, "%s  %s\n", n.now.Format(time.DateOnly), e.what)
		e.do(n.world)
		n.settle()
		n.report()
	}
	return n
}

func TestTheStoryOfAQuarter(t *testing.T) {
	got := "# Who answers for what in the first quarter of a program, as the controller sees it. A line with a date is what\n" +
		"# people did; below it, the assignments that changed.\n" + tell(quarter()).text.String()
	if *update {
		if err := os.WriteFile(storyFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(storyFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the story changed; if that is meant, run go test ./internal/ownership -update (-want +got):\n%s", diff)
	}
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
	want := ending(tell(quarter()).world)
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		n := &narrator{world: newWorld(), known: map[string]string{}}
		for _, today := range byDay(quarter()) {
			n.until(day(today[0].day))
			random.Shuffle(len(today), func(i, j int) { today[i], today[j] = today[j], today[i] })
			for _, e := range today {
				e.do(n.world)
				n.bustle(random)
			}
			n.settle()
		}
		if diff := cmp.Diff(want, ending(n.world)); diff != "" {
			t.Fatalf("with seed %d the story ended differently (-want +got):\n%s", seed, diff)
		}
	}
}

// bustle runs the controller for some claims, in any order, and now and then crashes it.
func (n *narrator) bustle(random *rand.Rand) {
	keys := slices.Sorted(maps.Keys(n.named))
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys[:random.IntN(len(keys)+1)] {
		n.reconcile(key, random.IntN(3) == 0)
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
