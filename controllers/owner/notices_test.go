// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	around "github.com/cx-operator/cx-operator/internal/testing/world"
)

// desk has an owner with an address, and keeps what they are told.
type desk struct {
	*around.World
	*testing.T
	owner *cxv1.Owner
	post  *post
}

// post takes letters and what goes to hooks.
type post struct {
	// mails and hooks have a line for each letter: address and subject.
	mails, hooks []string
	texts        []string
	// answer is what becomes of each attempt; nil takes everything.
	answer func() store.SentResult
	// off: the program has no channel that can be used.
	off bool
	// links are those that were made, by offer.
	links []string
}

func (p *post) Route(programID, channel string) (delivery.Route, bool) {
	return delivery.Route{Channel: p, Rate: rate.NewLimiter(rate.Inf, 1)}, !p.off && programID == around.ProgramID && channel == "mail"
}

func (p *post) result() store.Sent {
	if p.answer != nil {
		return store.Sent{Result: p.answer()}
	}
	return store.Sent{Result: store.SentAccepted}
}

func (p *post) Send(_ context.Context, m store.Message, letter delivery.Letter) store.Sent {
	p.mails = append(p.mails, m.Contact.Address+" "+letter.Subject)
	p.texts = append(p.texts, letter.Text)
	return p.result()
}

type hooks struct{ *post }

func (h hooks) Check(address string) error {
	if strings.Contains(address, "forbidden") {
		return errors.New("its host is not on the list")
	}
	return nil
}

func (h hooks) Send(_ context.Context, hook delivery.Hook, address string, key []byte, _ string, n delivery.Notices) store.Sent {
	h.hooks = append(h.hooks, fmt.Sprintf("%s %s %d %d", hook, address, len(n.Items), len(key)))
	return h.result()
}

func (p *post) DecideLink(_ context.Context, _ *cxv1.Program, _ *cxv1.Owner, n notice.Notice, _ time.Time) (string, error) {
	p.links = append(p.links, n.OfferID)
	return "https://feedback.example.com/d/" + n.OfferID, nil
}

func newDesk(t *testing.T, secret map[string]string) *desk {
	t.Helper()
	d := &desk{T: t, post: &post{}, World: around.New(t, func(p *cxv1.Program) {
		p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", SMTP: &cxv1.SMTPChannel{Host: "smtp.example.com", From: "cx@example.com"}}}
		p.Spec.Lead, p.Spec.Languages = "ceo", []cxv1.Language{cxv1.LanguageRU}
	})}
	d.Report(build.Program(), cxv1.ConditionSending, metav1.ConditionTrue)
	d.owner = build.Owner("head-of-cx", func(o *cxv1.Owner) {
		o.Spec.NotifySecretRef, o.Spec.Language = "head-of-cx-notify", cxv1.LanguageEN
	})
	d.Create(d.owner)
	d.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "head-of-cx-notify"}, StringData: secret})
	return d
}

var byMail = map[string]string{"email": "head@example.com"}

// asks makes assignments that wait for the owner since now.
func (d *desk) asks(names ...string) {
	d.Helper()
	for _, name := range names {
		a := carries(name, cxv1.RoleAccountable, "", "head-of-cx")
		d.Create(a)
		a.Status.Phase, a.Status.WaitsFor = cxv1.AssignmentPending, "head-of-cx"
		a.Status.OfferedAt, a.Status.ObservedGeneration = &metav1.Time{Time: d.Clock.Now()}, a.Generation
		d.SetStatus(a)
	}
}

// process is one process; it remembers nothing of another one.
func (d *desk) process() *owner.Reconciler {
	d.Helper()
	indexes := harness.NewIndexes()
	if err := owner.Index(d.Context(), indexes); err != nil {
		d.Fatal(err)
	}
	kit := d.Kit
	kit.Client = d.Writes.Count(indexes.Client(d.Client))
	return owner.New(kit).Tells(owner.Notices{
		Secrets: d.Client, Memory: d.Store, Pauses: d.People, Routes: d.post, Hooks: hooks{d.post}, Links: d.post,
	})
}

func (d *desk) after(later time.Duration, r *owner.Reconciler) time.Duration {
	d.Helper()
	d.Clock.SetTime(d.Clock.Now().Add(later))
	return d.Look(r, d.owner)
}

func (d *desk) expect(mails ...string) {
	d.Helper()
	if diff := cmp.Diff(mails, d.post.mails); diff != "" {
		d.Errorf("mails (-want +got):\n%s", diff)
	}
	d.post.mails, d.post.texts = nil, nil
}

