// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// answer is what must be stored of an answer.
func answer(values string, complete bool, changes ...func(*store.Answer)) store.Answer {
	a := store.Answer{Values: []byte(values), Complete: complete, Language: "en", Channel: "web"}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func (w *world) stored(want ...store.Answer) {
	w.Helper()
	var got []store.Answer
	for _, a := range w.Answers(w.T, "pulse") {
		got = append(got, a.Answer)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Answer{}, "BegunAt")); diff != "" {
		w.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestAPersonAnswersAndIsThanked(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	page := w.get(to).status(http.StatusOK).says("Your last visit", "Example Retail", "confidential", "Would you recommend us?")
	if diff := cmp.Diff([]string{"nps", "csat", "where", "minutes", "more"}, page.asks()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	w.advance(time.Minute)
	form := with(page.form(), "q.nps", "9", "q.where", "shop", "q.minutes", "12", "q.more", "Good\r\ncoffee", "_do", "send")
	w.post(to, form).status(http.StatusOK).says("Thank you", "Your answers have arrived")
	w.stored(answer(`{"minutes":12,"more":"Good\ncoffee","nps":9,"where":"shop"}`, true))
}

func TestTheSameSentTwiceGetsTheFirstReceipt(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(short()).Answer
	form := with(w.get(to).form(), "q.nps", "9")
	w.advance(time.Minute)
	first := w.post(to, form).status(http.StatusOK).text()
	if again := w.post(to, form).status(http.StatusOK).text(); again != first {
		t.Errorf("first %q, then %q", first, again)
	}
	if other := w.post(to, with(form, "q.nps", "0")).status(http.StatusOK).text(); other != first {
		t.Errorf("another answer to a used link: %q", other)
	}
	w.stored(answer(`{"nps":9}`, true))
	w.get(to).status(http.StatusGone)
	w.post(to, with(form, "q.nps", "11")).status(http.StatusGone)
	w.post(to, with(form, "q.nps", "5", "_do", "save")).status(http.StatusGone)
}

func TestAScoreInTheLinkIsChosenAndNotSent(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	for name, tc := range map[string]struct {
		query string
		asks  []string
		nps   []string
	}{
		"a promoter's":               {"?q=nps&v=9", []string{"nps", "csat", "where", "minutes", "more"}, []string{"9"}},
		"a detractor's asks at once": {"?q=nps&v=3", []string{"nps", "why", "csat", "where", "minutes", "more"}, []string{"3"}},
		"no score at all":            {"?q=nps&v=11", []string{"nps", "csat", "where", "minutes", "more"}, nil},
		"no question at all":         {"?q=age&v=9", []string{"nps", "csat", "where", "minutes", "more"}, nil},
		"half a score":               {"?q=nps", []string{"nps", "csat", "where", "minutes", "more"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			page := w.get(to + tc.query).status(http.StatusOK)
			if diff := cmp.Diff(tc.asks, page.asks()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.nps, page.form()["q.nps"], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("chosen (-want +got):\n%s", diff)
			}
		})
	}
	w.stored()
}

func TestQuestionsFollowFromAnswers(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	w.advance(time.Minute)
	page := w.post(to, with(w.get(to).form(), "q.nps", "3", "q.more", "Long wait")).status(http.StatusOK)
	page.says("A little more", "What went wrong?").saysNot("Thank you")
	if form := page.form(); form.Get("q.nps") != "3" || form.Get("q.more") != "Long wait" {
		t.Errorf("what was entered is gone: %v", form)
	}
	w.stored(answer(`{"more":"Long wait","nps":3}`, false)) // who leaves now has answered still
	w.post(to, page.form()).status(http.StatusUnprocessableEntity).says("Choose one answer or more")
	w.advance(time.Minute)
	w.post(to, with(page.form(), "q.why", "staff")).status(http.StatusOK).says("Thank you")
	w.stored(answer(`{"more":"Long wait","nps":3,"why":["staff"]}`, true))
}

func TestWhatIsNotAskedAnyMoreIsNotStored(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	page := w.get(to + "?q=nps&v=3")
	w.advance(time.Minute)
	w.post(to, with(page.form(), "q.nps", "10", "q.why", "staff")).status(http.StatusOK).says("Thank you")
	w.stored(answer(`{"nps":10}`, true))
}

func TestTheButtonSaysWhetherMoreMayCome(t *testing.T) {
	w := newWorld(t)
	pairs := w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	w.get("/s/" + pairs[0].Answer).says("Continue").saysNot("Send")
	w.get("/s/" + pairs[0].Answer + "?q=nps&v=1").says("Send").saysNot("Continue")
}

func TestMistakesAreNamedAndNothingIsLost(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	form := with(w.get(to).form(), "q.minutes", "soon", "q.more", "Keep <me> & \"you\"", "q.csat", "4")
	page := w.post(to, form).status(http.StatusUnprocessableEntity)
	page.says("Please look at these answers again", "Problem: Choose an answer",
		"Problem: Give a whole number from 0 to 100")
	if diff := cmp.Diff(form, page.form()); diff != "" {
		t.Errorf("entered (-before +after):\n%s", diff)
	}
	ids, links := map[string]bool{}, []string{}
	page.nodes(func(n *html.Node) {
		if id, ok := attr(n, "id"); ok {
			ids[id] = true
		}
		if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") {
			links = append(links, href[1:])
		}
	})
	if diff := cmp.Diff([]string{"q.nps.0", "q.minutes.field"}, links); diff != "" {
		t.Errorf("the summary leads to (-want +got):\n%s", diff)
	}
	for _, target := range links {
		if !ids[target] {
			t.Errorf("#%s leads nowhere", target)
		}
	}
	w.stored()
}

func TestAnUnknownQuestionIsRefusedWithoutALink(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(short()).Answer
	w.post(to, with(w.get(to).form(), "q.nps", "9", "q.age", "7")).status(http.StatusUnprocessableEntity).says("There is no such question")
	w.stored()
}

func TestSavingAndComingBack(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	w.advance(time.Minute)
	w.post(to, with(w.get(to).form(), "q.more", "Half a", "q.csat", "2", "_do", "save")).status(http.StatusOK).says("Saved", "same link again")
	w.stored(answer(`{"csat":2,"more":"Half a"}`, false))
	w.advance(time.Minute)
	page := w.get(to).status(http.StatusOK)
	if form := page.form(); form.Get("q.more") != "Half a" || form.Get("q.csat") != "2" {
		t.Errorf("it is not there any more: %v", form)
	}
	w.post(to, with(page.form(), "q.minutes", "-1", "_do", "save")).status(http.StatusUnprocessableEntity).says("whole number")
	w.post(to, with(page.form(), "q.nps", "8")).status(http.StatusOK).says("Thank you")
	w.stored(answer(`{"csat":2,"more":"Half a","nps":8}`, true))
}

func TestAnAnonymousPersonIsToldSoAndLeavesNothingHalf(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse(anonymous)).Answer
	page := w.get(to).says("anonymous", "cannot pause").saysNot("finish later")
	w.advance(time.Minute)
	more := w.post(to, with(page.form(), "q.nps", "3")).status(http.StatusOK).says("What went wrong?")
	w.stored()
	w.post(to, with(page.form(), "q.nps", "3", "_do", "save")).status(http.StatusOK).says("What went wrong?").saysNot("Saved")
	w.stored()
	w.post(to, with(more.form(), "q.why", "price")).status(http.StatusOK).says("Thank you")
	w.stored(answer(`{"nps":3,"why":["price"]}`, true, func(a *store.Answer) { a.Language = "" }))
}

func TestConsentIsAskedAndKept(t *testing.T) {
	asks := func(p *questionnaire.Page) { p.ContactConsent = cxv1.ConsentAsk }
	may := func(a *store.Answer) { a.MayContact = true }
	for name, tc := range map[string]struct {
		page questionnaire.Page
		sent string
		want func(*store.Answer)
		asks bool
	}{
		"yes":                         {short(asks), "yes", may, true},
		"nothing is no":               {short(asks), "", func(*store.Answer) {}, true},
		"never asked, yet sent":       {short(), "yes", func(*store.Answer) {}, false},
		"the anonymous are not asked": {short(asks, anonymous), "yes", func(a *store.Answer) { a.Language = "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			to := "/s/" + w.one(tc.page).Answer
			page := w.get(to)
			if got := strings.Contains(page.text(), "May we contact you"); got != tc.asks {
				t.Errorf("asked: %t", got)
			}
			w.advance(time.Minute)
			w.post(to, with(page.form(), "q.nps", "9", "_contact", tc.sent)).status(http.StatusOK)
			w.stored(answer(`{"nps":9}`, true, tc.want))
		})
	}
}

func TestWhoAnswersFasterThanTheyReadIsDoubted(t *testing.T) {
	fast := func(a *store.Answer) { a.Flags = []string{"fast"} }
	for name, tc := range map[string]struct {
		after time.Duration
		began string
		want  func(*store.Answer)
	}{
		"after a minute":              {time.Minute, "", func(*store.Answer) {}},
		"at once":                     {0, "", fast},
		"without opening the page":    {time.Minute, "-", fast},
		"with a time that is to come": {time.Minute, "99999999999999", fast},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			to := "/s/" + w.one(short()).Answer
			form := with(w.get(to).form(), "q.nps", "9")
			if tc.began != "" {
				form.Set("_began", tc.began)
			}
			w.advance(tc.after)
			w.post(to, form).status(http.StatusOK)
			w.stored(answer(`{"nps":9}`, true, tc.want))
		})
	}
}

