// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package browser opens the gateway's pages in a real browser, on a desktop and on a phone: axe finds nothing, everything
// can be done by keyboard and without scripts, and what people did is in the store.
package browser

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// patience is how long all walks may take together, on a busy machine.
const patience = 15 * time.Minute

// untrusted is a name that the browser takes for some host of the internet; it leads here.
const untrusted = "surveys.example"

// visit is where a person's links lead.
type visit struct {
	Answer string `json:"answer"`
	OptOut string `json:"optOut"`
	// Target is where the answer redirects to, Name the host and port of another address: one that is not trusted, or the cluster's.
	Target string `json:"target,omitempty"`
	Name   string `json:"name,omitempty"`
}

// config is what walk.mjs reads.
type config struct {
	Chromium    string             `json:"chromium"`
	Root        bool               `json:"root"`
	Host        string             `json:"host"`
	Resolve     string             `json:"resolve"`
	Screenshots string             `json:"screenshots,omitempty"`
	Links       map[string][]visit `json:"links"`
}

// world is a gateway, as it runs, on a real store.
type world struct {
	*invited.World
	host, ops string
	log       *bytes.Buffer
}

func start(t *testing.T, redirect string) *world {
	t.Helper()
	w := &world{World: invited.New(t, time.Now), log: &bytes.Buffer{}}
	g, err := gateway.New(gateway.Options{
		Store: w.Store, Offers: w.Store, Keys: w.Keys, RedirectHosts: []string{redirect}, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Limits: gateway.Limits{PerLink: 100, LinkBurst: 1000, PerAddress: 1000, AddressBurst: 10000},
		Authorize: func(_ context.Context, token string, purpose gateway.Purpose) (string, bool, error) {
			return invited.Program, token == previewToken && purpose == gateway.ForPreview, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := gateway.Listen(g, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	w.host, w.ops = server.Address(), server.OpsAddress()
	return w
}

func (w *world) visits(pairs []link.Pair) (visits []visit) {
	for _, p := range pairs {
		visits = append(visits, visit{Answer: "http://" + w.host + "/s/" + p.Answer, OptOut: "http://" + w.host + "/o/" + p.OptOut})
	}
	return visits
}

// company is the host to which people are sent after they answered.
func company(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><link rel="icon" href="data:,"><title>Company</title><h1>You are on the company page</h1>`))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the browser hangs up once before it accepts the certificate
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// browser finds what hack/browser/install.sh has installed.
func browser(t *testing.T) string {
	t.Helper()
	const advice = "run hack/browser/install.sh (make test does), which installs it or says what is missing"
	path := cmp.Or(os.Getenv("CX_BROWSER"), "/usr/bin/chromium")
	_, nodeErr := exec.LookPath("node")
	_, browserErr := os.Stat(path)
	_, modulesErr := os.Stat("node_modules/playwright-core")
	if err := errors.Join(nodeErr, browserErr, modulesErr); err != nil {
		t.Fatalf("there is no browser to test with: %v\n%s", err, advice)
	}
	return path
}

func TestWalksThroughThePages(t *testing.T) {
	chromium := browser(t)
	target := company(t).URL + "/thanks"
	address, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, address.Host)
	c := config{
		Chromium: chromium, Root: os.Geteuid() == 0, Host: w.host, Resolve: "MAP " + untrusted + " 127.0.0.1",
		Screenshots: os.Getenv("CX_SCREENSHOTS"), Links: map[string][]visit{},
	}
	for name, survey := range surveys(target) {
		c.Links[name] = w.visits(w.Invite(t, name, survey, cxv1.LanguageEN, 2))
	}
	c.Links["preview"] = w.previews(t, "preview", pulse())
	maps.Copy(c.Links, w.offers(t))
	c.Links["redirect"][0].Target = target
	plain := &c.Links["unencrypted"][0]
	plain.Name = strings.Replace(w.host, "127.0.0.1", untrusted, 1)
	plain.Answer = strings.Replace(plain.Answer, w.host, plain.Name, 1)

	done := walk(t, c)
	t.Run("what they did is stored", func(t *testing.T) {
		if t.Failed() {
			return
		}
		w.judge(t)
		w.judgeOffers(t)
	})
	if want := 14; len(done) != want {
		t.Errorf("%d walks, want %d: %v", len(done), want, done)
	}
}

// walk runs walk.mjs and makes a test of each line that it prints.
func walk(t *testing.T, c config) (done []string) {
	t.Helper()
	input, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "walk.mjs")
	var complaints bytes.Buffer
	node.Stdin, node.Stderr = bytes.NewReader(input), &complaints
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var w struct {
			Name  string
			Wrong []string
			MS    int
		}
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		done = append(done, w.Name)
		t.Run(w.Name, func(t *testing.T) {
			t.Logf("%d ms", w.MS)
			for _, wrong := range w.Wrong {
				t.Error(wrong)
			}
		})
	}
	if err := node.Wait(); err != nil {
		t.Fatalf("the browser did not come to its end: %v\n%s", err, &complaints)
	}
	return done
}

// judge looks at what the walks left behind.
func (w *world) judge(t *testing.T) {
	t.Helper()
	for survey, want := range map[string]struct {
		values  []string
		partial int64
		out     int64
	}{
		"keyboard":    {[]string{`{"minutes":15,"more":"By keyboard","nps":4,"why":["staff"]}`}, 0, 0},
		"noscript":    {[]string{`{"more":"Ohne Skript","nps":2,"why":["price"]}`}, 0, 1},
		"redirect":    {[]string{`{"nps":9}`}, 0, 0},
		"unencrypted": {[]string{`{"nps":9}`}, 0, 0},
		"rich":        {nil, 0, 0},
		"anonymous":   {nil, 0, 0},
		"hostile":     {nil, 0, 0},
		"preview":     {nil, 0, 0},
	} {
		t.Run(survey, func(t *testing.T) {
			var values []string
			for _, a := range w.Answers(t, survey) {
				values = append(values, string(a.Values))
			}
			if !slices.Equal(values, want.values) {
				t.Errorf("stored %q, want %q", values, want.values)
			}
			if out := w.OptedOut(t, survey); out != want.out {
				t.Errorf("%d opted out, want %d", out, want.out)
			}
		})
	}
	for _, survey := range []string{"desktop", "phone"} {
		if c := w.Counts(t, survey); c.Responded != 2 || c.Partial != 0 {
			t.Errorf("%s: %d responded and %d have not finished, want 2 and 0", survey, c.Responded, c.Partial)
		}
		if out := w.OptedOut(t, survey); out != 2 {
			t.Errorf("%s: %d opted out, want 2", survey, out)
		}
	}
	for _, wave := range []store.WaveKey{invited.Wave("desktop"), invited.Wave("phone")} {
		if strings.Contains(w.log.String(), wave.Slot) || strings.Contains(w.log.String(), "/s/A") || strings.Contains(w.log.String(), "/d/A") {
			t.Error("the log names waves or links")
		}
	}
}

func text(en, ru string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en, RU: ru} }

func options(texts ...cxv1.LocalizedText) (o []cxv1.Option) {
	for i, t := range texts {
		o = append(o, cxv1.Option{ID: []string{"price", "staff", "place", "wait", "other"}[i], Text: t})
	}
	return o
}

// pulse has a question of every kind.
func pulse() questionnaire.Page {
	six := int32(6)
	return questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}, Anonymity: cxv1.AnonymityConfidential,
		PrivacyNotice: &cxv1.PrivacyNotice{
			Text: text("We keep your answers for a year and use them to improve our shops.", "Мы храним ответы год и улучшаем по ним магазины."),
			URL:  "https://example.com/privacy",
		},
		ContactConsent: cxv1.ConsentAsk,
		Questionnaire: cxv1.Questionnaire{Title: text("Your last visit", "Ваш последний визит"), Questions: []cxv1.Question{
			{
				ID: "nps", Type: cxv1.QuestionNPS, Text: text("How likely are you to recommend us to a friend or colleague?",
					"Насколько вероятно, что вы порекомендуете нас друзьям или коллегам?"),
			},
			{
				ID: "why", Type: cxv1.QuestionMultipleChoice, Text: text("What went wrong?", "Что было не так?"),
				Options: options(text("The price", "Цена"), text("The staff", "Персонал"), text("I waited too long", "Пришлось долго ждать")),
				ShowIf:  &cxv1.ShowIf{Question: "nps", AtMost: &six},
			},
			{
				ID: "csat", Type: cxv1.QuestionCSAT, Text: text("How satisfied were you with the pickup?", "Довольны ли вы получением заказа?"),
				Scale: &cxv1.Scale{Min: 1, Max: 5}, Answer: cxv1.AnswerOptional,
			},
			{
				ID: "ces", Type: cxv1.QuestionCES, Text: text("How easy was it to return something?", "Насколько легко было вернуть товар?"),
				Scale: &cxv1.Scale{Min: 1, Max: 7}, Answer: cxv1.AnswerOptional,
			},
			{
				ID: "where", Type: cxv1.QuestionSingleChoice, Text: text("Where was it?", "Где это было?"), Answer: cxv1.AnswerOptional,
				Options: options(text("In a shop", "В магазине"), text("On the web", "В интернете")),
			},
			{
				ID: "minutes", Type: cxv1.QuestionScale, Text: text("How many minutes did it take?", "Сколько минут это заняло?"),
				Scale: &cxv1.Scale{Min: 0, Max: 100}, Answer: cxv1.AnswerOptional,
			},
			{
				ID: "more", Type: cxv1.QuestionFreeText, Text: text("Is there anything else that you want to tell us?", "Хотите что-нибудь добавить?"),
				Answer: cxv1.AnswerOptional,
			},
		}},
	}
}

func short() questionnaire.Page {
	p := pulse()
	p.Questionnaire.Questions = p.Questionnaire.Questions[:1]
	return p
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><rect width="40" height="40" rx="8" fill="#0b6e4f"/>` +
	`<text x="52" y="27" font-family="sans-serif" font-size="20" fill="#0b6e4f">Example</text></svg>`

// rich has the most that a questionnaire and a brand can have.
func rich() questionnaire.Page {
	p := pulse()
	p.Brand = &cxv1.Brand{
		Name: "Example", Colour: "#0b6e4f", Logo: "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(logo)),
	}
	p.Questionnaire.Title = text("What you think about Donaudampfschifffahrtsgesellschaftskapitänsmützen and "+strings.Repeat("everything else ", 3), "")
	q := p.Questionnaire.Questions
	q[1].ShowIf = nil
	q[1].Text = text("First line of a question.\nSecond line, with aWordThatIsLongerThanTheScreenOfAnyPhoneThatAnybodyEverHad.", "")
	q[4].Options = options(text(strings.Repeat("A long option. ", 12), ""), text("Short", ""), text("Medium length", ""), text("Yet another one", ""))
	for i := range int32(9) { // scales from two points to ten
		q = append(q, cxv1.Question{
			ID: fmt.Sprintf("scale-%d", i), Type: cxv1.QuestionScale, Text: text(fmt.Sprintf("A scale to %d", 2+i), ""),
			Scale: &cxv1.Scale{Min: 1, Max: 2 + i}, Answer: cxv1.AnswerOptional,
		})
	}
	p.Questionnaire.Questions = q
	return p
}

func surveys(target string) map[string]questionnaire.Page {
	redirect := short()
	redirect.ThankYou = &cxv1.ThankYou{RedirectURL: target}
	yellow := short()
	yellow.Brand = &cxv1.Brand{Colour: "#ffdd00"}
	anonymous := pulse()
	anonymous.Anonymity = cxv1.AnonymityAnonymous
	evil := pulse()
	attack := text(`<img src=x onerror=alert(1)><script>alert(1)</script>`, `"><svg onload=alert(1)>`)
	evil.Organization, evil.Questionnaire.Title, evil.PrivacyNotice.Text = attack.EN, attack, attack
	for i := range evil.Questionnaire.Questions {
		evil.Questionnaire.Questions[i].Text = attack
	}
	return map[string]questionnaire.Page{
		"desktop": pulse(), "phone": pulse(), "keyboard": pulse(), "noscript": pulse(), "unencrypted": short(), "redirect": redirect,
		"rich": rich(), "yellow": yellow, "anonymous": anonymous, "hostile": evil,
		"preview": pulse(),
	}
}