func TestAnOwnerIsToldOnceOfWhatWaits(t *testing.T) {
	d := newDesk(t, byMail)
	r := d.process()
	d.asks("nps")
	if again := d.Look(r, d.owner); again != 20*time.Second {
		t.Errorf("more may be coming; looks again after %s", again)
	}
	d.expect()
	d.after(20*time.Second, r)
	if text := strings.Join(d.post.texts, ""); !strings.Contains(text, "https://feedback.example.com/d/the-offer-nps") {
		t.Errorf("no link in %s", text)
	}
	d.expect("head@example.com Please decide: goal loyalty")
	d.Expect(d.owner, cxv1.ConditionNotified, "True/ToldAll", "")
	d.Still(r, d.owner)
	d.after(time.Hour, d.process()) // another process, or this one after a restart
	d.expect()
	if again := d.after(7*24*time.Hour, d.process()); again <= 0 {
		t.Error("does not look again for the last day")
	}
	d.expect("head@example.com Reminder, please decide: goal loyalty")
}

func TestEverythingAppliedAgainTellsNobodyAgain(t *testing.T) {
	d := newDesk(t, byMail)
	d.asks("nps")
	d.after(time.Minute, d.process())
	d.expect("head@example.com Please decide: goal loyalty")
	d.Delete(build.OwnerAssignment("nps"))
	d.after(time.Minute, d.process())
	d.asks("nps")
	d.after(time.Minute, d.process())
	d.expect()
}

func TestManyOffersAreOneLetter(t *testing.T) {
	d := newDesk(t, map[string]string{"email": "head@example.com", "slack": "https://hooks.example.com/x"})
	r := d.process()
	d.asks("a", "b", "c", "d", "e")
	d.after(time.Minute, r)
	d.expect("head@example.com 5 things wait for you")
	d.asks("f")
	d.after(time.Minute, r)
	d.expect("head@example.com Please decide: goal loyalty")
	d.asks("g", "h", "i", "j")
	if again := d.after(time.Minute, r); again > time.Minute {
		t.Errorf("looks again after %s", again)
	}
	d.expect()
	d.Expect(d.owner, cxv1.ConditionNotified, "Unknown/DigestWaits", "tomorrow")
	d.after(24*time.Hour, d.process())
	d.expect("head@example.com 4 things wait for you")
	want := []string{
		"slack https://hooks.example.com/x 5 0", "slack https://hooks.example.com/x 1 0", "slack https://hooks.example.com/x 4 0",
	}
	if diff := cmp.Diff(want, d.post.hooks); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
}

func TestALetterThatWasNotTakenIsSentAgain(t *testing.T) {
	d := newDesk(t, byMail)
	d.asks("nps")
	d.post.answer = func() store.SentResult { return store.SentLater }
	if again := d.after(time.Minute, d.process()); again != time.Minute {
		t.Errorf("looks again after %s", again)
	}
	d.Expect(d.owner, cxv1.ConditionNotified, "Unknown/MailWaits", "tried again")
	d.post.answer = nil
	d.after(time.Minute, d.process())
	d.expect("head@example.com Please decide: goal loyalty", "head@example.com Please decide: goal loyalty")
	d.asks("ambiguous")
	d.post.answer = func() store.SentResult { return store.SentAmbiguous }
	d.after(time.Minute, d.process())
	d.post.answer = nil
	d.after(time.Minute, d.process())
	d.expect("head@example.com Please decide: goal loyalty")
}

func TestALetterThatWasRefusedIsSentAgainTheNextDay(t *testing.T) {
	d := newDesk(t, byMail)
	d.asks("nps")
	d.post.answer = func() store.SentResult { return store.SentFailed }
	for range 3 {
		d.after(time.Minute, d.process())
		d.Expect(d.owner, cxv1.ConditionNotified, "False/Refused", "tomorrow")
	}
	d.expect("head@example.com Please decide: goal loyalty")
	d.post.answer = nil
	d.after(24*time.Hour, d.process())
	d.expect("head@example.com Please decide: goal loyalty")
	d.Expect(d.owner, cxv1.ConditionNotified, "True/ToldAll", "")
	d.after(24*time.Hour, d.process())
	d.expect()
}

func TestNoLinkIsMadeForALetterThatCannotGoOut(t *testing.T) {
	d := newDesk(t, byMail)
	d.post.off = true
	d.asks("nps")
	d.after(time.Minute, d.process())
	if len(d.post.links) > 0 {
		t.Errorf("made links for %v", d.post.links)
	}
}

func TestAnOfferThatWaitsAlreadyDoesNotHurryLaterOnes(t *testing.T) {
	d := newDesk(t, byMail)
	r := d.process()
	d.asks("early")
	d.after(time.Minute, r)
	d.expect("head@example.com Please decide: goal loyalty")
	d.after(time.Hour, r)
	d.asks("a")
	if again := d.Look(r, d.owner); again != 20*time.Second {
		t.Errorf("more may be coming; looks again after %s", again)
	}
	d.asks("b", "c", "d")
	d.after(20*time.Second, r)
	d.expect("head@example.com 4 things wait for you")
}