func TestInTheTimeOfGraceOnlyThoseFinishWhoHaveBegun(t *testing.T) {
	w := newWorld(t)
	pairs := w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 3)
	saved, opened, late := "/s/"+pairs[0].Answer, "/s/"+pairs[1].Answer, "/s/"+pairs[2].Answer
	w.post(saved, with(w.get(saved).form(), "q.csat", "5", "_do", "save")).status(http.StatusOK)
	form := with(w.get(opened).form(), "q.nps", "9")
	w.advance(7 * 24 * time.Hour) // closed for an hour
	w.get(late).status(http.StatusGone)
	w.post(opened, form).status(http.StatusOK).says("Thank you")
	w.post(saved, with(w.get(saved).status(http.StatusOK).form(), "q.nps", "7")).status(http.StatusOK).says("Thank you")
	w.advance(24 * time.Hour)
	w.get(late).status(http.StatusGone)
	if n := len(w.Answers(t, "pulse")); n != 2 {
		t.Errorf("%d answers, want 2", n)
	}
}

func TestTheLastPageIsTheSurveysOwn(t *testing.T) {
	own := func(p *questionnaire.Page) {
		p.ThankYou = &cxv1.ThankYou{Text: text("See you on Friday!", "До пятницы!"), RedirectURL: "https://www.example.com/thanks?a=1"}
	}
	for name, tc := range map[string]struct {
		hosts    []string
		target   string
		redirect bool
	}{
		"an allowed host":             {[]string{"www.example.com"}, "https://www.example.com/thanks?a=1", true},
		"in other letters":            {[]string{"WWW.example.com"}, "https://www.EXAMPLE.com/thanks", true},
		"no host is allowed":          {nil, "https://www.example.com/", false},
		"another host":                {[]string{"www.example.com"}, "https://example.com/", false},
		"a host that begins alike":    {[]string{"www.example.com"}, "https://www.example.com.evil.example/", false},
		"a name before the host":      {[]string{"www.example.com"}, "https://www.example.com@evil.example/", false},
		"a name before the right one": {[]string{"www.example.com"}, "https://evil@www.example.com/", false},
		"another port":                {[]string{"www.example.com"}, "https://www.example.com:8443/", false},
		"without encryption":          {[]string{"www.example.com"}, "http://www.example.com/", false},
		"a script":                    {[]string{"www.example.com"}, "javascript://www.example.com/%0aalert(1)", false},
		"nonsense":                    {[]string{"www.example.com"}, "https://%zz", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, allow(tc.hosts))
			to := "/s/" + w.one(short(own, func(p *questionnaire.Page) { p.ThankYou.RedirectURL = tc.target })).Answer
			page := w.get(to)
			if got := strings.Contains(page.Header().Get("Content-Security-Policy"), "form-action 'self' https://"); got != tc.redirect {
				t.Errorf("the policy lets the form lead there: %t", got)
			}
			done := w.post(to, with(page.form(), "q.nps", "9"))
			if !tc.redirect {
				done.status(http.StatusOK).says("See you on Friday!")
				return
			}
			done.status(http.StatusSeeOther)
			if got := done.Header().Get("Location"); got != tc.target {
				t.Errorf("sent to %q, want %q", got, tc.target)
			}
		})
	}
}

