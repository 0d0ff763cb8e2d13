// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// zone is the program's, for the page.
type zone struct{ *time.Location }

// Of finds out what comes within some days.
func Of(source *kit.Source, days int) *Result {
	p := source.Snapshot.Program
	from := source.Now.UTC().Truncate(time.Second)
	until := from.In(source.Zone()).AddDate(0, 0, days).UTC()
	c := &collector{
		Source: source, zone: source.Zone(),
		Result: &Result{
			TypeMeta: kit.Type("Calendar"), Organization: p.Spec.Organization, From: metav1.NewTime(from), Until: metav1.NewTime(until),
			Entries: []Entry{}, programID: p.Spec.ID, zone: zone{source.Zone()},
		},
	}
	for _, survey := range source.Snapshot.Surveys {
		c.survey(survey)
	}
	c.decisions()
	c.ends(p)
	c.work()
	for _, f := range source.Snapshot.FollowUps {
		if f.Status.Phase != cxv1.FollowUpClosed && f.Status.RespondedAt == nil {
			c.add(Entry{Kind: FollowUpDue, At: metav1.NewTime(f.Spec.Case.DueBy.UTC()), Owner: f.Status.Owner, Objects: []string{program.Key(f)}})
		}
	}
	slices.SortStableFunc(c.Entries, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At.Time), cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Objects, b.Objects), cmp.Compare(a.Name, b.Name))
	})
	return c.Result
}

type collector struct {
	*kit.Source
	*Result
	zone *time.Location
}

// add takes in what comes within the time looked at.
func (c *collector) add(e Entry) {
	if e.At.After(c.From.Time) && !e.At.After(c.Until.Time) {
		c.Entries = append(c.Entries, e)
	}
}

// day adds an entry for a whole day.
func (c *collector) day(date cxv1.Date, e Entry) {
	end, ok := date.End(c.zone)
	if !ok {
		return // Check says that there is no such day
	}
	e.At, e.Day = metav1.NewTime(end.UTC()), date
	c.add(e)
}

// decisions are until when owners decide or confirm: one entry for each owner and day, because offers come in dozens.
func (c *collector) decisions() {
	policy := c.Snapshot.Program.Spec.Ownership
	within, every := policy.AcceptWithin.Or(ownership.DefaultAcceptWithin), policy.ReverifyEvery.Or(0)
	groups := map[string]int{}
	put := func(kind Kind, at time.Time, owner string, a *cxv1.OwnerAssignment) {
		key := fmt.Sprint(kind, "/", owner, "/", kit.Day(at, c.zone))
		if i, known := groups[key]; known {
			c.Entries[i].Objects = append(c.Entries[i].Objects, subject(a))
			if before := c.Entries[i].At.Time; at.Before(before) {
				c.Entries[i].At = metav1.NewTime(at.UTC())
			}
			return
		}
		before := len(c.Entries)
		c.add(Entry{
			Kind: kind, At: metav1.NewTime(at.UTC()), Owner: owner, Objects: []string{subject(a)}, key: owner + "/" + kit.Day(at, c.zone)})
		if len(c.Entries) > before {
			groups[key] = before
		}
	}
	for _, a := range c.Snapshot.Assignments {
		confirming := a.Spec.Proposed != nil && ownership.Confirming(a.Spec.Proposed.OfferID)
		if a.Status.WaitsFor != "" && a.Status.OfferedAt != nil && !confirming {
			put(Decision, a.Status.OfferedAt.Add(within), a.Status.WaitsFor, a)
		}
		if a.Status.VerifiedAt != nil && every > 0 {
			put(Confirmation, a.Status.VerifiedAt.Add(every), string(a.Spec.Owner), a)
		}
	}
}

func subject(a *cxv1.OwnerAssignment) string {
	return string(a.Spec.Subject.Kind) + "/" + ownership.SubjectText(a.Spec.Subject)
}

// ends are the last days on which something counts, and the next review.
func (c *collector) ends(p *cxv1.Program) {
	if budget := p.Spec.Budget; budget != nil && budget.ApprovedBy != "" {
		c.day(cxv1.Date(fmt.Sprintf("%04d-12-31", budget.Year)), Entry{
			Kind: ApprovalEnds, Name: cxv1.ItemBudget, Owner: string(p.Spec.Lead), Objects: []string{program.Key(p)}, key: fmt.Sprint(budget.Year)})
	}
	if review := c.NextReview(); !review.IsZero() {
		c.day(cxv1.Date(kit.Day(review.Add(-time.Second), c.zone)), Entry{
			Kind: Review, Owner: string(p.Spec.Lead), Objects: []string{program.Key(p)}})
	}
	for _, a := range c.Snapshot.Assessments {
		if a.Status.ExpiresAt != nil && len(a.Spec.Counts) > 0 {
			c.add(Entry{Kind: AnswersExpire, At: metav1.NewTime(a.Status.ExpiresAt.UTC()), Objects: []string{program.Key(a)}})
		}
		for _, x := range a.Spec.Exemptions {
			if inForce(a, x.Criterion) {
				c.day(x.Until, Entry{
					Kind: ExemptionEnds, Name: x.Criterion, Owner: string(x.RequestedBy), Objects: []string{program.Key(a)}, key: x.Criterion})
			}
		}
	}
}

func inForce(a *cxv1.Assessment, criterion string) bool {
	return slices.ContainsFunc(a.Status.Exemptions, func(e cxv1.ExemptionState) bool {
		return e.Criterion == criterion && e.State == cxv1.ExemptionInForce
	})
}

// work are the dates of what is being done.
func (c *collector) work() {
	for _, i := range c.Snapshot.Initiatives {
		if i.Status.Phase == cxv1.InitiativeDone || i.Status.Phase == cxv1.InitiativeCancelled {
			continue
		}
		of := Entry{Kind: Due, Owner: string(i.Spec.OwnerRef), Objects: []string{program.Key(i)}}
		c.day(i.Spec.Due, of)
		for _, m := range i.Spec.Milestones {
			if m.DoneOn == "" {
				of.Name, of.key = m.Name, m.Name
				c.day(m.Due, of)
			}
		}
	}
	for _, g := range c.Snapshot.Goals {
		c.day(g.Spec.Due, Entry{Kind: Due, Owner: string(g.Spec.OwnerRef), Objects: []string{program.Key(g)}})
	}
}

// named are names in a row.
func named(refs []cxv1.Ref) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = string(ref)
	}
	return strings.Join(names, ", ")
}
