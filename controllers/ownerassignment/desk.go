// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applymeta "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	applyv1 "github.com/cx-operator/cx-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Evidence is what the store knows of ownership: who decided what, and since when each owner has been named.
type Evidence interface {
	Decisions(ctx context.Context, programID, subjectKind, subjectName string) ([]store.Decision, error)
	RecordDecision(ctx context.Context, programID string, decision store.Decision) (store.Decision, error)
	SinceAll(ctx context.Context, programID, scope string, values map[string]string, now time.Time) (map[string]time.Time, error)
}

// desk is what both reconcilers do alike.
type desk struct {
	kit      kube.Kit
	evidence Evidence
	offers   Offers
}

// maxSteps is more than a line has, and everything that can be due for one claim at once.
const maxSteps = 100

// observe reads everything that the claims of one subject are decided by; Claim and Existing are left to the caller.
func (d desk) observe(ctx context.Context, prog *cxv1.Program, subject kube.Object, kind cxv1.SubjectKind) (ownership.Input, error) {
	in := ownership.Input{
		ProgramID: prog.Spec.ID, Policy: prog.Spec.Ownership, Enforced: kube.IsTrue(prog, cxv1.ConditionEnforced),
		Zone: program.Zone(prog), Now: d.kit.Clock.Now(),
	}
	list := &cxv1.OwnerList{}
	if err := d.kit.Client.List(ctx, list, client.InNamespace(subject.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		return in, fmt.Errorf("listing owners: %w", err)
	}
	in.Owners = ownership.ByName(list.Items)
	var err error
	in.Decisions, err = d.evidence.Decisions(ctx, in.ProgramID, string(kind), subject.GetName())
	return in, kube.FromStore(err, store.ErrNotClaimed)
}

// decide says where a claim stands. What is not recorded yet, decisions, offers that lapsed and since when somebody is asked, is
// recorded before anything is built on it. made are the decisions that nobody recorded before, also when it fails later.
func (d desk) decide(ctx context.Context, in ownership.Input) (plan ownership.Plan, made []store.Decision, err error) {
	for range maxSteps {
		plan = ownership.Decide(in)
		marks := plan.Marks()
		switch {
		case plan.Record != nil:
			recorded, err := d.record(ctx, in.ProgramID, *plan.Record)
			if err != nil {
				return plan, made, err
			}
			in.Decisions = append(in.Decisions, recorded)
			if recorded == *plan.Record {
				made = append(made, recorded)
			}
		case !in.Waiting.Knows(marks):
			since, err := d.evidence.SinceAll(ctx, in.ProgramID, ownership.WaitScope, marks, in.Now)
			if err != nil {
				return plan, made, kube.FromStore(err, store.ErrNotClaimed)
			}
			in.Waiting = in.Waiting.With(marks, since)
		default:
			return plan, made, nil
		}
	}
	return plan, made, fmt.Errorf("assignment %s: there is always something to record", in.Claim.Name())
}

func (d desk) record(ctx context.Context, programID string, decision store.Decision) (store.Decision, error) {
	recorded, err := d.evidence.RecordDecision(ctx, programID, decision)
	if errors.Is(err, store.ErrInvalid) {
		return recorded, kube.Stalled(cxv1.ReasonInvalidSpec,
			"spec.decision cannot be recorded: write spec.decision.reason again, without control characters.")
	}
	return recorded, kube.FromStore(err, store.ErrNotClaimed)
}

// apply writes the spec of an assignment and whom it belongs to, existing or not, and reports whether there was anything to
// write: then its event follows. The decision is never part of it.
func (d desk) apply(ctx context.Context, subject kube.Object, existing *cxv1.OwnerAssignment, name string,
	spec cxv1.OwnerAssignmentSpec) (bool, error) {
	if existing != nil && sameSpec(existing.Spec, spec) && metav1.IsControlledBy(existing, subject) {
		return false, nil
	}
	config := configuration(subject, name, spec)
	if err := d.kit.Client.Apply(ctx, config, client.ForceOwnership, kube.FieldOwner); err != nil {
		return false, fmt.Errorf("applying assignment %s: %w", name, err)
	}
	return true, d.clear(ctx, config, spec)
}

// clear removes what somebody else wrote where we write nothing: an owner whom nobody asked, an offer that was not made, an
// identity that may not decide. An apply leaves such fields to whoever wrote them, and here nobody else may. The
// configuration holds the API server's answer to the apply.
func (d desk) clear(ctx context.Context, config *applyv1.OwnerAssignmentApplyConfiguration, spec cxv1.OwnerAssignmentSpec) error {
	answer, err := json.Marshal(config)
	if err != nil {
		return fmt.Errorf("reading the answer to an apply: %w", err)
	}
	found := &cxv1.OwnerAssignment{}
	if err := json.Unmarshal(answer, found); err != nil {
		return fmt.Errorf("reading the answer to an apply: %w", err)
	}
	if sameSpec(found.Spec, spec) {
		return nil
	}
	wanted := found.DeepCopy()
	wanted.Spec.Owner, wanted.Spec.Proposed = spec.Owner, spec.Proposed
	patch := client.MergeFromWithOptions(found, client.MergeFromWithOptimisticLock{})
	if err := d.kit.Client.Patch(ctx, wanted, patch, kube.FieldOwner); err != nil {
		return fmt.Errorf("restoring assignment %s: %w", found.Name, err)
	}
	return nil
}

func sameSpec(a, b cxv1.OwnerAssignmentSpec) bool {
	a.Decision, b.Decision = nil, nil
	return equality.Semantic.DeepEqual(a, b)
}

func configuration(subject kube.Object, name string, spec cxv1.OwnerAssignmentSpec) *applyv1.OwnerAssignmentApplyConfiguration {
	about := applyv1.AssignmentSubject().WithKind(spec.Subject.Kind).WithName(spec.Subject.Name)
	if spec.Subject.Touchpoint != "" {
		about.WithTouchpoint(spec.Subject.Touchpoint)
	}
	if spec.Subject.Item != "" {
		about.WithItem(spec.Subject.Item)
	}
	config := applyv1.OwnerAssignmentSpec().WithSubject(about).WithRole(spec.Role)
	if spec.Owner != "" {
		config.WithOwner(spec.Owner)
	}
	if p := spec.Proposed; p != nil {
		offer := applyv1.Proposal().WithOwner(p.Owner).WithOfferID(p.OfferID).WithApprovers(p.Approvers...)
		if p.InsteadOf != "" {
			offer.WithInsteadOf(p.InsteadOf)
		}
		if p.Terms != "" {
			offer.WithTerms(p.Terms)
		}
		config.WithProposed(offer)
	}
	return applyv1.OwnerAssignment(name, subject.GetNamespace()).WithSpec(config).
		WithOwnerReferences(applymeta.OwnerReference().
			WithAPIVersion(cxv1.GroupVersion.String()).WithKind(string(spec.Subject.Kind)).
			WithName(subject.GetName()).WithUID(subject.GetUID()).WithController(true))
}
