// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// office is a mail server that takes mails, and refuses those for nobody@.
type office struct {
	port int

	mu    sync.Mutex
	taken []*mail.Message
	texts []string
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &counter{office: o}, nil }))
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.port = listener.Addr().(*net.TCPAddr).Port
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		_, _ = server.Close(), listener.Close() // Serve ends, also when it had not begun
		<-ended
	})
	return o
}

type counter struct{ office *office }

func (c *counter) Reset()                               {}
func (c *counter) Logout() error                        { return nil }
func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person: " + to}
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.taken = append(c.office.taken, m)
	c.office.texts = append(c.office.texts, strings.ReplaceAll(string(body), "=\r\n", ""))
	return nil
}

func (o *office) mails() ([]*mail.Message, []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.taken, o.texts
}

// trying is a gateway by which test mails of the survey pulse go to a real mail server.
func trying(t *testing.T, page questionnaire.Page, changes ...func(*gateway.Options)) (*world, *office) {
	t.Helper()
	o := openOffice(t)
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	registry := &delivery.Registry{Hosts: hosts}
	port := int32(o.port)
	channels := []cxv1.ContactChannel{{Name: "mail", SMTP: &cxv1.SMTPChannel{
		Host: "127.0.0.1", Port: &port, TLS: cxv1.TLSNone, From: "Example Retail <feedback@shop.example>",
	}}}
	if wrong := registry.Set(invited.Program, channels, nil); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	t.Cleanup(func() { registry.Remove(invited.Program) })
	w := newWorld(t, append([]func(*gateway.Options){previewing, func(options *gateway.Options) {
		options.Trials = gateway.Trials{Roster: registry, Bars: options.Store.(store.People), PublicURL: "https://feedback.example.com/"}
	}}, changes...)...)
	w.Invite(t, "pulse", page, cxv1.LanguageEN, 3)
	w.draft(page)
	return w, o
}

const asksForTest = "/api/v1/surveys/pulse/test"

func (w *world) test(body string, headers ...string) reply {
	w.Helper()
	return w.ops(http.MethodPost, asksForTest, body, headers...)
}

var linkIn = regexp.MustCompile(`https://feedback\.example\.com(/t/[^ \r\n]+)`)

func TestATestMailIsTheInvitationAndCountsNowhere(t *testing.T) {
	w, office := trying(t, pulse())
	revision := w.Revision(t, "pulse")
	w.test(`{"addresses": ["Boss@Shop.example", "editor@shop.example"], "language": "ru"}`).status(http.StatusOK)
	mails, texts := office.mails()
	if len(mails) != 2 {
		t.Fatalf("%d mails were taken, want 2", len(mails))
	}
	m, text := mails[0], texts[0]
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "[Проба] Ваш последний визит" {
		t.Errorf("the subject is %q (%v)", subject, err)
	}
	for name, want := range map[string]string{
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated", "From": `"Example Retail" <feedback@shop.example>`,
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if mails[0].Header.Get("Message-ID") == mails[1].Header.Get("Message-ID") {
		t.Error("two test mails have the same Message-ID")
	}
	links := linkIn.FindAllStringSubmatch(text, -1)
	page, out := links[0][1], strings.TrimSuffix(strings.TrimPrefix(m.Header.Get("List-Unsubscribe"), "<https://feedback.example.com"), ">")
	if !strings.HasSuffix(page, "/page") || !strings.HasSuffix(out, "/optout") {
		t.Fatalf("the links are %s and %s", page, out)
	}
	w.get(page).status(http.StatusOK).says("Предварительный просмотр: ничего не сохраняется.", "Порекомендуете ли вы нас?")
	w.get(page + "?q=nps&v=1").says("Что было не так?")
	w.get(page + "?lang=en").says("Preview: nothing is stored.")
	form := w.get(page).form()
	w.post(page, with(form, "q.nps", "9", "q.more", "Мой ответ")).status(http.StatusOK).says("Спасибо")
	w.post(page, with(form, "q.nps", "9", "_do", "save")).status(http.StatusOK).says("Сохранено")
	w.get(out).status(http.StatusOK).says("Предварительный просмотр")
	w.post(out, url.Values{"List-Unsubscribe": {"One-Click"}}, "Sec-Fetch-Site", "cross-site").status(http.StatusOK).says("больше не будет писать")

	if got := w.Counts(t, "pulse"); got.Invited != 3 || got.Responded+got.Partial+got.Accepted+got.Queued != 0 {
		t.Errorf("counts after the test: %+v, want three who are invited and nothing else", got)
	}
	if n := w.Revision(t, "pulse"); n != revision || w.OptedOut(t, "pulse") != 0 {
		t.Errorf("the revision went from %d to %d, %d opted out", revision, n, w.OptedOut(t, "pulse"))
	}
	bars, err := w.Store.MailBars(t.Context(), invited.Program, []string{"boss@shop.example", "editor@shop.example"})
	if err != nil || len(bars.Addresses) != 0 {
		t.Errorf("the ledger has %q (%v), want nobody", bars.Addresses, err)
	}
	queued, err := w.Store.QueuedWaves(t.Context())
	if err != nil || len(queued) != 0 {
		t.Errorf("mail waits for %v (%v)", queued, err)
	}
	for _, secret := range []string{"boss@", "Boss", "editor@", page, forPreviews, "Мой ответ"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, w.log)
		}
	}
}

