// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// answersEvery is how often answers by link are looked for.
const answersEvery = 2 * time.Second

// Offers is what was answered by the links of mails.
type Offers interface {
	PublishedOffer(ctx context.Context, programID, assignment string) (store.Offer, *store.OfferAnswer, error)
	WithdrawOffer(ctx context.Context, programID, assignment, except string) error
	AnsweredOffers(ctx context.Context, after int64) (offers []store.OfferKey, revision int64, err error)
}

// published reads which offer of an assignment may be decided by a link, "" for none, and what was answered.
func (d desk) published(ctx context.Context, programID, assignment string) (offerID string, answer *ownership.LinkAnswer, err error) {
	if d.offers == nil {
		return "", nil, nil
	}
	offer, answered, err := d.offers.PublishedOffer(ctx, programID, assignment)
	switch {
	case errors.Is(err, store.ErrGone):
		return "", nil, nil
	case err != nil:
		return "", nil, kube.FromStore(err, store.ErrNotClaimed)
	case answered != nil:
		answer = &ownership.LinkAnswer{OfferID: offer.OfferID, Result: answered.Result, Reason: answered.Reason, At: answered.At}
	}
	return offer.OfferID, answer, nil
}

// serves reports whether the page of a published offer is of use: it is open, or what was answered there was recorded, and the page
// says so.
func serves(published string, proposed *cxv1.Proposal, recorded []store.Decision) bool {
	return proposed != nil && proposed.OfferID == published || slices.ContainsFunc(recorded, func(d store.Decision) bool {
		return d.OfferID == published && d.Means == ownership.MeansMailLink
	})
}

// withdraw makes the link of an assignment take nothing. Deleting an assignment does not: applied again, it makes the same offer,
// and nobody is written to again. The link of the offer that is made now stays: it may be out already.
func (d desk) withdraw(ctx context.Context, programID, assignment string, proposed *cxv1.Proposal) error {
	except := ""
	if proposed != nil {
		except = proposed.OfferID
	}
	return kube.FromStore(d.offers.WithdrawOffer(ctx, programID, assignment, except), store.ErrNotClaimed)
}

// answers is a source of events: assignments whose offers were answered by link.
func (d desk) answers() source.Source {
	return source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		var revision int64
		go wait.UntilWithContext(ctx, func(ctx context.Context) {
			var found []reconcile.Request
			found, revision = d.answered(ctx, revision)
			for _, request := range found {
				queue.Add(request)
			}
		}, answersEvery)
		return nil
	})
}

// answered lists the assignments whose offers were answered after a revision, and up to which it has looked: no further when
// something could not be read.
func (d desk) answered(ctx context.Context, after int64) ([]reconcile.Request, int64) {
	keys, revision, err := d.offers.AnsweredOffers(ctx, after)
	if err != nil {
		log.FromContext(ctx).Error(err, "looking for answers by link")
		return nil, after
	}
	if len(keys) == 0 {
		return nil, revision
	}
	programs := &cxv1.ProgramList{}
	if err := d.kit.Client.List(ctx, programs, client.UnsafeDisableDeepCopy); err != nil {
		log.FromContext(ctx).Error(err, "listing programs")
		return nil, after
	}
	homes := map[string][]string{}
	for i := range programs.Items {
		id := programs.Items[i].Spec.ID
		homes[id] = append(homes[id], programs.Items[i].Namespace)
	}
	var found []reconcile.Request
	for _, key := range keys {
		for _, namespace := range homes[key.ProgramID] {
			found = append(found, requests(namespace, []string{key.Assignment})...)
		}
	}
	return found, revision
}
