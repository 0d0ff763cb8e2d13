// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name, Namespace: "retail"} }

// oneOfEach has an object of every kind, and several of some.
func oneOfEach() []program.Object {
	return []program.Object{
		&cxv1.Program{ObjectMeta: meta(cxv1.ProgramName)},
		&cxv1.Program{ObjectMeta: meta("second")},
		&cxv1.Owner{ObjectMeta: meta("b")}, &cxv1.Owner{ObjectMeta: meta("a")}, &cxv1.Owner{ObjectMeta: meta("c")},
		&cxv1.Persona{ObjectMeta: meta("p")},
		&cxv1.Journey{ObjectMeta: meta("j")},
		&cxv1.Goal{ObjectMeta: meta("g2")}, &cxv1.Goal{ObjectMeta: meta("g1")},
		&cxv1.KPI{ObjectMeta: meta("k")},
		&cxv1.Survey{ObjectMeta: meta("s")},
		&cxv1.SurveyWave{ObjectMeta: meta("w")},
		&cxv1.Initiative{ObjectMeta: meta("i")},
		&cxv1.OwnerAssignment{ObjectMeta: meta("oa")},
		&cxv1.Scorecard{ObjectMeta: meta("six-stages")},
	}
}

func keys(objs []program.Object) []string {
	var names []string
	for _, obj := range objs {
		names = append(names, program.Key(obj))
	}
	return names
}

func TestASnapshotListsEverythingInOneOrder(t *testing.T) {
	want := []string{
		"Program/program", "Program/second", "Owner/a", "Owner/b", "Owner/c", "Persona/p", "Journey/j", "Goal/g1", "Goal/g2",
		"KPI/k", "Survey/s", "SurveyWave/w", "Initiative/i", "OwnerAssignment/oa", "Scorecard/six-stages",
	}
	for range 20 {
		objs := oneOfEach()
		rand.Shuffle(len(objs), func(i, j int) { objs[i], objs[j] = objs[j], objs[i] })
		if diff := cmp.Diff(want, keys(program.New("retail", objs...).All())); diff != "" {
			t.Fatalf("a shuffled snapshot (-want +got):\n%s", diff)
		}
	}
}

func TestAddingOneByOneGivesTheSameAsAllAtOnce(t *testing.T) {
	s := program.New("retail")
	for _, obj := range oneOfEach() {
		s.Add(obj)
	}
	if diff := cmp.Diff(keys(program.New("retail", oneOfEach()...).All()), keys(s.All())); diff != "" {
		t.Fatalf("(-at once +one by one):\n%s", diff)
	}
}

func TestALaterObjectReplacesOneOfItsKindAndName(t *testing.T) {
	first, second := &cxv1.Goal{ObjectMeta: meta("g")}, &cxv1.Goal{ObjectMeta: meta("g")}
	s := program.New("retail", &cxv1.Goal{ObjectMeta: meta("h")}, first)
	s.Add(second)
	if got := s.Goal("g"); got != second || len(s.Goals) != 2 {
		t.Fatalf("Goal(g) is the replaced one, or stands twice: %d goals", len(s.Goals))
	}
}

func TestLookupsFindWhatIsThereAndNothingElse(t *testing.T) {
	s := program.New("retail", oneOfEach()...)
	for _, obj := range s.All() {
		r := cxv1.Reference{Kind: program.KindOf(obj), Name: obj.GetName()}
		switch r.Kind {
		case "SurveyWave", "OwnerAssignment", "Scorecard":
			continue // nothing names them
		}
		if want := r.Name != "second"; s.Has(r) != want {
			t.Errorf("Has(%s) = %t, want %t", r.Key(), !want, want)
		}
		r.Name += "-not-there"
		if s.Has(r) {
			t.Errorf("Has(%s) = true", r.Key())
		}
	}
	if s.Owner("b") == nil || s.Owner("bb") != nil || s.Persona("p") == nil || s.Journey("j") == nil || s.KPI("k") == nil ||
		s.Survey("s") == nil || s.Initiative("i") == nil || s.Scorecard("six-stages") == nil || s.Goal("g3") != nil {
		t.Error("a lookup by name misses an object or invents one")
	}
	if s.Has(cxv1.Reference{Kind: "Framework", Name: "x"}) {
		t.Error("a kind that nobody knows is there")
	}
}
