// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mta

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const (
	programID   = "shop"
	base        = "https://feedback.shop.example"
	ann, boris  = "ann@" + domain, "boris@" + domain
	nobodyKnown = "left-long-ago@" + domain
)

// world is a store in which people are invited, and the channel over which mail goes to them.
type world struct {
	*testing.T
	store *sqlite.Store
	keys  link.Keys
	wave  store.WaveKey
	route delivery.Route
}

func newWorld(t *testing.T, config delivery.SMTPConfig) *world {
	t.Helper()
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	channel, err := delivery.NewSMTP(config, hosts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(channel.Close)
	w := &world{
		T: t, wave: store.WaveKey{ProgramID: programID, Survey: "nps", Slot: "20270104t0900"},
		route: delivery.Route{Channel: channel, Rate: rate.NewLimiter(rate.Inf, 1), OnAmbiguous: cxv1.AmbiguousFlag},
	}
	if w.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.keys, err = link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}); err != nil {
		t.Fatal(err)
	}
	return w
}

// invite publishes a wave that is open, and invites people to it.
func (w *world) invite(people ...store.Contact) {
	w.Helper()
	now := time.Now()
	closes := now.Add(time.Hour)
	content, err := json.Marshal(delivery.Mail{
		Channel: "mail", Organization: "Example Shop", Promise: cxv1.AnonymityConfidential,
		Title:     cxv1.LocalizedText{EN: "Your last visit: how was it?", RU: "Ваш последний визит: всё ли было хорошо?"},
		First:     &delivery.FirstQuestion{ID: "nps", Text: cxv1.LocalizedText{EN: "Would you recommend us?", RU: "Порекомендуете ли вы нас?"}, Max: 10},
		Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU},
	})
	_, cerr := w.store.Claim(w.Context(), programID, store.Holder{Namespace: "shop", NamespaceUID: "1", ProgramUID: "2"}, "", now)
	if err := errors.Join(err, cerr, w.store.PublishWave(w.Context(), store.PublishedWave{
		WaveKey: w.wave, State: store.WaveTakesAnswers, OpensAt: now.Add(-time.Minute), ClosesAt: closes, Anonymity: "Confidential",
		QuestionnaireHash: "12345678", Page: []byte(`{}`), Mail: content,
	}), w.store.ConfirmWave(w.Context(), w.wave)); err != nil {
		w.Fatal(err)
	}
	var keys []string
	contacts := func(yield func(store.Contact, error) bool) {
		for _, c := range people {
			c.Key = c.Address
			keys = append(keys, c.Key)
			if !yield(c, nil) {
				return
			}
		}
	}
	if _, err := w.store.ImportContacts(w.Context(), programID, "customers", contacts, now); err != nil {
		w.Fatal(err)
	}
	slices.Sort(keys)
	added, err := w.store.Invite(w.Context(), w.wave, []string{"customers"}, keys, func(store.Candidate) store.Verdict {
		_, made, err := w.keys.Make(w.wave, link.NewID(), closes)
		if err != nil {
			w.Error(err)
		}
		return store.Verdict{Link: made, SendAt: now.Add(-time.Second)}
	}, now)
	if err != nil || added != len(people) {
		w.Fatalf("%d of %d are invited: %v", added, len(people), err)
	}
}

// Programs and Route make the world a Roster.
func (w *world) Programs() []string { return []string{programID} }

func (w *world) Route(string, string) (delivery.Route, bool) { return w.route, true }

// send makes one attempt at each mail, and says what became of them.
func (w *world) send() store.AudienceCounts {
	w.Helper()
	sender := &delivery.Sender{
		Queue: w.store, Waves: w.store, Roster: w, Clock: clock.RealClock{}, Worker: "one",
		Links: func(m store.Message) (delivery.Links, error) {
			pair, err := w.keys.Remake(m.Wave, m.Link)
			return delivery.Links{Answer: base + "/s/" + pair.Answer, OptOut: base + "/o/" + pair.OptOut, ExpiresAt: m.Link.ExpiresAt}, err
		},
	}
	if _, err := sender.Once(w.Context()); err != nil {
		w.Fatal(err)
	}
	counts, err := w.store.AudienceCounts(w.Context(), w.wave)
	if err != nil {
		w.Fatal(err)
	}
	return counts
}

func config(s *server, mode cxv1.TLSMode) delivery.SMTPConfig {
	c := delivery.SMTPConfig{
		Host: "127.0.0.1", Port: s.startTLS, TLS: mode, From: "Example Shop <" + sender + ">", ReplyTo: "care@" + domain,
		Username: sender, Password: password,
		TLSConfig: &tls.Config{RootCAs: s.trusted, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12},
	}
	if mode == cxv1.TLSImplicit {
		c.Port = s.implicit
	}
	return c
}

