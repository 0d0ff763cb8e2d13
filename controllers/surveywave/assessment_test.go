// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/assessment"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// ofSixStages makes the wave ask employees the questions of six-stages.
func ofSixStages(t *testing.T) func(*cxv1.SurveyWave) {
	t.Helper()
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	asked, from, err := program.FrameworkQuestionnaire(framework)
	if err != nil {
		t.Fatal(err)
	}
	return func(w *cxv1.SurveyWave) {
		w.Spec.Template.Questionnaire, w.Spec.Template.Framework = asked, from
		w.Spec.Template.Audience = []cxv1.PersonaType{cxv1.PersonaEmployee}
	}
}

// colleagues are as many shoppers of each level, as an import with the column level gives them.
func colleagues(staff, managers int) []store.Contact {
	contacts := people.Contacts("shopper", staff+managers)
	for i := range contacts {
		level := "Staff"
		if i >= staff {
			level = "Manager"
		}
		contacts[i].Attributes = map[string]string{"level": level}
	}
	return contacts
}

// attested lets colleagues answer Q03, the first half of each level "usually", the second "always", and the wave end.
func attested(t *testing.T, staff, managers int, changes ...func(*cxv1.SurveyWave)) *asking {
	t.Helper()
	a := ask(t, append([]func(*cxv1.SurveyWave){ofSixStages(t)}, changes...)...)
	a.importContacts(colleagues(staff, managers)...)
	a.look()
	a.deliver()
	for n := range staff + managers {
		a.answerAs(people.Address("shopper", n+1), fmt.Sprintf(`{"q03":"%d"}`, 2+n%2), people.Partial)
	}
	a.Clock.SetTime(a.Clock.Now().Add(open + time.Hour))
	if again := a.Look(a.waves, a.wave); a.wave.Status.Phase != cxv1.WaveClosed || again != time.Second {
		t.Fatalf("the wave is %s and looked at again after %s", a.wave.Status.Phase, again)
	}
	return a
}

// made is the Assessment of the wave; nil when there is none.
func (a *asking) made() *cxv1.Assessment {
	a.t.Helper()
	all := &cxv1.AssessmentList{}
	if err := a.Client.List(a.t.Context(), all, client.InNamespace(a.Namespace)); err != nil {
		a.t.Fatal(err)
	}
	for i := range all.Items {
		if all.Items[i].Name == a.wave.Name {
			return &all.Items[i]
		}
	}
	return nil
}

func q03Counts(level cxv1.AttestationLevel, answers ...int64) cxv1.AttestationCounts {
	return cxv1.AttestationCounts{Question: "Q03", Level: level, Answers: answers}
}

func TestTheAnswersToAFrameworksQuestionsBecomeAnAssessmentWithVerdicts(t *testing.T) {
	a := attested(t, 24, 6)
	if a.made() != nil {
		t.Error("there is an assessment before the wave is known to be closed")
	}
	a.after(time.Second)
	a.Expect(a.wave, cxv1.ConditionAttested, "True/AssessmentMade", `"pulse-20270104t0900"`)
	made := a.made()
	want := cxv1.AssessmentSpec{
		Framework: "six-stages", Date: "2027-01-18", Evidence: "SurveyWave pulse-20270104t0900",
		Counts: []cxv1.AttestationCounts{q03Counts("Staff", 0, 0, 12, 12), q03Counts("Manager", 0, 0, 3, 3)},
	}
	if diff := cmp.Diff(want, made.Spec); diff != "" {
		t.Fatalf("the assessment (-want +got):\n%s", diff)
	}
	if made.Labels[cxv1.LabelWave] != a.wave.Name || len(made.OwnerReferences) > 0 {
		t.Errorf("labels %v, owners %v", made.Labels, made.OwnerReferences)
	}
	a.Look(assessment.New(a.Kit, a.Store), made)
	if v := made.Status.Verdicts; len(v) != 1 || v[0].Result != cxv1.OutcomeTrue || made.Status.Summary != "1/1" {
		t.Errorf("verdicts %+v, %q", v, made.Status.Summary)
	}
	a.Still(a.waves, a.wave)
}

