// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

var now = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// source is a program with these objects, judged without evidence.
func source(objects ...program.Object) *kit.Source {
	p := build.Program()
	p.Spec.ID, p.Spec.Organization, p.Spec.TimeZone = "example", "Example", "Europe/Berlin"
	s := program.New("", append(objects, p)...)
	judged := program.Evaluate(s, nil, now)
	return &kit.Source{Snapshot: judged.Snapshot, Now: now}
}

func survey(name string, change func(*cxv1.SurveySpec)) *cxv1.Survey {
	s := &cxv1.Survey{Spec: cxv1.SurveySpec{
		DisplayName: name, PersonaRefs: []cxv1.Ref{"shopper"}, Schedule: cxv1.Schedule{Cron: "0 10 * * *"}, OpenFor: "2h",
		Questionnaire: &cxv1.Questionnaire{Title: cxv1.LocalizedText{EN: "Us"}, Questions: []cxv1.Question{
			{ID: "recommend", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Recommend?"}}}},
	}}
	s.Name = name
	change(&s.Spec)
	return s
}

func persona() *cxv1.Persona {
	p := &cxv1.Persona{Spec: cxv1.PersonaSpec{DisplayName: "Shopper", Type: cxv1.PersonaCustomer}}
	p.Name = "shopper"
	return p
}

// opens are when waves open, by the program's clock.
func opens(r *Result) []string {
	var at []string
	for _, e := range r.Entries {
		if e.Kind == Wave {
			at = append(at, e.At.In(r.Location).Format("01-02 15:04"))
		}
	}
	return at
}

func TestWavesThatCome(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*cxv1.SurveySpec)
		want   []string
	}{
		"each day": {func(*cxv1.SurveySpec) {}, []string{"01-05 10:00", "01-06 10:00", "01-07 10:00"}},
		"as many as there shall be": {func(s *cxv1.SurveySpec) { s.Schedule.MaxWaves = new(int32(2)) },
			[]string{"01-05 10:00", "01-06 10:00"}},
		"none while the one before is open": {func(s *cxv1.SurveySpec) { s.OpenFor = "25h" }, []string{"01-05 10:00", "01-07 10:00"}},
		"several at once, where allowed": {func(s *cxv1.SurveySpec) { s.OpenFor, s.Overlap = "25h", cxv1.OverlapAllow },
			[]string{"01-05 10:00", "01-06 10:00", "01-07 10:00"}},
		"none of a suspended survey":      {func(s *cxv1.SurveySpec) { s.Suspend = true }, nil},
		"none with a schedule that is no": {func(s *cxv1.SurveySpec) { s.Schedule.Cron = "0 9 31 2 *" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, opens(Of(source(survey("daily", c.change), persona()), 3))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheFirstWaveIsTheOneThatTheOperatorStartsNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := survey("any", func(spec *cxv1.SurveySpec) {
			spec.Schedule.Cron = fmt.Sprintf("%d %d * * *", rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 23).Draw(t, "hour"))
			spec.Schedule.TimeZone = rapid.SampledFrom([]string{"", "Asia/Tokyo", "America/New_York"}).Draw(t, "zone")
			spec.OpenFor = cxv1.Duration(rapid.SampledFrom([]string{"1h", "36h", "10s"}).Draw(t, "openFor"))
		})
		src := source(s, persona())
		r := Of(src, 10)
		if next := src.Snapshot.Surveys[0].Status.NextWaveAt; len(r.Entries) == 0 || !r.Entries[0].At.Time.Equal(next.Time) {
			t.Fatalf("first entry %+v, the operator starts at %s", r.Entries, next)
		}
	})
}

func TestAWaveThatIsThereStandsInTheWayAndCloses(t *testing.T) {
	at := func(hours int) metav1.Time { return metav1.NewTime(now.Add(time.Duration(hours) * time.Hour)) }
	wave := &cxv1.SurveyWave{}
	wave.Name = "daily-20270104t0900"
	wave.Spec.Template = cxv1.WaveTemplate{Survey: "daily", Slot: "20270104t0900", OpensAt: at(-1), ClosesAt: at(30), GraceUntil: at(31),
		Personas: []cxv1.Ref{"shopper"}}
	wave.Status.Phase = cxv1.WaveOpen
	r := Of(source(survey("daily", func(*cxv1.SurveySpec) {}), persona(), wave), 3)
	if diff := cmp.Diff([]string{"01-06 10:00", "01-07 10:00"}, opens(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := r.Entries[0]; e.Kind != Closes || e.Objects[0] != "SurveyWave/daily-20270104t0900" {
		t.Errorf("first entry %+v, want that the wave closes", e)
	}
}

func TestDecisionsAreOneEntryForEachOwnerAndDay(t *testing.T) {
	assignment := func(name, asks string, offered time.Duration) *cxv1.OwnerAssignment {
		a := &cxv1.OwnerAssignment{}
		a.Name = name
		a.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectGoal, Name: cxv1.Ref(name)}
		a.Status.WaitsFor, a.Status.OfferedAt = asks, new(metav1.NewTime(now.Add(-offered)))
		return a
	}
	src := source()
	src.Snapshot.Add(assignment("a", "ceo", time.Hour), assignment("b", "ceo", 2*time.Hour), assignment("c", "lead", time.Hour),
		assignment("d", "ceo", 15*24*time.Hour))
	var got []string
	for _, e := range Of(src, 30).Entries {
		got = append(got, fmt.Sprint(e.Kind, e.Owner, e.At.UTC().Format(" 01-02 15:04 "), e.Objects))
	}
	want := []string{"Decisionceo 01-18 07:00 [Goal/a Goal/b]", "Decisionlead 01-18 08:00 [Goal/c]"} // that of d was due before
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// unfold checks the form of iCalendar, and gives its content lines back.
func unfold(t *testing.T, data []byte) []string {
	t.Helper()
	text := string(data)
	if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Fatalf("lines do not all end with CRLF: %q", text)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets, valid %t: %q", len(line), utf8.ValidString(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
}

// values are those of a property in all events.
func values(lines []string, property string) []string {
	var all []string
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if name == property {
			all = append(all, value)
		}
	}
	return all
}

func TestICalendarIsWellFormed(t *testing.T) {
	goal := &cxv1.Goal{Spec: cxv1.GoalSpec{DisplayName: "Goal", Kind: cxv1.GoalExperience, Due: "2027-01-31"}}
	goal.Name = "easy-pickup"
	i := &cxv1.Initiative{Spec: cxv1.InitiativeSpec{DisplayName: "Desk", Type: cxv1.InitiativeImprovement, Milestones: []cxv1.Milestone{{
		Name: "Подписаны договоры; склад, магазины \\ колл-центр готовы\nи каждый знает свою часть работы наизусть", Due: "2027-01-20"}}}}
	i.Name = "desk"
	r := Of(source(goal, i, survey("daily", func(*cxv1.SurveySpec) {}), persona()), 30)
	lines := unfold(t, r.ICS(kit.NewPage(cxv1.LanguageRU, 0)))
	if lines[0] != "BEGIN:VCALENDAR" || lines[1] != "VERSION:2.0" || !strings.HasPrefix(lines[2], "PRODID:") || lines[len(lines)-1] != "END:VCALENDAR" {
		t.Errorf("frame: %v ... %s", lines[:3], lines[len(lines)-1])
	}
	events, uids := strings.Count(strings.Join(lines, "\n"), "BEGIN:VEVENT"), map[string]bool{}
	for _, uid := range values(lines, "UID") {
		uids[uid] = true
	}
	if events != len(r.Entries) || len(uids) != events || len(values(lines, "DTSTAMP")) != events {
		t.Errorf("%d entries, %d events, %d different UIDs", len(r.Entries), events, len(uids))
	}
	want := "Срок: Initiative/desk: Подписаны договоры\\; склад\\, магазины \\\\ колл-центр готовы\\nи каждый знает свою часть работы наизусть"
	if got := strings.Join(values(lines, "SUMMARY"), "\n"); !strings.Contains(got, want) {
		t.Errorf("no summary %s in\n%s", want, got)
	}
	// A day ends with the first day that is not in it.
	if diff := cmp.Diff([]string{"20270120", "20270131"}, values(lines, "DTSTART;VALUE=DATE")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"20270121", "20270201"}, values(lines, "DTEND;VALUE=DATE")); diff != "" {
		t.Error(diff)
	}
	if first := values(lines, "DTSTART")[0]; first != "20270105T090000Z" {
		t.Errorf("the first wave begins %s: want 10:00 of Berlin in UTC", first)
	}
}

func TestLongLinesAreFoldedWithoutTearingCharacters(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringOf(rapid.RuneFrom([]rune{'a', ' ', 'ж', '€', '𝄞', ';', ',', '\\', '\n'})).Draw(rt, "value")
		var w icsWriter
		w.property("SUMMARY", escape(value))
		for _, line := range bytes.Split(w.Bytes(), []byte("\r\n")) {
			if len(line) > 75 || !utf8.Valid(line) {
				rt.Fatalf("%d octets: %q", len(line), line)
			}
		}
		folded := strings.TrimSuffix(strings.ReplaceAll(w.String(), "\r\n ", ""), "\r\n")
		back := strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(strings.TrimPrefix(folded, "SUMMARY:"))
		if back != value {
			rt.Fatalf("%q became %q", value, back)
		}
	})
}