func TestTwoProcessesSendOneLetter(t *testing.T) {
	d := newDesk(t, byMail)
	first, second := d.process(), d.process()
	d.asks("early")
	d.after(time.Minute, first)
	d.after(time.Second, second) // both have read what was told so far
	d.expect("head@example.com Please decide: goal loyalty")
	d.asks("nps")
	d.after(time.Minute, first)
	d.after(time.Second, second)
	d.expect("head@example.com Please decide: goal loyalty")
	d.asks("csat")
	d.after(time.Minute, first)
	d.Delete(build.OwnerAssignment("csat"))
	d.asks("ces")
	if again := d.after(time.Minute, second); again != time.Minute { // it did not know that there were letters today
		t.Errorf("looks again after %s", again)
	}
	d.expect("head@example.com Please decide: goal loyalty")
	d.after(time.Minute, second)
	d.expect("head@example.com Please decide: goal loyalty")
}

func TestNothingGoesOutWhileSendingIsOff(t *testing.T) {
	suspend := func(on bool) func(d *desk) {
		return func(d *desk) {
			around.Update(d.World, build.Program(), func(p *cxv1.Program) { p.Spec.SuspendSending = on })
		}
	}
	for _, c := range []struct {
		name    string
		stop    func(d *desk)
		want    string
		goOn    func(d *desk)
		outside bool
	}{
		{"suspended", suspend(true), "Unknown/Suspended", suspend(false), false},
		{"paused in the store", func(d *desk) { d.pause(true) }, "Unknown/Suspended", func(d *desk) { d.pause(false) }, false},
		{"no channel", func(d *desk) { d.post.off = true }, "Unknown/NoChannel", func(d *desk) { d.post.off = false }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, byMail)
			c.stop(d)
			d.asks("nps")
			if again := d.after(time.Minute, d.process()); again != time.Minute {
				t.Errorf("looks again after %s", again)
			}
			d.expect()
			d.Expect(d.owner, cxv1.ConditionNotified, c.want, "wait")
			c.goOn(d)
			d.after(time.Minute, d.process())
			d.expect("head@example.com Please decide: goal loyalty")
		})
	}
}

func (d *desk) pause(on bool) {
	d.Helper()
	if err := d.People.Pause(d.Context(), around.ProgramID, on); err != nil {
		d.Fatal(err)
	}
}

func TestWhatIsWrongWithAnAddressIsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		secret map[string]string
		want   string
		says   string
	}{
		{"none", map[string]string{"phone": "1"}, "False/NoAddress", "none of the keys"},
		{"a host that is not allowed", map[string]string{"slack": "https://forbidden.example.com/secret-path"}, "False/NoAddress", "key slack"},
		{"a bad key", map[string]string{"webhook": "https://hooks.example.com/x", "webhookKey": "short"}, "False/NoAddress", "openssl rand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.secret)
			d.asks("nps")
			d.after(time.Minute, d.process())
			d.Expect(d.owner, cxv1.ConditionNotified, c.want, c.says)
			for _, condition := range d.owner.Status.Conditions {
				if strings.Contains(condition.Message, "secret-path") {
					t.Errorf("the address is in a status: %s", condition.Message)
				}
			}
			if len(d.post.hooks) > 0 {
				t.Errorf("sent %v", d.post.hooks)
			}
		})
	}
	d := newDesk(t, byMail)
	d.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "head-of-cx-notify"}})
	d.asks("nps")
	d.after(time.Minute, d.process())
	d.Expect(d.owner, cxv1.ConditionNotified, "False/ReferenceNotFound", "create it")
}

func TestTheLeadIsToldOfOrphans(t *testing.T) {
	d := newDesk(t, byMail)
	around.Update(d.World, build.Program(), func(p *cxv1.Program) { p.Spec.Lead = "head-of-cx" })
	a := carries("nps", cxv1.RoleAccountable, "", "ceo")
	d.Create(a)
	a.Status.Phase, a.Status.Owner, a.Status.WaitsFor = cxv1.AssignmentOrphaned, "(analyst)", "ceo"
	a.Status.OfferedAt = &metav1.Time{Time: d.Clock.Now().Add(-time.Minute)}
	d.SetStatus(a)
	d.Look(d.process(), d.owner)
	if text := strings.Join(d.post.texts, ""); !strings.Contains(text, "analyst left") {
		t.Errorf("says %s", text)
	}
	d.expect("head@example.com Nobody answers for it: goal loyalty")
	if len(d.post.links) > 0 {
		t.Errorf("the lead got a link for an offer to somebody else: %v", d.post.links)
	}
}

func TestAnOwnerWithoutASecretIsNotWrittenTo(t *testing.T) {
	d := newDesk(t, byMail)
	d.asks("nps")
	around.Update(d.World, d.owner, func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "" })
	d.after(time.Minute, d.process())
	d.expect()
	d.Expect(d.owner, cxv1.ConditionNotified, "absent", "")
}
