// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/controllers/scorecard"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// office is one operator's store and channels, on which the programs of several namespaces send.
type office struct {
	store    *sqlite.Store
	registry *delivery.Registry
	// denied are the namespaces in which sending is off.
	denied map[string]bool
	// pauses are the calls, in order.
	pauses []bool
	events *events.FakeRecorder
}

func newOffice(t *testing.T) *office {
	t.Helper()
	hosts, err := delivery.ParseAllowList([]string{"smtp.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return &office{store: operator.StoreAt(t, nil), registry: &delivery.Registry{Hosts: hosts}, denied: map[string]bool{}, events: events.NewFakeRecorder(100)}
}

// Pause passes on and takes note.
func (o *office) Pause(ctx context.Context, programID string, paused bool) error {
	o.pauses = append(o.pauses, paused)
	return o.store.Pause(ctx, programID, paused)
}

// MailBars passes on.
func (o *office) MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error) {
	return o.store.MailBars(ctx, programID, addresses)
}

// MailsBegun passes on.
func (o *office) MailsBegun(ctx context.Context, programID string) (int64, error) {
	return o.store.MailsBegun(ctx, programID)
}

// AcceptRestored passes on.
func (o *office) AcceptRestored(ctx context.Context, programID string, seen int64) (int64, error) {
	return o.store.AcceptRestored(ctx, programID, seen)
}

// desk is a namespace whose program sends through an office.
func (o *office) desk(t *testing.T, id string, change ...func(*cxv1.Program)) *world {
	t.Helper()
	w := newWorld(t, o.store, id, change...)
	w.employ(o)
	return w
}

// employ begins a new life of the controllers.
func (w *world) employ(o *office) { w.employBy(o, w.Client) }

func (w *world) employBy(o *office, live client.Reader) {
	kit := kube.Kit{Client: w.writes.Count(harness.NewIndexes().Client(w.Client)), Clock: w.clock, Events: o.events}
	w.programs = program.New(kit, live, o.store, program.Sending{
		Allowed: func(namespace string) bool { return !o.denied[namespace] }, Channels: o.registry, Pauses: o,
	})
	w.scorecards = scorecard.New(kit, o.store)
}

// look passes once and says when the Program is looked at again.
func (w *world) look() time.Duration {
	w.Helper()
	w.pass()
	result, err := w.programs.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.program)})
	if err != nil {
		w.Fatal(err)
	}
	w.Get(w.program)
	return result.RequeueAfter
}

func (w *world) expectSending(status metav1.ConditionStatus, reason, text string) {
	w.Helper()
	if c := w.expect(cxv1.ConditionSending, status, reason); !strings.Contains(c.Message, text) {
		w.Errorf("Sending says %q, want %q", c.Message, text)
	}
}

func (w *world) later(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

func smtp(change ...func(*cxv1.SMTPChannel)) func(*cxv1.Program) {
	channel := &cxv1.SMTPChannel{Host: "smtp.example.com", From: "feedback@example.com"}
	for _, c := range change {
		c(channel)
	}
	return func(p *cxv1.Program) { p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", SMTP: channel}} }
}

func withLogin(c *cxv1.SMTPChannel) { c.SecretRef = "mail-login" }

func (o *office) expectInUse(t *testing.T, id string, want bool) {
	t.Helper()
	if _, got := o.registry.Route(id, "mail"); got != want {
		t.Errorf("the channel of %s is in use: %t, want %t", id, got, want)
	}
}

func TestAProgramSendsOnlyWhereThatWasTurnedOn(t *testing.T) {
	o := newOffice(t)
	w := newWorld(t, o.store, "quiet", smtp())
	o.denied[w.Namespace] = true
	w.employ(o)
	w.look()
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonSendingOff, "--sending-namespaces")
	o.expectInUse(t, "quiet", false)
	w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady) // which is no fault
	delete(o.denied, w.Namespace)
	w.employ(o) // the operator is started anew
	w.look()
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "channels in use: 1")
	o.expectInUse(t, "quiet", true)
}

func TestChannelsThatCannotBeUsedSayWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		program func(*cxv1.Program)
		reason  string
		says    string
	}{
		"no channel": {func(*cxv1.Program) {}, cxv1.ReasonNoChannel, "name a mail server in spec.channels"},
		"a host that is not allowed": {smtp(func(c *cxv1.SMTPChannel) { c.Host = "smtp.elsewhere.example" }), cxv1.ReasonChannelNotUsable,
			`channel "mail": host smtp.elsewhere.example is not on the operator's allow-list: whoever runs the operator adds it with --allow-host`},
		"a sender that is no address": {smtp(func(c *cxv1.SMTPChannel) { c.From = "Example Retail, feedback@example.com" }), cxv1.ReasonChannelNotUsable,
			`channel "mail": from is no mail address`},
		"a Secret that is not there": {smtp(withLogin), cxv1.ReasonChannelNotUsable, `there is no Secret "mail-login": create it with username and password`},
		"a password in the clear":    {smtp(withLogin, func(c *cxv1.SMTPChannel) { c.TLS = cxv1.TLSNone }), cxv1.ReasonChannelNotUsable, "Secret"},
		"a folder that the operator has not": {func(p *cxv1.Program) {
			p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", File: &cxv1.FileChannel{}}}
		}, cxv1.ReasonChannelNotUsable, "--outbox-folder"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			w := o.desk(t, "mistaken", tc.program)
			w.look()
			w.expectSending(metav1.ConditionFalse, tc.reason, tc.says)
			o.expectInUse(t, "mistaken", false)
			w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
			w.update(smtp())
			w.look()
			w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
			o.expectInUse(t, "mistaken", true)
		})
	}
}

func TestABrokenChannelIsNamedAndTheOthersAreInUse(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "patchy", smtp(), func(p *cxv1.Program) {
		p.Spec.Channels = append(p.Spec.Channels, cxv1.ContactChannel{Name: "post",
			SMTP: &cxv1.SMTPChannel{Host: "smtp.elsewhere.example", From: "feedback@example.com"}})
	})
	w.look()
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSomeChannelsNotUsable, `Mail goes out by mail only. No survey uses the others: channel "post": host`)
	why := "host smtp.elsewhere.example is not on the operator's allow-list: whoever runs the operator adds it with --allow-host."
	want := []cxv1.ChannelStatus{
		{Name: "mail", Ready: metav1.ConditionTrue, Reason: cxv1.ReasonChannelUsable},
		{Name: "post", Ready: metav1.ConditionFalse, Reason: cxv1.ReasonChannelNotUsable, Message: why},
	}
	if diff := cmp.Diff(want, w.program.Status.Channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	o.expectInUse(t, "patchy", true)
	w.Create(build.Survey("pulse", func(s *cxv1.Survey) { s.Spec.Delivery = &cxv1.Delivery{Channel: "post"} }))
	w.later(time.Second)
	w.look() // within the minute in which channels are not looked at again
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonSomeChannelsNotUsable, `Mail goes out by mail only. channel "post": host`)
	o.denied[w.Namespace] = true
	w.later(time.Minute)
	w.look()
	if channels := w.program.Status.Channels; channels != nil {
		t.Errorf("sending is off, and the channels are %+v", channels)
	}
}

func TestAProgramThatSendsNothingIsLookedAtRarely(t *testing.T) {
	w := newOffice(t).desk(t, "frugal")
	if after := w.look(); after != 10*time.Minute {
		t.Errorf("looks again after %s", after)
	}
}

func TestOneSwitchSuspendsSendingAtTheStoreAndResumesIt(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "suspended", smtp())
	w.look()
	w.update(func(p *cxv1.Program) { p.Spec.SuspendSending, p.Spec.TimeZone = true, "Europe/Atlantis" }) // also with another mistake
	w.look()
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonSuspended, "goes out when it is false again")
	o.expectInUse(t, "suspended", true) // its mail waits in the store, whoever asks for it
	w.employ(o)                         // a restart keeps it so
	w.look()
	w.update(func(p *cxv1.Program) { p.Spec.SuspendSending, p.Spec.TimeZone = false, "" })
	w.look()
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	if diff := cmp.Diff([]bool{false, true, true, false}, o.pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

func TestAPauseByHandIsEndedByNothingElse(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "by-hand", smtp())
	w.look()
	byHand := func(paused bool) {
		t.Helper()
		if err := o.store.PauseByHand(t.Context(), "by-hand", paused); err != nil {
			t.Fatal(err)
		}
		w.look()
	}
	byHand(true)
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonPausedByHand, "kubectl cx pause --resume")
	o.expectInUse(t, "by-hand", true)
	w.update(func(p *cxv1.Program) { p.Spec.SuspendSending = true })
	w.look()
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonPausedByHand, "suspendSending is true besides")
	w.update(func(p *cxv1.Program) { p.Spec.SuspendSending = false })
	w.employ(o) // a restart
	w.look()
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonPausedByHand, "")
	if bars, err := o.store.MailBars(t.Context(), "by-hand", nil); err != nil || !bars.Paused {
		t.Errorf("mail goes out: %+v, %v", bars, err)
	}
	byHand(false)
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
}

