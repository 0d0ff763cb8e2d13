// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// AssessmentInput is everything that an assessment is judged by.
type AssessmentInput struct {
	Assessment *cxv1.Assessment
	// Framework is the one whose questions were asked; it is valid. See FrameworkOf.
	Framework *maturity.Framework
	// Program says in which zone days are meant, and for how many people answers speak.
	Program *cxv1.Program
	// Approved tells whether an exemption is approved. See ApprovedExemptions.
	Approved func(cxv1.Exemption) bool
	Now      time.Time
}

// AssessmentJudgement is how an assessment stands.
type AssessmentJudgement struct {
	Conditions []metav1.Condition
	// Message sums it up.
	Message string
	// Wake is when time alone changes something; zero for never.
	Wake time.Time
}

// AssessmentError is what a person must correct in an assessment. What is wrong does not count; the rest does.
type AssessmentError struct{ Reason, Message string }

func (e *AssessmentError) Error() string { return e.Message }

// maxMistakes is how many mistakes a message names.
const maxMistakes = 5

// CheckAssessment finds counts that cannot be judged and exemptions that excuse from nothing. The error is an
// *AssessmentError.
func CheckAssessment(a *cxv1.Assessment, framework *maturity.Framework, program *cxv1.Program) error {
	mistakes := mistakesIn(a, framework, program)
	if len(mistakes) == 0 {
		return nil
	}
	more := ""
	if over := len(mistakes) - maxMistakes; over > 0 {
		more = fmt.Sprintf("; and %d more", over)
	}
	var texts []string
	for _, m := range mistakes[:min(len(mistakes), maxMistakes)] {
		texts = append(texts, m.text)
	}
	return &AssessmentError{
		Reason: mistakes[0].reason, Message: strings.Join(texts, "; ") + more + ". Correct it; what is right beside it counts.",
	}
}

// assessmentMistake is one of the things that do not count. The text begins with the field and a colon; value stands there.
type assessmentMistake struct {
	rule                       Rule
	reason, field, value, text string
}

func mistakesIn(a *cxv1.Assessment, framework *maturity.Framework, program *cxv1.Program) []assessmentMistake {
	var mistakes []assessmentMistake
	add := func(rule Rule, reason, field, value, format string, args ...any) {
		mistakes = append(mistakes, assessmentMistake{rule, reason, field, value, fmt.Sprintf(format, args...)})
	}
	if _, ok := a.Spec.Date.Start(time.UTC); !ok {
		add(RuleWrongType, cxv1.ReasonInvalidSpec, "spec.date", "", "spec.date: there is no day %s", a.Spec.Date)
	}
	who := peopleOf(program)
	for _, q := range byQuestion(a.Spec.Counts) {
		if reason, message := wrongCounts(framework, q.id, q.counts, who); reason != "" {
			add(RuleAssessmentCounts, reason, "spec.counts.question", q.id, "spec.counts: %s", message)
		}
	}
	const at = "spec.exemptions.criterion"
	for i := range a.Spec.Exemptions {
		e := &a.Spec.Exemptions[i]
		switch _, ok := e.Until.End(time.UTC); {
		case !framework.HasCriterion(e.Criterion):
			add(RuleAssessmentExemption, cxv1.ReasonUnknownCriterion, at, e.Criterion,
				"spec.exemptions: %s is not a criterion of the framework %s", e.Criterion, framework.Name)
		case !ok:
			add(RuleWrongType, cxv1.ReasonInvalidSpec, at, e.Criterion,
				"spec.exemptions: %s ends on %s, and there is no such day", e.Criterion, e.Until)
		case e.ApprovedBy == e.RequestedBy:
			add(RuleAssessmentExemption, cxv1.ReasonInvalidSpec, at, e.Criterion,
				"spec.exemptions: %s is approved by the one who asks for it, %s", e.Criterion, e.ApprovedBy)
		}
	}
	return mistakes
}

