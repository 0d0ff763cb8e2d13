// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// preview is where the survey pulse can be looked at.
const preview = "/api/v1/surveys/pulse/preview"

// forPreviews is a token that is good for nothing else.
const forPreviews = "a-token-for-previews"

// draft publishes what a wave of the survey pulse would show, by the channel mail.
func (w *world) draft(page questionnaire.Page) store.PublishedWave {
	w.Helper()
	prog := &cxv1.Program{Spec: cxv1.ProgramSpec{
		ID: invited.Program, Organization: page.Organization, Languages: page.Languages, Brand: page.Brand,
	}}
	shown, err := delivery.Published(prog, &cxv1.WaveTemplate{
		Anonymity: page.Anonymity, Questionnaire: page.Questionnaire, QuestionnaireHash: questionnaire.Hash(page.Questionnaire),
		SurveyTerms: cxv1.SurveyTerms{
			PrivacyNotice: page.PrivacyNotice, ContactConsent: page.ContactConsent, ThankYou: page.ThankYou, Delivery: &cxv1.Delivery{Channel: "mail"},
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	shown.WaveKey = store.WaveKey{ProgramID: invited.Program, Survey: "pulse", Slot: store.DraftSlot}
	shown.State, shown.Anonymity = store.WaveTakesUnderWay, store.AnonymousWave
	shown.OpensAt = monday.AddDate(1000, 0, 0)
	shown.ClosesAt = shown.OpensAt.AddDate(0, 0, 14)
	shown.GraceUntil = shown.ClosesAt.Add(time.Hour)
	w.Publish(w.T, shown)
	return shown
}

func previewing(o *gateway.Options) {
	o.Authorize = func(_ context.Context, token string, purpose gateway.Purpose) (string, bool, error) {
		if token == forPreviews && purpose != gateway.ForPreview {
			return "", false, gateway.ErrPurpose
		}
		return invited.Program, token == forPreviews, nil
	}
}

// ops asks at the cluster's address, with a token for previews unless a header says otherwise.
func (w *world) ops(method, path, body string, headers ...string) reply {
	w.Helper()
	rec := httptest.NewRecorder()
	w.gateway.Ops().ServeHTTP(rec, request(method, path, body, append([]string{"Authorization", "Bearer " + forPreviews}, headers...)...))
	return reply{rec, w.T}
}

func (w *world) look(path string) reply {
	w.Helper()
	return w.ops(http.MethodGet, preview+path, "")
}

func (w *world) enter(path string, form url.Values) reply {
	w.Helper()
	return w.ops(http.MethodPost, preview+path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
}

var (
	banner   = regexp.MustCompile(`\n<p class="trial">[^<]+</p>`)
	optOutAt = regexp.MustCompile(`href="(/o/[A-Za-z0-9_-]{54}|optout)"`)
)

// same holds a page of a preview against the one that people see: they differ by the banner and by where one opts out.
func same(t *testing.T, what string, real, shown reply) {
	t.Helper()
	if n := len(banner.FindAllString(shown.Body.String(), -1)); n != 1 && shown.Code != http.StatusSeeOther {
		t.Errorf("%s: %d banners in the preview, want one", what, n)
	}
	if banner.MatchString(real.Body.String()) {
		t.Errorf("%s: there is a banner on the real page", what)
	}
	plain := func(r reply) string {
		return optOutAt.ReplaceAllString(banner.ReplaceAllString(r.Body.String(), ""), `href="OPTOUT"`)
	}
	if diff := cmp.Diff(plain(real), plain(shown)); diff != "" || real.Code != shown.Code {
		t.Errorf("%s: status %d and %d (-real +preview):\n%s", what, real.Code, shown.Code, diff)
	}
	if diff := cmp.Diff(real.Header(), shown.Header()); diff != "" {
		t.Errorf("%s: headers (-real +preview):\n%s", what, diff)
	}
}

// The real pages and the previews, all the way, with the same things entered.
func TestAPreviewIsWhatPeopleSeeOnEveryStep(t *testing.T) {
	notice := func(p *questionnaire.Page) {
		p.PrivacyNotice, p.ContactConsent = &cxv1.PrivacyNotice{URL: "https://example.com/privacy"}, cxv1.ConsentAsk
		p.ThankYou = &cxv1.ThankYou{Text: text("We are grateful.", "Мы благодарны.")}
		p.Brand = &cxv1.Brand{Name: "Example Shops", Colour: "#0b6e4f"}
	}
	elsewhere := func(p *questionnaire.Page) {
		p.ThankYou = &cxv1.ThankYou{RedirectURL: "https://www.example.com/thanks"}
	}
	for name, page := range map[string]questionnaire.Page{
		"with all that there is": pulse(notice), "anonymous": pulse(anonymous), "ends elsewhere": pulse(elsewhere),
	} {
		for _, language := range []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU} {
			t.Run(name+" in "+string(language), func(t *testing.T) {
				w := newWorld(t, previewing)
				w.draft(page)
				links := w.Invite(t, "pulse", page, language, 1)[0]
				real, shown := "/s/"+links.Answer, "/"+string(language)+"/page"
				first := w.get(real).status(http.StatusOK)
				same(t, "the page", first, w.look(shown))
				same(t, "with a score chosen in the mail", w.get(real+"?q=nps&v=2"), w.look(shown+"?q=nps&v=2"))
				step := func(what string, form url.Values) {
					t.Helper()
					same(t, what, w.post(real, form), w.enter(shown, form))
				}
				form := first.form()
				step("with nothing entered", form)
				step("in the other language", with(form, "_switch", map[cxv1.Language]string{"en": "ru", "ru": "en"}[language]))
				form.Del("_switch")
				step("with a question that follows", with(form, "q.nps", "3"))
				step("put off", with(form, "_do", "save"))
				step("to the end", with(form, "_do", "send", "_asked", "q.why", "q.why", "price"))
				out := "/o/" + links.OptOut
				same(t, "opting out", w.get(out), w.look("/"+string(language)+"/optout"))
				same(t, "opted out", w.post(out, url.Values{"_do": {"optout"}}), w.enter("/"+string(language)+"/optout", url.Values{"_do": {"optout"}}))
			})
		}
	}
}

func TestAPreviewStoresNothing(t *testing.T) {
	broken := &failing{}
	w := newWorld(t, previewing, func(o *gateway.Options) { broken.Store, o.Store = o.Store, broken })
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 3)
	w.draft(pulse())
	revision := w.Revision(t, "pulse")
	broken.fail(nil, store.ErrUnavailable)
	form := w.look("/en/page").form()
	w.enter("/en/page", with(form, "q.nps", "3")).status(http.StatusOK).says("Preview: nothing is stored.", "What went wrong?")
	w.enter("/en/page", with(form, "_do", "save")).status(http.StatusOK).says("Saved")
	w.enter("/en/page", with(form, "_do", "send", "_asked", "q.why", "q.why", "price")).status(http.StatusOK).says("Thank you")
	w.enter("/ru/optout", url.Values{"_do": {"optout"}}).status(http.StatusOK).says("Предварительный просмотр")
	if got := w.Counts(t, "pulse"); got.Invited != 3 || got.Responded+got.Partial+got.Late+got.Foreign != 0 {
		t.Errorf("counts after the previews: %+v, want three who are invited and nothing else", got)
	}
	if n := w.Revision(t, "pulse"); n != revision || len(w.Answers(t, "pulse")) != 0 {
		t.Errorf("there are answers, or the revision went from %d to %d", revision, n)
	}
	if strings.Contains(w.log.String(), "pulse") || strings.Contains(w.log.String(), forPreviews) {
		t.Errorf("the log tells what was looked at:\n%s", w.log)
	}
}

func TestADraftTakesNoAnswersFromOtherChannels(t *testing.T) {
	w := newWorld(t)
	w.draft(pulse())
	w.hand("/api/v1/waves/pulse/draft/answers", event()).status(http.StatusNotFound)
}

func TestOnlyATokenForPreviewsOpensThem(t *testing.T) {
	w := newWorld(t, previewing)
	w.draft(pulse())
	basic := func(password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth("anybody", password)
		return r.Header.Get("Authorization")
	}
	for name, tc := range map[string]struct {
		path, authorization string
		want                int
	}{
		"a bearer token":             {"/en/page", "Bearer " + forPreviews, http.StatusOK},
		"the token as a password":    {"/en/page", basic(forPreviews), http.StatusOK},
		"no token":                   {"/en/page", "", http.StatusUnauthorized},
		"another password":           {"/en/page", basic("guess"), http.StatusUnauthorized},
		"another token":              {"/en/mail.html", "Bearer guess", http.StatusUnauthorized},
		"no token for the list":      {"", "", http.StatusUnauthorized},
		"a language that is not":     {"/de/page", "Bearer " + forPreviews, http.StatusNotFound},
		"a page that is not":         {"/en/more", "Bearer " + forPreviews, http.StatusNotFound},
		"another survey":             {"/../../other/preview", "Bearer " + forPreviews, http.StatusNotFound},
		"another survey's mail":      {"/../../other/preview/en/mail.txt", "Bearer " + forPreviews, http.StatusNotFound},
		"a page of another language": {"/ru/page", basic(forPreviews), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			path := strings.Replace(preview+tc.path, "pulse/preview/../../", "", 1)
			r := w.ops(http.MethodGet, path, "", "Authorization", tc.authorization).status(tc.want)
			if asks := r.Header().Get("WWW-Authenticate"); (tc.want == http.StatusUnauthorized) != strings.HasPrefix(asks, "Basic ") {
				t.Errorf("asks for %q", asks)
			}
		})
	}
	t.Run("a token for something else", func(t *testing.T) {
		w := newWorld(t, func(o *gateway.Options) {
			o.Authorize = func(context.Context, string, gateway.Purpose) (string, bool, error) {
				return "", false, gateway.ErrPurpose
			}
		})
		w.look("/en/page").status(http.StatusForbidden)
	})
	t.Run("the page of somebody else's", func(t *testing.T) {
		w.ops(http.MethodPost, preview+"/en/page", "", "Sec-Fetch-Site", "cross-site").status(http.StatusForbidden)
	})
	t.Run("the public address", func(t *testing.T) {
		w.get(preview, "Authorization", "Bearer "+forPreviews).status(http.StatusNotFound)
		w.post("/api/v1/surveys/pulse/test", nil, "Authorization", "Bearer "+forPreviews).status(http.StatusMethodNotAllowed)
	})
}

func TestAllThatThereIsToLookAtIsListed(t *testing.T) {
	w := newWorld(t, previewing)
	w.draft(pulse())
	var list struct {
		Survey string
		Links  []struct{ What, Language, URL string }
	}
	if err := json.Unmarshal(w.look("").status(http.StatusOK).Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if list.Survey != "pulse" || len(list.Links) != 12 {
		t.Errorf("the list is %+v, want 6 links in each of two languages", list)
	}
	page := w.ops(http.MethodGet, preview, "", "Accept", "text/html,*/*").status(http.StatusOK).says("pulse", "mail (en)")
	for _, link := range list.Links {
		if r := w.ops(http.MethodGet, link.URL, "").status(http.StatusOK); strings.HasPrefix(link.What, "reminder") {
			r.says(map[string]string{"en": "Reminder: Your last visit", "ru": "Напоминание: Ваш последний визит"}[link.Language])
		}
		if !strings.Contains(page.Body.String(), `href="`+link.URL+`"`) {
			t.Errorf("the page does not lead to %s", link.URL)
		}
	}
	style := regexp.MustCompile(`/assets/style-[0-9a-f]+\.css`).FindString(page.Body.String())
	w.ops(http.MethodGet, style, "").status(http.StatusOK)
}

func TestAMailIsPreviewedAsItIsSent(t *testing.T) {
	w := newWorld(t, previewing)
	mail, err := delivery.ParseMail(w.draft(pulse()).Mail)
	if err != nil {
		t.Fatal(err)
	}
	letter, err := delivery.Render(mail, store.Message{Kind: store.MessageInvitation, Contact: store.Contact{Language: "ru"}}, delivery.Links{
		Answer: preview + "/ru/page", OptOut: preview + "/ru/optout", ExpiresAt: monday.AddDate(0, 0, 14).Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	html := w.look("/ru/mail.html").status(http.StatusOK)
	if diff := cmp.Diff(letter.HTML, html.Body.String()); diff != "" {
		t.Errorf("HTML (-sent +preview):\n%s", diff)
	}
	if policy := html.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") {
		t.Errorf("the policy is %q", policy)
	}
	if diff := cmp.Diff("Subject: "+letter.Subject+"\n\n"+letter.Text, w.look("/ru/mail.txt").Body.String()); diff != "" {
		t.Errorf("text (-sent +preview):\n%s", diff)
	}
	// A score in the mail leads to the preview with that score.
	w.look("/ru/page?q=nps&v=2").says("Что было не так?")
}
