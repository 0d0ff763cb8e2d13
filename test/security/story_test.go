// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package security_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

const (
	// pulse asks shoppers and has follow-ups; known and fresh ask staff how far the company is.
	pulse, known, fresh = "rights-pulse", "rights-known", "rights-fresh"
	staff               = 24
	// month is longer than a closed follow-up is kept, and than nobody is asked a second time.
	month = 31 * 24 * time.Hour
)

// everything lives through all that makes the operator ask the API server for something.
func (w *world) everything() {
	w.Helper()
	w.start()
	w.begin()
	w.ask()
	w.restart(time.Second) // with mail that waits: the operator looks whether its waves are still there
	w.answer()
	w.followUp()
	w.restart(time.Hour) // the waves are over
	w.counted()
	w.handOver()
	w.restart(month) // the follow-up is forgotten
	w.await("the follow-up to go", func() string { return leftOf(len(list(w, &cxv1.FollowUpList{}).Items)) })
	w.prune()
	w.clear()
}

func leftOf(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("there are %d", n)
}

// sample is the retailer's, without surveys that are due all the time.
func (w *world) sample() (objs []client.Object) {
	w.Helper()
	root, err := controlplane.Root()
	if err != nil {
		w.Fatal(err)
	}
	folder := program.Load(os.DirFS(filepath.Join(root, "config", "samples", "retailer")), nil)
	if len(folder.Problems) > 0 {
		w.Fatal(folder.Problems)
	}
	p := folder.Snapshot.Program
	p.Spec.ID, p.Spec.Frameworks = w.mail.ProgramID, append(p.Spec.Frameworks, cxv1.FrameworkUse{Name: "own", Profile: "standard"})
	p.Spec.Channels = []cxv1.ContactChannel{{Name: people.Channel, SMTP: &cxv1.SMTPChannel{
		Host: "smtp.example.com", From: "Example Retail <feedback@example.com>", SecretRef: "smtp-login",
	}}}
	for _, obj := range folder.Snapshot.All() {
		if survey, ok := obj.(*cxv1.Survey); ok {
			survey.Spec.Suspend = true
		}
		obj.SetResourceVersion("")
		objs = append(objs, obj)
	}
	return objs
}

// begin applies a program of all kinds, and lets everybody who is asked accept.
func (w *world) begin() {
	w.Helper()
	yearly := cxv1.Schedule{Cron: "0 9 1 1 *"}
	ofSixStages := func(s *cxv1.Survey) {
		s.Spec.PersonaRefs, s.Spec.Schedule, s.Spec.OpenFor = []cxv1.Ref{cxv1.Ref(s.Name)}, yearly, "30m"
		s.Spec.Questionnaire, s.Spec.FrameworkRef, s.Spec.Anonymity = nil, "six-stages", cxv1.AnonymityConfidential
		s.Spec.Delivery = &cxv1.Delivery{Channel: people.Channel}
	}
	employees := func(p *cxv1.Persona) { p.Spec.Type = cxv1.PersonaEmployee }
	w.Create(secret("smtp-login", map[string]string{"username": "mailer", "password": "correct-horse-battery"}),
		secret("rights-mail", map[string]string{"email": "reader@retail.example"}))
	objs := append(w.sample(), build.Framework("own"), build.Persona(pulse), build.Persona(known, employees), build.Persona(fresh, employees),
		build.Owner("rights-lead", func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "rights-mail" }), build.Owner("rights-heir"),
		build.Goal("rights-goal", func(g *cxv1.Goal) { g.Spec.OwnerRef = "rights-lead" }),
		build.Survey(known, ofSixStages), build.Survey(fresh, ofSixStages),
		build.Survey(pulse, func(s *cxv1.Survey) {
			s.Spec.PersonaRefs, s.Spec.Schedule, s.Spec.OpenFor = []cxv1.Ref{pulse}, yearly, "30m"
			s.Spec.OwnerRef, s.Spec.PublishTo, s.Spec.WavesHistoryLimit = "rights-lead", []cxv1.Ref{"rights-lead"}, new(int32(1))
			s.Spec.Delivery, s.Spec.ContactConsent = &cxv1.Delivery{Channel: people.Channel}, cxv1.ConsentAsk
			s.Spec.Questionnaire.Title.RU, s.Spec.Questionnaire.Questions[0].Text.RU = "Как у нас дела?", "Порекомендуете ли вы нас?"
			s.Spec.FollowUpRules = []cxv1.FollowUpRule{{Name: "detractor", When: "a.recommend <= 6"}}
		}))
	w.Create(objs...)
	w.await("the program to send and its owners to have accepted", func() string {
		asked := w.accept()
		prog := build.Program()
		w.Get(prog)
		if asked > 0 || !kube.IsTrue(prog, cxv1.ConditionSending) || !kube.IsTrue(prog, cxv1.ConditionReady) {
			return fmt.Sprintf("%d were asked just now; the Program is %+v", asked, prog.Status.Conditions)
		}
		return ""
	})
}

// accept answers all offers.
func (w *world) accept() (asked int) {
	w.Helper()
	for _, a := range list(w, &cxv1.OwnerAssignmentList{}).Items {
		offer := a.Spec.Proposed
		if offer == nil || a.Spec.Decision != nil && a.Spec.Decision.OfferID == offer.OfferID {
			continue
		}
		asked++
		edit(w, &a, func(a *cxv1.OwnerAssignment) {
			a.Spec.Decision = &cxv1.Decision{OfferID: offer.OfferID, Result: cxv1.DecisionAccepted, By: administrator}
		})
	}
	return asked
}

