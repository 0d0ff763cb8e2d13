// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// monday is the first due time of the survey below; it was created the day before.
var monday = build.Monday

func weekly(changes ...func(*cxv1.Survey)) *cxv1.Survey {
	all := append([]func(*cxv1.Survey){func(s *cxv1.Survey) {
		s.UID, s.Generation = "survey-uid", 1
		s.CreationTimestamp = metav1.NewTime(monday.Add(-24 * time.Hour))
	}}, changes...)
	return build.Survey("nps", all...)
}

func input(survey *cxv1.Survey, now time.Time, waves ...*cxv1.SurveyWave) program.SurveyInput {
	return program.SurveyInput{
		Survey: survey, Now: now, Waves: waves,
		Program:  build.Program(func(p *cxv1.Program) { p.Spec.Languages = []cxv1.Language{cxv1.LanguageEN} }),
		Personas: []*cxv1.Persona{build.Persona("shopper")},
	}
}

// seen is the survey after a pass: its status as decided, its generation observed.
func seen(t *testing.T, in program.SurveyInput) (*cxv1.Survey, program.SurveyPlan) {
	t.Helper()
	plan, err := program.DecideSurvey(in)
	if err != nil {
		t.Fatal(err)
	}
	survey := in.Survey.DeepCopy()
	survey.Status = plan.Status
	survey.Status.ObservedGeneration = survey.Generation
	return survey, plan
}

func startOf(plan program.SurveyPlan) string {
	if plan.Start == nil {
		return ""
	}
	return plan.Start.Name
}

