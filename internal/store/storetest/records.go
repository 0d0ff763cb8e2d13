// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func decision(offer string, result store.DecisionResult) store.Decision {
	return store.Decision{OfferID: offer, SubjectKind: "Journey", SubjectName: "returns", Touchpoint: "counter",
		Role: "Accountable", Owner: "service-lead", Result: result, Reason: "agreed", DecidedBy: "user-1",
		Means: "kubectl", At: noon}
}

func point(kpi string, day int, value string) store.KPIPoint {
	return store.KPIPoint{KPI: kpi, AsOf: at(day), Value: value, N: 100, Low: "-4.97", High: "33.86", SD: "74.833148",
		Source: "manual", Method: "NPS", ScaleHash: "s1", RecordedAt: at(day).Add(time.Hour)}
}

func stage(number int64, day int) store.StageChange {
	return store.StageChange{Framework: "six-stages", Stage: number, Observed: number + 1, Attested: number,
		At: at(day), Reason: "AllCriteriaMet", ScorecardHash: "c1"}
}

func testDecisions(s *suite) {
	s.claimed()
	first := decision("offer-1", store.Accepted)
	s.equal("decision", first, put(s, s.RecordDecision, first))
	s.changes("a second answer to one offer", 0, func() {
		second := first
		second.Result, second.DecidedBy, second.At = store.Declined, "user-2", at(1)
		s.equal("decision in force", first, put(s, s.RecordDecision, second))
	})
	s.equal("evidence", []store.Decision{first}, s.evidence().Decisions)
}

func testLapsedOffer(s *suite) {
	s.claimed()
	lapsed := decision("offer-1", store.Lapsed)
	lapsed.Reason, lapsed.DecidedBy, lapsed.Means = "", "nobody", "Timeout"
	s.equal("lapse", lapsed, put(s, s.RecordDecision, lapsed))
	s.changes("an answer to an offer that lapsed", 0, func() {
		s.equal("decision in force", lapsed, put(s, s.RecordDecision, decision("offer-1", store.Accepted)))
	})
	unknown := decision("offer-2", "Forgotten")
	if _, err := s.RecordDecision(s.Context(), s.id, unknown); !errors.Is(err, store.ErrInvalid) {
		s.Errorf("a decision that is no answer: got error %v", err)
	}
	s.equal("evidence", []store.Decision{lapsed}, s.evidence().Decisions)
}

func testLatestDecision(s *suite) {
	s.claimed()
	newer, older, whole, other := decision("offer-1", store.Declined), decision("offer-2", store.Accepted),
		decision("offer-3", store.Accepted), decision("offer-4", store.Accepted)
	newer.At, older.At = at(2), at(1)
	whole.Touchpoint = ""
	other.Owner = "another-lead"
	for _, d := range []store.Decision{newer, older, whole, other} {
		put(s, s.RecordDecision, d)
	}
	s.equal("evidence", []store.Decision{whole, other, newer}, s.evidence().Decisions)
}

func testPoints(s *suite) {
	s.claimed()
	first := put(s, s.RecordPoint, point("nps", 0, "40"))
	s.equal("first revision", int64(1), first.Revision)
	later := point("nps", 0, "40")
	later.RecordedAt = at(9)
	s.changes("an equal value later", 0, func() { s.equal("in force", first, put(s, s.RecordPoint, later)) })

	later.N = 101
	s.changes("a correction", 1, func() {
		corrected := put(s, s.RecordPoint, later)
		s.equal("second revision", int64(2), corrected.Revision)
		s.equal("evidence", []store.KPIPoint{corrected}, s.evidence().Points)
	})
	s.changes("the same correction again", 0, func() { put(s, s.RecordPoint, later) })
	s.equal("back to the first value", int64(3), put(s, s.RecordPoint, point("nps", 0, "40")).Revision)
	bare := store.KPIPoint{KPI: "churn", AsOf: at(1), Value: "-0.5", Source: "manual", RecordedAt: at(1)}
	want := bare
	want.Revision = 1
	s.equal("a bare value", want, put(s, s.RecordPoint, bare))
	s.equal("evidence of a bare value", want, s.evidence().Points[0])
}

func testPointsOfOne(s *suite) {
	s.claimed()
	s.equal("without any", 0, len(points(s, 3)))
	second := put(s, s.RecordPoint, point("nps", 1, "41"))
	put(s, s.RecordPoint, point("nps", 0, "40"))
	put(s, s.RecordPoint, point("csat", 2, "90"))
	correction := point("nps", 0, "39.5")
	correction.SD = "1.5"
	first := put(s, s.RecordPoint, correction)
	s.equal("corrected, oldest first", []store.KPIPoint{first, second}, points(s, 3))
	s.equal("the latest one", []store.KPIPoint{second}, points(s, 1))
}

