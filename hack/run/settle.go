// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
)

const (
	pollEvery = 500 * time.Millisecond
	// wantStage is where the retailer stands once its owners have accepted; the head of its program.yaml says why.
	wantStage = 2
	// wantExempted is how many criteria assessments.yaml exempts.
	wantExempted = 1
	pulse        = "team-pulse"
)

// settle lets owners accept what they are offered, until done says that nothing is missing any more.
func (w *world) settle(ctx context.Context, done func(context.Context, client.Reader) (missing string, err error)) error {
	say("the sample's owners accept what they are offered, each under their own name")
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	accepted, last := 0, ""
	for {
		n, err := w.acceptOffers(ctx)
		if err != nil {
			return err
		}
		accepted += n
		missing, err := done(ctx, w.client)
		if err != nil {
			return err
		}
		if missing == "" {
			fmt.Printf("    %d offers accepted\n", accepted)
			return nil
		}
		if missing != last {
			fmt.Printf("    waiting: %s\n", missing)
			last = missing
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: still waiting: %s", context.Cause(ctx), missing)
		case <-w.operatorDone:
			return fmt.Errorf("the operator ended by itself")
		case <-tick.C:
		}
	}
}

// acceptOffers decides on every open offer of the retailer, as the first user that may.
func (w *world) acceptOffers(ctx context.Context) (accepted int, err error) {
	assignments := &cxv1.OwnerAssignmentList{}
	if err := w.client.List(ctx, assignments, client.InNamespace(retailer)); err != nil {
		return 0, err
	}
	for i := range assignments.Items {
		a := &assignments.Items[i]
		offer := a.Spec.Proposed
		if offer == nil || (a.Spec.Decision != nil && a.Spec.Decision.OfferID == offer.OfferID) {
			continue
		}
		if err := w.acceptAs(ctx, a, offer); apierrors.IsNotFound(err) {
			continue // taken back meanwhile
		} else if err != nil {
			return accepted, fmt.Errorf("accepting %s: %w", a.Name, err)
		}
		accepted++
	}
	return accepted, nil
}

func (w *world) acceptAs(ctx context.Context, a *cxv1.OwnerAssignment, offer *cxv1.Proposal) error {
	var user string
	for _, approver := range offer.Approvers {
		if name, ok := strings.CutPrefix(approver, "user:"); ok {
			user = name
			break
		}
	}
	if user == "" {
		return fmt.Errorf("owner %s has no user who could accept", offer.Owner)
	}
	cfg := rest.CopyConfig(w.plane.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: user}
	as, err := client.New(cfg, client.Options{Scheme: controllers.Scheme()})
	if err != nil {
		return err
	}
	before := a.DeepCopy()
	a.Spec.Decision = &cxv1.Decision{OfferID: offer.OfferID, Result: cxv1.DecisionAccepted, By: user}
	return as.Patch(ctx, a, client.MergeFrom(before))
}

// retailerAccepted waits until nobody has to accept anything any more, the exemption of assessments.yaml included, and the
// stage is computed from that.
func retailerAccepted(ctx context.Context, c client.Reader) (missing string, err error) {
	program := &cxv1.Program{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: retailer, Name: cxv1.ProgramName}, program); err != nil {
		return "", err
	}
	switch coverage := program.Status.Coverage; {
	case coverage == nil:
		return "the program to be looked at", nil
	case coverage.Pending > 0:
		return fmt.Sprintf("%d subjects to be accepted", coverage.Pending), nil
	case program.Status.Stage == nil || *program.Status.Stage != wantStage:
		return fmt.Sprintf("stage %d (now %q)", wantStage, program.Status.StageName), nil
	}
	scorecard := &cxv1.Scorecard{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: retailer, Name: program.Spec.Frameworks[0].Name}, scorecard); err != nil {
		return "", err
	}
	if counts := scorecard.Status.Counts; counts == nil || counts.Exempted != wantExempted {
		return fmt.Sprintf("%d criterion to be exempted", wantExempted), nil
	}
	return "", nil
}

// retailerSettled waits, in addition, until the pulse survey has been through its waves and everything is Ready.
func retailerSettled(ctx context.Context, c client.Reader) (missing string, err error) {
	if missing, err = retailerAccepted(ctx, c); missing != "" || err != nil {
		return missing, err
	}
	survey := &cxv1.Survey{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: retailer, Name: pulse}, survey); err != nil {
		return "", err
	}
	if survey.Status.Phase != cxv1.SurveyCompleted {
		return fmt.Sprintf("survey %s to complete its waves: one a minute, two in all", pulse), nil
	}
	return notReady(ctx, c)
}

func notReady(ctx context.Context, c client.Reader) (string, error) {
	for _, list := range []client.ObjectList{
		&cxv1.ProgramList{}, &cxv1.OwnerList{}, &cxv1.PersonaList{}, &cxv1.JourneyList{}, &cxv1.GoalList{}, &cxv1.KPIList{},
		&cxv1.SurveyList{}, &cxv1.SurveyWaveList{}, &cxv1.InitiativeList{}, &cxv1.OwnerAssignmentList{}, &cxv1.ScorecardList{},
		&cxv1.AssessmentList{},
	} {
		if err := c.List(ctx, list, client.InNamespace(retailer)); err != nil {
			return "", err
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			return "", err
		}
		for _, item := range items {
			obj := item.(interface {
				client.Object
				CommonStatus() *cxv1.ObjectStatus
			})
			if !meta.IsStatusConditionTrue(obj.CommonStatus().Conditions, cxv1.ConditionReady) {
				return fmt.Sprintf("%T %s to be Ready", obj, obj.GetName()), nil
			}
		}
	}
	return "", nil
}
