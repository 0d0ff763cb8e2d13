// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	day = 24 * time.Hour
	// open is how long waves of tests are.
	open = 14 * day
)

var (
	slot  = "20270104t0900"
	aWave = store.WaveKey{ProgramID: world.ProgramID, Survey: "pulse", Slot: slot}
)

// asking is a world with a survey and its wave, which opened on Monday and asks shoppers by mail. Sending is on.
type asking struct {
	*world.World
	t       *testing.T
	program *cxv1.Program
	survey  *cxv1.Survey
	wave    *cxv1.SurveyWave
	waves   *surveywave.Reconciler
	boxes   *people.Mailboxes
}

func ask(t *testing.T, changes ...func(*cxv1.SurveyWave)) *asking {
	t.Helper()
	a := &asking{World: world.New(t, withChannel), t: t, boxes: &people.Mailboxes{ProgramID: world.ProgramID}}
	a.restart()
	a.program, a.survey = build.Program(), build.Survey("pulse")
	a.Create(a.survey)
	a.wave = a.waveOf(changes...)
	a.Create(a.wave)
	a.sending(metav1.ConditionTrue, cxv1.ReasonSendingOn)
	return a
}

func withChannel(p *cxv1.Program) {
	p.Spec.Channels = []cxv1.ContactChannel{{Name: people.Channel, File: &cxv1.FileChannel{}}}
}

// waveOf makes the wave as the survey's controller would.
func (a *asking) waveOf(changes ...func(*cxv1.SurveyWave)) *cxv1.SurveyWave {
	a.t.Helper()
	wave := build.SurveyWave("pulse-"+slot, append([]func(*cxv1.SurveyWave){func(w *cxv1.SurveyWave) {
		w.Spec.Template.SurveyUID = string(a.survey.UID)
		w.Spec.Template.Delivery = &cxv1.Delivery{Channel: people.Channel}
	}}, changes...)...)
	if err := controllerutil.SetControllerReference(a.survey, a.In(wave), a.Client.Scheme()); err != nil {
		a.t.Fatal(err)
	}
	return wave
}

// restart begins a new life of the controller, which remembers nothing.
func (a *asking) restart() { a.waves = surveywave.New(a.Kit, a.Store, a.People, people.Keys()) }

// sending is what the Program's controller says about mail.
func (a *asking) sending(status metav1.ConditionStatus, reason string) {
	a.t.Helper()
	a.Get(a.program)
	kube.SetCondition(a.program, a.Clock.Now(), cxv1.ConditionSending, status, reason, "So says the Program.")
	a.SetStatus(a.program)
}

// look passes once over the wave and gives its status.
func (a *asking) look() cxv1.SurveyWaveStatus {
	a.t.Helper()
	a.Look(a.waves, a.wave)
	return a.wave.Status
}

// after is look some time later.
func (a *asking) after(d time.Duration) cxv1.SurveyWaveStatus {
	a.t.Helper()
	a.Clock.SetTime(a.Clock.Now().Add(d))
	return a.look()
}

func (a *asking) importContacts(contacts ...store.Contact) {
	a.t.Helper()
	a.importAs("shopper", contacts)
}

func (a *asking) importAs(persona string, contacts []store.Contact) {
	a.t.Helper()
	if _, err := a.People.ImportContacts(a.t.Context(), world.ProgramID, persona, people.Each(contacts), a.Clock.Now()); err != nil {
		a.t.Fatal(err)
	}
}

// deliver sends what is due, and says how many invitations each address has got so far.
func (a *asking) deliver() map[string]int {
	a.t.Helper()
	a.boxes.Deliver(a.t, a.People, a.Clock)
	return a.boxes.Invitations("pulse")
}

// answer lets the first n shoppers from one on answer, by the values in turns.
func (a *asking) answer(from, to int, values ...string) {
	a.t.Helper()
	for n := from; n <= to; n++ {
		a.answerAs(people.Address("shopper", n), values[(n-from)%len(values)])
	}
}

func (a *asking) answerAs(address, values string, changes ...func(*store.Answer)) {
	a.t.Helper()
	a.boxes.Answer(a.t, a.People, a.Clock, "pulse", address, values, changes...)
}

func (a *asking) counts() store.AudienceCounts {
	a.t.Helper()
	counts, err := a.People.AudienceCounts(a.t.Context(), aWave)
	if err != nil {
		a.t.Fatal(err)
	}
	return counts
}

// published is the state of the wave's page, "none" when there is none.
func (a *asking) published() store.WaveState {
	a.t.Helper()
	wave, err := a.People.PublishedWave(a.t.Context(), aWave)
	if err != nil {
		return "none"
	}
	return wave.State
}

func (a *asking) evidence() *store.Evidence {
	a.t.Helper()
	evidence, err := a.Store.Evidence(a.t.Context(), world.ProgramID, store.EvidenceQuery{Now: a.Clock.Now()})
	if err != nil {
		a.t.Fatal(err)
	}
	return evidence
}

func (a *asking) followUps() []cxv1.FollowUp {
	a.t.Helper()
	list := &cxv1.FollowUpList{}
	if err := a.Client.List(a.t.Context(), list, client.InNamespace(a.Namespace)); err != nil {
		a.t.Fatal(err)
	}
	return list.Items
}

// once fails the test unless n people have got exactly one invitation.
func (a *asking) once(mailed map[string]int, n int) {
	a.t.Helper()
	if len(mailed) != n || slices.ContainsFunc(slices.Collect(maps.Values(mailed)), func(times int) bool { return times != 1 }) {
		a.t.Errorf("invitations by address: %v, want one for each of %d", mailed, n)
	}
}

// sum is what the counts of a wave add up to: every contact is in exactly one.
func sum(c *cxv1.WaveCounts) int64 {
	total := c.Invited
	for _, skipped := range c.Skipped {
		total += skipped.Count
	}
	return total
}

// npsOf is the value and n of the first question as status shows it, e.g. "20 of 10", or its state.
func npsOf(status cxv1.SurveyWaveStatus) string {
	if len(status.Results) == 0 {
		return "no results"
	}
	r := status.Results[0]
	if r.N == nil {
		return string(r.State) + string(r.Value)
	}
	return string(cmp.Or(r.Value, "?")) + " of " + string(rune('0'+*r.N/10)) + string(rune('0'+*r.N%10))
}
