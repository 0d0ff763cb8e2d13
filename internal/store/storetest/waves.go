// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func slot(survey string, day int) string { return survey + "-" + at(day).Format("20060102t1504") }

func start(survey string, day int) store.WaveStart {
	return store.WaveStart{Survey: survey, Slot: slot(survey, day), DueAt: at(day)}
}

// wave is a closed wave with every field set.
func wave(survey string, day int) store.WaveOutcome {
	return store.WaveOutcome{
		Survey: survey, Slot: slot(survey, day), DueAt: at(day), OpenedAt: at(day).Add(time.Second),
		ClosedAt: at(day + 1), Phase: store.WaveClosed, Audience: []string{"Customer", "Partner"},
		QuestionnaireHash: "q1", ScoredHash: "s1", Anonymity: "Confidential",
		Counts: store.WaveCounts{Eligible: 100, Sampled: 80, Invited: 70, Accepted: 69, Bounced: 1, Responded: 40,
			Partial: 3, Late: 2, Skipped: map[string]int64{"contactRule": 8, "optOut": 2}},
		PublishedAt: at(day + 2), PublishedTo: []string{"Sales", "Service"}, FollowUpRules: []string{"detractors", "efforts"},
	}
}

func (s *suite) totals(survey string) store.WaveTotals {
	s.Helper()
	totals, err := s.WaveTotals(s.Context(), s.id, survey)
	s.ok(err)
	return totals
}

func testWaveLife(s *suite) {
	s.claimed()
	for range 2 {
		s.ok(s.RecordWaveStarted(s.Context(), s.id, start("nps", 0)))
	}
	s.equal("totals when created", store.WaveTotals{Survey: "nps", Started: 1, LastSlot: slot("nps", 0),
		LastDueAt: noon}, s.totals("nps"))
	s.equal("evidence when created", []store.WaveOutcome{{Survey: "nps", Slot: slot("nps", 0), DueAt: noon,
		Phase: store.WaveStarted}}, s.evidence().Waves)

	closed := wave("nps", 0)
	s.equal("outcome", closed, put(s, s.RecordWave, closed))
	s.equal("evidence when closed", []store.WaveOutcome{closed}, s.evidence().Waves)
	s.changes("other ends of a wave that ended", 0, func() {
		other := closed
		other.Phase, other.Counts.Responded, other.ClosedAt = store.WaveCancelled, 41, at(5)
		s.equal("outcome in force", closed, put(s, s.RecordWave, other))
		other.Phase, other.ClosedAt = store.WaveStarted, time.Time{}
		s.equal("outcome in force", closed, put(s, s.RecordWave, other))
		s.ok(s.RecordWaveStarted(s.Context(), s.id, start("nps", 0)))
	})
	s.equal("totals when closed", store.WaveTotals{Survey: "nps", Started: 1, Ended: 1, Closed: 1,
		LastSlot: slot("nps", 0), LastDueAt: noon}, s.totals("nps"))
}

func testWavePublication(s *suite) {
	s.claimed()
	closed := wave("nps", 0)
	closed.PublishedAt, closed.PublishedTo = time.Time{}, nil
	put(s, s.RecordWave, closed)

	published := closed
	published.PublishedAt, published.PublishedTo = at(4), []string{"Service", "Sales", "Service"}
	published.Counts.Responded = 1 // too late: it must not come through with the publication
	want := closed
	want.PublishedAt, want.PublishedTo = at(4), []string{"Sales", "Service"}
	s.equal("published", want, put(s, s.RecordWave, published))

	published.PublishedAt, published.PublishedTo = at(6), []string{"Finance"}
	want.PublishedTo = []string{"Finance", "Sales", "Service"}
	s.equal("published to more", want, put(s, s.RecordWave, published))
	s.changes("no publication in a replay", 0, func() { s.equal("replay", want, put(s, s.RecordWave, closed)) })
	s.equal("evidence", []store.WaveOutcome{want}, s.evidence().Waves)
}

func testWaveTotals(s *suite) {
	s.claimed()
	s.equal("a survey without waves", store.WaveTotals{Survey: "nps"}, s.totals("nps"))
	for _, day := range []int{7, 14, 0} {
		s.ok(s.RecordWaveStarted(s.Context(), s.id, start("nps", day)))
	}
	s.ok(s.RecordWaveStarted(s.Context(), s.id, start("ces", 30)))
	cancelled := wave("nps", 7)
	cancelled.Phase, cancelled.OpenedAt = store.WaveCancelled, time.Time{}
	put(s, s.RecordWave, cancelled)
	put(s, s.RecordWave, wave("nps", 0))
	put(s, s.RecordWave, wave("nps", 3)) // its start was never recorded: it counts all the same
	want := store.WaveTotals{Survey: "nps", Started: 4, Ended: 3, Closed: 2, LastSlot: slot("nps", 14), LastDueAt: at(14)}
	s.equal("totals", want, s.totals("nps"))
	ces := store.WaveTotals{Survey: "ces", Started: 1, LastSlot: slot("ces", 30), LastDueAt: at(30)}
	s.equal("totals in evidence", []store.WaveTotals{ces, want}, s.evidence().Surveys)

	tie := start("ces", 30)
	tie.Slot = "ces-z"
	s.ok(s.RecordWaveStarted(s.Context(), s.id, tie))
	s.equal("the later name of two due at once", "ces-z", s.totals("ces").LastSlot)
}

func testEvidenceBounds(s *suite) {
	s.claimed()
	for day := range 20 {
		for _, name := range []string{"nps", "ces"} {
			s.ok(s.RecordWaveStarted(s.Context(), s.id, start(name, -day)))
			put(s, s.RecordPoint, point(name, -day, "1"))
			put(s, s.RecordPoint, point(name, -day, "2"))
		}
	}
	s.ok(s.RecordWaveStarted(s.Context(), s.id, start("old", -801)))
	s.ok(s.RecordWaveStarted(s.Context(), s.id, start("old", -799)))
	read := func(q store.EvidenceQuery) (waves, points []string) {
		q.Now = noon
		e, err := s.Evidence(s.Context(), s.id, q)
		s.ok(err)
		for _, w := range e.Waves {
			waves = append(waves, fmt.Sprint(w.Survey, " ", int(w.DueAt.Sub(noon).Hours()/24)))
		}
		for _, p := range e.Points {
			points = append(points, fmt.Sprint(p.KPI, " ", int(p.AsOf.Sub(noon).Hours()/24), " ", p.Value))
		}
		return waves, points
	}
	waves, points := read(store.EvidenceQuery{})
	s.equal("waves by default", 41, len(waves))
	s.equal("oldest wave by default", true, slices.Contains(waves, "old -799"))
	s.equal("points by default", 24, len(points))
	s.equal("first and last point", []string{"ces -11 2", "nps 0 2"}, []string{points[0], points[23]})

	waves, points = read(store.EvidenceQuery{PointsPerKPI: 2, WavesPerSurvey: 3, WaveAge: 48 * time.Hour})
	s.equal("waves", []string{"ces -2", "ces -1", "ces 0", "nps -2", "nps -1", "nps 0"}, waves)
	s.equal("points", []string{"ces -1 2", "ces 0 2", "nps -1 2", "nps 0 2"}, points)
	waves, _ = read(store.EvidenceQuery{WavesPerSurvey: 1})
	s.equal("one wave a survey", []string{"ces 0", "nps 0", "old -799"}, waves)
	_, err := s.Evidence(s.Context(), s.id, store.EvidenceQuery{})
	s.refused("a query without now", store.ErrInvalid, err)
}
