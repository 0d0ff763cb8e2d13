// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package rotation_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

const (
	programID = "rotation-test"
	// patience bounds every wait; a machine under load needs more than people have.
	patience = 3 * time.Minute
	// atOnce is how many people are invited together; tellers tell owners side by side.
	atOnce, tellers = 20, 3
)

var wave = store.WaveKey{ProgramID: programID, Survey: "nps", Slot: "20270104t0900"}

// world is what sends, with the other side of it.
type world struct {
	*harness.Harness
	*testing.T
	// clock is that of the controllers, which are called by hand: a minute passes when the test says so. Mail is sent by the real one.
	clock    *clocktesting.FakePassiveClock
	store    *sqlite.Store
	registry *delivery.Registry
	program  *cxv1.Program
	programs *program.Reconciler
	owners   *owner.Reconciler
	post     *post
	hooks    *hooks

	// invited and asked are how many people and owners there are so far.
	invited, asked int
	claimed        atomic.Int64
	queue          chan int
	mu             sync.Mutex
	// done are the owners who were looked after.
	done    map[int]bool
	workers sync.WaitGroup
	stop    func()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		Harness: harness.New(t), T: t, clock: clocktesting.NewFakePassiveClock(time.Now()), store: operator.StoreAt(t, nil),
		registry: &delivery.Registry{Hosts: hosts}, post: openPost(t), hooks: openHooks(t), queue: make(chan int), done: map[int]bool{},
	}
	indexes := harness.NewIndexes()
	if err := owner.Index(t.Context(), indexes); err != nil {
		t.Fatal(err)
	}
	kit := kube.Kit{Client: indexes.Client(w.Client), Clock: w.clock}
	w.programs = program.New(kit, w.Client, w.store, program.Sending{
		Allowed: func(string) bool { return true }, Channels: w.registry, Pauses: w.store,
	})
	w.owners = owner.New(kit).Tells(owner.Notices{
		Secrets: w.Client, Memory: w.store, Pauses: w.store, Routes: w.registry, Hooks: delivery.NewHooks(hosts, time.Now),
	})
	w.create()
	return w
}

// create creates the Program, again if need be.
func (w *world) create() {
	w.Helper()
	w.program = build.Program(func(p *cxv1.Program) {
		p.Spec.ID = programID
		p.Spec.Channels = []cxv1.ContactChannel{{Name: people.Channel, SMTP: &cxv1.SMTPChannel{
			Host: "127.0.0.1", Port: &w.post.port, TLS: cxv1.TLSStartTLS, From: "feedback@example.com", SecretRef: "mail-login",
			RatePerMinute: new(int32(6000)),
		}}}
	})
	w.Create(w.program)
}

func (w *world) others() []*other {
	return []*other{&w.post.other, &w.hooks.slack, &w.hooks.teams, &w.hooks.web}
}

// writeSecrets makes one secret that of all, as whoever rotates them does.
func (w *world) writeSecrets(secret string) {
	w.Helper()
	for name, data := range map[string]map[string]string{
		"mail-login": {"username": "mailer", "password": secret},
		"notify": {
			"email": "owners@example.com", "slack": w.hooks.url + "/slack/" + secret, "teams": w.hooks.url + "/teams/" + secret,
			"webhook": w.hooks.url + "/webhook", "webhookKey": "whsec_" + base64.StdEncoding.EncodeToString(hookKey(secret)),
		},
	} {
		object := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.Namespace}, StringData: data}
		err := w.Client.Create(w.Context(), object)
		if apierrors.IsAlreadyExists(err) {
			err = w.Client.Update(w.Context(), object)
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

// look lets the controller look at the Program, and says when it wants to look again.
func (w *world) look() time.Duration {
	w.Helper()
	result, err := w.programs.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.program)})
	if err != nil {
		w.Fatal(err)
	}
	if err := w.Client.Get(w.Context(), client.ObjectKeyFromObject(w.program), w.program); client.IgnoreNotFound(err) != nil {
		w.Fatal(err)
	}
	return result.RequeueAfter
}

// publish opens a wave.
func (w *world) publish() {
	w.Helper()
	questions := build.Questionnaire()
	page, err := questionnaire.Page{
		Questionnaire: questions, Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential,
	}.Encode()
	mail, merr := json.Marshal(delivery.Mail{
		Channel: people.Channel, Organization: "Example Retail", Title: questions.Title, First: delivery.FirstOf(questions),
		Promise: cxv1.AnonymityConfidential, Languages: []cxv1.Language{cxv1.LanguageEN},
	})
	opens := time.Now().Add(-time.Hour)
	closes := opens.AddDate(0, 0, 7)
	if err := errors.Join(err, merr, w.store.PublishWave(w.Context(), store.PublishedWave{
		WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: opens, ClosesAt: closes, GraceUntil: closes.Add(time.Hour),
		Anonymity: "Confidential", QuestionnaireHash: questionnaire.Hash(questions), Page: page, Mail: mail,
	}), w.store.ConfirmWave(w.Context(), wave)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) sender() *delivery.Sender {
	return &delivery.Sender{
		Queue: counted{w}, Waves: w.store, Roster: w.registry, Clock: clock.RealClock{}, Worker: "one",
		Report: func(err error) { w.Error(err) },
		Links: func(m store.Message) (delivery.Links, error) {
			return delivery.Links{Answer: "https://feedback.example.com/s/x", OptOut: "https://feedback.example.com/o/x", ExpiresAt: m.Link.ExpiresAt}, nil
		},
	}
}

// start publishes a wave, and begins to send mail and to tell owners.
func (w *world) start() {
	w.Helper()
	w.publish()
	sender := w.sender()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	w.workers.Go(func() {
		if err := sender.Run(ctx); err != nil {
			w.Error(err)
		}
	})
	for range tellers {
		w.workers.Go(func() {
			for n := range w.queue {
				if err := w.tell(ctx, n); err != nil {
					w.Error(err)
				}
			}
		})
	}
	w.stop = sync.OnceFunc(func() {
		close(w.queue)
		cancel()
		w.workers.Wait()
	})
	w.Cleanup(w.stop)
}

// counted is the store, and counts how often mail was claimed: who claims has settled all that it claimed before.
type counted struct{ *world }

func (c counted) ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) ([]store.Message, error) {
	c.claimed.Add(1)
	return c.store.ClaimMessages(ctx, worker, programs, limit, lease)
}

