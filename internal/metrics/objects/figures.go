// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package objects

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/metrics"
)

// sums are over the objects of a namespace with a Program.
type sums struct {
	assignments    map[string]int
	waiting        int
	waitingLongest time.Duration
	untold         map[string]int
	followUps      map[string]int
	overdue        int
	waves          map[string]int
	newest         map[cxv1.Ref]*cxv1.SurveyWave
	messages       int64
	oldest         time.Duration
}

// figures adds what an object has to tell besides its conditions.
func (l *look) figures(obj kube.Object) {
	if p, ok := obj.(*cxv1.Program); ok {
		l.program(p)
		return
	}
	switch o := obj.(type) {
	case *cxv1.KPI:
		l.kpi(o)
	case *cxv1.Scorecard:
		l.scorecard(o)
	case *cxv1.Survey:
		if at := o.Status.NextWaveAt; at != nil {
			l.show(&metrics.NextWave, float64(at.Unix()), o.Namespace, o.Name)
		}
	}
	s := l.programs[obj.GetNamespace()]
	if s == nil {
		return // there would be nobody whose figures these are
	}
	switch o := obj.(type) {
	case *cxv1.Owner:
		s.owner(o)
	case *cxv1.OwnerAssignment:
		s.assignment(l, o)
	case *cxv1.FollowUp:
		s.followUp(l, o)
	case *cxv1.SurveyWave:
		s.wave(o)
	}
}

func (l *look) program(p *cxv1.Program) {
	s := &sums{
		assignments: map[string]int{}, untold: map[string]int{}, followUps: map[string]int{}, waves: map[string]int{},
		newest: map[cxv1.Ref]*cxv1.SurveyWave{},
	}
	l.programs[p.Namespace] = s
	if stalled := kube.Condition(p, cxv1.ConditionStalled); stalled == nil || stalled.Reason != cxv1.ReasonIDInUse {
		l.byID[p.Spec.ID] = s
	}
	for basis, stage := range map[string]*int32{
		metrics.BasisReached: p.Status.Stage, metrics.BasisObserved: p.Status.ObservedStage, metrics.BasisAttested: p.Status.AttestedStage,
	} {
		if stage != nil {
			l.show(&metrics.ProgramStage, float64(*stage), p.Namespace, basis)
		}
	}
	if c := p.Status.Coverage; c != nil {
		l.show(&metrics.ProgramSubjects, float64(c.Accepted), p.Namespace, metrics.SubjectsAccepted)
		l.show(&metrics.ProgramSubjects, float64(c.Pending), p.Namespace, metrics.SubjectsPending)
		l.show(&metrics.ProgramSubjects, float64(c.Orphaned), p.Namespace, metrics.SubjectsOrphaned)
		l.show(&metrics.ProgramSubjects, float64(c.Unowned), p.Namespace, metrics.SubjectsUnowned)
	}
	if sending := kube.Condition(p, cxv1.ConditionSending); sending != nil {
		l.show(&metrics.ProgramSending, 1, p.Namespace, string(sending.Status), sending.Reason)
	}
	l.show(&metrics.ProgramMailAttempts, float64(p.Status.MailsBegun), p.Namespace)
}

func (l *look) kpi(k *cxv1.KPI) {
	for m, text := range map[*metrics.Metric]cxv1.Decimal{
		&metrics.KPIValue: k.Status.Value, &metrics.KPILow: k.Status.Low, &metrics.KPIHigh: k.Status.High, &metrics.KPITarget: k.Status.Target,
	} {
		if value, ok := text.Float(); ok {
			l.show(m, value, k.Namespace, k.Name)
		}
	}
	if k.Status.N != nil {
		l.show(&metrics.KPIResponses, float64(*k.Status.N), k.Namespace, k.Name)
	}
	if k.Status.AsOf != nil {
		l.show(&metrics.KPIAge, l.since(k.Status.AsOf.Time).Seconds(), k.Namespace, k.Name)
	}
}

func (l *look) scorecard(s *cxv1.Scorecard) {
	c := s.Status.Counts
	if c == nil {
		return
	}
	for result, n := range map[string]int32{
		metrics.CriteriaMet: c.Met, metrics.CriteriaUnmet: c.Unmet, metrics.CriteriaUnknown: c.Unknown,
		metrics.CriteriaExempted: c.Exempted, metrics.CriteriaNotApplicable: c.NotApplicable,
	} {
		l.show(&metrics.ScorecardCriteria, float64(n), s.Namespace, s.Name, result)
	}
}

// owner counts those whom something keeps from being told what waits for them.
func (s *sums) owner(o *cxv1.Owner) {
	if told := kube.Condition(o, cxv1.ConditionNotified); told != nil && told.Status != metav1.ConditionTrue {
		s.untold[told.Reason]++
	}
}

func (s *sums) assignment(l *look, a *cxv1.OwnerAssignment) {
	s.assignments[string(a.Status.Phase)]++
	if a.Status.WaitsFor == "" {
		return
	}
	s.waiting++
	if a.Status.OfferedAt != nil {
		s.waitingLongest = max(s.waitingLongest, l.since(a.Status.OfferedAt.Time))
	}
}

func (s *sums) followUp(l *look, f *cxv1.FollowUp) {
	s.followUps[string(f.Status.Phase)]++
	answered := f.Status.RespondedAt != nil || f.Status.ClosedAt != nil
	if !answered && f.Spec.Case.DueBy.Time.Before(l.now) {
		s.overdue++
	}
}

// wave keeps the newest wave of each survey that has opened.
func (s *sums) wave(w *cxv1.SurveyWave) {
	s.waves[string(w.Status.Phase)]++
	survey := w.Spec.Template.Survey
	if w.Status.OpenedAt == nil || w.Status.Counts == nil {
		return
	}
	if before := s.newest[survey]; before == nil || before.Status.OpenedAt.Before(w.Status.OpenedAt) {
		s.newest[survey] = w
	}
}

// sums shows the sums of a namespace, zeros too.
func (l *look) sums(namespace string, s *sums) {
	for m, by := range map[*metrics.Metric]map[string]int{
		&metrics.Assignments: s.assignments, &metrics.FollowUps: s.followUps, &metrics.Waves: s.waves, &metrics.OwnersUntold: s.untold,
	} {
		for _, phase := range m.Labels[1].Values {
			l.show(m, float64(by[phase]), namespace, phase)
		}
	}
	l.show(&metrics.AssignmentsWaiting, float64(s.waiting), namespace)
	l.show(&metrics.AssignmentsWaitingLongest, s.waitingLongest.Seconds(), namespace)
	l.show(&metrics.FollowUpsOverdue, float64(s.overdue), namespace)
	for survey, w := range s.newest {
		l.show(&metrics.SurveyInvitations, float64(w.Status.Counts.Invited), namespace, string(survey))
		l.show(&metrics.SurveyAnswers, float64(w.Status.Counts.Responded), namespace, string(survey))
	}
	if l.mailUnknown {
		return
	}
	l.show(&metrics.OutboxMessages, float64(s.messages), namespace)
	l.show(&metrics.OutboxAge, s.oldest.Seconds(), namespace)
}