func TestTheLanguageIsThatOfThePerson(t *testing.T) {
	w := newWorld(t)
	both := w.Invite(t, "both", pulse(), cxv1.LanguageRU, 1)[0]
	unknown := w.Invite(t, "unknown", pulse(), "", 1)[0]
	foreign := w.Invite(t, "foreign", pulse(), "de", 1)[0]
	russian := w.Invite(t, "russian", pulse(func(p *questionnaire.Page) { p.Languages = p.Languages[1:] }), cxv1.LanguageEN, 1)[0]
	for name, tc := range map[string]struct {
		path, accept, want string
	}{
		"the contact's":                              {both.Answer, "en", "ru"},
		"what the person chose goes first":           {both.Answer + "?lang=en", "ru", "en"},
		"a choice that is not offered":               {both.Answer + "?lang=xx", "", "ru"},
		"the browser's, where the contact has none":  {unknown.Answer, "ru-RU,ru;q=0.9,en;q=0.8", "ru"},
		"the browser's second":                       {unknown.Answer, "de, ru;q=0.5", "ru"},
		"the first one, where nobody says anything":  {unknown.Answer, "", "en"},
		"the first one, where nothing fits":          {unknown.Answer, "ja", "en"},
		"a header that is nonsense":                  {unknown.Answer, ";;;q=x", "en"},
		"the browser's, where the contact's is none": {foreign.Answer, "ru", "ru"},
		"the only one there is":                      {russian.Answer, "en", "ru"},
	} {
		t.Run(name, func(t *testing.T) {
			page := w.get("/s/"+tc.path, "Accept-Language", tc.accept).status(http.StatusOK)
			var lang string
			page.nodes(func(n *html.Node) {
				if n.Data == "html" {
					lang, _ = attr(n, "lang")
				}
			})
			if lang != tc.want {
				t.Errorf("the page is in %q, want %q", lang, tc.want)
			}
		})
	}
}