func TestAnEntryKeepsItsUIDWhenItMoves(t *testing.T) {
	goal := func(due cxv1.Date) *cxv1.Goal {
		g := &cxv1.Goal{Spec: cxv1.GoalSpec{DisplayName: "Goal", Kind: cxv1.GoalExperience, Due: due}}
		g.Name = "easy-pickup"
		return g
	}
	uid := func(due cxv1.Date) string {
		return values(unfold(t, Of(source(goal(due)), 60).ICS(kit.NewPage(cxv1.LanguageEN, 0))), "UID")[0]
	}
	if a, b := uid("2027-01-20"), uid("2027-02-20"); a != b || !strings.HasSuffix(a, "@example.cx-operator.io") {
		t.Errorf("%s, then %s", a, b)
	}
}

func TestReviewsAndWhatEnds(t *testing.T) {
	a := &cxv1.Assessment{Spec: cxv1.AssessmentSpec{Date: "2026-12-01", Exemptions: []cxv1.Exemption{
		{Criterion: "mob-budget", Until: "2027-02-28", RequestedBy: "lead", ApprovedBy: "ceo"},
		{Criterion: "mob-lead", Until: "2027-02-28", RequestedBy: "lead", ApprovedBy: "ceo"},
	}, Counts: []cxv1.AttestationCounts{{Question: "Q01", Answers: []int64{1, 2, 3, 4}}}}}
	a.Name = "autumn"
	src := source()
	a.Status.ExpiresAt = new(metav1.NewTime(now.AddDate(0, 0, 10)))
	a.Status.Exemptions = []cxv1.ExemptionState{{Criterion: "mob-budget", State: cxv1.ExemptionInForce}, {Criterion: "mob-lead", State: cxv1.ExemptionPending}}
	src.Snapshot.Add(a)
	src.Snapshot.Program.Spec.Governance = &cxv1.Governance{Members: []cxv1.Ref{"lead"}, ReviewEvery: "35d", Reviews: []cxv1.Review{
		{Date: "2026-12-08", Evidence: "https://wiki.example.com/1"}, {Date: "2026-12-20"}, {Date: "2027-03-01", Evidence: "https://wiki.example.com/2"}}}
	src.Snapshot.Program.Spec.Budget = &cxv1.Budget{Year: 2027, ApprovedBy: "ceo"}
	var got []string
	for _, e := range Of(src, 400).Entries {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Day, " ", e.Name))
	}
	want := []string{"Review 2027-01-12 ", "AnswersExpire  ", "ExemptionEnds 2027-02-28 mob-budget", "ApprovalEnds 2027-12-31 budget"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a day without minutes is no review, nor is one to come (-want +got):\n%s", diff)
	}
}