func (c counted) BeginSending(ctx context.Context, worker string, m store.Message) (bool, error) {
	return c.store.BeginSending(ctx, worker, m)
}

func (c counted) SettleMessage(ctx context.Context, worker string, m store.Message, outcome store.Sent) error {
	return c.store.SettleMessage(ctx, worker, m, outcome)
}

func (c counted) Stranded(ctx context.Context, programs []string, limit int) ([]store.Message, error) {
	return c.store.Stranded(ctx, programs, limit)
}

func (w *world) claims() int64 { return w.claimed.Load() }

// tell asks an owner for a decision, and lets the controller tell them.
func (w *world) tell(ctx context.Context, n int) error {
	o := build.Owner(fmt.Sprintf("owner-%04d", n), func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "notify" })
	a := build.OwnerAssignment(fmt.Sprintf("loyalty-%04d", n), func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject.Name, a.Spec.Owner = cxv1.Ref(a.Name), ""
		a.Spec.Proposed = &cxv1.Proposal{Owner: cxv1.Ref(o.Name), OfferID: "offer-" + a.Name}
	})
	if err := errors.Join(w.Client.Create(ctx, w.In(o)), w.Client.Create(ctx, w.In(a))); err != nil {
		return err
	}
	a.Status.Phase, a.Status.WaitsFor, a.Status.ObservedGeneration = cxv1.AssignmentPending, o.Name, a.Generation
	a.Status.OfferedAt = new(metav1.NewTime(w.clock.Now().Add(-time.Minute)))
	if err := w.Client.Status().Update(ctx, a); err != nil {
		return err
	}
	if err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		return w.looksAfter(ctx, o)
	}); err != nil {
		return fmt.Errorf("%s: %w, Notified is %+v", o.Name, err, kube.Condition(o, cxv1.ConditionNotified))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[n] = true
	return nil
}

// looksAfter lets the controller look at an owner, and says whether they were told. Mail and notices share the channel's rate, so that a
// notice may have to wait; nothing else may keep it.
func (w *world) looksAfter(ctx context.Context, o *cxv1.Owner) (bool, error) {
	key := client.ObjectKeyFromObject(o)
	if _, err := w.owners.Reconcile(ctx, ctrl.Request{NamespacedName: key}); err != nil {
		return false, err
	}
	if err := w.Client.Get(ctx, key, o); err != nil {
		return false, err
	}
	switch c := kube.Condition(o, cxv1.ConditionNotified); {
	case c != nil && c.Status == metav1.ConditionTrue:
		return true, nil
	case c != nil && strings.Contains(c.Message, "the rate of the program's channel is used up"):
		return false, nil
	}
	return false, errors.New("was not told")
}

// told says whether the first so many owners were told.
func (w *world) told(first int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range first {
		if !w.done[n] {
			return false
		}
	}
	return true
}

func (w *world) mails() int { return w.post.came(before) + w.post.came(now) }

// during keeps mail and notices coming until something is so.
func (w *world) during(what string, so func() bool) {
	w.Helper()
	w.await(what, func() bool {
		if w.counts().Queued < atOnce {
			w.invite()
		}
		select {
		case w.queue <- w.asked:
			w.asked++
		default: // all are at it
		}
		return so()
	})
}

func (w *world) await(what string, so func() bool) {
	w.Helper()
	if err := wait.PollUntilContextTimeout(w.Context(), 5*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		return so() || w.Failed(), nil
	}); err != nil || w.Failed() {
		w.Fatalf("waited until %s: %v; mail: %+v", what, err, w.counts())
	}
}

// finish waits until all that was begun is done, and ends it.
func (w *world) finish() {
	w.Helper()
	w.await("everybody was written to", func() bool { return w.counts().Accepted == int64(w.invited) && w.told(w.asked) })
	w.stop()
}

func (w *world) counts() store.AudienceCounts {
	w.Helper()
	counts, err := w.store.AudienceCounts(w.Context(), wave)
	if err != nil {
		w.Fatal(err)
	}
	return counts
}

// invite invites people who were not there before.
func (w *world) invite() {
	w.Helper()
	persona := fmt.Sprintf("shoppers-%d", w.invited)
	contacts := people.Contacts(persona, atOnce)
	var keys []string
	for _, c := range contacts {
		keys = append(keys, c.Key)
	}
	if _, err := w.store.ImportContacts(w.Context(), programID, persona, people.Each(contacts), time.Now()); err != nil {
		w.Fatal(err)
	}
	added, err := w.store.Invite(w.Context(), wave, []string{persona}, keys, func(store.Candidate) store.Verdict {
		_, made, err := people.Keys().Make(wave, link.NewID(), time.Now().Add(time.Hour))
		if err != nil {
			w.Error(err)
		}
		return store.Verdict{Link: made, SendAt: time.Now().Add(-time.Second)}
	}, time.Now())
	if err != nil || added != atOnce {
		w.Fatalf("%d of %d are invited: %v", added, atOnce, err)
	}
	w.invited += atOnce
}
