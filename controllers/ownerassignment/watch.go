// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

const (
	// bySubject is the cache index from "Kind/name" of a subject to its assignments.
	bySubject = "ownerassignment.subject"
	// inForce is the cache index from an owner to the assignments that they are in force for. It looks at the spec only:
	// status trails behind, and an event in between would be lost.
	inForce = "ownerassignment.inForce"
	// asked is the cache index from an owner to the assignments that they are asked about.
	asked = "ownerassignment.asked"
	// nobody is the key of inForce for assignments without an owner in force. No owner can have this name.
	nobody = "-"
	// byClaim is the cache index from the name of an assignment to the subject that claims it.
	byClaim = "ownerassignment.claim"
)

// subjectKind is a kind whose objects somebody answers for.
type subjectKind struct {
	kind  cxv1.SubjectKind
	fresh func() kube.Object
	list  func() client.ObjectList
}

var subjectKinds = []subjectKind{
	kindOf[cxv1.Program, cxv1.ProgramList](cxv1.SubjectProgram),
	kindOf[cxv1.Journey, cxv1.JourneyList](cxv1.SubjectJourney),
	kindOf[cxv1.Goal, cxv1.GoalList](cxv1.SubjectGoal),
	kindOf[cxv1.KPI, cxv1.KPIList](cxv1.SubjectKPI),
	kindOf[cxv1.Survey, cxv1.SurveyList](cxv1.SubjectSurvey),
	kindOf[cxv1.Initiative, cxv1.InitiativeList](cxv1.SubjectInitiative),
	kindOf[cxv1.Assessment, cxv1.AssessmentList](cxv1.SubjectAssessment),
}

func kindOf[T, L any, PT interface {
	*T
	kube.Object
}, PL interface {
	*L
	client.ObjectList
}](kind cxv1.SubjectKind) subjectKind {
	return subjectKind{
		kind:  kind,
		fresh: func() kube.Object { return PT(new(T)) },
		list:  func() client.ObjectList { return PL(new(L)) },
	}
}

func kindNamed(kind cxv1.SubjectKind) (subjectKind, bool) {
	i := slices.IndexFunc(subjectKinds, func(k subjectKind) bool { return k.kind == kind })
	if i < 0 {
		return subjectKind{}, false
	}
	return subjectKinds[i], true
}

// Index registers the cache indexes that the controllers read.
func Index(ctx context.Context, indexer client.FieldIndexer) error {
	assignments := map[string]client.IndexerFunc{
		bySubject: func(obj client.Object) []string {
			about := obj.(*cxv1.OwnerAssignment).Spec.Subject
			return []string{subjectKey(about.Kind, string(about.Name))}
		},
		inForce: func(obj client.Object) []string {
			if owner := obj.(*cxv1.OwnerAssignment).Spec.Owner; owner != "" {
				return []string{string(owner)}
			}
			return []string{nobody}
		},
		asked: func(obj client.Object) []string {
			if offer := obj.(*cxv1.OwnerAssignment).Spec.Proposed; offer != nil {
				return []string{string(offer.Owner)}
			}
			return nil
		},
	}
	for _, field := range []string{bySubject, inForce, asked} {
		if err := indexer.IndexField(ctx, &cxv1.OwnerAssignment{}, field, assignments[field]); err != nil {
			return fmt.Errorf("indexing assignments: %w", err)
		}
	}
	for _, kind := range subjectKinds {
		if err := indexer.IndexField(ctx, kind.fresh(), byClaim, claimNames); err != nil {
			return fmt.Errorf("indexing claims of %s: %w", kind.kind, err)
		}
	}
	return nil
}

func subjectKey(kind cxv1.SubjectKind, name string) string { return string(kind) + "/" + name }

func claimNames(obj client.Object) []string {
	var names []string
	for _, claim := range ownership.Subjects(obj) {
		names = append(names, claim.Name())
	}
	return names
}

// claimed wakes the assignments that a subject claims.
func claimed(_ context.Context, obj client.Object) []reconcile.Request {
	return requests(obj.GetNamespace(), claimNames(obj))
}

// named lists the assignments of subjects that name an owner.
func (r *Reconciler) named(ctx context.Context, namespace, owner string) []string {
	var names []string
	for _, kind := range subjectKinds {
		r.each(ctx, kind.list(), namespace, kube.Referring("Owner", owner), func(subject client.Object) {
			for _, claim := range ownership.Subjects(subject) {
				if claim.Owner == owner {
					names = append(names, claim.Name())
				}
			}
		})
	}
	return names
}

// below lists the owner and everybody who reports to them, also through others.
func (r *Reconciler) below(ctx context.Context, owner client.Object) []string {
	return r.owners(ctx, owner.GetNamespace()).Below(owner.GetName())
}

func (r *Reconciler) owners(ctx context.Context, namespace string) ownership.Owners {
	list := &cxv1.OwnerList{}
	if err := r.kit.Client.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		kube.NotListed(ctx, err)
	}
	return ownership.ByName(list.Items)
}

// principals lists the owners for whom the owner may act, that owner included.
func (r *Reconciler) principals(ctx context.Context, owner client.Object) []string {
	all := r.owners(ctx, owner.GetNamespace())
	principals := []string{owner.GetName()}
	for name := range all {
		if name != owner.GetName() && slices.Contains(all.StandIns(name), owner.GetName()) {
			principals = append(principals, name)
		}
	}
	return principals
}

func (r *Reconciler) assignmentsOf(ctx context.Context, namespace, index, owner string) []string {
	var names []string
	r.each(ctx, &cxv1.OwnerAssignmentList{}, namespace, client.MatchingFields{index: owner}, func(a client.Object) {
		names = append(names, a.GetName())
	})
	return names
}

// each visits the objects of a kind that an index finds, or all.
func (d desk) each(ctx context.Context, list client.ObjectList, namespace string, fields client.MatchingFields, visit func(client.Object)) {
	options := []client.ListOption{client.InNamespace(namespace), client.UnsafeDisableDeepCopy}
	if fields != nil {
		options = append(options, fields)
	}
	if err := d.kit.Client.List(ctx, list, options...); err != nil {
		kube.NotListed(ctx, err)
		return
	}
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		visit(item.(client.Object))
		return nil
	})
}