func TestAnAnonymousWaveHasNoLevelsInItsAssessment(t *testing.T) {
	a := ask(t, ofSixStages(t), func(w *cxv1.SurveyWave) { w.Spec.Template.Anonymity = cxv1.AnonymityAnonymous })
	a.importContacts(colleagues(12, 6)...)
	a.look()
	a.deliver()
	values := "{"
	for i, question := range a.wave.Spec.Template.Questionnaire.Questions { // only complete answers are taken
		values += map[bool]string{true: ","}[i > 0] + fmt.Sprintf("%q:%q", question.ID, "dont-know")
	}
	for n := range 18 {
		a.answerAs(people.Address("shopper", n+1), values+"}")
	}
	a.after(open + time.Hour)
	a.after(time.Second)
	counts := a.made().Spec.Counts
	if diff := cmp.Diff(cxv1.AttestationCounts{Question: "Q03", Level: "All", Answers: []int64{0, 0, 0, 0}, DontKnow: 18}, counts[2]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(counts) != 20 {
		t.Errorf("%d questions are counted", len(counts))
	}
}

func TestOneManagerIsCountedWithTheOthers(t *testing.T) {
	a := attested(t, 24, 1)
	a.after(time.Second)
	if diff := cmp.Diff([]cxv1.AttestationCounts{q03Counts("All", 0, 0, 13, 12)}, a.made().Spec.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestTooFewAnswersBecomeNoAssessment(t *testing.T) {
	a := attested(t, 4, 0)
	a.after(time.Second)
	a.Expect(a.wave, cxv1.ConditionAttested, "False/TooFewAnswers", "there is no Assessment")
	if a.made() != nil {
		t.Error("there is an assessment")
	}
	a.Still(a.waves, a.wave)
}

func TestPeoplesOwnAssessmentsAreLeftAlone(t *testing.T) {
	a := attested(t, 24, 6)
	own := &cxv1.Assessment{ObjectMeta: metav1.ObjectMeta{Name: a.wave.Name}, Spec: cxv1.AssessmentSpec{
		Date: "2027-01-18", Evidence: "https://wiki.example.com/poll", Counts: []cxv1.AttestationCounts{q03Counts("All", 9, 0, 0, 1)},
	}}
	a.Create(own)
	a.after(time.Second)
	a.Expect(a.wave, cxv1.ConditionAttested, "False/ForeignObject", "somebody else's: rename it or delete it")
	if again := a.Look(a.waves, a.wave); again != time.Minute {
		t.Errorf("looks whether it has gone after %s", again)
	}
	if diff := cmp.Diff(own.Spec, a.made().Spec); diff != "" {
		t.Errorf("it was changed (-want +got):\n%s", diff)
	}
	a.Still(a.waves, a.wave)
	a.Delete(own)
	a.after(time.Minute)
	a.Expect(a.wave, cxv1.ConditionAttested, "True/AssessmentMade", "")
	if made := a.made(); made == nil || len(made.Spec.Counts) != 2 {
		t.Errorf("made after all: %+v", made)
	}
}

// The status of the wave is lost, and with it that the Assessment was made: what people added stays.
func TestAnAssessmentIsBroughtUpToDateAndKeepsWhatPeopleAdded(t *testing.T) {
	a := attested(t, 24, 6)
	a.after(time.Second)
	made := a.made()
	made.Spec.Counts[0].Answers = []int64{24, 0, 0, 0}
	made.Spec.ValidFor = "90d"
	made.Spec.Exemptions = []cxv1.Exemption{{Criterion: "mob-budget", Reason: "Later", RequestedBy: "cx", ApprovedBy: "ceo", Until: "2027-06-30"}}
	if err := a.Client.Update(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	a.after(time.Second)
	if got := a.made().Spec.Counts[0].Answers[0]; got != 24 {
		t.Errorf("what somebody corrected was taken back: %d", got)
	}
	a.wave.Status.Conditions = nil
	if err := a.Client.Status().Update(t.Context(), a.wave); err != nil {
		t.Fatal(err)
	}
	a.after(time.Second)
	again := a.made().Spec
	if len(again.Exemptions) != 1 || again.ValidFor != "90d" || again.Counts[0].Answers[0] != 0 {
		t.Errorf("brought up to date: %+v", again)
	}
}

func TestAnAssessmentThatSomebodyDeletedStaysAway(t *testing.T) {
	a := attested(t, 24, 6)
	a.after(time.Second)
	a.Delete(a.made())
	a.after(time.Minute)
	if a.made() != nil {
		t.Error("it is back")
	}
}
