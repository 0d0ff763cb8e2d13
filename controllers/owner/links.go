// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// linkLasts is how long after the time to decide the link still serves: what is overdue can still be decided. Once the offer is
// not open any more, the controller of assignments withdraws it.
const linkLasts = 30 * day

const day = 24 * time.Hour

// DecideLinks makes the addresses at which owners decide by mail.
type DecideLinks struct {
	// Offers keeps what is shown there and what was answered.
	Offers delivery.OfferPublisher
	// Keys sign the links.
	Keys link.Keys
	// PublicURL is where people reach the pages, without a slash at its end.
	PublicURL string
	// Names reads what people call things.
	Names client.Reader
}

var _ Links = DecideLinks{}

// DecideLink publishes the offer of a notice, as it is now, and returns the address; none when it is not open any more.
func (l DecideLinks) DecideLink(ctx context.Context, prog *cxv1.Program, owner *cxv1.Owner, n notice.Notice, now time.Time,
) (string, error) {
	if open, err := l.open(ctx, prog, n); err != nil || !open {
		return "", err
	}
	page, err := l.page(ctx, prog, owner, n)
	if err != nil {
		return "", err
	}
	text, err := page.Encode()
	if err != nil {
		return "", err
	}
	by := n.DecideBy
	if by.Before(now) {
		by = now.Truncate(day).Add(day) // so that whoever tries again has the same link
	}
	path, err := delivery.PublishOffer(ctx, l.Offers, l.Keys, store.Offer{
		OfferKey: store.OfferKey{ProgramID: prog.Spec.ID, Assignment: n.Assignment}, OfferID: n.OfferID, Owner: n.To, Page: text,
		ExpiresAt: by.Add(linkLasts),
	})
	if err != nil {
		return "", err
	}
	return l.PublicURL + path, nil
}

// open says whether the offer is still the one that is open: letters are slow, and an older offer must not take the place of a
// newer one.
func (l DecideLinks) open(ctx context.Context, prog *cxv1.Program, n notice.Notice) (bool, error) {
	a := &cxv1.OwnerAssignment{}
	err := l.Names.Get(ctx, client.ObjectKey{Namespace: prog.Namespace, Name: n.Assignment}, a)
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading assignment %s: %w", n.Assignment, err)
	}
	return a.Spec.Proposed != nil && a.Spec.Proposed.OfferID == n.OfferID, nil
}

func (l DecideLinks) page(ctx context.Context, prog *cxv1.Program, owner *cxv1.Owner, n notice.Notice) (ownership.OfferPage, error) {
	title, err := l.title(ctx, prog, n.Subject)
	if err != nil {
		return ownership.OfferPage{}, err
	}
	page := ownership.OfferPage{
		Language: language(prog, owner), Organization: prog.Spec.Organization, Brand: prog.Spec.Brand,
		Subject: ownership.OfferSubject{
			Kind: n.Subject.Kind, Name: string(n.Subject.Name), Title: title, Touchpoint: string(n.Subject.Touchpoint), Item: n.Subject.Item,
		},
		Role: n.Role, Owner: owner.Spec.DisplayName, Terms: n.Terms, OfferedAt: n.OfferedAt.In(program.Zone(prog)),
		DecideBy: n.DecideBy.In(program.Zone(prog)), Verification: n.InForce == n.To,
	}
	if page.InForce, err = l.called(ctx, owner, n.InForce); err != nil {
		return page, err
	}
	page.InsteadOf, err = l.called(ctx, owner, n.InsteadOf)
	return page, err
}

// called is what people call an owner: the name of one who is not there.
func (l DecideLinks) called(ctx context.Context, near *cxv1.Owner, name string) (string, error) {
	if name == "" || name == near.Name {
		return name, nil
	}
	found := &cxv1.Owner{}
	err := l.Names.Get(ctx, client.ObjectKey{Namespace: near.Namespace, Name: name}, found)
	switch {
	case apierrors.IsNotFound(err):
		return name, nil
	case err != nil:
		return "", fmt.Errorf("reading owner %s: %w", name, err)
	}
	return found.Spec.DisplayName, nil
}

// title is what people call a subject; empty when it has no such name, or is gone.
func (l DecideLinks) title(ctx context.Context, prog *cxv1.Program, subject cxv1.AssignmentSubject) (string, error) {
	var obj client.Object
	var title func() string
	switch subject.Kind {
	case cxv1.SubjectProgram:
		return prog.Spec.Organization, nil
	case cxv1.SubjectJourney:
		o := &cxv1.Journey{}
		obj, title = o, func() string { return o.Spec.DisplayName }
	case cxv1.SubjectGoal:
		o := &cxv1.Goal{}
		obj, title = o, func() string { return o.Spec.DisplayName }
	case cxv1.SubjectKPI:
		o := &cxv1.KPI{}
		obj, title = o, func() string { return o.Spec.DisplayName }
	case cxv1.SubjectSurvey:
		o := &cxv1.Survey{}
		obj, title = o, func() string { return o.Spec.DisplayName }
	case cxv1.SubjectInitiative:
		o := &cxv1.Initiative{}
		obj, title = o, func() string { return o.Spec.DisplayName }
	default:
		return "", nil
	}
	err := l.Names.Get(ctx, client.ObjectKey{Namespace: prog.Namespace, Name: string(subject.Name)}, obj)
	switch {
	case apierrors.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading %s %s: %w", subject.Kind, subject.Name, err)
	}
	return title(), nil
}