// JudgeAssessment fills in the status of an assessment: what its answers prove, until when, and which of its exemptions are
// in force. Whether a newer assessment answers the same questions is not its matter.
func JudgeAssessment(in AssessmentInput) AssessmentJudgement {
	j := &assessmentJudge{in: in, status: &in.Assessment.Status, zone: Zone(in.Program)}
	*j.status = cxv1.AssessmentStatus{ObjectStatus: j.status.ObjectStatus}
	j.from, j.until = answersCount(in.Assessment, in.Framework, j.zone)
	if in.Now.Before(j.from) {
		j.wake(j.from)
	}
	fresh := j.answers()
	j.exemptions()
	return AssessmentJudgement{Conditions: []metav1.Condition{fresh}, Message: j.message(), Wake: j.next}
}

// answersCount is from when to when the answers of an assessment count; both are zero when its date is no day.
func answersCount(a *cxv1.Assessment, framework *maturity.Framework, zone *time.Location) (from, until time.Time) {
	from, ok := a.Spec.Date.Start(zone)
	if !ok {
		return time.Time{}, time.Time{}
	}
	valid := a.Spec.ValidFor.Or(cmp.Or(time.Duration(framework.Evaluation.Attestation.ValidFor), defaultValidFor))
	return from, from.Add(valid)
}

type assessmentJudge struct {
	in     AssessmentInput
	status *cxv1.AssessmentStatus
	zone   *time.Location
	// from and until are the time in which the answers count.
	from, until time.Time
	next        time.Time
	// yes of all verdicts, and exemptions in force.
	yes, inForce int
}

func (j *assessmentJudge) wake(at time.Time) { j.next = sooner(j.next, at) }

// sooner is the earlier of two instants, of which zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// answers fills in the verdicts and says whether they are young enough to count.
func (j *assessmentJudge) answers() metav1.Condition {
	day := func(t time.Time) string { return t.In(j.zone).Format(time.DateOnly) }
	switch {
	case len(j.in.Assessment.Spec.Counts) == 0:
		return condition(cxv1.ConditionFresh, metav1.ConditionUnknown, cxv1.ReasonNotAttested, "The assessment records no answers.")
	case j.until.IsZero():
		return condition(cxv1.ConditionFresh, metav1.ConditionUnknown, cxv1.ReasonInvalidSpec, "The day of the answers is not known.")
	case j.in.Now.Before(j.from):
		return condition(cxv1.ConditionFresh, metav1.ConditionUnknown, cxv1.ReasonDatedInFuture,
			fmt.Sprintf("The answers are dated %s and count from that day on.", day(j.from)))
	}
	j.status.ExpiresAt = seconds(j.until)
	expired := !j.in.Now.Before(j.until)
	j.verdicts(expired)
	if expired {
		return condition(cxv1.ConditionFresh, metav1.ConditionFalse, cxv1.ReasonAttestationExpired,
			fmt.Sprintf("The answers counted until %s: ask again.", day(j.until)))
	}
	j.wake(j.until)
	return condition(cxv1.ConditionFresh, metav1.ConditionTrue, cxv1.ReasonFresh, fmt.Sprintf("The answers count until %s.", day(j.until)))
}

func (j *assessmentJudge) verdicts(expired bool) {
	framework, who, lang := j.in.Framework, peopleOf(j.in.Program), Language(j.in.Program)
	asked := framework.Asked()
	for _, q := range byQuestion(j.in.Assessment.Spec.Counts) {
		if reason, _ := wrongCounts(framework, q.id, q.counts, who); reason != "" {
			continue // CheckAssessment says what is wrong
		}
		for _, a := range asked {
			if a.Question != q.id || len(j.status.Verdicts) == maxVerdicts {
				continue
			}
			judged := q.judge(framework, a, who.all, expired)
			if judged.verdict.Result == maturity.True {
				j.yes++
			}
			j.status.Verdicts = append(j.status.Verdicts, judged.report(a, framework.Say(a, judged.verdict).In(lang)))
		}
	}
	if n := len(j.status.Verdicts); n > 0 {
		j.status.Summary = fmt.Sprintf("%d/%d", j.yes, n)
	}
}

// maxVerdicts is how many verdicts a status shows. No framework asks that much of people.
const maxVerdicts = 200

