// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// archive is a store file of which copies are made and put back.
type archive struct {
	*testing.T
	*office
	world *world
	file  string
}

const archived = "archived"

func newArchive(t *testing.T) *archive {
	t.Helper()
	o := newOffice(t)
	a := &archive{T: t, office: o, file: filepath.Join(t.TempDir(), "evidence.db")}
	a.open()
	a.world = o.desk(t, archived, smtp())
	a.world.look()
	return a
}

func (a *archive) open() {
	a.Helper()
	var err error
	if a.store, err = sqlite.Open(a.Context(), a.file, sqlite.Options{Now: func() time.Time { return build.Monday.Add(time.Hour) }}); err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { _ = a.store.Close() })
}

// move closes the store, copies one file to another, and opens the store anew.
func (a *archive) move(from, to string) {
	a.Helper()
	if err := a.store.Close(); err != nil {
		a.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		a.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		a.Fatal(err)
	}
	a.open()
	a.world.employ(a.office) // the operator begins anew
}

// invite writes n invitations of a wave, all due.
func (a *archive) invite(survey string, n int) store.WaveKey {
	a.Helper()
	wave := store.WaveKey{ProgramID: archived, Survey: survey, Slot: "20270104t0900"}
	must := func(err error) {
		a.Helper()
		if err != nil {
			a.Fatal(err)
		}
	}
	_, err := a.store.ImportContacts(a.Context(), archived, "shopper", people.Each(people.Contacts("shopper", n)), build.Monday)
	must(err)
	must(a.store.PublishWave(a.Context(), store.PublishedWave{WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: build.Monday,
		ClosesAt: build.Monday.AddDate(0, 0, 7), Anonymity: "Confidential"}))
	must(a.store.ConfirmWave(a.Context(), wave))
	var keys []string
	for _, c := range people.Contacts("shopper", n) {
		keys = append(keys, c.Key)
	}
	_, err = a.store.Invite(a.Context(), wave, []string{"shopper"}, keys, func(store.Candidate) store.Verdict {
		_, made, err := people.Keys().Make(wave, link.NewID(), build.Monday.AddDate(0, 0, 7))
		must(err)
		return store.Verdict{Link: made, SendAt: build.Monday}
	}, build.Monday)
	must(err)
	return wave
}

// send sends at most n mails, as far as the program's channel is in use.
func (a *archive) send(n int) (sent int) {
	a.Helper()
	messages, err := a.store.ClaimMessages(a.Context(), "worker", a.registry.Programs(), n, time.Minute)
	if err != nil {
		a.Fatal(err)
	}
	for _, m := range messages {
		if begun, err := a.store.BeginSending(a.Context(), "worker", m); err != nil || !begun {
			a.Fatalf("begun: %t, %v", begun, err)
		}
		if err := a.store.SettleMessage(a.Context(), "worker", m, store.Sent{Result: store.SentAccepted}); err != nil {
			a.Fatal(err)
		}
	}
	return len(messages)
}

func (a *archive) expectSeen(want int64) {
	a.Helper()
	if got := a.world.program.Status.MailsBegun; got != want {
		a.Errorf("the Program has seen %d mails, want %d", got, want)
	}
}

func (a *archive) accept(number string) {
	a.Helper()
	a.world.update(func(p *cxv1.Program) {
		p.Annotations = map[string]string{cxv1.AnnotationAcceptRestoredStore: number}
	})
	a.world.look()
}

// expectOneWarning: the event comes once, however often the Program is looked at.
func (a *archive) expectOneWarning() {
	a.Helper()
	warnings := 0
	for len(a.events.Events) > 0 {
		if strings.HasPrefix(<-a.events.Events, "Warning StoreRestored Nothing is sent: the store is older") {
			warnings++
		}
	}
	if warnings != 1 {
		a.Errorf("there are %d warnings, want 1", warnings)
	}
}

func TestAnOlderCopyOfTheStoreSendsNothingUntilSomebodySaysSo(t *testing.T) {
	a := newArchive(t)
	wave := a.invite("pulse", 5)
	a.send(1)
	a.world.look()
	a.expectSeen(1)
	backup := a.file + ".backup"
	a.move(a.file, backup)
	a.world.look()
	a.world.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	a.send(2)
	if after := a.world.look(); after != time.Minute {
		t.Errorf("looks again after %s", after)
	}
	a.expectSeen(3)

	a.move(backup, a.file)
	for range 2 { // and also when the operator begins anew
		a.world.look()
		a.world.expectSending(metav1.ConditionFalse, cxv1.ReasonStoreRestored, `It knows of 1 mails, and 3 were begun`)
		a.expectInUse(t, archived, false)
		a.expectSeen(3)
		if n := a.send(10); n != 0 {
			t.Fatalf("%d mails went out", n)
		}
		a.world.later(time.Hour)
		a.world.employ(a.office)
	}
	a.expectOneWarning()
	a.accept("1")
	a.world.expectSending(metav1.ConditionFalse, cxv1.ReasonStoreRestored, cxv1.AnnotationAcceptRestoredStore+`: "3"`)
	a.accept("3")
	a.world.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	a.expectInUse(t, archived, true)
	counts, err := a.store.AudienceCounts(t.Context(), wave)
	if diff := cmp.Diff(store.AudienceCounts{Invited: 5, Accepted: 1, Cancelled: 4}, counts); diff != "" || err != nil {
		t.Errorf("counts (-want +got):\n%s%v", diff, err)
	}
	a.invite("later", 5)
	if n := a.send(10); n != 5 {
		t.Errorf("%d mails of the next wave went out, want 5", n)
	}
	a.world.look() // the annotation is still there, and means nothing any more
	a.world.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	a.expectSeen(8)

	a.move(backup, a.file)
	a.world.look()
	a.world.expectSending(metav1.ConditionFalse, cxv1.ReasonStoreRestored, `It knows of 1 mails, and 8 were begun`)
}

func TestAnotherStoreAltogetherSendsNothingEither(t *testing.T) {
	a := newArchive(t)
	empty := a.file + ".empty"
	a.move(a.file, empty)
	a.invite("pulse", 2)
	a.send(2)
	a.world.look()
	a.move(empty, a.file)
	a.world.look()
	a.world.expectSending(metav1.ConditionFalse, cxv1.ReasonStoreRestored, "")
}

func TestAProgramThatIsBehindTheStoreSends(t *testing.T) {
	a := newArchive(t)
	a.invite("pulse", 6)
	for _, seen := range []int64{3, 6} { // the process ended before the Program knew of the mails
		a.send(3)
		a.move(a.file, a.file+".copy")
		a.world.look()
		a.world.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
		a.expectSeen(seen)
	}
	if err := a.world.Client.Delete(t.Context(), a.world.program); err != nil {
		t.Fatal(err)
	}
	a.world.program = build.Program(func(p *cxv1.Program) { p.Spec.ID = archived }, smtp())
	a.world.Create(a.world.program)
	a.world.look() // deleted and applied again
	a.world.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	a.expectSeen(6)
}

func TestMailThatDoesNotGoOutCostsNoWrite(t *testing.T) {
	a := newArchive(t)
	a.invite("pulse", 2)
	a.send(2)
	a.world.look()
	a.world.writes.Reset()
	a.world.later(time.Minute)
	a.world.look()
	if n := a.world.writes.Total(); n != 0 {
		t.Errorf("%v was written", a.world.writes.ByKind())
	}
}
