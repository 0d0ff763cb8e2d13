// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package objects

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
)

// descs are the metrics that a look computes.
var descs = func() map[*metrics.Metric]*prometheus.Desc {
	by := map[*metrics.Metric]*prometheus.Desc{}
	for _, m := range []*metrics.Metric{
		&metrics.Objects, &metrics.Conditions, &metrics.ConditionLongest, &metrics.ConditionTransitions,
		&metrics.ProgramStage, &metrics.ScorecardCriteria, &metrics.ProgramSubjects, &metrics.Assignments, &metrics.AssignmentsWaiting,
		&metrics.AssignmentsWaitingLongest, &metrics.FollowUps, &metrics.FollowUpsOverdue, &metrics.KPIValue, &metrics.KPILow,
		&metrics.KPIHigh, &metrics.KPITarget, &metrics.KPIResponses, &metrics.KPIAge, &metrics.Waves, &metrics.NextWave,
		&metrics.SurveyInvitations, &metrics.SurveyAnswers, &metrics.ProgramSending, &metrics.ProgramMailAttempts,
		&metrics.OutboxMessages, &metrics.OutboxAge, &metrics.OutboxUnattended, &metrics.OwnersUntold,
	} {
		by[m] = m.Desc()
	}
	return by
}()

// home is a kind in a namespace.
type home struct{ kind, namespace string }

// look is one look at everything.
type look struct {
	now        time.Time
	count      map[home]int
	conditions map[state]int
	longest    map[state]time.Duration
	// programs are the namespaces with a Program.
	programs map[string]*sums
	// byID are those whose Program holds its id in the store: mail waits there by id.
	byID map[string]*sums
	// mailUnknown: the store could not say what waits, and 0 would be wrong.
	mailUnknown bool
	made        []prometheus.Metric
}

func newLook(now time.Time) *look {
	return &look{
		now: now, count: map[home]int{}, conditions: map[state]int{}, longest: map[state]time.Duration{},
		programs: map[string]*sums{}, byID: map[string]*sums{},
	}
}

func (l *look) show(m *metrics.Metric, value float64, labels ...string) {
	valueType := prometheus.GaugeValue
	if m.Type == metrics.Counter {
		valueType = prometheus.CounterValue
	}
	l.made = append(l.made, prometheus.MustNewConstMetric(descs[m], valueType, value, labels...))
}

// since is never negative: clocks differ.
func (l *look) since(instant time.Time) time.Duration { return max(l.now.Sub(instant), 0) }

// add counts an object. Programs come first.
func (l *look) add(kind string, obj kube.Object) {
	namespace := obj.GetNamespace()
	l.count[home{kind, namespace}]++
	for _, c := range obj.CommonStatus().Conditions {
		s := state{kind, namespace, c.Type, c.Status}
		l.conditions[s]++
		l.longest[s] = max(l.longest[s], l.since(c.LastTransitionTime.Time))
	}
	l.figures(obj)
}

// mail adds what waits in the store. Nothing is sent for programs that are not looked after (any more): what waits for them is one
// figure, and old as it may be, it holds up nothing.
func (l *look) mail(backlog []store.Backlog) {
	var unattended int64
	for _, b := range backlog {
		if s := l.byID[b.ProgramID]; s != nil {
			s.messages, s.oldest = b.Messages, l.since(b.FreeSince)
			continue
		}
		unattended += b.Messages
	}
	if !l.mailUnknown {
		l.show(&metrics.OutboxUnattended, float64(unattended))
	}
}

func (l *look) emit(transitions map[state]float64, to chan<- prometheus.Metric) {
	for h, n := range l.count {
		l.show(&metrics.Objects, float64(n), h.kind, h.namespace)
	}
	for s, n := range l.conditions {
		l.show(&metrics.Conditions, float64(n), s.kind, s.namespace, s.conditionType, string(s.status))
		l.show(&metrics.ConditionLongest, l.longest[s].Seconds(), s.kind, s.namespace, s.conditionType, string(s.status))
	}
	for s, n := range transitions {
		l.show(&metrics.ConditionTransitions, n, s.kind, s.namespace, s.conditionType, string(s.status))
	}
	for namespace, s := range l.programs {
		l.sums(namespace, s)
	}
	for _, m := range l.made {
		to <- m
	}
}