func TestALinkOfATestMailServesForItsSurveyForAWeek(t *testing.T) {
	w, _ := trying(t, pulse())
	make := func(survey string) string {
		token, err := w.Keys.MakeTrial(store.WaveKey{ProgramID: invited.Program, Survey: survey, Slot: store.DraftSlot}, monday.AddDate(0, 0, 7))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	pair := w.Invite(t, "invited", pulse(), cxv1.LanguageEN, 1)[0]
	wave, _, err := w.Keys.Make(store.WaveKey{ProgramID: invited.Program, Survey: "pulse", Slot: store.DraftSlot}, link.NewID(), monday.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	at := func(program, survey, token string) string {
		return "/t/" + program + "/" + survey + "/en/" + token + "/page"
	}
	want := w.get("/s/" + make("pulse")).status(http.StatusGone).Body.String()
	good := at(invited.Program, "pulse", make("pulse"))
	w.get(good).status(http.StatusOK)
	for name, path := range map[string]string{
		"of another survey":           at(invited.Program, "other", make("pulse")),
		"of another program":          at("another", "pulse", make("pulse")),
		"of a survey that is not":     at(invited.Program, "other", make("other")),
		"of an invitation":            at(invited.Program, "pulse", pair.Answer),
		"to answer a draft":           at(invited.Program, "pulse", wave.Answer),
		"no token":                    at(invited.Program, "pulse", "token"),
		"to opt out, of another":      strings.Replace(at(invited.Program, "other", make("pulse")), "/page", "/optout", 1),
		"to opt out of an invitation": "/o/" + make("pulse"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []reply{w.get(path), w.post(path, url.Values{"_do": {"optout"}})} {
				if r.status(http.StatusGone); r.Body.String() != want {
					t.Errorf("another page than for an unknown link:\n%s", r.Body)
				}
			}
		})
	}
	w.advance(7*24*time.Hour - time.Second)
	w.get(good).status(http.StatusOK)
	w.advance(time.Second)
	w.get(good).status(http.StatusGone)
}

func TestATestMailIsRefusedWithTheReason(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*gateway.Options) error
		body   string
		status int
		says   string
	}{
		"sending is off": {func(o *gateway.Options) error {
			o.Trials.Roster = &delivery.Registry{}
			return nil
		}, "", http.StatusConflict, "--sending-namespaces"},
		"this process sends nothing": {func(o *gateway.Options) error {
			o.Trials.Roster = nil
			return nil
		}, "", http.StatusConflict, "--sending-namespaces"},
		"suspended": {func(o *gateway.Options) error {
			return o.Store.(store.People).Pause(t.Context(), invited.Program, true)
		}, "", http.StatusConflict, "spec.suspendSending"},
		"stopped by hand": {func(o *gateway.Options) error {
			return o.Store.(store.People).PauseByHand(t.Context(), invited.Program, true)
		}, "", http.StatusConflict, "kubectl cx pause --resume"},
		"somebody opted out": {func(o *gateway.Options) error {
			return o.Store.(store.People).OptOut(t.Context(), invited.Program, "b@shop.example", "letter", monday)
		}, `{"addresses": ["a@shop.example", "B@shop.example"]}`, http.StatusUnprocessableEntity, "Address 2 opted out"},
		"the channel is broken": {func(o *gateway.Options) error {
			wrong := o.Trials.Roster.(*delivery.Registry).Set(invited.Program, []cxv1.ContactChannel{{Name: "mail"}}, nil)
			if len(wrong) == 0 {
				return errors.New("a channel without a folder is good")
			}
			return nil
		}, "", http.StatusConflict, `channel \"mail\" cannot be used`},
		"no address":            {nil, `{"addresses": []}`, http.StatusUnprocessableEntity, "1 to 10"},
		"many addresses":        {nil, `{"addresses": [` + strings.Repeat(`"a@shop.example",`, 10) + `"b@shop.example"]}`, http.StatusUnprocessableEntity, "1 to 10"},
		"no address in it":      {nil, `{"addresses": ["a@shop.example", "Secret Name"]}`, http.StatusUnprocessableEntity, "Address 2: "},
		"a line break":          {nil, `{"addresses": ["a@shop.example\r\nBcc: b@shop.example"]}`, http.StatusUnprocessableEntity, "Address 1: "},
		"another language":      {nil, `{"addresses": ["a@shop.example"], "language": "de"}`, http.StatusUnprocessableEntity, "language"},
		"a field that is not":   {nil, `{"addresses": ["a@shop.example"], "subject": "Hello"}`, http.StatusBadRequest, "addresses"},
		"no JSON":               {nil, `addresses=a@shop.example`, http.StatusBadRequest, "addresses"},
		"more than is read":     {nil, `{"addresses": ["` + strings.Repeat("a", 600<<10) + `"]}`, http.StatusBadRequest, "addresses"},
		"two questions in one":  {nil, `{"addresses": ["a@shop.example"]}{}`, http.StatusBadRequest, "addresses"},
		"nothing keeps it back": {nil, "", http.StatusOK, `"result":"Accepted"`},
	} {
		t.Run(name, func(t *testing.T) {
			w, office := trying(t, pulse(), func(o *gateway.Options) {
				if tc.change == nil {
					return
				}
				if err := tc.change(o); err != nil {
					t.Fatal(err)
				}
			})
			if tc.body == "" {
				tc.body = `{"addresses": ["a@shop.example"]}`
			}
			r := w.test(tc.body).status(tc.status)
			if body := r.Body.String(); !strings.Contains(body, tc.says) || strings.Contains(body, "shop.example") || strings.Contains(body, "Secret") {
				t.Errorf("says %s, want %q and nothing of the addresses", body, tc.says)
			}
			if mails, _ := office.mails(); (len(mails) > 0) != (tc.status == http.StatusOK) {
				t.Errorf("%d mails were sent", len(mails))
			}
		})
	}
}