func points(s *suite, limit int) []store.KPIPoint {
	s.Helper()
	got, err := s.Points(s.Context(), s.id, "nps", limit)
	if err != nil {
		s.Fatal(err)
	}
	return got
}

func testDecisionsOfOne(s *suite) {
	s.claimed()
	later, first, other := decision("offer-1", store.Declined), decision("offer-2", store.Accepted), decision("offer-3", store.Accepted)
	later.At, other.SubjectName = at(2), "checkout"
	first.Touchpoint = ""
	goal := decision("offer-4", store.Accepted)
	goal.SubjectKind = "Goal"
	for _, d := range []store.Decision{later, first, other, goal} {
		put(s, s.RecordDecision, d)
	}
	got, err := s.Decisions(s.Context(), s.id, "Journey", "returns")
	if err != nil {
		s.Fatal(err)
	}
	s.equal("in the order in which they were made", []store.Decision{first, later}, got)
}

func testStages(s *suite) {
	s.claimed()
	first := put(s, s.RecordStage, stage(1, 0))
	s.changes("the same stage", 0, func() {
		again := stage(1, 3)
		again.Observed, again.Reason = 5, "Other"
		s.equal("in force", first, put(s, s.RecordStage, again))
	})
	for i, number := range []int64{2, 3, 2} {
		put(s, s.RecordStage, stage(number, i+4))
	}
	audit := stage(1, 2)
	audit.Framework = "audit"
	put(s, s.RecordStage, audit)
	want := []store.StageChange{audit, first, stage(2, 4), stage(3, 5), stage(2, 6)}
	s.equal("evidence", want, s.evidence().Stages)
}

func testMarks(s *suite) {
	s.claimed()
	since := func(day int, values map[string]string) map[string]time.Time {
		s.Helper()
		all, err := s.SinceAll(s.Context(), s.id, "criteria", values, at(day))
		s.ok(err)
		return all
	}
	s.equal("first seen", map[string]time.Time{"a": noon, "b": noon},
		since(0, map[string]string{"a": "True", "b": "False", "c": ""}))
	s.equal("one changed", map[string]time.Time{"a": noon, "b": at(1)},
		since(1, map[string]string{"a": "True", "b": "True"}))
	s.equal("one alone", map[string]time.Time{"a": noon}, since(2, map[string]string{"a": "True"}))
	s.equal("removed", map[string]time.Time{"b": at(1)}, since(3, map[string]string{"a": "", "b": "True"}))
	s.equal("evidence without the removed", []store.Mark{{Scope: "criteria", Key: "b", Value: "True", Since: at(1)}},
		s.evidence().Marks)
	s.equal("back again", map[string]time.Time{"a": at(4)}, since(4, map[string]string{"a": "True"}))
	s.equal("nothing asked", map[string]time.Time{}, since(4, nil))

	other, err := store.Since(s.Context(), s, s.id, "grace", "a", "True", at(5))
	s.ok(err)
	s.equal("another scope", at(5), other)
	s.equal("evidence", []store.Mark{
		{Scope: "criteria", Key: "a", Value: "True", Since: at(4)},
		{Scope: "criteria", Key: "b", Value: "True", Since: at(1)},
		{Scope: "grace", Key: "a", Value: "True", Since: at(5)},
	}, s.evidence().Marks)
}

func testTimes(s *suite) {
	local := noon.Add(789 * time.Nanosecond).In(time.FixedZone("east", 5*3600))
	s.equal("claim", noon, s.claim(s.id, tenant, "", local).ClaimedAt)
	w := wave("nps", 0)
	w.DueAt, w.OpenedAt, w.ClosedAt, w.PublishedAt = local, local, local, local
	w = put(s, s.RecordWave, w)
	d := decision("offer-1", store.Accepted)
	d.At = local
	d = put(s, s.RecordDecision, d)
	p := point("nps", 0, "40")
	p.AsOf, p.RecordedAt = local, local
	p = put(s, s.RecordPoint, p)
	c := stage(2, 0)
	c.At = local
	c = put(s, s.RecordStage, c)
	since, err := store.Since(s.Context(), s, s.id, "criteria", "a", "True", local)
	s.ok(err)
	f := followUp("f-1", 0)
	f.OpenedAt, f.DueBy, f.FirstResponseAt, f.ClosedAt = local, local, local, local
	f = put(s, s.RecordFollowUp, f)
	for _, got := range []time.Time{w.DueAt, w.OpenedAt, w.ClosedAt, w.PublishedAt, d.At, p.AsOf, p.RecordedAt, c.At, since,
		f.OpenedAt, f.DueBy, f.FirstResponseAt, f.ClosedAt} {
		if got != noon { // the very same value: no zone, no nanoseconds
			s.Fatalf("%v was returned, want %v", got, noon)
		}
	}
	e := s.evidence()
	s.equal("what is read", []any{w, d, p, c, f, noon},
		[]any{e.Waves[0], e.Decisions[0], e.Points[0], e.Stages[0], e.FollowUps[0], e.Marks[0].Since})
}

