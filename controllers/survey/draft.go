// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Drafts takes what a wave of a survey would show.
type Drafts interface {
	PublishWave(ctx context.Context, wave store.PublishedWave) error
}

// Drafts lets the controller publish, for each survey, the pages and mails of a wave that opened now, so that somebody can look at
// them beforehand.
func (r *Reconciler) Drafts(to Drafts) *Reconciler {
	r.drafts = to
	return r
}

// never is when a draft opens, so that it takes no answer whatever happens.
var never = time.Date(9000, time.January, 1, 0, 0, 0, 0, time.UTC)

// draft publishes what a wave would show, if that is new. One that was published stays when its survey goes.
func (r *Reconciler) draft(ctx context.Context, in program.SurveyInput) error {
	if r.drafts == nil {
		return nil
	}
	template, err := program.WaveDraft(in, never)
	if err != nil {
		return err
	}
	shown, err := delivery.Published(in.Program, &template)
	if err != nil {
		return err
	}
	shown.WaveKey = store.WaveKey{ProgramID: in.Program.Spec.ID, Survey: in.Survey.Name, Slot: store.DraftSlot}
	// Not Closed: what is closed stays as it is. And the store keeps a wave to its promise, while a draft may change; what is shown says
	// the survey's own.
	shown.State, shown.Anonymity = store.WaveTakesUnderWay, store.AnonymousWave
	shown.OpensAt, shown.ClosesAt, shown.GraceUntil = never, template.ClosesAt.Time, template.GraceUntil.Time
	seen := sha256.Sum256(fmt.Appendf(nil, "%s %d\n%s%s", shown.GraceUntil, len(shown.Page), shown.Page, shown.Mail))
	if last, known := r.drafted.Load(shown.WaveKey); known && last == seen {
		return nil
	}
	err = r.drafts.PublishWave(ctx, shown)
	switch {
	case errors.Is(err, store.ErrInvalid):
		return kube.Stalled(cxv1.ReasonInvalidSpec, "What its waves would show cannot be stored: %s.", err)
	case err != nil:
		return kube.FromStore(err, store.ErrNotClaimed)
	}
	r.drafted.Store(shown.WaveKey, seen)
	return nil
}
