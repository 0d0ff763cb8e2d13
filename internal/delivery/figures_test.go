// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

// figures are those of a wave with one question of each kind, the last one too small to be shown.
func figures(change ...func(*delivery.Figures)) delivery.Figures {
	text := func(en, ru string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en, RU: ru} }
	shown := func(id string, method cxv1.KPIMethod, value, low, high string) cxv1.QuestionResult {
		return cxv1.QuestionResult{Question: id, Method: method, State: cxv1.ResultShown, N: new(int64(10)),
			Value: cxv1.Decimal(value), Low: cxv1.Decimal(low), High: cxv1.Decimal(high)}
	}
	closed := metav1.NewTime(time.Date(2027, time.January, 17, 23, 30, 0, 0, time.UTC))
	choice := shown("why", cxv1.MethodShare, "70", "39.7", "89.2")
	choice.Option = "late"
	f := delivery.Figures{
		Organization: "Example Shop", Colour: "#0b6e4f", Language: cxv1.LanguageEN, Zone: time.FixedZone("Berlin", 3600),
		Template: &cxv1.WaveTemplate{
			OpensAt: metav1.NewTime(time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)),
			Questionnaire: cxv1.Questionnaire{Title: text("Your visit", "Ваш визит"), Questions: []cxv1.Question{
				{ID: "nps", Type: cxv1.QuestionNPS, Text: text("Would you recommend us?", "Порекомендуете нас?")},
				{ID: "happy", Type: cxv1.QuestionCSAT, Text: text("Were you satisfied?", "Вы довольны?"), Scale: &cxv1.Scale{Min: 1, Max: 5}},
				{ID: "ease", Type: cxv1.QuestionCES, Text: text("Was it easy?", "Было легко?"), Scale: &cxv1.Scale{Min: 1, Max: 7}},
				{ID: "why", Type: cxv1.QuestionSingleChoice, Text: text("What went wrong?", "Что пошло не так?"),
					Options: []cxv1.Option{{ID: "late", Text: text("Too late", "Поздно")}, {ID: "lost", Text: text("Lost", "Потеряли")}}},
				{ID: "else", Type: cxv1.QuestionScale, Text: text("Anything else?", "Что-нибудь ещё?"), Scale: &cxv1.Scale{Min: 1, Max: 5}},
			}},
		},
		Status: &cxv1.SurveyWaveStatus{
			ClosedAt: &closed, Counts: &cxv1.WaveCounts{Responded: 10, Invited: 12}, ResponseRate: "83.3",
			Results: []cxv1.QuestionResult{
				shown("nps", cxv1.MethodNPS, "60", "25.1", "84.9"), shown("happy", cxv1.MethodCSAT, "80", "49", "94.3"),
				shown("ease", cxv1.MethodCESMean, "5.4", "4.6", "6.2"), choice,
				{Question: "else", Method: cxv1.MethodMean, State: cxv1.ResultSuppressed},
			},
		},
		Doubts: []cxv1.LocalizedText{text("2 answers were quick.", "Два ответа даны быстро.")},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func TestOwnersAreToldTheFiguresInTheirLanguage(t *testing.T) {
	for lang, want := range map[cxv1.Language]string{
		cxv1.LanguageEN: `The survey “Your visit” was open from 4 January 2027 to 18 January 2027. This is what came of it.

Answers: 10. Invitations: 12. Response rate: 83.3 % of those invited.

* Would you recommend us?
  NPS: 60, with 95 % confidence between 25.1 and 84.9; answers: 10

* Were you satisfied?
  satisfied: 80 %, with 95 % confidence between 49 and 94.3; answers: 10

* Was it easy?
  mean on a scale from 1 to 7: 5.4, with 95 % confidence between 4.6 and 6.2; answers: 10

* What went wrong?
  chosen most: “Too late”, 70 %, with 95 % confidence between 39.7 and 89.2; answers: 10

* Anything else?
  too few answers to show

To keep in mind:
- 2 answers were quick.

Nothing here tells who answered what.

--
Example Shop
You get this mail because the survey names you among those to whom its results are sent.
`,
		cxv1.LanguageRU: `Опрос «Ваш визит» был открыт с 04.01.2027 по 18.01.2027. Вот что он показал.

Ответов: 10. Приглашений: 12. Доля ответивших среди приглашённых: 83.3 %.

* Порекомендуете нас?
  NPS: 60, с вероятностью 95 % от 25.1 до 84.9; ответов: 10

* Вы довольны?
  довольны: 80 %, с вероятностью 95 % от 49 до 94.3; ответов: 10

* Было легко?
  среднее по шкале от 1 до 7: 5.4, с вероятностью 95 % от 4.6 до 6.2; ответов: 10

* Что пошло не так?
  чаще всего выбирали «Поздно»: 70 %, с вероятностью 95 % от 39.7 до 89.2; ответов: 10

* Что-нибудь ещё?
  слишком мало ответов, чтобы их показать

О чём помнить:
- Два ответа даны быстро.

Кто что ответил, отсюда не узнать.

--
Example Shop
Письмо пришло вам, потому что опрос называет вас среди тех, кому отправляют итоги.
`,
	} {
		letter, err := figures(func(f *delivery.Figures) { f.Language = lang }).Letter()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, letter.Text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

func TestFiguresWithoutInvitationsOrIntervalSayNoMoreThanIsKnown(t *testing.T) {
	letter, err := figures(func(f *delivery.Figures) {
		f.Status.Counts, f.Status.Results, f.Doubts = nil, f.Status.Results[:1], nil
		f.Status.Results[0].Low, f.Status.Results[0].High = "", ""
	}).Letter()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(letter.Text, "NPS: 60; answers: 10\n") {
		t.Errorf("the figure without an interval:\n%s", letter.Text)
	}
	for _, unknown := range []string{"Answers:", "confidence", "To keep in mind"} {
		if strings.Contains(letter.Text+letter.HTML, unknown) {
			t.Errorf("the mail says %q:\n%s", unknown, letter.Text)
		}
	}
}

func TestASurveyOfOneDayNamesItOnce(t *testing.T) {
	for lang, want := range map[cxv1.Language]string{
		cxv1.LanguageEN: "was open on 4 January 2027.", cxv1.LanguageRU: "был открыт 04.01.2027.",
	} {
		letter, err := figures(func(f *delivery.Figures) {
			f.Language, f.Status.ClosedAt = lang, new(metav1.NewTime(f.Template.OpensAt.Add(3*time.Hour)))
		}).Letter()
		if err != nil || !strings.Contains(letter.Text, want) {
			t.Errorf("%s: %v\n%s", lang, err, letter.Text)
		}
	}
}

func TestTextsOfASurveyAreNoMarkupInTheMailWithItsFigures(t *testing.T) {
	const attack = "<script>alert(1)</script>\r\nBcc: all@example.com"
	letter, err := figures(func(f *delivery.Figures) {
		f.Organization, f.Colour = attack, "red;background:url(https://example.com)"
		f.Template.Questionnaire.Title.EN, f.Template.Questionnaire.Questions[0].Text.EN = attack, attack
		f.Template.Questionnaire.Questions[3].Options[0].Text.EN, f.Doubts[0].EN = attack, attack
	}).Letter()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(letter.HTML, "<script>") || strings.Contains(letter.HTML, "example.com)") {
		t.Errorf("the mail has markup of the survey's:\n%s", letter.HTML)
	}
	if strings.ContainsAny(letter.Subject, "\r\n") {
		t.Errorf("the subject has a line break: %q", letter.Subject)
	}
}

func TestFiguresAreMailThatNobodyUnsubscribesFrom(t *testing.T) {
	s := startServer(t)
	c := channel(t, s)
	letter, err := figures().Letter()
	if err != nil {
		t.Fatal(err)
	}
	wave := store.WaveKey{ProgramID: "shop", Survey: "nps", Slot: "20270104t0900"}
	message := delivery.FiguresTo(wave, "head-of-cx", "Head of CX", "cx@example.org")
	if got := c.Send(t.Context(), message, letter); got.Result != store.SentAccepted {
		t.Fatalf("sent: %+v", got)
	}
	mails, bodies := s.all()
	want := map[string]string{
		"To": `"Head of CX" <cx@example.org>`, "Subject": "Results: Your visit", "List-Unsubscribe": "", "List-Unsubscribe-Post": "",
		"Auto-Submitted": "auto-generated", "Message-Id": "<" + delivery.MessageID(message) + "@example.com>",
	}
	got := map[string]string{}
	for name := range want {
		got[name] = mails[0].Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	for _, part := range []string{"text/plain", "text/html", "NPS: 60", "too few answers to show"} {
		if !strings.Contains(bodies[0], part) {
			t.Errorf("the mail has no %q:\n%s", part, bodies[0])
		}
	}
}

func TestEachOwnerAndWaveHasItsOwnMessageID(t *testing.T) {
	wave := store.WaveKey{ProgramID: "shop", Survey: "nps", Slot: "20270104t0900"}
	later := wave
	later.Slot = "20270111t0900"
	first := delivery.MessageID(delivery.FiguresTo(wave, "cx", "CX", "cx@example.org"))
	if again := delivery.MessageID(delivery.FiguresTo(wave, "cx", "Head of CX", "new@example.org")); again != first {
		t.Error("the same mail to a new address has another Message-ID")
	}
	for name, other := range map[string]store.Message{
		"another owner": delivery.FiguresTo(wave, "stores", "CX", "cx@example.org"),
		"another wave":  delivery.FiguresTo(later, "cx", "CX", "cx@example.org"),
	} {
		if delivery.MessageID(other) == first {
			t.Errorf("%s has the same Message-ID", name)
		}
	}
}
