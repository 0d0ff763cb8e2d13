// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const namespace = "bakery"

// company is a program as the controllers keep it, on a clock of its own: what people wrote and what was made of it is in the
// snapshot, what happened is in a real store. Each look does what the controller of that kind does: read, decide, record, report.
type company struct {
	t     testing.TB
	file  string
	store *sqlite.Store
	model *maturity.Model
	now   time.Time
	// born counts the objects that were made, for their UIDs.
	born int

	s *program.Snapshot
	// closed are the waves whose objects are still there, by survey, the newest first.
	closed map[string][]program.ClosedWave
	// recorded is what the store was told about follow-ups.
	recorded map[string]store.FollowUp

	evidence *store.Evidence
	readAt   time.Time

	assessment *program.Assessment
	standing   maturity.Standing
	// since is what the store remembers of the assessment's marks.
	since map[string]time.Time
	card  *cxv1.Scorecard
}

// found makes a company of which nothing is known yet.
func found(t testing.TB, model *maturity.Model) *company {
	t.Helper()
	c := &company{t: t, file: filepath.Join(t.TempDir(), "evidence.db"), model: model}
	c.forget()
	c.open()
	t.Cleanup(func() { must(t, c.store.Close()) })
	return c
}

func (c *company) open() {
	log, err := sqlite.Open(c.t.Context(), c.file, sqlite.Options{})
	must(c.t, err)
	c.store, c.evidence = log, nil
}

// restart is what a crash of the operator leaves: the file and the objects.
func (c *company) restart() {
	must(c.t, c.store.Close())
	c.open()
	c.assessment, c.since, c.card, c.recorded = nil, nil, nil, map[string]store.FollowUp{}
	c.standing = maturity.Standing{}
}