func TestSwitchingTheLanguageKeepsWhatWasEntered(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	form := with(w.get(to).form(), "q.nps", "2", "q.more", "Слишком долго", "_switch", "ru", "_do", "send")
	page := w.post(to, form).status(http.StatusOK).says("Ваш последний визит", "Отправить", "Что было не так?")
	if got := page.form(); got.Get("q.nps") != "2" || got.Get("q.more") != "Слишком долго" {
		t.Errorf("entered: %v", got)
	}
	w.stored()
	w.advance(time.Minute)
	w.post(to, with(page.form(), "q.why", "price")).status(http.StatusOK).says("Спасибо")
	w.stored(answer(`{"more":"Слишком долго","nps":2,"why":["price"]}`, true, func(a *store.Answer) { a.Language = "ru" }))
}

func TestATextInAnotherLanguageSaysSo(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse(func(p *questionnaire.Page) { p.Questionnaire.Questions[0].Text.RU = "" })).Answer
	var spans []string
	w.get(to + "?lang=ru").nodes(func(n *html.Node) {
		if lang, ok := attr(n, "lang"); ok && n.Data == "span" && lang == "en" && n.FirstChild != nil {
			spans = append(spans, n.FirstChild.Data)
		}
	})
	if !slices.Contains(spans, "Would you recommend us?") {
		t.Errorf("texts that are marked as English: %q", spans)
	}
}
