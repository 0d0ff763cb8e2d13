// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Blind says that a folder was judged without evidence: what only the operator's store knows is unknown.
func (s *Source) Blind() bool { return s.Folder != nil && s.Evidence == nil }

// Zone is the program's time zone, in which people mean their dates.
func (s *Source) Zone() *time.Location { return program.Zone(s.Snapshot.Program) }

// Use is the framework that decides the program's stage.
func (s *Source) Use() cxv1.FrameworkUse { return program.Frameworks(s.Snapshot.Program)[0] }

// Scorecard is the one that decides the program's stage; an error says that the operator has not looked yet.
func (s *Source) Scorecard() (*cxv1.Scorecard, error) {
	card := s.Snapshot.Scorecard(s.Use().Name)
	if card == nil || s.Snapshot.Program.Status.Coverage == nil {
		return nil, errors.New("the operator has not looked at this program yet: is it running? See kubectl describe cxp program")
	}
	return card, nil
}

// Model is what the framework that decides the stage says about its criteria; nil where it cannot be used, as conditions say.
func (s *Source) Model() *maturity.Model {
	var models program.Models
	model, err := models.Of(s.Snapshot, program.Frameworks(s.Snapshot.Program), s.Use())
	if err != nil {
		return nil
	}
	return model
}

// Owners are the program's owners by name.
func (s *Source) Owners() ownership.Owners {
	owners := make(ownership.Owners, len(s.Snapshot.Owners))
	for _, owner := range s.Snapshot.Owners {
		owners[owner.Name] = owner
	}
	return owners
}

// Output is the form that was asked for with -o.
func (k *Kit) Output() string { return k.output }

// NextReview is when the committee's next review has to be over: the end of the day that is reviewEvery after the last one with
// minutes. Zero when none is due: nobody said how often, or there was none yet.
func (s *Source) NextReview() time.Time {
	governance := s.Snapshot.Program.Spec.Governance
	if governance == nil || governance.ReviewEvery.Or(0) < 24*time.Hour {
		return time.Time{}
	}
	var last time.Time
	for _, review := range governance.Reviews {
		held, ok := review.Date.Start(s.Zone())
		if ok && review.Evidence != "" && held.After(last) && !held.After(s.Now) {
			last = held
		}
	}
	if last.IsZero() {
		return last
	}
	days := int(governance.ReviewEvery.Or(0) / (24 * time.Hour))
	end, _ := cxv1.Date(last.In(s.Zone()).AddDate(0, 0, days).Format(time.DateOnly)).End(s.Zone())
	return end
}
