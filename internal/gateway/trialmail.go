// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

// testPath is where test mails are asked for.
const testPath = "/api/v1/surveys/{survey}/test"

// Test mails of a program: 30 at once, and one more every two minutes; 10 in a request.
const (
	trialMailsEvery = rate.Limit(1.0 / 120)
	trialMailsBurst = 30
	trialMailsOnce  = 10
	// trialWait is how long a test mail waits for the channel's rate, trialTime how long the server may take for it.
	trialWait, trialTime = 20 * time.Second, 3 * time.Minute
)

// Trials are what test mails are sent with.
type Trials struct {
	// Roster knows the channels of the programs for which sending is on; nil when this process sends nothing.
	Roster delivery.Roster
	// Bars says what keeps mail from being sent; store.People does.
	Bars interface {
		MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error)
	}
	// PublicURL is where people reach the gateway, e.g. https://feedback.example.com.
	PublicURL string
}

// trialRequest asks for test mails.
type trialRequest struct {
	Addresses []string `json:"addresses"`
	// Language of the mail; the survey's first by default.
	Language cxv1.Language `json:"language,omitempty"`
}

// trialReport says what became of test mails, in the order of the addresses. It does not repeat them.
type trialReport struct {
	Sent []trialOutcome `json:"sent"`
}

type trialOutcome struct {
	// Result is Accepted, Bounced, Ambiguous or Failed. Nothing is tried again.
	Result store.SentResult `json:"result"`
	// Code is the mail server's answer, without its words.
	Code int `json:"code,omitempty"`
}

