// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/cx-operator/cx-operator/internal/store"
)

const callers = 100

// together runs do from many goroutines that are let go at once, and returns their errors in order.
func together(do func(caller int) error) []error {
	errs := make([]error, callers)
	gate := make(chan struct{})
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			<-gate
			errs[i] = do(i)
		})
	}
	close(gate)
	all.Wait()
	return errs
}

func testConcurrentSame(s *suite) {
	s.claimed()
	ctx := s.Context()
	s.changes("the same writes from many callers", 7, func() {
		s.ok(errors.Join(together(func(int) error {
			// Only the closed wave: its start may come before or after it.
			_, waveErr := s.RecordWave(ctx, s.id, wave("nps", 0))
			_, decisionErr := s.RecordDecision(ctx, s.id, decision("offer-1", store.Accepted))
			_, followUpErr := s.RecordFollowUp(ctx, s.id, followUp("f-1", 0))
			_, pointErr := s.RecordPoint(ctx, s.id, point("nps", 0, "40"))
			_, stageErr := s.RecordStage(ctx, s.id, stage(2, 0))
			_, sinceErr := s.SinceAll(ctx, s.id, "criteria", map[string]string{"a": "True"}, noon)
			startErr := s.RecordWaveStarted(ctx, s.id, start("ces", 0))
			return errors.Join(waveErr, followUpErr, decisionErr, pointErr, stageErr, sinceErr, startErr)
		})...))
	})
	e := s.evidence()
	s.equal("rows", [6]int{2, 1, 1, 1, 1, 1},
		[6]int{len(e.Waves), len(e.FollowUps), len(e.Decisions), len(e.Points), len(e.Stages), len(e.Marks)})

	// Different answers to one offer: one wins, and everybody is told which.
	results := make([]store.Decision, callers)
	s.ok(errors.Join(together(func(i int) (err error) {
		d := decision("offer-2", store.Declined)
		d.DecidedBy = fmt.Sprint("user-", i)
		results[i], err = s.RecordDecision(ctx, s.id, d)
		return err
	})...))
	for _, result := range results {
		s.equal("the decision in force", results[0], result)
	}
}

func testConcurrentDifferent(s *suite) {
	s.claimed()
	ctx := s.Context()
	s.changes("different writes from many callers", 2*callers, func() {
		s.ok(errors.Join(together(func(i int) error {
			_, pointErr := s.RecordPoint(ctx, s.id, point(fmt.Sprintf("kpi-%03d", i), 0, "40"))
			_, decisionErr := s.RecordDecision(ctx, s.id, decision(fmt.Sprint("offer-", i), store.Accepted))
			return errors.Join(pointErr, decisionErr)
		})...))
	})
	points := s.evidence().Points
	s.equal("points", callers, len(points))
	for i, p := range points {
		s.equal("key", fmt.Sprintf("kpi-%03d", i), p.KPI)
	}

	claims := together(func(i int) error {
		_, err := s.Claim(ctx, "contested", store.Holder{NamespaceUID: fmt.Sprint("ns-", i), Namespace: "n",
			ProgramUID: "u"}, "", noon)
		return err
	})
	won := 0
	for _, err := range claims {
		var inUse *store.InUseError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &inUse):
			s.Fatal(err)
		}
	}
	s.equal("claims that won", 1, won)
}

func testConcurrentBad(s *suite) {
	s.claimed()
	ctx, gone := context.WithCancel(s.Context())
	gone()
	errs := together(func(i int) error {
		p := point(fmt.Sprint("kpi-", i), 0, "40")
		switch i % 4 {
		case 0:
			p.Value = "many"
			_, err := s.RecordPoint(s.Context(), s.id, p)
			return err
		case 1:
			_, err := s.RecordPoint(s.Context(), "nobody", p)
			return err
		case 2:
			_, err := s.RecordPoint(ctx, s.id, p)
			return err
		}
		_, err := s.RecordPoint(s.Context(), s.id, p)
		return err
	})
	want := []error{store.ErrInvalid, store.ErrNotClaimed, context.Canceled, nil}
	for i, err := range errs {
		s.refused(fmt.Sprint("caller ", i), want[i%4], err)
	}
	for _, p := range s.evidence().Points {
		var i int
		if _, err := fmt.Sscanf(p.KPI, "kpi-%d", &i); err != nil || (i%4 != 3 && i%4 != 2) {
			s.Fatalf("%s was written", p.KPI)
		}
	}
}

func testSnapshot(s *suite) {
	s.claimed()
	// Each round writes a decision and then a point, so a reader may never see more points than decisions, and the
	// revision it sees must account for exactly what it sees.
	base := s.revision()
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 100 && err == nil; i++ {
			d := decision(fmt.Sprint("offer-", i), store.Accepted)
			d.Owner = fmt.Sprint("owner-", i)
			_, decisionErr := s.RecordDecision(s.Context(), s.id, d)
			_, pointErr := s.RecordPoint(s.Context(), s.id, point(fmt.Sprint("kpi-", i), 0, "1"))
			err = errors.Join(decisionErr, pointErr)
		}
		done <- err
	}()
	for {
		e := s.evidence()
		s.equal("changes seen", e.Revision-base, int64(len(e.Decisions)+len(e.Points)))
		if behind := len(e.Decisions) - len(e.Points); behind < 0 || behind > 1 {
			s.Fatalf("%d decisions with %d points", len(e.Decisions), len(e.Points))
		}
		select {
		case err := <-done:
			s.ok(err)
			return
		default:
		}
	}
}

func testEvidenceOrder(s *suite) {
	s.claimed()
	want := s.writeMany(func(int, func(i, j int)) {})
	other := *s
	other.id = "other"
	other.claimed()
	got := other.writeMany(rand.New(rand.NewPCG(1, 2)).Shuffle)
	got.Program.ID = s.id
	s.equal("evidence written in another order", want, got)
}

// writeMany writes records that do not depend on each other, in the order that shuffle makes.
func (s *suite) writeMany(shuffle func(n int, swap func(i, j int))) *store.Evidence {
	s.Helper()
	var writes []func()
	for i := range 12 {
		d := decision(fmt.Sprint("offer-", i), store.Accepted)
		d.SubjectName, d.At = fmt.Sprint("subject-", i%5), at(i)
		writes = append(writes,
			func() { put(s, s.RecordWave, wave(fmt.Sprint("survey-", i%3), i)) },
			func() { put(s, s.RecordPoint, point(fmt.Sprint("kpi-", i%3), i, "1")) },
			func() { put(s, s.RecordFollowUp, followUp(fmt.Sprint("f-", i), -i%4)) },
			func() { put(s, s.RecordDecision, d) },
			func() {
				_, err := store.Since(s.Context(), s, s.id, fmt.Sprint("scope-", i%3), fmt.Sprint("key-", i), "v", noon)
				s.ok(err)
			})
	}
	shuffle(len(writes), func(i, j int) { writes[i], writes[j] = writes[j], writes[i] })
	for _, write := range writes {
		write()
	}
	return s.evidence()
}
