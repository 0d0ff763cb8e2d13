// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

func wave(slot string) Spec {
	return Spec{Wave: store.WaveKey{ProgramID: "acme", Survey: "nps", Slot: slot}, ProgramRules: []Rule{DefaultRule}, Zone: time.UTC,
		OpensAt: noon, ClosesAt: noon.Add(7 * day)}
}

func people(n int) []store.Candidate {
	var list []store.Candidate
	for i := range n {
		key := fmt.Sprintf("c-%05d", i)
		list = append(list, store.Candidate{Contact: store.Contact{Key: key, Address: key + "@example.com"}})
	}
	return list
}

func candidates(list []store.Candidate) iter.Seq2[store.Candidate, error] {
	return func(yield func(store.Candidate, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func prepare(t interface{ Fatal(...any) }, spec Spec, list []store.Candidate) *Plan {
	plan, err := Prepare(spec, candidates(list), noon)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// keysOf are the keys of those who are invited.
func keysOf(plan *Plan, list []store.Candidate) []string {
	var keys []string
	for _, c := range list {
		if plan.Decide(c).Skip == "" {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

func TestTheFirstReasonCounts(t *testing.T) {
	all := store.Candidate{Contact: store.Contact{Key: "k", Address: "no address"}, OptedOut: true, Invalid: true, Duplicate: true, Invited: past(-1)}
	spec := wave("1")
	spec.Size = 1
	none := prepare(t, spec, nil) // nobody is drawn
	spec.Size = 0
	everybody := prepare(t, spec, nil)
	spec.Quiet = QuietHours{From: 0, To: 1439}
	spec.ClosesAt = noon.Add(time.Hour)
	tooLate := prepare(t, spec, nil)
	for _, step := range []struct {
		plan *Plan
		want string
		fix  func()
	}{
		{none, SkipOptOut, func() { all.OptedOut = false }},
		{none, SkipInvalid, func() { all.Invalid = false }},
		{none, SkipDuplicate, func() { all.Duplicate = false }},
		{none, SkipInvalid, func() { all.Address = "a@example.com" }}, // one that an import would have refused
		{none, SkipNotSampled, func() {}},
		{tooLate, SkipContactRule, func() { all.Invited = nil }},
		{tooLate, SkipDeferredExpired, func() {}},
		{everybody, "", func() {}},
	} {
		if got := step.plan.Decide(all).Skip; got != step.want {
			t.Fatalf("got %q, want %q for %+v", got, step.want, all)
		}
		step.fix()
	}
}

var someCandidates = rapid.Custom(func(t *rapid.T) []store.Candidate {
	list := people(rapid.IntRange(0, 60).Draw(t, "n"))
	for i := range list {
		c := &list[i]
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			c.OptedOut = true
		case 1:
			c.Invalid = true
		case 2:
			c.Duplicate = true
		case 3:
			c.Address = "nobody"
		case 4:
			c.Invited = past(rapid.IntRange(-60, 5).Draw(t, "days"))
		case 5:
			c.OptedOut, c.Duplicate, c.Invited = true, true, past(-1)
		}
		c.TimeZone = rapid.SampledFrom([]string{"", "Asia/Tokyo", "Europe/Madrid", "Nowhere/Land"}).Draw(t, "zone")
	}
	return list
})

var someSpecs = rapid.Custom(func(t *rapid.T) Spec {
	spec := wave(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "slot"))
	switch rapid.IntRange(0, 2).Draw(t, "sampling") {
	case 1:
		spec.Percent = rapid.Int64Range(1, 100).Draw(t, "percent")
	case 2:
		spec.Size = rapid.Int64Range(1, 70).Draw(t, "size")
	}
	spec.Spread = time.Duration(rapid.IntRange(0, 100).Draw(t, "spread")) * time.Hour
	spec.Reminders = []time.Duration{3 * day, time.Duration(rapid.IntRange(1, 200).Draw(t, "reminder")) * time.Hour}
	spec.ClosesAt = noon.Add(time.Duration(rapid.IntRange(1, 168).Draw(t, "open")) * time.Hour)
	if rapid.Bool().Draw(t, "quiet") {
		spec.Quiet = someQuiet.Draw(t, "quiet hours")
	}
	return spec
})

func TestEveryContactIsInExactlyOneCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, list := someSpecs.Draw(t, "spec"), someCandidates.Draw(t, "contacts")
		plan := prepare(t, spec, list)
		want := Counts{Known: int64(len(list)), Skipped: map[string]int64{}}
		var skipped int64
		for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(len(list)) { // Decide does not depend on the order
			c := list[i]
			d := plan.Decide(c)
			if d.Skip == "" {
				want.Invited++
				checkTimes(t, spec, c, d)
			} else {
				want.Skipped[d.Skip]++
				skipped++
			}
		}
		if want.Invited+skipped != want.Known || plan.Counts.Known != want.Known {
			t.Fatalf("%d invited and %d skipped of %d", want.Invited, skipped, want.Known)
		}
		want.Sampled = want.Invited + want.Skipped[SkipContactRule] + want.Skipped[SkipDeferredExpired]
		want.Eligible = want.Sampled + want.Skipped[SkipNotSampled]
		if diff := cmp.Diff(want, plan.Counts); diff != "" {
			t.Fatalf("counts (-decided one by one +counted):\n%s", diff)
		}
		if out := want.Skipped[SkipOptOut] + want.Skipped[SkipInvalid] + want.Skipped[SkipDuplicate]; want.Eligible+out != want.Known {
			t.Fatalf("%d eligible and %d not of %d", want.Eligible, out, want.Known)
		}
		if diff := cmp.Diff(want, CountsOf(want.Invited, want.Skipped)); diff != "" {
			t.Fatalf("counts (-planned +added up from what was recorded):\n%s", diff)
		}
		if spec.Size > 0 && want.Sampled != min(spec.Size, want.Eligible) {
			t.Fatalf("%d drawn of %d, want %d", want.Sampled, want.Eligible, spec.Size)
		}
	})
}

func checkTimes(t *rapid.T, spec Spec, c store.Candidate, d Decision) {
	zone := spec.Zone
	if own, err := time.LoadLocation(c.TimeZone); c.TimeZone != "" && err == nil {
		zone = own
	}
	previous := noon.Add(-1)
	for _, at := range append([]time.Time{d.SendAt}, d.Reminders...) {
		if !at.After(previous) || !at.Before(spec.ClosesAt) || spec.Quiet.quiet(at, zone) {
			t.Fatalf("%s follows %s, is after the end or is quiet", at, previous)
		}
		previous = at
	}
	if latest := spec.Quiet.Next(noon.Add(spec.Spread), zone); d.SendAt.After(latest) {
		t.Fatalf("sent at %s, %s is the end of the spread", d.SendAt, latest)
	}
}

func TestTheSameWaveHasTheSameSampleAnywhere(t *testing.T) {
	list := people(1000)
	spec := wave("20270104t0900")
	spec.Size = 5
	// Written down, so that a change of the draw, which would draw other people in the middle of a wave, does not go unseen.
	want := keysOf(prepare(t, spec, list), list)
	if diff := cmp.Diff([]string{"c-00173", "c-00333", "c-00801", "c-00869", "c-00936"}, want); diff != "" {
		t.Errorf("the sample (-want +got):\n%s", diff)
	}
	other := spec
	other.Wave.Slot = "20270111t0900"
	if got := keysOf(prepare(t, other, list), list); slices.Equal(got, want) {
		t.Error("another wave has the same sample")
	}
	// People who are not drawn change nothing when they leave.
	fewer := slices.DeleteFunc(slices.Clone(list), func(c store.Candidate) bool { return c.Key > "c-00500" && !slices.Contains(want, c.Key) })
	if diff := cmp.Diff(want, keysOf(prepare(t, spec, fewer), fewer)); diff != "" {
		t.Errorf("with fewer contacts (-want +got):\n%s", diff)
	}
	spec.Size, spec.Percent = 0, 20
	small := keysOf(prepare(t, spec, list), list)
	spec.Percent = 40
	large := keysOf(prepare(t, spec, list), list)
	for _, key := range small {
		if !slices.Contains(large, key) {
			t.Fatalf("%s is in 20 percent, and not in 40", key)
		}
	}
	spec.Percent = 100
	if got := keysOf(prepare(t, spec, list), list); len(got) != 1000 {
		t.Errorf("100 percent are %d of 1000", len(got))
	}
}

// A sample says nothing about anything else: its size is as it should be, and neighbours are drawn independently.
func TestSamplesAreFair(t *testing.T) {
	list := people(20000)
	for _, percent := range []int64{1, 10, 50, 99} {
		spec := wave("fair")
		spec.Percent = percent
		plan := prepare(t, spec, list)
		p := float64(percent) / 100
		// Five standard deviations: the draw is fixed, so this either holds or does not.
		if got, margin := float64(plan.Counts.Sampled)/20000, 5*math.Sqrt(p*(1-p)/20000); math.Abs(got-p) > margin {
			t.Errorf("%d percent drew %.4f", percent, got)
		}
		both := 0
		for i := 1; i < len(list); i++ {
			if plan.Decide(list[i-1]).Skip == "" && plan.Decide(list[i]).Skip == "" {
				both++
			}
		}
		if got, margin := float64(both)/19999, 5*math.Sqrt(p*p*(1-p*p)/19999); math.Abs(got-p*p) > margin+1e-3 {
			t.Errorf("%d percent drew neighbours in %.4f of the cases, want %.4f", percent, got, p*p)
		}
	}
}

func TestTheHashIsThatOfThosePeople(t *testing.T) {
	list := people(100)
	spec := wave("1")
	hash := func(change func(*Spec, []store.Candidate)) string {
		s, l := spec, slices.Clone(list)
		change(&s, l)
		return prepare(t, s, l).Hash
	}
	same := hash(func(*Spec, []store.Candidate) {})
	if len(same) != 64 {
		t.Fatalf("hash %q", same)
	}
	for what, change := range map[string]func(*Spec, []store.Candidate){
		"a contact rule":          func(_ *Spec, l []store.Candidate) { l[5].Invited = past(-1) },
		"somebody who is not in":  func(_ *Spec, l []store.Candidate) { l[5].Name = "Another" },
		"when they are asked":     func(s *Spec, _ []store.Candidate) { s.Spread, s.Reminders = day, []time.Duration{day} },
		"a sample of all of them": func(s *Spec, _ []store.Candidate) { s.Size = 100 },
	} {
		if hash(change) != same {
			t.Errorf("%s changes the hash", what)
		}
	}
	for what, change := range map[string]func(*Spec, []store.Candidate){
		"another wave":      func(s *Spec, _ []store.Candidate) { s.Wave.Slot = "2" },
		"another address":   func(_ *Spec, l []store.Candidate) { l[5].Address = "x@example.com" },
		"somebody who left": func(_ *Spec, l []store.Candidate) { l[5].OptedOut = true },
		"a sample":          func(s *Spec, _ []store.Candidate) { s.Size = 99 },
		"a share":           func(s *Spec, _ []store.Candidate) { s.Percent = 50 },
	} {
		if hash(change) == same {
			t.Errorf("%s does not change the hash", what)
		}
	}
}

func TestAPlanSaysWhenItBeginsAndEnds(t *testing.T) {
	spec := wave("1")
	spec.Spread = 10 * time.Hour
	plan := prepare(t, spec, people(500))
	if plan.FirstAt.Before(noon) || plan.FirstAt.After(noon.Add(time.Hour)) || plan.LastAt.Before(noon.Add(9*time.Hour)) ||
		!plan.LastAt.Before(noon.Add(10*time.Hour)) {
		t.Errorf("from %s to %s", plan.FirstAt, plan.LastAt)
	}
	late, err := Prepare(spec, candidates(people(500)), noon.Add(day))
	if err != nil || late.FirstAt.Before(noon.Add(day)) || late.LastAt.Before(noon.Add(day+9*time.Hour)) {
		t.Errorf("a day later: from %s to %s, %v", late.FirstAt, late.LastAt, err)
	}
	nobody := prepare(t, spec, nil)
	if !nobody.FirstAt.IsZero() || !nobody.LastAt.IsZero() {
		t.Errorf("nobody is written to from %s to %s", nobody.FirstAt, nobody.LastAt)
	}
}

func TestCandidatesMustBeInOrder(t *testing.T) {
	list := people(3)
	for name, order := range map[string][]store.Candidate{"backwards": {list[1], list[0]}, "twice": {list[0], list[0]}} {
		if _, err := Prepare(wave("1"), candidates(order), noon); !errors.Is(err, errOrder) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	broken := errors.New("the store is gone")
	_, err := Prepare(wave("1"), func(yield func(store.Candidate, error) bool) { yield(store.Candidate{}, broken) }, noon)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestVerdictsHaveALinkWhenTheyInvite(t *testing.T) {
	spec := wave("1")
	spec.Reminders = []time.Duration{day, day, 2 * day}
	plan := prepare(t, spec, nil)
	links := 0
	link := func() store.Link { links++; return store.Link{ID: [16]byte{1}} }
	c := people(1)[0]
	want := store.Verdict{Link: store.Link{ID: [16]byte{1}}, SendAt: noon, Reminders: []time.Time{noon.Add(day), noon.Add(2 * day)}}
	if diff := cmp.Diff(want, plan.Verdict(c, link)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.OptedOut = true
	if diff := cmp.Diff(store.Verdict{Skip: SkipOptOut}, plan.Verdict(c, link)); diff != "" || links != 1 {
		t.Errorf("%d links, (-want +got):\n%s", links, diff)
	}
}

func TestAWaveAsItIsWritten(t *testing.T) {
	template := cxv1.WaveTemplate{Survey: "nps", Slot: "20270104t1200", OpensAt: metav1.NewTime(noon), ClosesAt: metav1.NewTime(noon.Add(7 * day)),
		TimeZone: "Europe/Madrid", SurveyTerms: cxv1.SurveyTerms{Sampling: &cxv1.Sampling{Percent: ptr.To[int32](20)},
			ContactRules: []cxv1.ContactRule{{AtMost: 1, Window: "90d"}}, Reminders: []cxv1.Duration{"3d", "5d"},
			QuietHours: &cxv1.QuietHours{From: "20:00", To: "08:00"}, SpreadOver: "1d"}}
	got, err := SpecOf("acme", nil, template)
	want := Spec{Wave: store.WaveKey{ProgramID: "acme", Survey: "nps", Slot: "20270104t1200"}, ProgramRules: []Rule{DefaultRule},
		SurveyRules: []Rule{{AtMost: 1, Window: 90 * day}}, Percent: 20, Quiet: QuietHours{From: 1200, To: 480}, Zone: in(t, "Europe/Madrid"),
		Spread: day, OpensAt: noon, ClosesAt: noon.Add(7 * day), Reminders: []time.Duration{3 * day, 5 * day}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	template.Sampling = &cxv1.Sampling{Size: ptr.To[int64](300)}
	got, err = SpecOf("acme", []cxv1.ContactRule{{AtMost: 4, Window: "365d"}}, template)
	if err != nil || got.Size != 300 || got.Percent != 0 || !slices.Equal(got.ProgramRules, []Rule{{AtMost: 4, Window: 365 * day}}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for what, spoil := range map[string]func(*cxv1.WaveTemplate){
		"zone":     func(w *cxv1.WaveTemplate) { w.TimeZone = "Mars/Base" },
		"rule":     func(w *cxv1.WaveTemplate) { w.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: "x"}} },
		"quiet":    func(w *cxv1.WaveTemplate) { w.QuietHours = &cxv1.QuietHours{From: "x", To: "y"} },
		"reminder": func(w *cxv1.WaveTemplate) { w.Reminders = []cxv1.Duration{"x"} },
	} {
		bad := template
		spoil(&bad)
		if _, err := SpecOf("acme", nil, bad); err == nil {
			t.Errorf("a bad %s is taken", what)
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	list := people(100_000)
	spec := wave("1")
	spec.Size, spec.Spread, spec.Quiet = 20_000, 3*day, QuietHours{From: 1200, To: 480}
	for b.Loop() {
		prepare(b, spec, list)
	}
}