func testInvalid(s *suite) {
	s.claimed()
	ctx := s.Context()
	waves := map[string]func(*store.WaveOutcome){
		"no survey":           func(w *store.WaveOutcome) { w.Survey = "" },
		"no due time":         func(w *store.WaveOutcome) { w.DueAt = time.Time{} },
		"closed without time": func(w *store.WaveOutcome) { w.ClosedAt = time.Time{} },
		"unknown phase":       func(w *store.WaveOutcome) { w.Phase = "Done" },
		"negative count":      func(w *store.WaveOutcome) { w.Counts.Responded = -1 },
		"negative skip":       func(w *store.WaveOutcome) { w.Counts.Skipped = map[string]int64{"optOut": -1} },
		"NUL in a text":       func(w *store.WaveOutcome) { w.Audience = []string{"a\x00"} },
		"year 12000":          func(w *store.WaveOutcome) { w.ClosedAt = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
	for name, spoil := range waves {
		w := wave("nps", 0)
		spoil(&w)
		_, err := s.RecordWave(ctx, s.id, w)
		s.refused(name, store.ErrInvalid, err)
	}
	points := map[string]func(*store.KPIPoint){
		"no value":         func(p *store.KPIPoint) { p.Value = "" },
		"not a number":     func(p *store.KPIPoint) { p.Value = "NaN" },
		"an exponent":      func(p *store.KPIPoint) { p.Value = "1e3" },
		"low alone":        func(p *store.KPIPoint) { p.High = "" },
		"low above high":   func(p *store.KPIPoint) { p.Low, p.High = "9", "8.5" },
		"a spread below":   func(p *store.KPIPoint) { p.SD = "-0.1" },
		"a spread of NaN":  func(p *store.KPIPoint) { p.SD = "NaN" },
		"negative n":       func(p *store.KPIPoint) { p.N = -1 },
		"no time":          func(p *store.KPIPoint) { p.AsOf = time.Time{} },
		"endless source":   func(p *store.KPIPoint) { p.Source = strings.Repeat("x", 5000) },
		"not UTF-8 at all": func(p *store.KPIPoint) { p.KPI = "\xff" },
	}
	for name, spoil := range points {
		p := point("nps", 0, "40")
		spoil(&p)
		_, err := s.RecordPoint(ctx, s.id, p)
		s.refused(name, store.ErrInvalid, err)
	}
	_, err := s.RecordDecision(ctx, s.id, decision("offer", "Maybe"))
	s.refused("unknown result", store.ErrInvalid, err)
	_, err = s.RecordStage(ctx, s.id, stage(-1, 0))
	s.refused("negative stage", store.ErrInvalid, err)
	_, err = s.SinceAll(ctx, s.id, "", map[string]string{"a": "b"}, noon)
	s.refused("no scope", store.ErrInvalid, err)
	s.refused("no slot", store.ErrInvalid, s.RecordWaveStarted(ctx, s.id, store.WaveStart{Survey: "a", DueAt: noon}))
	_, err = s.Claim(ctx, "", tenant, "", noon)
	s.refused("no id", store.ErrInvalid, err)
}

func testNoChange(s *suite) {
	s.claimed()
	write := func() {
		s.claim(s.id, tenant, "", noon)
		s.writeOneOfEach()
	}
	s.changes("the first time", 7, write)
	before := s.evidence()
	s.changes("the second time", 0, write)
	s.equal("evidence", before, s.evidence())
}

// writeOneOfEach makes seven changes, the first time.
func (s *suite) writeOneOfEach() {
	s.Helper()
	s.ok(s.RecordWaveStarted(s.Context(), s.id, start("nps", 0)))
	put(s, s.RecordWave, wave("nps", 0))
	put(s, s.RecordFollowUp, followUp("f-1", 0))
	put(s, s.RecordDecision, decision("offer-1", store.Accepted))
	put(s, s.RecordPoint, point("nps", 0, "40"))
	put(s, s.RecordStage, stage(2, 0))
	_, err := s.SinceAll(s.Context(), s.id, "criteria", map[string]string{"a": "True", "b": "False"}, noon)
	s.ok(err)
}
