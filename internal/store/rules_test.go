// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/store"
)

var noon = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

func TestParseURL(t *testing.T) {
	for address, want := range map[string]string{
		"sqlite:/var/lib/cx/evidence.db": "/var/lib/cx/evidence.db", "sqlite:evidence.db": "evidence.db",
		"sqlite:a b?c#d": "a b?c#d", "sqlite:c:evidence.db": "c:evidence.db",
	} {
		driver, path, err := store.ParseURL(address)
		if err != nil || driver != store.DriverSQLite || path != want {
			t.Errorf("%q: %s %q, %v", address, driver, path, err)
		}
	}
	for address, says := range map[string]string{
		"":                             "write sqlite:PATH",
		"/var/lib/cx/evidence.db":      "write sqlite:PATH",
		"sqlite:":                      "has no path",
		"sqlite::memory:":              "survive a restart",
		"sqlite:///evidence.db":        "without //",
		"mysql:host":                   `"mysql" is not known`,
		"postgres://u:secret@host/db":  "postgres is not supported yet; use sqlite:PATH",
		"postgresql:host=h password=p": "postgres is not supported yet; use sqlite:PATH",
	} {
		_, _, err := store.ParseURL(address)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want %q", address, err, says)
		}
	}
}

func TestInUseSaysWhatToDo(t *testing.T) {
	inUse := &store.InUseError{ID: "acme", Holder: store.Holder{NamespaceUID: "ns-1", Namespace: "retail"}}
	for _, part := range []string{`"acme"`, `"retail"`, "choose another id", "ns-1"} {
		if !strings.Contains(inUse.Error(), part) {
			t.Errorf("%q does not say %s", inUse.Error(), part)
		}
	}
	inUse.AdoptedBefore = true
	if !strings.Contains(inUse.Error(), "only once") {
		t.Error(inUse.Error())
	}
}

// full is an outcome with every field set, so that a field added later cannot be forgotten below.
func full() store.WaveOutcome {
	return store.WaveOutcome{
		Survey: "nps", Slot: "nps-20270104t1200", DueAt: noon, OpenedAt: noon, ClosedAt: noon, Phase: store.WaveClosed,
		Audience: []string{"Customer"}, QuestionnaireHash: "q", ScoredHash: "s", Anonymity: "Anonymous",
		Counts: store.WaveCounts{Eligible: 9, Sampled: 8, Invited: 7, Accepted: 6, Bounced: 5, Responded: 4, Partial: 3, Late: 2,
			Skipped: map[string]int64{"optOut": 1}},
		PublishedAt: noon, PublishedTo: []string{"Sales"}, FollowUpRules: []string{"detractors"},
	}
}

// fields calls visit for every field of a struct, with the fields of structs in it except times.
func fields(v reflect.Value, name string, visit func(name string, field reflect.Value)) {
	for i := range v.NumField() {
		field, inner := v.Field(i), name+v.Type().Field(i).Name
		if field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]() {
			fields(field, inner+".", visit)
			continue
		}
		visit(inner, field)
	}
}

func alter(t *testing.T, name string, field reflect.Value) {
	t.Helper()
	if field.IsZero() {
		t.Fatalf("%s is not set in the test: set it", name)
	}
	switch value := field.Interface().(type) {
	case time.Time:
		field.Set(reflect.ValueOf(value.Add(time.Second)))
	case []string:
		field.Set(reflect.ValueOf(append([]string{"Another"}, value...)))
	case map[string]int64:
		field.Set(reflect.ValueOf(map[string]int64{"optOut": 2}))
	case int64:
		field.SetInt(value + 1)
	default:
		field.SetString(field.String() + "x")
	}
}

func TestEveryFieldOfAWaveIsCompared(t *testing.T) {
	if !store.SameWave(full(), full()) {
		t.Fatal("a wave is not the same as itself")
	}
	outcome := full()
	fields(reflect.ValueOf(&outcome).Elem(), "", func(name string, _ reflect.Value) {
		other := full()
		fields(reflect.ValueOf(&other).Elem(), "", func(altered string, field reflect.Value) {
			if altered == name {
				alter(t, name, field)
			}
		})
		if store.SameWave(full(), other) {
			t.Errorf("a different %s is not noticed", name)
		}
	})
}