func TestTheChannelsOfAProgramThatIsGoneAreOutOfUse(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "gone", smtp())
	w.look()
	o.expectInUse(t, "gone", true)
	if err := w.Client.Delete(t.Context(), w.program); err != nil {
		t.Fatal(err)
	}
	if _, err := w.programs.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.program)}); err != nil {
		t.Fatal(err)
	}
	o.expectInUse(t, "gone", false)
	if programs := o.registry.Programs(); len(programs) != 0 {
		t.Errorf("mail goes out for %v", programs)
	}
	// Made anew with other channels within the minute, and never seen to be gone.
	w.program = build.Program(func(p *cxv1.Program) { p.Spec.ID = "gone" }, smtp())
	w.Create(w.program)
	w.look()
	for _, s := range w.cards() {
		if err := w.Client.Delete(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Client.Delete(t.Context(), w.program); err != nil {
		t.Fatal(err)
	}
	w.program = build.Program(func(p *cxv1.Program) { p.Spec.ID = "came" }, smtp())
	w.Create(w.program)
	w.look()
	o.expectInUse(t, "gone", false)
	o.expectInUse(t, "came", true)
}

func TestAnIDThatIsAdoptedTakesItsMailAlong(t *testing.T) {
	o := newOffice(t)
	first, second := o.desk(t, "moved", smtp()), o.desk(t, "moved", smtp())
	second.programs, second.scorecards = first.programs, first.scorecards // one operator
	second.clock = first.clock
	first.look()
	second.look()
	second.expect(cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonIDInUse)
	o.expectInUse(t, "moved", true) // that somebody else asks for the id stops nobody
	home := &corev1.Namespace{}
	if err := first.Client.Get(t.Context(), client.ObjectKey{Name: first.Namespace}, home); err != nil {
		t.Fatal(err)
	}
	adopt := func(p *cxv1.Program) { p.Annotations = map[string]string{cxv1.AnnotationAdoptFrom: string(home.UID)} }
	o.denied[second.Namespace] = true
	second.update(adopt)
	second.look()
	second.expectSending(metav1.ConditionFalse, cxv1.ReasonSendingOff, "")
	o.expectInUse(t, "moved", false) // sending was on in the other namespace only
	delete(o.denied, second.Namespace)
	second.look()
	o.expectInUse(t, "moved", true)
	first.look()
	first.expect(cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonIDInUse)
	o.expectInUse(t, "moved", true) // the loser takes nothing away
	if err := first.Client.Delete(t.Context(), first.program); err != nil {
		t.Fatal(err)
	}
	if _, err := first.programs.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(first.program)}); err != nil {
		t.Fatal(err)
	}
	o.expectInUse(t, "moved", true)
}

func TestAnIDThatAnotherOperatorsProgramAdoptedSendsHereNoMore(t *testing.T) {
	here := newOffice(t)
	there := newOffice(t)
	there.store = here.store
	first, second := here.desk(t, "emigrated", smtp()), there.desk(t, "emigrated", smtp())
	first.look()
	home := &corev1.Namespace{}
	if err := first.Client.Get(t.Context(), client.ObjectKey{Name: first.Namespace}, home); err != nil {
		t.Fatal(err)
	}
	second.update(func(p *cxv1.Program) { p.Annotations = map[string]string{cxv1.AnnotationAdoptFrom: string(home.UID)} })
	second.look()
	here.expectInUse(t, "emigrated", true) // which is not known here yet
	first.look()
	here.expectInUse(t, "emigrated", false)
	there.expectInUse(t, "emigrated", true)
}