// judge says what the answers prove at a threshold of the question.
func (q questionCounts) judge(framework *maturity.Framework, asked maturity.Asked, headcount int64, expired bool) attested {
	if expired {
		return attested{verdict: maturity.Verdict{Result: maturity.Unknown, Reason: maturity.ReasonAttestationExpired}}
	}
	return attest(q.counts, framework.Questions[q.id].DontKnow, asked.AtLeast, framework.Evaluation.Attestation, headcount)
}

func (a attested) report(asked maturity.Asked, message string) cxv1.QuestionVerdict {
	v := cxv1.QuestionVerdict{
		Question: asked.Question, AtLeast: int32(asked.AtLeast), Result: cxv1.CriterionOutcome(a.verdict.Result),
		Reason: a.verdict.Reason, Message: clip(message, 400),
	}
	if v.Reason == "" {
		v.Reason = maturity.ReasonAttestedFalse
		if a.verdict.Result == maturity.True {
			v.Reason = maturity.ReasonAttestedTrue
		}
	}
	if a.estimate != nil {
		v.N, v.SharePercent = &a.estimate.N, percent(a.estimate.Value)
		v.LowPercent, v.HighPercent = percent(a.estimate.Interval.Low), percent(a.estimate.Interval.High)
	}
	return v
}

// percent writes a percentage with as few digits as tell it from a whole one: 59.996 must not read 60, which is enough.
func percent(v float64) cxv1.Decimal {
	whole := math.Abs(v-math.Round(v)) < rounding*100
	for places := 1; ; places++ {
		text, err := measure.FormatDecimal(v, places)
		if err != nil || whole || places == measure.MaxPlaces || strings.Contains(text, ".") {
			return cxv1.Decimal(text)
		}
	}
}

func (j *assessmentJudge) exemptions() {
	for _, e := range j.in.Assessment.Spec.Exemptions {
		state, until := phaseOf(e, j.from, j.in.Framework, j.zone, j.in.Now)
		if state == cxv1.ExemptionInForce && !j.in.Approved(e) {
			state = cxv1.ExemptionPending
		}
		if state == cxv1.ExemptionInForce {
			j.inForce++
		}
		if state != cxv1.ExemptionExpired {
			j.wake(until)
		}
		j.status.Exemptions = append(j.status.Exemptions, cxv1.ExemptionState{Criterion: e.Criterion, State: state})
	}
}

// phaseOf says where an exemption stands once it is approved, and when it ends. from is the day of its
// assessment.
func phaseOf(
	e cxv1.Exemption, from time.Time, framework *maturity.Framework, zone *time.Location, now time.Time,
) (cxv1.ExemptionPhase, time.Time) {
	until, ok := e.Until.End(zone)
	switch {
	case ok && !now.Before(until):
		return cxv1.ExemptionExpired, until
	case !ok || from.IsZero() || now.Before(from) || e.ApprovedBy == e.RequestedBy || !framework.HasCriterion(e.Criterion):
		return cxv1.ExemptionPending, until
	}
	return cxv1.ExemptionInForce, until
}

func (j *assessmentJudge) message() string {
	var parts []string
	switch {
	case !j.from.IsZero() && j.in.Now.Before(j.from):
		parts = append(parts, fmt.Sprintf("It is dated %s and counts from that day on", j.in.Assessment.Spec.Date))
	case j.status.Summary != "":
		parts = append(parts, fmt.Sprintf("%d of %d questions came out true", j.yes, len(j.status.Verdicts)))
	}
	if n := len(j.status.Exemptions); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d exemptions are in force", j.inForce, n))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ". ") + "."
}

// ApprovedExemptions tells whether the approver of an exemption said yes to it as it stands, by the recorded decisions, and is
// still there.
func ApprovedExemptions(s *Snapshot, a *cxv1.Assessment, recorded []store.Decision) func(cxv1.Exemption) bool {
	return func(e cxv1.Exemption) bool {
		approver := s.Owner(e.ApprovedBy)
		return approver != nil && approver.Spec.State != cxv1.OwnerLeft && ownership.Approved(a, e.Criterion, recorded)
	}
}