func TestATestMailNeedsABearerTokenAndASurveyThatSends(t *testing.T) {
	w, office := trying(t, pulse())
	const body = `{"addresses": ["a@shop.example"]}`
	basic := request(http.MethodPost, "/", "")
	basic.SetBasicAuth("anybody", forPreviews)
	w.test(body, "Authorization", basic.Header.Get("Authorization")).status(http.StatusUnauthorized)
	w.test(body, "Authorization", "").status(http.StatusUnauthorized)
	w.ops(http.MethodPost, "/api/v1/surveys/other/test", body).status(http.StatusNotFound)
	silent := w.draft(pulse())
	var said map[string]any
	if err := json.Unmarshal(silent.Mail, &said); err != nil {
		t.Fatal(err)
	}
	said["channel"] = ""
	silent.Mail, _ = json.Marshal(said)
	w.Publish(t, silent)
	if r := w.test(body).status(http.StatusConflict); !strings.Contains(r.Body.String(), "spec.delivery") {
		t.Errorf("says %s", r.Body)
	}
	if mails, _ := office.mails(); len(mails) != 0 {
		t.Errorf("%d mails were sent", len(mails))
	}
}

func TestTestMailsAreFew(t *testing.T) {
	w, office := trying(t, pulse())
	addresses := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("%q", fmt.Sprintf("a%d@shop.example", i)))
		}
		return `{"addresses": [` + strings.Join(all, ",") + `]}`
	}
	for range 3 {
		w.test(addresses(10)).status(http.StatusOK)
	}
	if w.test(addresses(1)).status(http.StatusTooManyRequests).Header().Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	w.advance(4 * time.Minute)
	w.test(addresses(3)).status(http.StatusTooManyRequests)
	w.test(addresses(2)).status(http.StatusOK)
	if mails, _ := office.mails(); len(mails) != 32 {
		t.Errorf("%d mails were sent, want 32", len(mails))
	}
}

func TestWhatTheServerSaysOfATestMailIsToldAndMarksNobody(t *testing.T) {
	w, _ := trying(t, pulse())
	r := w.test(`{"addresses": ["nobody@shop.example", "a@shop.example"]}`).status(http.StatusOK)
	if got, want := strings.TrimSpace(r.Body.String()), `{"sent":[{"result":"Bounced","code":550},{"result":"Accepted"}]}`; got != want {
		t.Errorf("says %s, want %s", got, want)
	}
	w.test(`{"addresses": ["nobody@shop.example"]}`).status(http.StatusBadGateway)
	bars, err := w.Store.MailBars(t.Context(), invited.Program, []string{"nobody@shop.example"})
	if err != nil || len(bars.Addresses) != 0 {
		t.Errorf("the address counts as invalid (%v)", err)
	}
	if strings.Contains(w.log.String(), "nobody") || strings.Contains(w.log.String(), "no such person") {
		t.Errorf("the log repeats the server, or the address:\n%s", w.log)
	}
}