func TestInvitationsArriveInRealMailboxes(t *testing.T) {
	s := startServer(t, ann, boris)
	for _, mode := range []cxv1.TLSMode{cxv1.TLSStartTLS, cxv1.TLSImplicit} {
		t.Run(string(mode), func(t *testing.T) {
			w := newWorld(t, config(s, mode))
			w.invite(store.Contact{Address: ann, Name: `Ann "Annie" Example`, Language: "en"},
				store.Contact{Address: boris, Name: "Борис Пример", Language: "ru"},
				store.Contact{Address: nobodyKnown, Language: "en"})
			counts := w.send()
			want := store.AudienceCounts{Invited: 3, Accepted: 2, Bounced: 1}
			if diff := cmp.Diff(want, store.AudienceCounts{Invited: counts.Invited, Accepted: counts.Accepted, Bounced: counts.Bounced}); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			contacts, err := w.store.CountContacts(t.Context(), programID, "customers")
			if diff := cmp.Diff(store.ContactCounts{Known: 3, Reachable: 2, Invalid: 1}, contacts); diff != "" || err != nil {
				t.Errorf("contacts (-want +got): %v\n%s", err, diff)
			}
			for range 2 {
				w.checkMail(s.next(t))
			}
		})
	}
}

// letters are what the mails say, by who gets them.
var letters = map[string]struct{ to, subject, greeting, question string }{
	"ann":   {`Ann "Annie" Example`, "Your last visit: how was it?", `Hello Ann "Annie" Example,`, "Would you recommend us?"},
	"boris": {"Борис Пример", "Ваш последний визит: всё ли было хорошо?", "Здравствуйте, Борис Пример!", "Порекомендуете ли вы нас?"},
}

func (w *world) checkMail(user string, m *mail.Message) {
	w.Helper()
	want, ok := letters[user]
	if !ok {
		w.Fatalf("a mail arrived for %q", user)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != want.subject {
		w.Errorf("subject %q (%v), want %q", subject, err, want.subject)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || to[0].Name != want.to || to[0].Address != user+"@"+domain {
		w.Errorf("to %v (%v)", to, err)
	}
	optOut := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
	if !strings.HasPrefix(optOut, base+"/o/") {
		w.Errorf("List-Unsubscribe: %q", optOut)
	}
	for name, header := range map[string]string{
		"From": `"Example Shop" <` + sender + ">", "Reply-To": "<care@" + domain + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
	} {
		if got := m.Header.Get(name); got != header {
			w.Errorf("%s: %s, want %s", name, got, header)
		}
	}
	if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@"+domain+">") || len(m.Header["Message-Id"]) != 1 {
		w.Errorf("Message-ID: %s", m.Header["Message-Id"])
	}
	if _, err := m.Header.Date(); err != nil {
		w.Errorf("Date: %v", err)
	}
	parts := w.parts(m)
	if len(parts) != 2 {
		w.Errorf("%d parts, want text and HTML", len(parts))
	}
	greeting := map[string]string{"text/plain": want.greeting, "text/html": strings.ReplaceAll(want.greeting, `"`, "&#34;")}
	for kind, text := range parts {
		for _, say := range []string{greeting[kind], want.question, base + "/s/", optOut} {
			if !strings.Contains(text, say) {
				w.Errorf("%s does not say %q:\n%s", kind, say, text)
			}
		}
	}
}

// parts are the mail's texts by their kind.
func (w *world) parts(m *mail.Message) map[string]string {
	w.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		w.Fatalf("Content-Type %s (%v)", kind, err)
	}
	parts := map[string]string{}
	for reader := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			w.Fatal(err)
		}
		if encoding := part.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
			w.Errorf("encoding %s", encoding)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			w.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(params["charset"], "utf-8") {
			w.Errorf("a part is %s in %s (%v)", kind, params["charset"], err)
		}
		parts[kind] = string(text)
	}
}

func TestARealServerGetsNothingItShallNotGet(t *testing.T) {
	s := startServer(t, ann)
	for name, change := range map[string]func(*delivery.SMTPConfig){
		"a wrong password":             func(c *delivery.SMTPConfig) { c.Password = "incorrect-horse" },
		"no password":                  func(c *delivery.SMTPConfig) { c.Username, c.Password = "", "" },
		"a certificate of strangers":   func(c *delivery.SMTPConfig) { c.TLSConfig.RootCAs = nil },
		"a certificate for other name": func(c *delivery.SMTPConfig) { c.TLSConfig.ServerName = "mx.example.org" },
	} {
		t.Run(name, func(t *testing.T) {
			c := config(s, cxv1.TLSStartTLS)
			change(&c)
			w := newWorld(t, c)
			w.invite(store.Contact{Address: ann})
			if counts := w.send(); counts.Queued != 1 {
				t.Errorf("counts: %+v, want one that waits", counts)
			}
		})
	}
	if n := s.mails(t, ann); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}
