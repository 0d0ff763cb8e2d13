// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// OtherCause is the root cause that every program has.
	OtherCause = "other"
	// defaultRespondWithin is how soon a customer shall hear from somebody, for rules that never went through an API server.
	defaultRespondWithin = 48 * time.Hour
	// followUpKept is how long a closed follow-up is kept as an object; its outcome stays in the store.
	followUpKept = 30 * 24 * time.Hour
)

// NewFollowUp makes the follow-up that a rule opens for an answer. Its name follows from wave and answer, so that whoever does
// this a second time finds it done. It is the child of nobody: it outlives its wave.
func NewFollowUp(wave *cxv1.SurveyWave, rule *cxv1.FollowUpRule, answer store.StoredAnswer) *cxv1.FollowUp {
	t := &wave.Spec.Template
	f := &cxv1.FollowUp{}
	f.Namespace = wave.Namespace
	f.Name = FollowUpName(string(t.Survey), t.Slot, answer.Key)
	f.Labels = map[string]string{cxv1.LabelSurvey: string(t.Survey)}
	opened := answer.At.Truncate(time.Second)
	f.Spec.Case = cxv1.FollowUpCase{
		Survey: t.Survey, Slot: t.Slot, Rule: rule.Name, AnswerKey: answer.Key, Journey: rule.JourneyRef, Touchpoint: rule.Touchpoint,
		OpenedAt: metav1.NewTime(opened), DueBy: metav1.NewTime(opened.Add(rule.RespondWithin.Or(defaultRespondWithin))),
	}
	return f
}

// FollowUpName is the name of the follow-up of an answer.
func FollowUpName(survey, slot, answerKey string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{survey, slot, answerKey}, "\n")))
	const readable = 34 // leaves room for the other columns of a table
	return fmt.Sprintf("%s-%s", strings.TrimRight(survey[:min(len(survey), readable)], "-."),
		strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:10]))
}

// FollowUpPlan is where a follow-up stands.
type FollowUpPlan struct {
	// Status is the new status, conditions aside.
	Status cxv1.FollowUpStatus
	// Record is what the store must hold before the status is reported.
	Record store.FollowUp
	// OnSchedule says whether the customer heard from somebody in time, or still may.
	OnSchedule metav1.Condition
	// Mistake is what a person must correct; empty when nothing is wrong.
	Mistake string
	// Message sums it up. Delete says that it was closed long ago.
	Message string
	Delete  bool
	// Wake is when time alone changes something; zero for never.
	Wake time.Time
}

// RecallFollowUp gives an object that was applied anew, or lost its status, what the log knows of it: when somebody responded first
// and since when it has been closed.
func RecallFollowUp(f *cxv1.FollowUp, logged store.FollowUp) {
	if !logged.FirstResponseAt.IsZero() {
		f.Status.RespondedAt = seconds(logged.FirstResponseAt)
	}
	if logged.ClosedAt.IsZero() {
		return
	}
	f.Status.ClosedAt = seconds(logged.ClosedAt)
	if closing := f.Spec.Closing; closing != nil && closing.RootCause == logged.RootCause {
		f.Status.Phase, f.Status.ObservedGeneration = cxv1.FollowUpClosed, f.Generation
	}
}

// OpeningOf is the record of a follow-up's opening.
func OpeningOf(f *cxv1.FollowUp) store.FollowUp {
	c := f.Spec.Case
	return store.FollowUp{
		ID: f.Name, Survey: string(c.Survey), Slot: c.Slot, Rule: c.Rule, AnswerKey: c.AnswerKey,
		OpenedAt: c.OpenedAt.Time, DueBy: c.DueBy.Time,
	}
}

// JudgeFollowUp says where a follow-up stands. owner is whose it is to answer, empty when it is nobody's.
//
// The list of root causes may change after a follow-up was closed: what people said then stands until they say something else.
func JudgeFollowUp(f *cxv1.FollowUp, program *cxv1.Program, owner string, now time.Time) FollowUpPlan {
	c := f.Spec.Case
	stands := f.Status.Phase == cxv1.FollowUpClosed && f.Status.ObservedGeneration == f.Generation
	p := FollowUpPlan{Status: *f.Status.DeepCopy(), Record: OpeningOf(f)}
	p.Status.Owner, p.Status.Phase = owner, cxv1.FollowUpOpen
	if f.Spec.Response != nil {
		p.respond(f.Spec.Response, now)
	}
	if closing := f.Spec.Closing; closing != nil && p.Status.Phase == cxv1.FollowUpResponded {
		if stands || isCause(program, closing.RootCause) {
			p.close(closing, now)
		} else {
			p.Mistake = fmt.Sprintf("spec.closing.rootCause is %q: name one of the Program's spec.rootCauses, add it there, or write %q.",
				closing.RootCause, OtherCause)
		}
	}
	if p.Status.Phase != cxv1.FollowUpClosed {
		p.Status.ClosedAt = nil // it is open again
	}
	p.judgeTime(c.DueBy.Time, now)
	p.Message = p.message(c)
	return p
}

func (p *FollowUpPlan) respond(response *cxv1.FirstResponse, now time.Time) {
	p.Status.Phase = cxv1.FollowUpResponded
	if p.Status.RespondedAt == nil {
		p.Status.RespondedAt = seconds(now)
	}
	p.Record.FirstResponseAt = p.Status.RespondedAt.Time
	p.Record.Reached = response.Result == cxv1.ResponseReached
}

func (p *FollowUpPlan) close(closing *cxv1.Closing, now time.Time) {
	p.Status.Phase = cxv1.FollowUpClosed
	if p.Status.ClosedAt == nil {
		p.Status.ClosedAt = seconds(now)
	}
	p.Record.ClosedAt, p.Record.RootCause = p.Status.ClosedAt.Time, closing.RootCause
	p.Wake = p.Status.ClosedAt.Add(followUpKept)
	p.Delete = !now.Before(p.Wake)
}

func isCause(program *cxv1.Program, cause string) bool {
	return cause == OtherCause || slices.Contains(program.Spec.RootCauses, cause)
}

// judgeTime judges the first response: the one thing about which the customer was promised a time.
func (p *FollowUpPlan) judgeTime(due, now time.Time) {
	p.OnSchedule = metav1.Condition{Type: cxv1.ConditionOnSchedule, Status: metav1.ConditionTrue, Reason: cxv1.ReasonOnSchedule,
		Message: "The customer heard from somebody in time."}
	responded := p.Status.RespondedAt
	switch {
	case responded == nil && !now.After(due):
		p.OnSchedule.Message = "The customer shall hear from somebody until " + due.UTC().Format("2006-01-02 15:04") + " UTC."
		p.Wake = due.Add(time.Second)
	case responded == nil, responded.After(due):
		p.OnSchedule.Status, p.OnSchedule.Reason = metav1.ConditionFalse, cxv1.ReasonOverdue
		p.OnSchedule.Message = "Nobody answered the customer until " + due.UTC().Format("2006-01-02 15:04") + " UTC."
	}
}

func (p *FollowUpPlan) message(c cxv1.FollowUpCase) string {
	who := p.Status.Owner
	if who == "" {
		who = "nobody: give the survey, or the touchpoint of the rule, an owner"
	}
	switch p.Status.Phase {
	case cxv1.FollowUpClosed:
		return "Closed: " + p.Record.RootCause + "."
	case cxv1.FollowUpResponded:
		return fmt.Sprintf("Answered; %s closes it with a root cause in spec.closing.", who)
	}
	return fmt.Sprintf("Rule %s of survey %s; to be answered by %s.", c.Rule, c.Survey, who)
}