func TestEveryFieldOfAPointIsCompared(t *testing.T) {
	point := func() store.KPIPoint {
		return store.KPIPoint{KPI: "nps", AsOf: noon, Value: "1", N: 2, SD: "3", Low: "0", High: "4", Source: "manual",
			Method: "NPS", ScaleHash: "s", RecordedAt: noon, Revision: 5}
	}
	one := point()
	fields(reflect.ValueOf(&one).Elem(), "", func(name string, _ reflect.Value) {
		other := point()
		fields(reflect.ValueOf(&other).Elem(), "", func(altered string, field reflect.Value) {
			if altered == name {
				alter(t, name, field)
			}
		})
		wantSame := name == "RecordedAt" || name == "Revision"
		if store.SamePoint(point(), other) != wantSame {
			t.Errorf("with a different %s the points are the same: %t", name, !wantSame)
		}
	})
	if normalized, err := point().Normalized(); err != nil || normalized.Revision != 0 {
		t.Errorf("the caller's revision is kept: %+v, %v", normalized, err)
	}
}

// A record that repeats what is held changes nothing, and nobody gets in time by moving the deadline or the first response. What
// is closed stays closed since then, until it is open again.
func TestFollowUpsKeepTheirDeadlineAndFirstResponse(t *testing.T) {
	draw := func(t *rapid.T, label string) store.FollowUp {
		instant := func(name string) time.Time {
			return noon.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, label+" "+name)) * time.Hour)
		}
		f := store.FollowUp{ID: "a", Survey: "nps", Slot: "s", Rule: "detractors", OpenedAt: noon, DueBy: instant("due"),
			Reached: rapid.Bool().Draw(t, label+" reached"), RootCause: rapid.SampledFrom([]string{"", "price"}).Draw(t, label+" cause")}
		if rapid.Bool().Draw(t, label+" responded") {
			f.FirstResponseAt = instant("response")
		}
		if rapid.Bool().Draw(t, label+" closed") {
			f.ClosedAt = instant("end")
		}
		return f
	}
	rapid.Check(t, func(t *rapid.T) {
		held := draw(t, "first")
		due, responded, closed := held.DueBy, held.FirstResponseAt, held.ClosedAt
		for i := range rapid.IntRange(1, 5).Draw(t, "records") {
			next := draw(t, fmt.Sprint(i))
			before := held
			held = store.MergeFollowUp(held, next)
			if again := store.MergeFollowUp(held, next); again != held {
				t.Fatalf("recorded twice:\n%s", cmp.Diff(held, again))
			}
			if next.FirstResponseAt.IsZero() {
				if held != before {
					t.Fatalf("the opening recorded again changes what was done:\n%s", cmp.Diff(before, held))
				}
				continue
			}
			if responded.IsZero() {
				responded = next.FirstResponseAt
			}
			if closed.IsZero() != next.ClosedAt.IsZero() {
				closed = next.ClosedAt
			}
			if held.DueBy != due || held.FirstResponseAt != responded || held.ClosedAt != closed {
				t.Fatalf("due %v, responded %v, closed %v; held %+v", due, responded, closed, held)
			}
			if held.Reached != next.Reached || held.RootCause != next.RootCause {
				t.Fatalf("the newest record is %+v, held is %+v", next, held)
			}
		}
	})
}

func TestNormalizingLeavesTheCallersListsAlone(t *testing.T) {
	w := full()
	w.Audience = []string{"Partner", "Customer", "Partner"}
	normalized, err := w.Normalized()
	if err != nil {
		t.Fatal(err)
	}
	normalized.Counts.Skipped["optOut"] = 99
	if diff := cmp.Diff([]string{"Customer", "Partner"}, normalized.Audience); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Partner", "Customer", "Partner"}, w.Audience); diff != "" || w.Counts.Skipped["optOut"] != 1 {
		t.Errorf("the caller's lists changed: %s %v", diff, w.Counts.Skipped)
	}
}

func drawWave(t *rapid.T, label string) store.WaveOutcome {
	w := full()
	w.Phase = rapid.SampledFrom([]store.WavePhase{store.WaveStarted, store.WaveClosed, store.WaveCancelled,
		store.WaveFailed}).Draw(t, label+" phase")
	if !w.Phase.Ended() {
		w.ClosedAt = time.Time{}
	}
	w.Counts.Responded = rapid.Int64Range(0, 3).Draw(t, label+" responded")
	w.PublishedAt, w.PublishedTo = time.Time{}, nil
	if hours := rapid.IntRange(0, 3).Draw(t, label+" published after"); hours > 0 {
		w.PublishedAt = noon.Add(time.Duration(hours) * time.Hour)
		w.PublishedTo = rapid.SliceOfN(rapid.SampledFrom([]string{"Sales", "Service"}), 1, 3).Draw(t, label+" functions")
	}
	w, err := w.Normalized()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReplayedWavesChangeNothingAndTheFirstEndIsFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var held *store.WaveOutcome
		var end *store.WaveOutcome
		var seen []store.WaveOutcome
		for i := range rapid.IntRange(1, 6).Draw(t, "records") {
			next := drawWave(t, fmt.Sprint(i))
			if i > 0 && rapid.Bool().Draw(t, "replay") {
				next = seen[rapid.IntRange(0, len(seen)-1).Draw(t, "which")]
			}
			seen = append(seen, next)
			merged := next
			if held != nil {
				merged = store.MergeWave(*held, next)
			}
			if again := store.MergeWave(merged, next); !store.SameWave(merged, again) {
				t.Fatalf("recorded twice:\n%s", cmp.Diff(merged, again))
			}
			held = &merged
			if end == nil && next.Phase.Ended() {
				end = &next
			}
		}
		if end == nil {
			return
		}
		want := *end
		want.PublishedAt, want.PublishedTo = held.PublishedAt, held.PublishedTo
		if !store.SameWave(want, *held) {
			t.Fatalf("(-first end +held):\n%s", cmp.Diff(want, *held))
		}
		for _, w := range seen {
			if !w.PublishedAt.IsZero() && w.PublishedAt.Before(held.PublishedAt) {
				t.Fatalf("published at %v, held is %v", w.PublishedAt, held.PublishedAt)
			}
		}
	})
}

func TestClaimsComeToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holders := []store.Holder{{NamespaceUID: "a", Namespace: "a", ProgramUID: "1"},
			{NamespaceUID: "b", Namespace: "b", ProgramUID: "2"}, {NamespaceUID: "c", Namespace: "c", ProgramUID: "3"}}
		// Each namespace keeps asking, as controllers do, and each may ask to adopt from one other.
		adopt := make([]string, len(holders))
		for i := range adopt {
			adopt[i] = rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "adopt from")
		}
		var held *store.Claim
		moved := map[[2]string]bool{}
		moves := 0
		for step := range 60 {
			i := step % len(holders)
			pair := [2]string{adopt[i], holders[i].NamespaceUID}
			claim, err := store.DecideClaim(held, "acme", holders[i], adopt[i], moved[pair], noon)
			var inUse *store.InUseError
			switch {
			case errors.As(err, &inUse):
				if held == nil || inUse.Holder != held.Holder {
					t.Fatalf("refused because of %+v, held by %+v", inUse.Holder, held)
				}
				continue
			case err != nil:
				t.Fatal(err)
			case held != nil && held.Holder.NamespaceUID != claim.Holder.NamespaceUID:
				moved[pair] = true
				moves++
			}
			held = &claim
		}
		if moves > len(holders) {
			t.Fatalf("the id moved %d times between %d namespaces", moves, len(holders))
		}
	})
}

func TestExportedEvidenceReadsBack(t *testing.T) {
	evidence := store.Evidence{
		APIVersion: store.EvidenceAPIVersion, Kind: store.EvidenceKind, Revision: 3, TakenAt: noon,
		Program: store.Claim{ID: "acme", Holder: store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "u"},
			ClaimedAt: noon},
		Surveys: []store.WaveTotals{{Survey: "nps"}},
		Waves:   []store.WaveOutcome{{Survey: "nps", Slot: "nps-1", DueAt: noon, Phase: store.WaveStarted}}, Decisions: []store.Decision{},
		FollowUps: []store.FollowUp{{ID: "a", Survey: "nps", Slot: "nps-1", Rule: "detractors", OpenedAt: noon, DueBy: noon}},
		Points:    []store.KPIPoint{{KPI: "nps", AsOf: noon, Value: "42.5", Source: "manual", RecordedAt: noon, Revision: 1}},
		Stages:    []store.StageChange{}, Marks: []store.Mark{},
	}
	text, err := json.Marshal(evidence)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"apiVersion":"evidence.cx-operator.io/v1","kind":"Evidence",` +
		`"program":{"id":"acme","holder":{"namespaceUID":"ns-1","namespace":"retail","programUID":"u"},` +
		`"claimedAt":"2027-01-04T12:00:00Z"},"revision":3,"takenAt":"2027-01-04T12:00:00Z",` +
		`"surveys":[{"survey":"nps","started":0,"ended":0,"closed":0}],` +
		`"waves":[{"survey":"nps","slot":"nps-1","dueAt":"2027-01-04T12:00:00Z","phase":"Started",` +
		`"counts":{"eligible":0,"sampled":0,"invited":0,"accepted":0,"bounced":0,"responded":0,"partial":0,"late":0}}],` +
		`"followUps":[{"id":"a","survey":"nps","slot":"nps-1","rule":"detractors","openedAt":"2027-01-04T12:00:00Z",` +
		`"dueBy":"2027-01-04T12:00:00Z"}],"decisions":[],"points":[{"kpi":"nps","asOf":"2027-01-04T12:00:00Z","value":"42.5","n":0,"source":"manual",` +
		`"recordedAt":"2027-01-04T12:00:00Z","revision":1}],"stages":[],"marks":[]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	var back store.Evidence
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(evidence, back); diff != "" {
		t.Error(diff)
	}
}