// forget loses every object.
func (c *company) forget() {
	c.s = program.New(namespace)
	c.closed, c.recorded = map[string][]program.ClosedWave{}, map[string]store.FollowUp{}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is a value that a store which works gives out.
func got[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (c *company) id() string { return c.s.Program.Spec.ID }

func (c *company) revision() int64 { return got(c.store.Revision(c.t.Context(), c.id())) }

// read is the evidence as it stands.
func (c *company) read() *store.Evidence {
	const resync = 7 * 24 * time.Hour // only what is years old drops out of it with time
	if c.evidence == nil || c.evidence.Revision != c.revision() || c.now.Sub(c.readAt) >= resync {
		c.evidence = got(c.store.Evidence(c.t.Context(), c.id(), store.EvidenceQuery{Now: c.now}))
		c.readAt = c.now
	}
	return c.evidence
}

func (c *company) sinceAll(scope string, values map[string]string) map[string]time.Time {
	return got(c.store.SinceAll(c.t.Context(), c.id(), scope, values, c.now))
}

// looks are the controllers.
func (c *company) looks() []func() {
	return []func(){c.lookAtSurveys, c.lookAtKPIs, c.lookAtAssignments, c.lookAtInitiatives, c.lookAtFollowUps, c.lookAtScorecard}
}

// settle runs the controllers until they have nothing left to record.
func (c *company) settle() {
	const rounds = 6
	for range rounds {
		before := c.revision()
		for _, look := range c.looks() {
			look()
		}
		if c.revision() == before {
			return
		}
	}
	c.t.Fatalf("%s: the controllers always find something to record", c.now)
}

// lookAtSurveys looks at those that were changed, or have a wave due.
func (c *company) lookAtSurveys() {
	for _, survey := range c.s.Surveys {
		next := survey.Status.NextWaveAt
		if survey.Status.DecidedGeneration != survey.Generation || next != nil && !c.now.Before(next.Time) {
			c.startWave(survey)
		}
	}
}

func (c *company) lookAtKPIs() {
	history := map[string][]store.KPIPoint{}
	for _, point := range c.read().Points {
		history[point.KPI] = append(history[point.KPI], point)
	}
	for _, kpi := range c.s.KPIs {
		point, err := c.pointOf(kpi)
		if err == nil {
			point, err = point.Normalized()
		}
		if errors.Is(err, program.ErrNoPoint) {
			program.JudgeKPI(kpi, history[kpi.Name], c.now)
			continue
		}
		must(c.t, err)
		same := func(known store.KPIPoint) bool { return store.SamePoint(known, point) }
		if !slices.ContainsFunc(history[kpi.Name], same) {
			_, err := c.store.RecordPoint(c.t.Context(), c.id(), point)
			must(c.t, err)
			history[kpi.Name] = got(c.store.Points(c.t.Context(), c.id(), kpi.Name, program.MaxPoints))
		}
		program.JudgeKPI(kpi, history[kpi.Name], c.now)
	}
}

func (c *company) pointOf(kpi *cxv1.KPI) (store.KPIPoint, error) {
	source := kpi.Spec.Source.Survey
	if source == nil {
		return program.PointOf(kpi, c.now)
	}
	return program.SurveyPoint(kpi, c.closed[string(source.SurveyRef)], c.now)
}

func (c *company) lookAtAssignments() {
	existing, marks := map[string]*cxv1.OwnerAssignment{}, map[string]string{}
	for _, a := range c.s.Assignments {
		existing[a.Name] = a
		marks[ownership.Remembered(a).Key()] = ""
	}
	var claims []ownership.Claim
	for _, obj := range c.s.All() {
		for _, claim := range ownership.Subjects(obj) {
			claims = append(claims, claim)
			marks[claim.Key()] = claim.Owner
		}
	}
	since := c.sinceAll(ownership.MarkScope, marks)
	in := ownership.Input{
		ProgramID: c.id(), Policy: c.s.Program.Spec.Ownership, Decisions: c.read().Decisions, Owners: ownership.Owners{}, Now: c.now,
	}
	for _, owner := range c.s.Owners {
		in.Owners[owner.Name] = owner
	}
	c.s.Assignments = nil
	made := make([]program.Object, 0, len(claims))
	for _, claim := range claims {
		in.Claim, in.NamedSince = claim, since[claim.Key()]
		made = append(made, c.assignment(in, existing[claim.Name()]))
	}
	c.s.Add(made...)
}

// assignment records what became of an offer, and since when it has been open, and makes the assignment anew.
func (c *company) assignment(in ownership.Input, existing *cxv1.OwnerAssignment) *cxv1.OwnerAssignment {
	a := &cxv1.OwnerAssignment{}
	a.Name, a.Namespace = in.Claim.Name(), namespace
	in.Existing = nil
	if existing != nil {
		in.Existing = &existing.Spec
	}
	plan := ownership.Decide(in)
	for ; plan.Record != nil || !in.Waiting.Knows(plan.Marks()); plan = ownership.Decide(in) {
		if plan.Record == nil {
			in.Waiting = in.Waiting.With(plan.Marks(), c.sinceAll(ownership.WaitScope, plan.Marks()))
			continue
		}
		recorded := got(c.store.RecordDecision(c.t.Context(), c.id(), *plan.Record))
		in.Decisions = append(slices.Clip(in.Decisions), recorded)
	}
	a.Spec = plan.Spec()
	if existing != nil {
		a.Spec.Decision = existing.Spec.Decision
	}
	plan.Report(&a.Status)
	return a
}

func (c *company) lookAtInitiatives() {
	marks, decisions := map[string]string{}, c.read().Decisions
	for _, i := range c.s.Initiatives {
		initiative.Judge(initiative.Input{
			Initiative: i, Approved: ownership.Approved(i, "", decisions), Zone: program.Zone(c.s.Program), Now: c.now,
		})
		for key, value := range initiative.Marks(i) {
			marks[key] = value
		}
	}
	since := c.sinceAll(initiative.MarkScope, marks)
	for _, i := range c.s.Initiatives {
		initiative.SetSince(i, since)
	}
}

func (c *company) lookAtFollowUps() {
	kept := make([]*cxv1.FollowUp, 0, len(c.s.FollowUps))
	for _, f := range c.s.FollowUps {
		survey := c.s.Survey(f.Spec.Case.Survey)
		plan := program.JudgeFollowUp(f, c.s.Program, string(survey.Spec.OwnerRef), c.now)
		if plan.Mistake != "" {
			c.t.Fatalf("%s: follow-up %s: %s", c.now, f.Name, plan.Mistake)
		}
		if c.recorded[f.Name] != plan.Record {
			_, err := c.store.RecordFollowUp(c.t.Context(), c.id(), plan.Record)
			must(c.t, err)
			c.recorded[f.Name] = plan.Record
		}
		f.Status = plan.Status
		if !plan.Delete {
			kept = append(kept, f)
		}
	}
	c.s.FollowUps = kept
}

func (c *company) lookAtScorecard() {
	evidence := c.read()
	c.assessment = program.Assess(c.model, c.s, evidence, c.now)
	c.since = c.sinceAll(c.assessment.Scope(), c.assessment.Marks())
	c.standing = c.assessment.Settle(c.since)
	if change, ok := c.assessment.Change(c.standing); ok {
		_, err := c.store.RecordStage(c.t.Context(), c.id(), change)
		must(c.t, err)
	}
	c.card = c.report("en")
}

// report is the Scorecard in a language.
func (c *company) report(lang string) *cxv1.Scorecard {
	card := &cxv1.Scorecard{}
	c.assessment.Report(&card.Status, c.standing, c.since, lang)
	card.Status.Conditions = c.assessment.Conditions(c.standing)
	return card
}