func TestAWaveKeepsTheLanguagesOfTheProgram(t *testing.T) {
	in := input(weekly(), monday)
	draft, err := program.WaveDraft(in, monday)
	if err != nil {
		t.Fatal(err)
	}
	in.Program.Spec.Languages[0] = cxv1.LanguageRU // which changes nothing any more
	if diff := cmp.Diff([]cxv1.Language{cxv1.LanguageEN}, draft.Languages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAWaveStartsWhenItIsDue(t *testing.T) {
	at := func(d time.Duration) time.Time { return monday.Add(d) }
	edited := func(s *cxv1.Survey) { s.Generation = 2; s.Spec.Schedule.Cron = "0 8 * * MON" }
	for name, tc := range map[string]struct {
		// before is when the survey was last looked at, and how it was then.
		before  time.Time
		change  func(*cxv1.Survey)
		now     time.Time
		want    string
		missed  time.Time
		nextDay string
	}{
		"before its time nothing starts":              {now: at(-time.Minute), nextDay: "2027-01-04"},
		"at its time it starts":                       {before: at(-time.Hour), now: at(0), want: "nps-20270104t0900", nextDay: "2027-01-11"},
		"within the catch-up window it starts late":   {before: at(-time.Hour), now: at(23 * time.Hour), want: "nps-20270104t0900", nextDay: "2027-01-11"},
		"after the window it is missed":               {before: at(-time.Hour), now: at(25 * time.Hour), missed: at(0), nextDay: "2027-01-11"},
		"of three passed ones only the newest starts": {before: at(-time.Hour), now: at(14*24*time.Hour + time.Hour), want: "nps-20270118t0900", missed: at(7 * 24 * time.Hour), nextDay: "2027-01-25"},
		"an edit makes up for nothing that has passed": {
			before: at(-3 * time.Hour), change: edited, now: at(-time.Minute), nextDay: "2027-01-11",
		},
		"an edit and back, both unseen, make up for nothing": {
			before: at(-time.Hour), change: func(s *cxv1.Survey) { s.Generation = 3 }, now: at(time.Hour), nextDay: "2027-01-11",
		},
		"one unseen edit of something else loses nothing": {
			before: at(-time.Hour), change: func(s *cxv1.Survey) { s.Generation = 2; s.Spec.DisplayName = "new" },
			now: at(time.Hour), want: "nps-20270104t0900", nextDay: "2027-01-11",
		},
		"first seen after an edit, its times are not known": {
			change: func(s *cxv1.Survey) { s.Generation = 2 }, now: at(time.Hour), nextDay: "2027-01-11",
		},
		"suspended, nothing starts": {
			before: at(-time.Hour), change: func(s *cxv1.Survey) { s.Generation = 2; s.Spec.Suspend = true }, now: at(0),
		},
	} {
		t.Run(name, func(t *testing.T) {
			survey := weekly()
			if !tc.before.IsZero() {
				survey, _ = seen(t, input(survey, tc.before))
			}
			if tc.change != nil {
				tc.change(survey)
			}
			_, plan := seen(t, input(survey, tc.now))
			if got := startOf(plan); got != tc.want {
				t.Errorf("started %q, want %q", got, tc.want)
			}
			var missed time.Time
			if m := plan.Status.LastMissed; m != nil {
				missed = m.Time
			}
			if !missed.Equal(tc.missed) {
				t.Errorf("missed %s, want %s", missed, tc.missed)
			}
			if day, _, _ := strings.Cut(plan.Status.NextWave, " "); day != tc.nextDay {
				t.Errorf("next wave %q, want on %s", plan.Status.NextWave, tc.nextDay)
			}
		})
	}
}

func TestResumingMakesUpForNothing(t *testing.T) {
	survey, _ := seen(t, input(weekly(func(s *cxv1.Survey) { s.Spec.Suspend = true }), monday.Add(-time.Hour)))
	survey.Spec.Suspend, survey.Generation = false, 2
	_, plan := seen(t, input(survey, monday.Add(time.Hour)))
	if plan.Start != nil {
		t.Errorf("started %s, which was due while the survey was suspended", plan.Start.Name)
	}
}

func TestResumingAfterAMistakeMakesUpForNothing(t *testing.T) {
	survey, _ := seen(t, input(weekly(func(s *cxv1.Survey) { s.Spec.Suspend = true }), monday.Add(-time.Hour)))
	// A persona was missing meanwhile: looked at, reported as Blocked, not decided on. Then both were mended in one edit.
	survey.Status.Phase, survey.Status.ObservedGeneration = cxv1.SurveyBlocked, 2
	survey.Spec.Suspend, survey.Generation = false, 3
	_, plan := seen(t, input(survey, monday.Add(time.Hour)))
	if plan.Start != nil {
		t.Errorf("started %s, which was due while the survey was suspended", plan.Start.Name)
	}
}

func TestAnAnsweredRequestIsNotRefusedAfterACrash(t *testing.T) {
	now := time.Date(2027, 1, 3, 15, 0, 30, 0, time.UTC)
	asked := weekly(func(s *cxv1.Survey) {
		s.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: "2027-01-03T15:00:00Z"}
	})
	_, plan := seen(t, input(asked, now))
	_, after := seen(t, input(asked, now, plan.Start)) // created, but the status was not written
	if after.Start != nil || len(after.Notices) > 0 || after.Status.HandledRequest == "" {
		t.Errorf("started %q with notices %v, handled %q; want it handled in silence", startOf(after), after.Notices, after.Status.HandledRequest)
	}
}

func TestAScheduleRepairedToWhatItWasCountsAsEdited(t *testing.T) {
	survey, _ := seen(t, input(weekly(), monday.Add(-2*time.Hour)))
	// Generation 2 was looked at, but its schedule could not be read, so nothing was decided.
	survey.Status.ObservedGeneration, survey.Generation = 2, 3
	_, plan := seen(t, input(survey, monday.Add(time.Hour)))
	if plan.Start != nil {
		t.Errorf("started %s, which was due before the last edit", plan.Start.Name)
	}
}

func TestAWaveThatWasStartedIsNotStartedAgain(t *testing.T) {
	created := func(plan program.SurveyPlan) *cxv1.SurveyWave { return plan.Start }
	survey, plan := seen(t, input(weekly(), monday))
	wave := created(plan)
	for name, in := range map[string]program.SurveyInput{
		"known from its object":   input(weekly(), monday.Add(time.Minute), wave),
		"known from the store":    withTotals(input(weekly(), monday.Add(time.Minute)), 1, monday),
		"known from the status":   input(withLast(survey, wave), monday.Add(time.Minute)),
		"known from object+store": withTotals(input(weekly(), monday.Add(time.Minute), wave), 1, monday),
	} {
		t.Run(name, func(t *testing.T) {
			_, plan := seen(t, in)
			if plan.Start != nil {
				t.Errorf("started %s again", plan.Start.Name)
			}
			recorded := in.Totals.Started > 0 || len(in.Waves) == 0
			if (len(plan.Record) == 0) != recorded {
				t.Errorf("%d waves to record, want them recorded: %t", len(plan.Record), recorded)
			}
		})
	}
}

func withTotals(in program.SurveyInput, started int64, last time.Time) program.SurveyInput {
	in.Totals = store.WaveTotals{Survey: "nps", Started: started, LastDueAt: last}
	return in
}

func withLast(survey *cxv1.Survey, wave *cxv1.SurveyWave) *cxv1.Survey {
	survey = survey.DeepCopy()
	survey.Status.LastWave, survey.Status.LastWaveAt = wave.Name, &wave.Spec.Template.DueAt
	return survey
}

func TestOverlapIsForbiddenUnlessAllowed(t *testing.T) {
	_, plan := seen(t, input(weekly(), monday))
	open := plan.Start // two weeks, so it is open when the next one is due
	next := monday.Add(7 * 24 * time.Hour)
	_, plan = seen(t, input(weekly(), next, open))
	if plan.Start != nil || plan.Status.MissedReason != cxv1.ReasonWaveOverlaps {
		t.Errorf("started %q, missed because %q; want the slot skipped because of the overlap", startOf(plan), plan.Status.MissedReason)
	}
	_, plan = seen(t, input(weekly(func(s *cxv1.Survey) { s.Spec.Overlap = cxv1.OverlapAllow }), next, open))
	if got := startOf(plan); got != "nps-20270111t0900" {
		t.Errorf("started %q with overlap allowed, want nps-20270111t0900", got)
	}
}

func TestTheNumberOfWavesIsCountedOverTheWholeLife(t *testing.T) {
	two := func(s *cxv1.Survey) { s.Spec.Schedule.MaxWaves = new(int32(2)) }
	_, plan := seen(t, withTotals(input(weekly(two), monday), 2, monday.Add(-7*24*time.Hour)))
	if plan.Start != nil || plan.Status.Phase != cxv1.SurveyCompleted || plan.Status.NextWave != "" {
		t.Errorf("started %q in phase %s, want Completed: two waves were held before the survey was created anew",
			startOf(plan), plan.Status.Phase)
	}
	_, plan = seen(t, withTotals(input(weekly(two), monday), 1, monday.Add(-7*24*time.Hour)))
	if plan.Start == nil || plan.Status.NextWave != "" {
		t.Errorf("started %q, next %q; want the last wave and no next one", startOf(plan), plan.Status.NextWave)
	}
}

func TestFinishedWavesBeyondTheLimitAreForgottenOldestFirst(t *testing.T) {
	var waves []*cxv1.SurveyWave
	for week := range 5 {
		waves = append(waves, build.SurveyWave("nps-"+string(rune('a'+week)), func(w *cxv1.SurveyWave) {
			w.Spec.Template.DueAt = metav1.NewTime(monday.Add(time.Duration(week-10) * 7 * 24 * time.Hour))
			w.Status.Phase = cxv1.WaveClosed
		}))
	}
	waves[1].Status.Phase = cxv1.WaveOpen // not finished, so neither counted nor deleted
	survey := weekly(func(s *cxv1.Survey) { s.Spec.WavesHistoryLimit = new(int32(2)) })
	_, plan := seen(t, input(survey, monday.Add(-time.Hour), waves[4], waves[0], waves[3], waves[1], waves[2]))
	var names []string
	for _, wave := range plan.Prune {
		names = append(names, wave.Name)
	}
	if diff := cmp.Diff([]string{"nps-a", "nps-c"}, names); diff != "" {
		t.Errorf("waves to delete (-want +got):\n%s", diff)
	}
}

func TestAnExtraWaveCanBeAskedFor(t *testing.T) {
	asked := func(value string) func(*cxv1.Survey) {
		return func(s *cxv1.Survey) { s.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: value} }
	}
	for name, tc := range map[string]struct {
		value   string
		change  func(*cxv1.Survey)
		want    string
		handled bool
	}{
		"for now":                            {value: "2027-01-03T15:00:00Z", want: "nps-20270103t1500"},
		"later is waited for":                {value: "2027-01-03T18:00:00Z"},
		"not readable":                       {value: "tomorrow", handled: true},
		"before the survey was created":      {value: "2027-01-02T15:00:00Z", handled: true},
		"handled before, replayed from YAML": {value: "2027-01-03T15:00:00Z", change: func(s *cxv1.Survey) { s.Status.HandledRequest = "2027-01-03T15:00:00Z" }, handled: true},
		"while suspended is kept":            {value: "2027-01-03T15:00:00Z", change: func(s *cxv1.Survey) { s.Spec.Suspend = true }},
		"when completed":                     {value: "2027-01-03T15:00:00Z", change: func(s *cxv1.Survey) { s.Spec.Schedule.MaxWaves = new(int32(1)) }, handled: true},
	} {
		t.Run(name, func(t *testing.T) {
			survey := weekly(asked(tc.value))
			if tc.change != nil {
				tc.change(survey)
			}
			in := input(survey, time.Date(2027, 1, 3, 15, 0, 30, 0, time.UTC))
			if name == "when completed" {
				in = withTotals(in, 1, monday.Add(-7*24*time.Hour))
			}
			_, plan := seen(t, in)
			if got := startOf(plan); got != tc.want {
				t.Fatalf("started %q, want %q", got, tc.want)
			}
			if plan.Start != nil {
				plan.Started(plan.Start)
				tc.handled = true
			}
			if got := plan.Status.HandledRequest == tc.value; got != tc.handled {
				t.Errorf("handled: %t, want %t", got, tc.handled)
			}
		})
	}
}

