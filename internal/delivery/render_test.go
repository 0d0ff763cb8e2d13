// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"mime"
	"strings"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

// bilingual is what the mails of a wave say that asks in two languages.
func bilingual(changes ...func(*delivery.Mail)) delivery.Mail {
	m := delivery.Mail{
		Channel: "mail", Organization: "Example Retail", Colour: "#0b6e4f", Promise: cxv1.AnonymityConfidential,
		Title:     cxv1.LocalizedText{EN: "Your last visit", RU: "Ваш последний визит"},
		First:     &delivery.FirstQuestion{ID: "nps", Text: cxv1.LocalizedText{EN: "Would you recommend us?", RU: "Порекомендуете ли вы нас?"}, Max: 10},
		Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU},
	}
	for _, change := range changes {
		change(&m)
	}
	return m
}

var someLinks = delivery.Links{
	Answer: "https://f.example.com/s/ANSWER", OptOut: "https://f.example.com/o/OPTOUT",
	ExpiresAt: time.Date(2027, 1, 18, 9, 0, 0, 0, time.UTC),
}

func render(t *testing.T, m delivery.Mail, message store.Message) delivery.Letter {
	t.Helper()
	letter, err := delivery.Render(m, message, someLinks)
	if err != nil {
		t.Fatal(err)
	}
	return letter
}

func says(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", where, want, text)
		}
	}
}

func saysNot(t *testing.T, where, text string, others ...string) {
	t.Helper()
	for _, other := range others {
		if strings.Contains(text, other) {
			t.Errorf("%s says %q:\n%s", where, other, text)
		}
	}
}

func TestALetterSpeaksThePersonsLanguage(t *testing.T) {
	for name, tc := range map[string]struct {
		mail          delivery.Mail
		language      string
		kind          store.MessageKind
		subject       string
		texts, others []string
	}{
		"English": {bilingual(), "en", store.MessageInvitation, "Your last visit",
			[]string{"Hello A Customer,", "Example Retail would like to know", "Would you recommend us?", "confidential", "18 January 2027, 09:00 UTC"},
			[]string{"Здравствуйте", "Порекомендуете"}},
		"Russian": {bilingual(), "ru", store.MessageInvitation, "Ваш последний визит",
			[]string{"Здравствуйте, A Customer!", "Example Retail хочет", "Порекомендуете ли вы нас?", "конфиденциален", "18.01.2027 09:00"},
			[]string{"Hello", "recommend"}},
		"a reminder":                   {bilingual(), "en", store.MessageReminder, "Reminder: Your last visit", []string{"Hello"}, nil},
		"a test":                       {bilingual(), "en", delivery.MessageTrial, "[Test] Your last visit", []string{"Hello"}, nil},
		"a test in Russian":            {bilingual(), "ru", delivery.MessageTrial, "[Проба] Ваш последний визит", []string{"Здравствуйте"}, nil},
		"a reminder in Russian":        {bilingual(), "ru", store.MessageReminder, "Напоминание: Ваш последний визит", []string{"Здравствуйте"}, nil},
		"a language that nobody wrote": {bilingual(), "de", store.MessageInvitation, "Your last visit", []string{"Hello"}, nil},
		"a language that this survey does not have": {bilingual(func(m *delivery.Mail) { m.Languages = m.Languages[:1] }), "ru",
			store.MessageInvitation, "Your last visit", []string{"Hello"}, []string{"Здравствуйте"}},
		"words of one's own": {bilingual(func(m *delivery.Mail) {
			m.Subject = cxv1.LocalizedText{EN: "{name}, how was it?", RU: "{name}, как прошло?"}
			m.Body = cxv1.LocalizedText{EN: "Dear {name},\n\n{organization} asks. {unknown}", RU: "{name}, спрашивает {organization}."}
		}), "ru", store.MessageInvitation, "A Customer, как прошло?", []string{"A Customer, спрашивает Example Retail."}, []string{"Dear", "{"}},
		"an anonymous survey": {bilingual(func(m *delivery.Mail) { m.Promise = cxv1.AnonymityAnonymous }), "en", store.MessageInvitation,
			"Your last visit", []string{"Your answer is anonymous"}, []string{"confidential"}},
		"a survey with names": {bilingual(func(m *delivery.Mail) { m.Promise = cxv1.AnonymityIdentified }), "ru", store.MessageInvitation,
			"Ваш последний визит", []string{"Ответ связан с вами"}, []string{"конфиденциален"}},
	} {
		t.Run(name, func(t *testing.T) {
			message := messageTo("customer-01@example.org")
			message.Contact.Language, message.Kind = tc.language, tc.kind
			letter := render(t, tc.mail, message)
			if letter.Subject != tc.subject {
				t.Errorf("subject %q, want %q", letter.Subject, tc.subject)
			}
			for where, text := range map[string]string{"the text": letter.Text, "the page": letter.HTML} {
				says(t, where, text, append(tc.texts, someLinks.Answer, someLinks.OptOut)...)
				saysNot(t, where, text, tc.others...)
			}
			if letter.Answer != someLinks.Answer || letter.Unsubscribe != someLinks.OptOut {
				t.Errorf("links %q and %q", letter.Answer, letter.Unsubscribe)
			}
		})
	}
}

