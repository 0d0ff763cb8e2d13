// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// press has a wave that ten people answered and whose figures two owners wait for.
type press struct {
	*world.World
	*testing.T
	wave    *cxv1.SurveyWave
	program *cxv1.Program
	people  store.People
	post    *post
}

// post is a channel that keeps what it takes.
type post struct {
	// taken counts mails by address, offered attempts.
	taken, offered map[string]int
	letters        []delivery.Letter
	// answer is what becomes of the attempt; nil takes everything.
	answer func(store.Message) store.SentResult
	off    bool
}

func (p *post) Route(programID, channel string) (delivery.Route, bool) {
	route := delivery.Route{Channel: p, Rate: rate.NewLimiter(rate.Inf, 1), OnAmbiguous: cxv1.AmbiguousFlag}
	return route, !p.off && programID == world.ProgramID && channel == "mail"
}

func (p *post) Send(_ context.Context, message store.Message, letter delivery.Letter) store.Sent {
	result := store.SentAccepted
	p.offered[message.Contact.Address]++
	if p.answer != nil {
		result = p.answer(message)
	}
	if result == store.SentAccepted || result == store.SentAmbiguous {
		p.taken[message.Contact.Address]++
		p.letters = append(p.letters, letter)
	}
	return store.Sent{Result: result}
}

const cxMail, storesMail = "cx@retail.example", "stores@retail.example"

var both = map[string]int{cxMail: 1, storesMail: 1}

func newPress(t *testing.T, change ...func(*cxv1.SurveyWave)) *press {
	t.Helper()
	w := world.New(t, func(p *cxv1.Program) {
		p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", File: &cxv1.FileChannel{}}}
	})
	p := &press{World: w, T: t, people: w.People, post: &post{taken: map[string]int{}, offered: map[string]int{}}}
	p.program = &cxv1.Program{ObjectMeta: metav1.ObjectMeta{Name: cxv1.ProgramName}}
	p.sending(metav1.ConditionTrue)
	p.owner("head-of-cx", "customer-experience", "cx-mail")
	p.owner("head-of-stores", "stores", "stores-mail")
	p.secret("cx-mail", cxMail)
	p.secret("stores-mail", storesMail)
	survey := build.Survey("pulse")
	w.Create(survey)
	p.wave = build.SurveyWave("pulse-20270104t0900", append(change, func(wave *cxv1.SurveyWave) {
		wave.Spec.Template.SurveyUID = string(survey.UID)
		wave.Spec.Template.PublishTo = []cxv1.Ref{"head-of-stores", "head-of-cx"}
	})...)
	if err := ctrl.SetControllerReference(survey, w.In(p.wave), harness.Scheme); err != nil {
		t.Fatal(err)
	}
	w.Create(p.wave)
	return p
}

func (p *press) sending(status metav1.ConditionStatus) {
	p.Helper()
	p.Report(p.program, cxv1.ConditionSending, status)
}

func (p *press) owner(name, function, secret string) {
	p.Helper()
	p.Create(build.Owner(name, func(o *cxv1.Owner) {
		o.Spec.Function, o.Spec.NotifySecretRef = cxv1.Function(function), cxv1.Ref(secret)
	}))
}

func (p *press) secret(name, email string) {
	p.Helper()
	p.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string][]byte{"email": []byte(email)}})
}

// controller is one process; it remembers nothing of another one.
func (p *press) controller(evidence store.Store) *surveywave.Reconciler {
	return surveywave.New(p.Kit, evidence, p.people, link.Keys{}).Publishes(
		surveywave.Publishing{Secrets: p.Client, Memory: evidence, Routes: p.post})
}

// close lets ten people answer, and the wave end. It returns when the controller wants to look again.
func (p *press) close() time.Duration {
	p.Helper()
	r := p.controller(p.Store)
	p.Clock.SetTime(build.Monday.Add(time.Hour))
	p.Look(r, p.wave)
	key := store.WaveKey{ProgramID: world.ProgramID, Survey: "pulse", Slot: "20270104t0900"}
	for i := range 10 {
		answer := store.Answer{Values: fmt.Appendf(nil, `{"recommend":%d}`, 10-i/4), Complete: true, Channel: "test"}
		if i == 0 {
			answer.Flags = []string{"fast"}
		}
		if _, err := p.people.SubmitForeign(p.Context(), key, fmt.Sprint(i), answer, p.Clock.Now()); err != nil {
			p.Fatal(err)
		}
	}
	p.Clock.SetTime(p.wave.Spec.Template.GraceUntil.Time)
	after := p.Look(r, p.wave)
	if p.wave.Status.Phase != cxv1.WaveClosed {
		p.Fatalf("the wave is %s", p.wave.Status.Phase)
	}
	return after
}

// later runs a pass of a new process.
func (p *press) later() time.Duration {
	p.Helper()
	p.Clock.SetTime(p.Clock.Now().Add(time.Minute))
	return p.Look(p.controller(p.Store), p.wave)
}

func (p *press) expectMails(want map[string]int) {
	p.Helper()
	if diff := cmp.Diff(want, p.post.taken); diff != "" {
		p.Errorf("mails by address (-want +got):\n%s", diff)
	}
}

func (p *press) outcome() store.WaveOutcome {
	p.Helper()
	evidence, err := p.Store.Evidence(p.Context(), world.ProgramID, store.EvidenceQuery{Now: p.Clock.Now()})
	if err != nil || len(evidence.Waves) != 1 {
		p.Fatalf("%d waves in the store: %v", len(evidence.Waves), err)
	}
	return evidence.Waves[0]
}

func (p *press) marks() map[string]string {
	p.Helper()
	evidence, err := p.Store.Evidence(p.Context(), world.ProgramID, store.EvidenceQuery{Now: p.Clock.Now()})
	if err != nil {
		p.Fatal(err)
	}
	marks := map[string]string{}
	for _, mark := range evidence.Marks {
		marks[mark.Key] = mark.Value
	}
	return marks
}

// forget takes the status away, as a restored backup does.
func (p *press) forget() {
	p.Helper()
	p.Get(p.wave)
	p.wave.Status = cxv1.SurveyWaveStatus{ObjectStatus: cxv1.ObjectStatus{ObservedGeneration: -1}}
	if err := p.Client.Status().Update(p.Context(), p.wave); err != nil {
		p.Fatal(err)
	}
}

type silent struct{ client.Client }

func (silent) Status() client.SubResourceWriter { return mute{} }

type mute struct{ client.SubResourceWriter }

func (mute) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return errors.New("the API server is away")
}