// wave asks for a wave of a survey at once, and waits until all who can be invited are.
func (w *world) wave(survey string) *cxv1.SurveyWave {
	w.Helper()
	before := len(w.waves(survey))
	asked := build.Survey(survey)
	edit(w, asked, func(s *cxv1.Survey) {
		s.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: w.clock.Now().UTC().Format(time.RFC3339)}
	})
	var found *cxv1.SurveyWave
	w.await("a wave of "+survey, func() string {
		waves := w.waves(survey)
		if len(waves) <= before || waves[len(waves)-1].Status.InvitedAt == nil {
			w.Get(asked)
			return fmt.Sprintf("there are %+v; the survey is %+v", waves, asked.Status)
		}
		found = &waves[len(waves)-1]
		return ""
	})
	return found
}

func (w *world) waves(survey string) (found []cxv1.SurveyWave) {
	w.Helper()
	for _, wave := range list(w, &cxv1.SurveyWaveList{}).Items {
		if string(wave.Spec.Template.Survey) == survey {
			found = append(found, wave)
		}
	}
	return found
}

// ask opens the waves. Of one of them the Assessment exists, with counts that are of yesterday.
func (w *world) ask() {
	w.Helper()
	for persona, n := range map[string]int{pulse: 6, known: staff, fresh: staff} {
		if _, err := w.store.ImportContacts(w.Context(), w.mail.ProgramID, persona, people.Each(people.Contacts(persona, n)), w.clock.Now()); err != nil {
			w.Fatal(err)
		}
	}
	w.wave(pulse)
	w.wave(fresh)
	stale := w.wave(known)
	w.Create(build.Assessment(stale.Name, func(a *cxv1.Assessment) {
		a.Labels = map[string]string{cxv1.LabelWave: stale.Name}
		a.Spec.Date = "2026-01-05"
	}))
}

func (w *world) answer() {
	w.Helper()
	w.mail.Deliver(w.T, w.store, w.clock)
	w.mail.Answer(w.T, w.store, w.clock, pulse, people.Address(pulse, 1), `{"recommend":2}`, people.MayContact)
	for n := range staff {
		for _, survey := range []string{known, fresh} {
			w.mail.Answer(w.T, w.store, w.clock, survey, people.Address(survey, n+1), `{"q03":"2"}`, people.Partial)
		}
	}
}

func (w *world) followUp() {
	w.Helper()
	followUps := &cxv1.FollowUpList{}
	w.await("a follow-up", func() string {
		if list(w, followUps); len(followUps.Items) != 1 {
			return fmt.Sprintf("there are %d", len(followUps.Items))
		}
		return ""
	})
	f := &followUps.Items[0]
	edit(w, f, func(f *cxv1.FollowUp) {
		f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
		f.Spec.Closing = &cxv1.Closing{RootCause: "other", Resolution: "It was repaired."}
	})
	w.await("it to be closed", func() string {
		if w.Get(f); f.Status.Phase != cxv1.FollowUpClosed {
			return fmt.Sprintf("%+v", f.Status)
		}
		return ""
	})
}

// counted waits for what follows from the end of the waves.
func (w *world) counted() {
	w.Helper()
	w.await("assessments of the answers, and figures to the owner", func() string {
		for _, survey := range []string{known, fresh} {
			made := &cxv1.Assessment{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.waves(survey)[0].Name}}
			if err := w.Client.Get(w.Context(), client.ObjectKeyFromObject(made), made); err != nil || len(made.Spec.Counts) == 0 {
				return fmt.Sprintf("of %s: %+v, %v", survey, made.Spec, err)
			}
		}
		if wave := w.waves(pulse)[0]; wave.Status.PublishedAt == nil {
			return fmt.Sprintf("the wave is %+v", wave.Status)
		}
		return ""
	})
}

// handOver lets another owner be asked, then nobody; and the program be judged by one framework only.
func (w *world) handOver() {
	w.Helper()
	goal := build.Goal("rights-goal")
	edit(w, goal, func(g *cxv1.Goal) { g.Spec.OwnerRef = "rights-heir" })
	w.await("the heir to be asked", func() string {
		if w.accept() == 0 {
			return "nobody is"
		}
		return ""
	})
	edit(w, goal, func(g *cxv1.Goal) { g.Spec.OwnerRef = "" })
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Frameworks = p.Spec.Frameworks[:1] })
	w.await("assignment and scorecard to go", func() string {
		left := leftOf(len(list(w, &cxv1.ScorecardList{}).Items) - 1)
		for _, a := range list(w, &cxv1.OwnerAssignmentList{}).Items {
			if a.Spec.Subject.Name == "rights-goal" {
				left += " " + a.Name
			}
		}
		return left
	})
}

// prune lets another wave come and end, so that the first is one too many.
func (w *world) prune() {
	w.Helper()
	first := w.waves(pulse)[0].Name
	w.wave(pulse)
	w.restart(time.Hour)
	w.await("the first wave to go", func() string {
		if waves := w.waves(pulse); len(waves) != 1 || waves[0].Name == first {
			return fmt.Sprintf("there are %d", len(waves))
		}
		return ""
	})
}

// clear deletes everything, while the operator runs: what people wrote, then what was made from it, as a garbage collector would.
func (w *world) clear() {
	w.Helper()
	kinds := build.All("any")
	remove := func(names ...string) {
		for _, kind := range names {
			if err := w.Client.DeleteAllOf(w.Context(), kinds[kind], client.InNamespace(w.Namespace)); err != nil {
				w.Fatalf("%s: %v", kind, err)
			}
		}
	}
	remove(slices.Sorted(maps.Keys(kinds))...)
	w.await("the operator to make nothing anew", func() string {
		left := len(list(w, &cxv1.OwnerAssignmentList{}).Items) + len(list(w, &cxv1.ScorecardList{}).Items)
		remove("OwnerAssignment", "Scorecard")
		return leftOf(left)
	})
}
