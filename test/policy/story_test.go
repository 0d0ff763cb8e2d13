// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// town is a company with a mail server, the pages, and the operator as it runs: under its role, with the policies in force.
type town struct {
	*company
	post  *people.PostOffice
	store *sqlite.Store
	pages string
}

const townID = "ownership-story"

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{company: newCompany(t), post: people.OpenPostOffice(t), store: operator.StoreAt(t, nil)}
	w.servePages()
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	registry := &delivery.Registry{Hosts: hosts}
	services := controllers.Services{
		Evidence: w.store, People: w.store, Offers: w.store, Links: people.Keys(), Routes: registry,
		Hooks: delivery.NewHooks(hosts, time.Now), PublicURL: "http://" + w.pages,
		Sending: program.Sending{Allowed: func(ns string) bool { return ns == w.Namespace }, Channels: registry, Pauses: w.store},
	}
	w.bind(w.operatorConfig().Impersonate.UserName, "cx-operator-secrets") // as wherever mail is sent from
	operator.Start(t, w.operatorConfig(), operator.Options{Store: w.store, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		return controllers.Setup(ctx, mgr, services, clock.RealClock{})
	}})
	return w
}

func (w *town) servePages() {
	w.Helper()
	pages, err := gateway.New(gateway.Options{Store: w.store, Offers: w.store, Keys: people.Keys()})
	if err != nil {
		w.Fatal(err)
	}
	server, err := gateway.Listen(pages, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.pages = server.Address()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
}

// owner makes an owner with a mailbox.
func (w *town) owner(name, reportsTo string, change ...func(*cxv1.Owner)) {
	w.Helper()
	w.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name + "-mail"}, StringData: map[string]string{"email": mailOf(name)}})
	w.Create(build.Owner(name, append([]func(*cxv1.Owner){func(o *cxv1.Owner) {
		o.Spec.ReportsTo, o.Spec.NotifySecretRef = cxv1.Ref(reportsTo), cxv1.Ref(name+"-mail")
	}}, change...)...))
}

func mailOf(owner string) string { return owner + "@retail.example" }

var decideLink = regexp.MustCompile(`http://[0-9.:]+/d/[A-Za-z0-9_-]+`)

// letter waits for a letter to an owner that says something.
func (w *town) letter(owner, says string) (text string) {
	w.Helper()
	w.await(fmt.Sprintf("a letter to %s that says %q", owner, says), func(context.Context) error {
		for _, letter := range w.post.To(mailOf(owner)) {
			if strings.Contains(letter, says) {
				text = letter
				return nil
			}
		}
		return fmt.Errorf("letters so far: %v", w.post.Counts())
	})
	return text
}

// link is the one in a letter.
func (w *town) link(letter string) string {
	w.Helper()
	link := decideLink.FindString(letter)
	if link == "" {
		w.Fatalf("no link in:\n%s", letter)
	}
	return link
}

func (w *town) open(link string) (status int, page string) {
	w.Helper()
	return w.do(http.MethodGet, link, nil)
}

func (w *town) decide(link, result, reason string) {
	w.Helper()
	status, page := w.do(http.MethodPost, link, url.Values{"result": {result}, "reason": {reason}})
	if status >= http.StatusBadRequest {
		w.Fatalf("deciding by the link: %d\n%s", status, page)
	}
}

func (w *town) do(method, address string, form url.Values) (status int, page string) {
	w.Helper()
	request, err := http.NewRequestWithContext(w.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestAnOwnerIsChangedAndLeaves is the whole way: an owner is changed in YAML, the old one stays accountable, a wrong user is
// refused, the new one accepts by a link from a real mailbox, the old one is released; then the new one leaves, and what was
// theirs goes up the line.
func TestAnOwnerIsChangedAndLeaves(t *testing.T) {
	w := newTown(t)
	for _, user := range []string{asked, previous} {
		w.bind(user, "cx-owner")
	}
	prog := build.Program(func(p *cxv1.Program) {
		p.Spec.ID, p.Spec.Channels = townID, []cxv1.ContactChannel{w.post.Channel(t)}
		p.Spec.Lead = "ceo"
	})
	w.Create(prog)
	w.owner("ceo", "")
	w.owner("head-of-marketing", "ceo", func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{previous} })
	w.owner("head-of-cx", "ceo") // without an account: decides by mail
	goals := []string{"loyalty", "referrals"}
	for _, name := range goals {
		w.Create(build.Goal(name, func(g *cxv1.Goal) { g.Spec.OwnerRef = "head-of-marketing" }))
	}
	awaitThat(w.company, prog, "the policies to be seen", saysOf(cxv1.ConditionEnforced, metav1.ConditionTrue, cxv1.ReasonPoliciesInForce))
	for _, name := range goals {
		a := w.offered(name, "head-of-marketing")
		w.allowed(patch(t.Context(), w.as(previous), a, decision(a.Spec.Proposed.OfferID, cxv1.DecisionAccepted, previous)))
		w.inForce(name, "head-of-marketing")
	}

	for _, name := range goals {
		w.allowed(patch(t.Context(), w.Client, w.In(build.Goal(name)), `{"spec":{"ownerRef":"head-of-cx"}}`))
		handing := w.offered(name, "head-of-cx")
		if handing.Spec.Owner != "head-of-marketing" {
			t.Errorf("%s: during the handover %q is accountable", name, handing.Spec.Owner)
		}
		w.refused(patch(t.Context(), w.as(previous), handing, decision(handing.Spec.Proposed.OfferID, cxv1.DecisionAccepted, previous)),
			"this is for head-of-cx to decide")
	}
	for _, name := range goals {
		letter := w.letter("head-of-cx", "goal "+name)
		if status, page := w.open(w.link(letter)); status != http.StatusOK || !strings.Contains(page, "Goal "+name) {
			t.Fatalf("the page of the offer: %d\n%s", status, page)
		}
		w.decide(w.link(letter), "accept", "")
		w.inForce(name, "head-of-cx") // and the one before is released
	}
	w.recorded("loyalty", store.Accepted, "head-of-cx", "MailLink")

	w.allowed(patch(t.Context(), w.Client, w.In(build.Owner("head-of-cx")), `{"spec":{"state":"Left"}}`))
	for _, name := range goals {
		up := w.offered(name, "ceo")
		awaitThat(w.company, up, "nobody to answer for "+name, func(a *cxv1.OwnerAssignment) bool {
			return a.Status.Phase == cxv1.AssignmentOrphaned && a.Spec.Owner == "" && a.Spec.Proposed != nil
		})
	}
	for _, name := range goals {
		w.decide(w.link(w.letter("ceo", "accountable for goal "+name)), "accept", "")
		w.inForce(name, "ceo")
	}
	w.recorded("referrals", store.Accepted, "ceo", "MailLink")
	for owner, letters := range w.post.Counts() {
		if letters > 6 {
			t.Errorf("%s got %d letters", owner, letters)
		}
	}
}

// recorded expects who decided about a goal last, and by which means.
func (w *town) recorded(goal string, result store.DecisionResult, owner, means string) {
	w.Helper()
	decisions, err := w.store.Decisions(w.Context(), townID, "Goal", goal)
	if err != nil || len(decisions) == 0 {
		w.Fatalf("decisions about %s: %v, %v", goal, decisions, err)
	}
	last := decisions[len(decisions)-1]
	if last.Result != result || last.Owner != owner || last.Means != means || last.At.IsZero() {
		w.Errorf("the last decision about %s is %+v", goal, last)
	}
}
