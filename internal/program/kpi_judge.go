// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"math"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Defaults of a KPI, for objects that never went through an API server.
const (
	defaultTTL          = 90 * 24 * time.Hour
	defaultMinResponses = 5
	// MaxPoints is how many points of a KPI are shown.
	MaxPoints = 12
	// maxAttainment is the highest percentage that is shown.
	maxAttainment = 999
)

// KPIJudgement is how a KPI stands.
type KPIJudgement struct {
	Conditions []metav1.Condition
	// Message sums it up.
	Message string
	// Wake is when the value goes stale; zero for never.
	Wake time.Time
}

// JudgeKPI fills in the status of a KPI from its history, oldest point first, and judges whether it is fresh and meets its
// target. Points with too few answers are shown nowhere.
func JudgeKPI(kpi *cxv1.KPI, points []store.KPIPoint, now time.Time) KPIJudgement {
	j := &kpiJudge{kpi: kpi, now: now, status: &kpi.Status}
	conditions := kpi.Status.ObjectStatus
	kpi.Status = cxv1.KPIStatus{ObjectStatus: conditions}
	if goal, _, ok := targetOf(kpi.Spec.Target); ok {
		j.status.Target = cxv1.Decimal(number(goal))
	}
	if len(points) == 0 {
		return j.without(cxv1.ReasonNoData, "There is no value yet.")
	}
	j.last = points[len(points)-1]
	j.status.AsOf = new(metav1.NewTime(j.last.AsOf))
	j.showPoints(points)
	j.trend(points)
	if method := string(kpi.Spec.Method); j.last.Method != method {
		return j.without(cxv1.ReasonNoData, fmt.Sprintf(
			"The newest value, of %s, was computed as %s: enter one for %s with a later asOf.",
			j.last.AsOf.UTC().Format(time.DateOnly), j.last.Method, method))
	}
	if !j.enough(j.last) {
		return j.without(cxv1.ReasonInsufficientData, fmt.Sprintf(
			"The newest value rests on fewer than %d answers and is not shown.", j.minResponses()))
	}
	j.showValue()
	fresh := j.fresh()
	target := j.target(fresh.Status == metav1.ConditionTrue)
	return KPIJudgement{Conditions: []metav1.Condition{fresh, target}, Message: j.message(target), Wake: j.wake()}
}

type kpiJudge struct {
	kpi    *cxv1.KPI
	now    time.Time
	status *cxv1.KPIStatus
	last   store.KPIPoint
}

func (j *kpiJudge) without(reason, message string) KPIJudgement {
	return KPIJudgement{Message: message, Conditions: []metav1.Condition{
		condition(cxv1.ConditionFresh, metav1.ConditionUnknown, reason, message),
		condition(cxv1.ConditionTargetMet, metav1.ConditionUnknown, reason, message),
	}}
}

func (j *kpiJudge) minResponses() int64 {
	if m := j.kpi.Spec.MinResponses; m != nil {
		return int64(*m)
	}
	return defaultMinResponses
}

// enough says whether a point rests on enough answers to be shown. Bare figures do not rest on answers.
func (j *kpiJudge) enough(p store.KPIPoint) bool {
	return p.N == 0 || p.Method == string(cxv1.MethodValue) || p.N >= j.minResponses()
}

func (j *kpiJudge) showPoints(points []store.KPIPoint) {
	for _, p := range points[max(0, len(points)-MaxPoints):] {
		if !j.enough(p) {
			continue
		}
		shown := cxv1.KPIPoint{
			AsOf: metav1.NewTime(p.AsOf), Value: cxv1.Decimal(p.Value), Low: cxv1.Decimal(p.Low), High: cxv1.Decimal(p.High),
		}
		if p.N > 0 {
			shown.N = &p.N
		}
		j.status.Points = append(j.status.Points, shown)
	}
}

func (j *kpiJudge) showValue() {
	s, p := j.status, j.last
	s.Value, s.Low, s.High = cxv1.Decimal(p.Value), cxv1.Decimal(p.Low), cxv1.Decimal(p.High)
	if p.N > 0 {
		s.N = &p.N
	}
	if low, high, ok := interval(p); ok {
		if margin, err := measure.FormatDecimal((high-low)/2, places); err == nil {
			s.Margin = cxv1.Decimal(margin)
		}
	}
}

func interval(p store.KPIPoint) (low, high float64, ok bool) {
	low, okLow := cxv1.Decimal(p.Low).Float()
	high, okHigh := cxv1.Decimal(p.High).Float()
	return low, high, okLow && okHigh
}

func (j *kpiJudge) trend(points []store.KPIPoint) {
	history := make([]measure.Point, 0, len(points))
	for _, p := range points {
		value, _ := cxv1.Decimal(p.Value).Float()
		sd, ok := cxv1.Decimal(p.SD).Float()
		if !ok {
			sd = math.NaN()
		}
		history = append(history, measure.Point{
			Value: value, N: p.N, SD: sd, Method: measure.Method(p.Method), ScaleHash: p.ScaleHash,
		})
	}
	trend, _, err := measure.TrendOf(history, j.minResponses())
	if err != nil {
		trend = measure.TrendInsufficientData
	}
	j.status.Trend = cxv1.Trend(trend)
}

