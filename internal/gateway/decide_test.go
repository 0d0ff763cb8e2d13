// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// assigned is the assignment of most offers.
const assigned = "journey-returns-counter"

// deciding is a world in which an owner is asked.
func deciding(t *testing.T, changes ...func(*gateway.Options)) *world {
	t.Helper()
	return newWorld(t, append([]func(*gateway.Options){func(o *gateway.Options) {
		offers, ok := o.Store.(gateway.Offers)
		if !ok {
			t.Fatal("the store has no offers")
		}
		o.Offers = offers
	}}, changes...)...)
}

// asked publishes an offer and returns the path of its link.
func (w *world) asked(changes ...func(*ownership.OfferPage)) string {
	w.Helper()
	return w.Offer(w.T, assigned, "offer-1", w.OfferPage(changes...))
}

func (w *world) decision(want *store.OfferAnswer) {
	w.Helper()
	if diff := cmp.Diff(want, w.Decided(w.T, assigned)); diff != "" {
		w.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func accept(reason string) url.Values { return url.Values{"result": {"accept"}, "reason": {reason}} }

func decline(reason string) url.Values { return url.Values{"result": {"decline"}, "reason": {reason}} }

func TestThePageOfAnOfferSaysWhatIsAsked(t *testing.T) {
	w := deciding(t)
	to := w.asked(func(p *ownership.OfferPage) { p.InsteadOf = "Store lead" })
	page := w.get(to).status(http.StatusOK)
	page.says("Will you take this on?", "Example Retail asks Head of service", "Customer journey", "Returning something (returns)", "Touchpoint",
		"counter", "Accountable", "You answer for the result", "In this role now", "Head of CX", "In place of", "Store lead",
		"4 January 2027, 08:00 (UTC)", "18 January 2027, 09:00 (UTC)", "the role passes from Head of CX to you", "Head of CX keeps the role",
		"give a reason", "Nothing is decided until you press", "do not pass on that mail")
	page.harmless()
	w.get(to+"?lang=ru").status(http.StatusOK).says("Возьмёте это на себя?", "Example Retail просит", "Head of service", "Путь клиента",
		"Точка контакта", "Ответственное лицо", "18.01.2027, 09:00 (UTC)", "укажите причину")
	w.asked(func(p *ownership.OfferPage) { p.Language = cxv1.LanguageRU })
	w.get(to, "Accept-Language", "en").status(http.StatusOK).says("Возьмёте это на себя?") // the owner's, whatever the browser says
	w.decision(nil)
}

func TestTimesAreThoseOfTheProgramsClock(t *testing.T) {
	w := deciding(t)
	to := w.asked(func(p *ownership.OfferPage) {
		winter, summer := time.FixedZone("", 3*3600), time.FixedZone("", -(9*3600+1800))
		p.OfferedAt, p.DecideBy = p.OfferedAt.In(winter), p.DecideBy.In(summer)
	})
	w.get(to).status(http.StatusOK).says("4 January 2027, 11:00 (UTC+03:00)", "17 January 2027, 23:30 (UTC-09:30)")
	w.post(to, accept("")).status(http.StatusOK).says("4 January 2027, 12:00 (UTC+03:00)")
	w.get(to + "?lang=ru").status(http.StatusOK).says("04.01.2027, 12:00 (UTC+03:00)")
}

func TestEachRoleSaysWhatAYesAndANoMean(t *testing.T) {
	program := ownership.OfferSubject{Kind: cxv1.SubjectProgram, Name: "program"}
	for name, tc := range map[string]struct {
		change func(*ownership.OfferPage)
		says   []string
		not    []string
	}{
		"a lead where nobody is": {
			func(p *ownership.OfferPage) { p.Subject, p.Role, p.InForce = program, cxv1.RoleLead, "" },
			[]string{"Lead", "You lead the program", "In this role now", "nobody", "the next one in line is asked"}, []string{"keeps the role"},
		},
		"a sponsor": {
			func(p *ownership.OfferPage) { p.Subject, p.Role = program, cxv1.RoleSponsor },
			[]string{"Sponsor", "You back it in management"}, nil,
		},
		"an approver of the budget": {
			func(p *ownership.OfferPage) {
				p.Subject, p.Role, p.InForce, p.Terms = program, cxv1.RoleApprover, "", "budget 120000 EUR for 2027"
				p.Subject.Item = cxv1.ItemBudget
			},
			[]string{"Do you approve this?", "the budget", "budget 120000 EUR for 2027", "exactly what stands here", "nobody else is asked", "Do not approve"},
			[]string{"Approved so far by", "In this role now", "next one in line"},
		},
		"an approver of an exemption": {
			func(p *ownership.OfferPage) {
				p.Subject = ownership.OfferSubject{Kind: cxv1.SubjectAssessment, Name: "self", Item: "mob-budget"}
				p.Role, p.InForce = cxv1.RoleApprover, "Head of CX"
			},
			[]string{"the exemption from the criterion mob-budget", "Approved so far by", "Head of CX"}, []string{"In this role now"},
		},
		"an ambassador": {
			func(p *ownership.OfferPage) { p.Subject, p.Role, p.InForce = program, cxv1.RoleAmbassador, "" },
			[]string{"Ambassador", "Nobody is asked in your place"}, []string{"In this role now", "next one in line"},
		},
		"whether it is still theirs": {
			func(p *ownership.OfferPage) { p.Verification, p.InForce = true, p.Owner },
			[]string{"Is this still yours?", "asks Head of service to confirm", "Yes, still mine", "nothing changes", "You keep the role until"},
			[]string{"passes from"},
		},
		"no time to decide by": {
			func(p *ownership.OfferPage) { p.DecideBy = time.Time{} }, []string{"Asked since"}, []string{"Please decide by"},
		},
		"what a newer version knows": {
			func(p *ownership.OfferPage) { p.Subject.Kind, p.Role = "Contract", "Witness" }, []string{"Contract", "Witness"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := deciding(t)
			page := w.get(w.asked(tc.change)).status(http.StatusOK)
			page.says(tc.says...)
			page.saysNot(tc.not...)
		})
	}
}

func TestOwnersDecide(t *testing.T) {
	approval := func(p *ownership.OfferPage) { p.Role, p.Terms = cxv1.RoleApprover, "budget 1 EUR for 2027" }
	again := func(p *ownership.OfferPage) { p.Verification = true }
	russian := func(p *ownership.OfferPage) { p.Language = cxv1.LanguageRU }
	for name, tc := range map[string]struct {
		change func(*ownership.OfferPage)
		form   url.Values
		want   store.OfferAnswer
		says   string
	}{
		"accept":           {func(*ownership.OfferPage) {}, accept(""), store.OfferAnswer{Result: store.Accepted}, "You have accepted"},
		"accept, and say":  {func(*ownership.OfferPage) {}, accept("gladly"), store.OfferAnswer{Result: store.Accepted, Reason: "gladly"}, "gladly"},
		"decline":          {func(*ownership.OfferPage) {}, decline("not my shop"), store.OfferAnswer{Result: store.Declined, Reason: "not my shop"}, "You have declined"},
		"approve":          {approval, accept(""), store.OfferAnswer{Result: store.Accepted}, "You have approved"},
		"do not approve":   {approval, decline("too little"), store.OfferAnswer{Result: store.Declined, Reason: "too little"}, "You have not approved"},
		"still theirs":     {again, accept(""), store.OfferAnswer{Result: store.Accepted}, "You have confirmed that it is still yours"},
		"not theirs":       {again, decline("I moved"), store.OfferAnswer{Result: store.Declined, Reason: "I moved"}, "You have said that it is not yours any more"},
		"in Russian":       {russian, decline("не мой магазин"), store.OfferAnswer{Result: store.Declined, Reason: "не мой магазин"}, "Вы отказались"},
		"lines and spaces": {func(*ownership.OfferPage) {}, decline(" a\r\n\tb\x00c \u202ed "), store.OfferAnswer{Result: store.Declined, Reason: "a b c d"}, "a b c d"},
	} {
		t.Run(name, func(t *testing.T) {
			w := deciding(t)
			to := w.asked(tc.change)
			w.advance(time.Minute)
			done := w.post(to, tc.form).status(http.StatusOK).says(tc.says, "09:01 (UTC)", "Head of service")
			done.harmless()
			tc.want.At = monday.Add(time.Minute)
			w.decision(&tc.want)
			w.advance(time.Hour)
			if again := w.get(to).status(http.StatusOK); again.Body.String() != done.Body.String() {
				t.Errorf("a second visit shows something else:\n%s\n%s", done.text(), again.text())
			}
			w.get(to+"?lang=ru").status(http.StatusOK).says("09:01 (UTC)", "Новое предложение")
			keys, _, err := w.Store.AnsweredOffers(t.Context(), 0)
			if err != nil || len(keys) != 1 || keys[0].Assignment != assigned {
				t.Errorf("the controller hears of %v, %v", keys, err)
			}
		})
	}
}

func TestWhatIsWrongWithADecisionIsShownInThePage(t *testing.T) {
	long := strings.Repeat("ж", store.MaxReason+1)
	for name, tc := range map[string]struct {
		form url.Values
		says string
	}{
		"declined without a reason": {decline(""), "Please give a reason"},
		"declined with spaces":      {decline(" \n "), "Please give a reason"},
		"a reason too long":         {decline(long), "longer than 300 characters"},
		"a remark too long":         {accept(long), "longer than 300 characters"},
		"neither button":            {url.Values{"reason": {"why not"}}, "press one of the two buttons"},
		"both buttons":              {url.Values{"result": {"accept", "decline"}, "reason": {"why not"}}, "press one of the two buttons"},
		"another button":            {url.Values{"result": {"Accepted"}, "reason": {"why not"}}, "press one of the two buttons"},
		"Enter somewhere":           {url.Values{"_do": {"send"}, "reason": {"why not"}}, "press one of the two buttons"},
	} {
		t.Run(name, func(t *testing.T) {
			w := deciding(t)
			to := w.asked()
			page := w.post(to, tc.form).status(http.StatusUnprocessableEntity).says("Problem:", tc.says)
			page.harmless()
			if got, want := page.form().Get("reason"), tc.form.Get("reason"); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("entered %q, shown %q", want, got)
			}
			w.decision(nil)
			w.post(to, accept("")).status(http.StatusOK)
		})
	}
}

func TestSwitchingTheLanguageKeepsTheReasonAndDecidesNothing(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	page := w.post(to, url.Values{"_switch": {"ru"}, "_language": {"en"}, "reason": {"a long story"}, "result": {"decline"}}).status(http.StatusOK)
	page.says("Возьмёте это на себя?")
	if got := page.form(); got.Get("reason") != "a long story" || got.Get("_language") != "ru" {
		t.Errorf("the form has %v", got)
	}
	w.decision(nil)
	w.post(to, with(page.form(), "result", "decline")).status(http.StatusOK).says("Вы отказались")
	w.post(to, url.Values{"_switch": {"en"}}).status(http.StatusOK).says("You have declined").saysNot("the first one counts")
}

func TestTheFirstAnswerCounts(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	w.post(to, decline("not my shop")).status(http.StatusOK).saysNot("The first one counts")
	want := &store.OfferAnswer{Result: store.Declined, Reason: "not my shop", At: monday}
	w.advance(time.Hour)
	w.post(to, decline("not my shop")).status(http.StatusOK).says("You have declined").saysNot("The first one counts")
	for name, form := range map[string]url.Values{"a yes": accept(""), "another reason": decline("no time"), "no reason": decline(""), "nothing": {}} {
		w.post(to, form).status(http.StatusOK).says("The first one counts", "You have declined", "not my shop", "4 January 2027, 09:00")
		w.decision(want)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestAHundredDecideAtOnce: a real server, real connections, the real store.
func TestAHundredDecideAtOnce(t *testing.T) {
	w := deciding(t)
	server := httptest.NewServer(w.gateway.Handler())
	defer server.Close()
	to := server.URL + w.asked()
	var recorded sync.Map
	var group sync.WaitGroup
	start := make(chan struct{})
	for n := range 100 {
		group.Go(func() {
			<-start
			form := decline(fmt.Sprintf("reason-%03d", n))
			if n%2 == 0 {
				form = accept(fmt.Sprintf("reason-%03d", n))
			}
			response, err := http.PostForm(to, form)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = response.Body.Close() }()
			var body bytes.Buffer
			if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("status %d, %v", response.StatusCode, err)
			}
			_, reason, _ := strings.Cut(body.String(), "reason-")
			recorded.Store(reason[:3], true)
		})
	}
	close(start)
	group.Wait()
	answer := w.Decided(t, assigned)
	if answer == nil {
		t.Fatal("nothing was recorded")
	}
	recorded.Range(func(said, _ any) bool {
		if answer.Reason != fmt.Sprint("reason-", said) {
			t.Errorf("recorded is %s, and somebody was told reason-%s", answer.Reason, said)
		}
		return true
	})
}
