// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

func TestActingFor(t *testing.T) {
	holiday := func(deputy string) ownerOption { return away(day(0), day(7), deputy) }
	sick := away(day(2), day(9), "")
	tests := map[string]struct {
		owners Owners
		at     time.Time
		want   Acting
	}{
		"who is there acts": {
			owners(owner("a", deputy("b")), owner("b")), day(1), Acting{Name: "a"},
		},
		"before an absence the owner acts": {
			owners(owner("a", holiday(""), deputy("b")), owner("b")), day(0).Add(-time.Nanosecond), Acting{Name: "a"},
		},
		"from the first instant of an absence the deputy acts": {
			owners(owner("a", holiday(""), deputy("b")), owner("b")), day(0), Acting{Name: "b", Until: day(7)},
		},
		"from its last instant the owner acts": {
			owners(owner("a", holiday(""), deputy("b")), owner("b")), day(7), Acting{Name: "a"},
		},
		"the deputy of the absence goes before the owner's own": {
			owners(owner("a", holiday("c"), deputy("b")), owner("b"), owner("c")), day(1), Acting{Name: "c", Until: day(7)},
		},
		"of two absences at once the later one names the deputy, and the owner is back after both": {
			owners(owner("a", holiday("b"), away(day(3), day(5), "c")), owner("b"), owner("c")), day(4),
			Acting{Name: "c", Until: day(7)},
		},
		"one absence after the other is one time away": {
			owners(owner("a", holiday("b"), away(day(7), day(9), "c")), owner("b"), owner("c")), day(1),
			Acting{Name: "b", Until: day(9)},
		},
		"a deputy who is away passes on": {
			owners(owner("a", holiday("b")), owner("b", sick, deputy("c")), owner("c")), day(3), Acting{Name: "c", Until: day(7)},
		},
		"a deputy who left passes on": {
			owners(owner("a", holiday("b")), owner("b", left, deputy("c")), owner("c")), day(3), Acting{Name: "c", Until: day(7)},
		},
		"without a deputy the owner acts": {
			owners(owner("a", holiday(""))), day(1), Acting{Name: "a"},
		},
		"when the deputy does not exist the owner acts": {
			owners(owner("a", holiday("b"))), day(1), Acting{Name: "a"},
		},
		"when deputies stand in for each other and all are away the owner acts": {
			owners(owner("a", holiday("b")), owner("b", holiday("c")), owner("c", holiday("b"))), day(1), Acting{Name: "a"},
		},
		"the fifth deputy in a row still acts": {
			chain(5), day(1), Acting{Name: "f", Until: day(7)},
		},
		"the sixth is not asked": {
			chain(6), day(1), Acting{Name: "a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.owners.ActingFor("a", test.at)); diff != "" {
				t.Errorf("acting (-want +got):\n%s", diff)
			}
		})
	}
}

// chain has n deputies one after the other, of whom only the last one is there.
func chain(n int) Owners {
	all := owners(owner(string(rune('a' + n))))
	for i := range n {
		name, next := string(rune('a'+i)), string(rune('a'+i+1))
		all[name] = owner(name, away(day(0), day(7), next))
	}
	return all
}

func TestNextActing(t *testing.T) {
	tests := map[string]struct {
		owners Owners
		want   time.Time
	}{
		"when the absence begins":   {owners(owner("a", away(day(3), day(7), "b")), owner("b")), day(3)},
		"when the owner is back":    {owners(owner("a", away(day(-1), day(7), "b")), owner("b")), day(7)},
		"when the deputy goes away": {owners(owner("a", away(day(-1), day(7), "b")), owner("b", away(day(2), day(3), "c")), owner("c")), day(2)},
		"never, when nobody stands in anyway": {
			owners(owner("a", away(day(3), day(7), ""))), time.Time{},
		},
		"never, when all absences are over": {
			owners(owner("a", away(day(-9), day(-7), "b")), owner("b")), time.Time{},
		},
		"not at the end of an absence that another one outlasts": {
			owners(owner("a", away(day(-1), day(4), "b"), away(day(-2), day(6), "b")), owner("b")), day(6),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.owners.NextActing("a", day(0)); !got.Equal(test.want) {
				t.Errorf("next change at %v, want %v", got, test.want)
			}
		})
	}
}

func TestActingChangesExactlyWhenSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawOwners(t)
		now := day(rapid.IntRange(-1, 12).Draw(t, "now"))
		next := all.NextActing("a", now)
		before := all.ActingFor("a", now)
		if all.Absent(before.Name) == v1alpha1.ReasonOwnerLeft && before.Name != "a" {
			t.Fatalf("%s left and acts", before.Name)
		}
		for at := now; at.Before(day(14)); at = at.Add(12 * time.Hour) {
			unchanged := next.IsZero() || at.Before(next)
			if same := all.ActingFor("a", at) == before; unchanged && !same {
				t.Fatalf("%v acts at %v, %v at %v; the next change was said to be at %v", before, now, all.ActingFor("a", at), at, next)
			}
		}
		if !next.IsZero() && all.ActingFor("a", next) == before {
			t.Fatalf("nothing changes at %v", next)
		}
	})
}

func drawOwners(t *rapid.T) Owners {
	names := []string{"a", "b", "c", "d"}
	all := Owners{}
	for _, name := range names {
		someone := rapid.SampledFrom(append(names, ""))
		o := owner(name, deputy(someone.Draw(t, name+" deputy")), reportsTo(someone.Draw(t, name+" reports to")))
		for range rapid.IntRange(0, 3).Draw(t, name+" absences") {
			from := rapid.IntRange(0, 9).Draw(t, "from")
			away(day(from), day(from+rapid.IntRange(1, 4).Draw(t, "days")), someone.Draw(t, "deputy"))(o)
		}
		if rapid.IntRange(0, 5).Draw(t, name+" left") == 0 {
			left(o)
		}
		if rapid.IntRange(0, 9).Draw(t, name+" exists") > 0 {
			all[name] = o
		}
	}
	return all
}