func TestAMistakeInTheProgramsContactRulesIsTheProgramsNotTheSurveys(t *testing.T) {
	in := input(weekly(), monday)
	in.Program = in.Program.DeepCopy()
	in.Program.Spec.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: "900d"}}
	_, err := program.DecideSurvey(in)
	if err == nil || !strings.Contains(err.Error(), "the Program's spec.contactRules: ") {
		t.Errorf("DecideSurvey: %v", err)
	}
}

func TestMistakesInASurveySayWhatToDo(t *testing.T) {
	employees := build.Persona("shopper", func(p *cxv1.Persona) { p.Spec.Type = cxv1.PersonaEmployee })
	for name, tc := range map[string]struct {
		change  func(*cxv1.Survey)
		persona *cxv1.Persona
		reason  string
		says    string
	}{
		"31 February never comes":    {func(s *cxv1.Survey) { s.Spec.Schedule.Cron = "0 9 31 2 *" }, nil, cxv1.ReasonInvalidSchedule, "never"},
		"a zone that does not exist": {func(s *cxv1.Survey) { s.Spec.Schedule.TimeZone = "Europe/Atlantis" }, nil, cxv1.ReasonInvalidSchedule, "Europe/Atlantis"},
		"both days restricted":       {func(s *cxv1.Survey) { s.Spec.Schedule.Cron = "0 9 1 * MON" }, nil, cxv1.ReasonInvalidSchedule, "rrule"},
		"too short to answer":        {func(s *cxv1.Survey) { s.Spec.OpenFor = "5s" }, nil, cxv1.ReasonInvalidSpec, "10s"},
		"a missing translation":      {func(s *cxv1.Survey) { s.Spec.Questionnaire.Title = cxv1.LocalizedText{RU: "Опрос"} }, nil, cxv1.ReasonInvalidQuestionnaire, `"en"`},
		"a contact rule over years": {func(s *cxv1.Survey) { s.Spec.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: "900d"}} }, nil, cxv1.ReasonInvalidSpec,
			"at most 1 in 900d makes no sense: set 1 or more in 400d or less"},
		"quiet hours that are no time": {func(s *cxv1.Survey) { s.Spec.QuietHours = &cxv1.QuietHours{From: "8pm", To: "08:00"} }, nil, cxv1.ReasonInvalidSpec, "write it like 08:00"},
		"a rule that gives no yes or no": {func(s *cxv1.Survey) { s.Spec.FollowUpRules = []cxv1.FollowUpRule{{Name: "sad", When: "a.recommend"}} }, nil, cxv1.ReasonInvalidSpec,
			`rule "sad": when gives no yes or no: compare`},
		"employees are never asked by name": {func(s *cxv1.Survey) { s.Spec.Anonymity = cxv1.AnonymityIdentified }, employees, cxv1.ReasonAnonymityRequired, "Confidential"},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(weekly(tc.change), monday)
			if tc.persona != nil {
				in.Personas = []*cxv1.Persona{tc.persona}
			}
			_, err := program.DecideSurvey(in)
			var mistake *program.SurveyError
			if !errors.As(err, &mistake) {
				t.Fatalf("DecideSurvey: %v, want a *SurveyError", err)
			}
			if mistake.Reason != tc.reason || !strings.Contains(mistake.Message, tc.says) {
				t.Errorf("%s: %q, want %s and a message with %q", mistake.Reason, mistake.Message, tc.reason, tc.says)
			}
		})
	}
}