// takeTest sends the invitation of a survey to named addresses, by the survey's channel. Nobody is invited by it: there is no row, no
// contact rule and no reminder, and the link shows pages that store nothing. Only a bearer token will do: a password that a browser
// keeps could be used by the page of somebody else's.
func (g *Gateway) takeTest(w http.ResponseWriter, r *http.Request) {
	t, no := g.trialMail(r)
	if no != nil {
		refuse(w, no.Status, no)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(g.now().Add(trialWait + trialTime + time.Minute)) // the server's own limit is for pages
	report := g.sendTrial(r.Context(), t)
	accepted := 0
	for _, outcome := range report.Sent {
		if outcome.Result == store.SentAccepted || outcome.Result == store.SentAmbiguous {
			accepted++
		}
	}
	g.log.Info("test mails", "program", t.wave.ProgramID, "survey", t.wave.Survey, "asked", len(t.letters), "accepted", accepted)
	status := http.StatusOK
	if accepted == 0 {
		status = http.StatusBadGateway
	}
	writeJSON(w, status, "application/json", report)
}

// trialMail is test mails that can be sent.
type trialMail struct {
	wave    store.WaveKey
	route   delivery.Route
	letters []trialLetter
}

type trialLetter struct {
	message store.Message
	letter  delivery.Letter
}

// trialMail finds out whether what is asked for can be sent, before anything is.
func (g *Gateway) trialMail(r *http.Request) (trialMail, *refusal) {
	program, no := g.bearer(r, ForPreview)
	if no != nil {
		return trialMail{}, no
	}
	asked, no := readTrialRequest(r)
	if no != nil {
		return trialMail{}, no
	}
	v, no := g.draftOf(r, program)
	if no != nil {
		return trialMail{}, no
	}
	if asked.Language == "" {
		asked.Language = v.page.Languages[0]
	}
	if !slices.Contains(v.page.Languages, asked.Language) {
		return trialMail{}, refused(http.StatusUnprocessableEntity, "The survey is not asked in this language.")
	}
	mail, err := delivery.ParseMail(v.wave.Mail)
	if err != nil {
		return trialMail{}, g.unmade(err)
	}
	route, no := g.trialRoute(r, program, mail.Channel, asked.Addresses)
	if no != nil {
		return trialMail{}, no
	}
	if !g.trialMails.allowN(program, g.now(), len(asked.Addresses)) {
		return trialMail{}, refused(http.StatusTooManyRequests, fmt.Sprintf(
			"Too many test mails of this program: %d at once, and one more every two minutes. Nothing was sent.", trialMailsBurst))
	}
	t := trialMail{wave: v.wave.WaveKey, route: route}
	for _, address := range asked.Addresses {
		letter, err := g.trialLetter(v.wave.WaveKey, mail, asked.Language, address)
		if err != nil {
			return trialMail{}, g.unmade(err)
		}
		t.letters = append(t.letters, letter)
	}
	return t, nil
}

func (g *Gateway) unmade(err error) *refusal {
	g.log.Error("a mail could not be made", "error", err)
	return refused(http.StatusInternalServerError, "The mail could not be made; the operator's log says why.")
}

// readTrialRequest reads what is asked for. What it says of an address does not repeat it.
func readTrialRequest(r *http.Request) (trialRequest, *refusal) {
	var asked trialRequest
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil || decoder.More() {
		return asked, refused(http.StatusBadRequest,
			`Send JSON like {"addresses": ["name@example.com"], "language": "en"}; language may be left out.`)
	}
	if len(asked.Addresses) == 0 || len(asked.Addresses) > trialMailsOnce {
		return asked, refused(http.StatusUnprocessableEntity, fmt.Sprintf("Name 1 to %d addresses.", trialMailsOnce))
	}
	for i, address := range asked.Addresses {
		normal, err := audience.NormalizeAddress(address)
		if err != nil {
			return asked, refused(http.StatusUnprocessableEntity, fmt.Sprintf("Address %d: %s. Nothing was sent.", i+1, err))
		}
		asked.Addresses[i] = normal
	}
	return asked, nil
}

// trialRoute finds the channel, unless sending is off, or an address must not be written to.
func (g *Gateway) trialRoute(r *http.Request, program, channel string, addresses []string) (delivery.Route, *refusal) {
	const see = " The Program's condition Sending says more. Nothing was sent."
	if channel == "" {
		return delivery.Route{}, refused(http.StatusConflict, "The survey sends no mail: its spec.delivery names no channel. Nothing was sent.")
	}
	if g.trials.Roster == nil || !slices.Contains(g.trials.Roster.Programs(), program) {
		return delivery.Route{}, refused(http.StatusConflict, "Sending is off for this program, most often as its "+
			"namespace is not among --sending-namespaces."+see)
	}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	bars, err := g.trials.Bars.MailBars(ctx, program, addresses)
	switch {
	case err != nil:
		g.troubled(r, err)
		return delivery.Route{}, refused(http.StatusServiceUnavailable, "The store does not answer. Nothing was sent; try again later.")
	case bars.ByHand:
		return delivery.Route{}, refused(http.StatusConflict, "All mail of the program was stopped by hand: kubectl cx pause --resume lets it "+
			"go on. Nothing was sent.")
	case bars.Paused:
		return delivery.Route{}, refused(http.StatusConflict,
			"Sending is suspended: the Program's spec.suspendSending is true. Nothing was sent.")
	case len(bars.Addresses) > 0:
		return delivery.Route{}, refused(http.StatusUnprocessableEntity, fmt.Sprintf("Address %d opted out, or is one that a mail server "+
			"refused for good. Nothing was sent.", 1+slices.Index(addresses, bars.Addresses[0])))
	}
	route, ok := g.trials.Roster.Route(program, channel)
	if !ok {
		return delivery.Route{}, refused(http.StatusConflict, fmt.Sprintf("The channel %q cannot be used.", channel)+see)
	}
	return route, nil
}

func (g *Gateway) trialLetter(wave store.WaveKey, mail delivery.Mail, language cxv1.Language, address string) (trialLetter, error) {
	expires := g.now().Add(trialFor)
	token, err := g.keys.MakeTrial(wave, expires)
	if err != nil {
		return trialLetter{}, err
	}
	links := delivery.Links{ExpiresAt: expires}
	links.Answer, links.OptOut = trialLinks(strings.TrimSuffix(g.trials.PublicURL, "/") + "/t/" + url.PathEscape(wave.ProgramID) + "/" +
		url.PathEscape(wave.Survey) + "/" + string(language) + "/" + token)
	message := store.Message{
		Wave: wave, Contact: store.Contact{Address: address, Language: string(language)}, Kind: delivery.MessageTrial, Attempt: 1,
		Link: store.Link{ID: link.NewID(), ExpiresAt: expires}, // every mail has a Message-ID of its own
	}
	letter, err := delivery.Render(mail, message, links)
	return trialLetter{message: message, letter: letter}, err
}

// sendTrial sends them all at once, and sees what has begun to its end, also when whoever asked is gone.
func (g *Gateway) sendTrial(ctx context.Context, t trialMail) trialReport {
	report := trialReport{Sent: make([]trialOutcome, len(t.letters))}
	waiting, stop := context.WithTimeout(ctx, trialWait)
	defer stop()
	var all sync.WaitGroup
	for i, l := range t.letters {
		all.Go(func() {
			report.Sent[i].Result = store.SentFailed
			if t.route.Rate.Wait(waiting) != nil {
				return
			}
			finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), trialTime)
			defer cancel()
			sent := t.route.Channel.Send(finish, l.message, l.letter)
			if sent.Result != store.SentLater {
				report.Sent[i].Result = sent.Result
			}
			report.Sent[i].Code = sent.Code
		})
	}
	all.Wait()
	return report
}