func TestButtonsChooseAnAnswerAndLeadToThePage(t *testing.T) {
	letter := render(t, bilingual(), messageTo("customer-01@example.org"))
	if n := strings.Count(letter.HTML, "?q=nps&amp;v="); n != 11 {
		t.Errorf("%d buttons, want 0 to 10", n)
	}
	says(t, "the page", letter.HTML, `href="https://f.example.com/s/ANSWER?q=nps&amp;v=0"`, `href="https://f.example.com/s/ANSWER?q=nps&amp;v=10"`)
	none := render(t, bilingual(func(m *delivery.Mail) { m.First = nil }), messageTo("customer-01@example.org"))
	saysNot(t, "a page without a scale", none.HTML, "?q=")
	says(t, "a page without a scale", none.HTML, someLinks.Answer)
}

func TestWhoHasNoNameIsGreetedAllTheSame(t *testing.T) {
	message := messageTo("customer-01@example.org")
	message.Contact.Name = " \t"
	says(t, "the text", render(t, bilingual(), message).Text, "Hello there,")
	message.Contact.Language = "ru"
	says(t, "the text", render(t, bilingual(), message).Text, "Здравствуйте, коллега!")
}

func TestNoNameBecomesAHeaderAPlaceholderOrMarkup(t *testing.T) {
	own := bilingual(func(m *delivery.Mail) {
		m.Subject = cxv1.LocalizedText{EN: "{name} of {organization}"}
		m.Organization = `Shop & Co <b> {name}`
		m.Colour = "red;background:url(https://evil.example)"
	})
	for name, hostile := range map[string]string{
		"a header":                "Ann\r\nBcc: all@example.org",
		"a bare line feed":        "Ann\nBcc: all@example.org",
		"a bare carriage return":  "Ann\rBcc: all@example.org",
		"an end of headers":       "Ann\r\n\r\n<html>",
		"an encoded header":       "=?utf-8?q?Ann=0D=0ABcc:_all@example.org?=",
		"a name in quotes":        `Ann" <all@example.org>, "x`,
		"a script":                `<script>alert(1)</script><img src=x onerror=alert(1)>`,
		"the end of an attribute": `"><script>alert(1)</script>`,
		"a template":              "{{.OptOut}}{organization}{name}",
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			message := messageTo("customer-01@example.org")
			message.Contact.Name = hostile
			letter := render(t, own, message)
			if strings.ContainsAny(letter.Subject, "\r\n") {
				t.Errorf("the subject has lines: %q", letter.Subject)
			}
			saysNot(t, "the page", letter.HTML, "<script", "<img", "<b>", "evil.example")
			if strings.Contains(hostile, "{") {
				says(t, "the text", letter.Text, "Hello {{.OptOut}}{organization}{name},")
			}
			if got := channel(t, s).Send(t.Context(), message, letter); got.Result != store.SentAccepted {
				t.Fatalf("sent: %+v", got)
			}
			mails, _ := s.all()
			header := mails[0].Header
			if header.Get("Bcc") != "" || len(header["To"]) != 1 || len(header["Subject"]) != 1 {
				t.Errorf("headers: %v", header)
			}
			to, err := header.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Address != "customer-01@example.org" {
				t.Errorf("to %v (%v)", to, err)
			}
			if s.attempts["all@example.org"] != 0 {
				t.Error("somebody else got it")
			}
		})
	}
}

func TestSubjectsInAnyScriptArriveAsTheyWere(t *testing.T) {
	s := startServer(t)
	message := messageTo("customer-01@example.org")
	message.Contact.Language = "ru"
	long := strings.Repeat("Как вам наш новый магазин? ", 8) + "🙂"
	letter := render(t, bilingual(func(m *delivery.Mail) { m.Subject = cxv1.LocalizedText{RU: long, EN: "x"} }), message)
	if got := channel(t, s).Send(t.Context(), message, letter); got.Result != store.SentAccepted {
		t.Fatalf("sent: %+v", got)
	}
	mails, _ := s.all()
	subject, err := new(mime.WordDecoder).DecodeHeader(mails[0].Header.Get("Subject"))
	if err != nil || subject != long {
		t.Errorf("the subject arrived as %q (%v)", subject, err)
	}
}

// RFC 5322 allows 998 bytes in a line; servers cut longer ones, or refuse the mail.
func TestNoLineOfAMailIsTooLong(t *testing.T) {
	s := startServer(t)
	message := messageTo("customer-01@example.org")
	message.Contact.Language = "ru"
	message.Contact.Name = strings.TrimSpace(strings.Repeat("Екатерина ", 20)) + strings.Repeat("ы", 100)
	text := strings.Repeat("Как вам наш новый магазин? ", 100)
	letter := render(t, bilingual(func(m *delivery.Mail) {
		m.Subject, m.Body = cxv1.LocalizedText{RU: text}, cxv1.LocalizedText{RU: text + "{name}"}
	}), message)
	if got := channel(t, s).Send(t.Context(), message, letter); got.Result != store.SentAccepted {
		t.Fatalf("sent: %+v", got)
	}
	for line := range strings.SplitSeq(s.raws[0], "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes: %s...", len(line), line[:60])
		}
	}
	mails, _ := s.all()
	to, err := mails[0].Header.AddressList("To")
	if err != nil || to[0].Name != message.Contact.Name {
		t.Errorf("to %v (%v)", to, err)
	}
}

func TestAnAddressThatIsTwoIsNotWrittenTo(t *testing.T) {
	s := startServer(t)
	for _, address := range []string{"customer-01@example.org>\r\nRCPT TO:<all@example.org", "customer-01@example.org, all@example.org", "customer-01@example.org\r\nBcc: all@example.org",
		"Ann <customer-01@example.org>"} {
		if got := channel(t, s).Send(t.Context(), messageTo(address), aLetter); got.Result != store.SentBounced {
			t.Errorf("%q: %+v", address, got)
		}
	}
	if n := s.began(); n != 0 {
		t.Errorf("the server heard of it: %d connections", n)
	}
}