func (j *kpiJudge) staleAt() time.Time { return j.last.AsOf.Add(j.kpi.Spec.TTL.Or(defaultTTL)) }

func (j *kpiJudge) wake() time.Time {
	if at := j.staleAt(); at.After(j.now) {
		return at
	}
	return time.Time{}
}

func (j *kpiJudge) fresh() metav1.Condition {
	if j.now.Before(j.staleAt()) {
		return condition(cxv1.ConditionFresh, metav1.ConditionTrue, cxv1.ReasonFresh,
			"The value is of "+j.last.AsOf.UTC().Format(time.DateOnly)+".")
	}
	return condition(cxv1.ConditionFresh, metav1.ConditionFalse, cxv1.ReasonStale,
		fmt.Sprintf("The value is of %s and was good for %s: enter a newer one.",
			j.last.AsOf.UTC().Format(time.DateOnly), orDefault(j.kpi.Spec.TTL, "90d")))
}

func orDefault(d, fallback cxv1.Duration) cxv1.Duration {
	if d == "" {
		return fallback
	}
	return d
}

func (j *kpiJudge) target(fresh bool) metav1.Condition {
	unknown := func(reason, message string) metav1.Condition {
		return condition(cxv1.ConditionTargetMet, metav1.ConditionUnknown, reason, message)
	}
	goal, base, ok := targetOf(j.kpi.Spec.Target)
	if !ok {
		return unknown(cxv1.ReasonNoTarget, "No target is set in spec.target.")
	}
	value, _ := cxv1.Decimal(j.last.Value).Float()
	j.attainment(value, goal, base)
	if !fresh && j.kpi.Spec.OnNoData != cxv1.NoDataKeepLast {
		return unknown(cxv1.ReasonStale, "The value is too old to be judged.")
	}
	met, side := meets(value, goal, j.kpi.Spec.Target.Direction)
	text := fmt.Sprintf("%s against a target of %s %s", j.last.Value, side, number(goal))
	if !met {
		return condition(cxv1.ConditionTargetMet, metav1.ConditionFalse, cxv1.ReasonTargetMissed, text+": missed.")
	}
	if j.kpi.Spec.Target.Confidence != cxv1.ConfidenceStrict {
		return condition(cxv1.ConditionTargetMet, metav1.ConditionTrue, cxv1.ReasonTargetMet, text+": met.")
	}
	low, high, known := interval(j.last)
	if !known {
		return unknown(cxv1.ReasonIntervalUnknown, text+": met, but a bare value has no interval to be strict about; "+
			"enter counts, or judge by Point.")
	}
	near := low
	if j.kpi.Spec.Target.Direction == cxv1.AtMost {
		near = high
	}
	if sure, _ := meets(near, goal, j.kpi.Spec.Target.Direction); !sure {
		return condition(cxv1.ConditionTargetMet, metav1.ConditionFalse, cxv1.ReasonNotProven, fmt.Sprintf(
			"%s: met by the value, not by its whole interval of %s to %s; more answers would narrow it.", text, j.last.Low, j.last.High))
	}
	return condition(cxv1.ConditionTargetMet, metav1.ConditionTrue, cxv1.ReasonTargetMet, text+": met with its whole interval.")
}

// targetOf is the number to reach and the one to start from.
func targetOf(t *cxv1.KPITarget) (goal, base float64, ok bool) {
	if t == nil {
		return 0, 0, false
	}
	if t.ChangeFrom == nil {
		goal, ok = t.Value.Float()
		return goal, 0, ok
	}
	base, okBase := t.ChangeFrom.Baseline.Float()
	by, okBy := t.ChangeFrom.By.Float()
	// Rounded, because 0.1 + 0.2 must not be more than 0.3.
	scale := math.Pow10(measure.MaxPlaces)
	return math.Round((base+by)*scale) / scale, base, okBase && okBy
}

func meets(value, goal float64, direction cxv1.Direction) (met bool, side string) {
	if direction == cxv1.AtMost {
		return value <= goal, "at most"
	}
	return value >= goal, "at least"
}

// attainment is how much of the way is done: from the baseline, or as a share of the target where there is none.
func (j *kpiJudge) attainment(value, goal, base float64) {
	var part float64
	switch {
	case j.kpi.Spec.Target.ChangeFrom != nil && goal != base:
		part = (value - base) / (goal - base)
	case j.kpi.Spec.Target.Direction == cxv1.AtMost && goal > 0:
		part = maxAttainment // nothing at all is as good as it gets
		if value > 0 {
			part = goal / value
		}
	case goal > 0:
		part = value / goal
	default:
		return
	}
	j.status.AttainmentPercent = new(int32(math.Round(min(max(part*100, 0), maxAttainment))))
}

func number(v float64) string {
	text, err := measure.FormatDecimal(v, places)
	if err != nil {
		return "?"
	}
	return text
}

func (j *kpiJudge) message(target metav1.Condition) string {
	n := "a bare value, so without sample size or interval"
	if j.last.N > 0 {
		n = fmt.Sprintf("n = %d", j.last.N)
		if j.last.Low != "" {
			n += fmt.Sprintf(", 95 %% interval %s to %s", j.last.Low, j.last.High)
		}
	}
	return fmt.Sprintf("%s (%s). %s", j.last.Value, n, target.Message)
}
