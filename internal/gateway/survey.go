// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// visit is somebody who came with a link that is good.
type visit struct {
	hash     [32]byte
	token    link.Token
	wave     store.PublishedWave
	page     questionnaire.Page
	language cxv1.Language
	// partial is what was answered before, at partialAt.
	partial   questionnaire.Answers
	partialAt time.Time
	done      bool
	// trial is a visit that shows everything and stores nothing.
	trial bool
}

// sheet is what all pages of the visit have.
func (v visit) sheet() sheet {
	s := brandedSheet(v.page, v.language)
	s.Trial = v.trial
	return s
}

func (v visit) anonymous() bool { return v.page.Anonymity == cxv1.AnonymityAnonymous }

// comer finds out who comes. When they can't, the answer has been written.
type comer func(http.ResponseWriter, *http.Request) (visit, bool)

// come is the comer of those with the link of an invitation.
func (g *Gateway) come(w http.ResponseWriter, r *http.Request) (visit, bool) {
	text := r.PathValue("token")
	token, err := link.Parse(text)
	if err != nil {
		g.gone(w, r)
		return visit{}, false
	}
	v := visit{hash: link.Hash(text), token: token}
	now := g.now()
	if !g.links.allow(string(v.hash[:]), now) {
		g.metrics.turnedAway.WithLabelValues(metrics.AwayLink).Inc()
		g.tooOften(w, r)
		return visit{}, false
	}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	invitation, err := g.store.Invitation(ctx, v.hash, now)
	if err == nil {
		err = g.keys.Verify(token, link.Answer, invitation.Wave.WaveKey, now)
	}
	if err == nil {
		err = v.fill(invitation)
	}
	if err != nil {
		g.failed(w, r, err)
		return visit{}, false
	}
	v.language = preferred(r, v.page.Languages, cxv1.Language(invitation.Language))
	return v, true
}

func (v *visit) fill(invitation store.OpenInvitation) (err error) {
	v.wave, v.done = invitation.Wave, invitation.Done
	if v.page, err = questionnaire.ParsePage(invitation.Wave.Page); err != nil {
		return err
	}
	if len(invitation.Partial) > 0 && !v.anonymous() {
		v.partialAt = invitation.PartialAt
		v.partial, err = questionnaire.Decode(v.page.Questionnaire, invitation.Partial)
	}
	return err
}

// showSurvey shows the page.
func (g *Gateway) showSurvey(w http.ResponseWriter, r *http.Request) {
	v, ok := g.come(w, r)
	if !ok {
		return
	}
	// In the time of grace nobody begins: their answers would be refused.
	if v.done || !v.wave.Takes(g.now(), v.partialAt) {
		g.gone(w, r)
		return
	}
	g.show(w, r, v)
}

// show shows the page. A score in the link of a mail is chosen beforehand and no more: a scanner opens links too.
func (g *Gateway) show(w http.ResponseWriter, r *http.Request, v visit) {
	if r.Method == http.MethodHead { // of a scanner: nobody gets the page, so none is made
		w.Header().Set("Content-Type", pageType)
		return
	}
	entered := v.partial.Entered()
	query := r.URL.Query()
	if question, ok := v.page.Question(query.Get("q")); ok {
		chosen := questionnaire.Entered{question.ID: {query.Get("v")}}
		alone := cxv1.Questionnaire{Questions: []cxv1.Question{unconditional(question)}}
		if r := questionnaire.Read(alone, chosen); r.Complete() {
			entered[question.ID] = chosen[question.ID]
		}
	}
	began := g.now()
	if !v.partialAt.IsZero() {
		began = v.partialAt // most of it was read then
	}
	g.render(w, http.StatusOK, "survey", g.survey(w, v, form{entered: entered, began: began}))
}

func unconditional(q cxv1.Question) cxv1.Question {
	q.ShowIf = nil
	return q
}

// form is what was sent, or is to be shown.
type form struct {
	entered questionnaire.Entered
	// asked are the questions with conditions that were on the page.
	asked   []string
	contact bool
	began   time.Time
}

func readForm(r *http.Request, now time.Time) form {
	f := form{entered: questionnaire.Entered{}, contact: r.PostForm.Get(fieldContact) == yes, began: now}
	for name, values := range r.PostForm {
		if id, ok := strings.CutPrefix(name, answerPrefix); ok {
			f.entered[id] = values
		}
	}
	for _, name := range r.PostForm[fieldAsked] {
		f.asked = append(f.asked, strings.TrimPrefix(name, answerPrefix))
	}
	ms, err := strconv.ParseInt(r.PostForm.Get(fieldBegan), 10, 64)
	if at := time.UnixMilli(ms); err == nil && at.Before(now) && at.After(now.AddDate(-1, 0, 0)) {
		f.began = at
	}
	return f
}

// takeAnswers stores what was sent: all of it and for good, or a part of it because more is asked now, or because the
// person goes on later. Switching the language stores nothing.
func (g *Gateway) takeAnswers(come comer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			g.unreadable(w, r, err)
			return
		}
		v, ok := come(w, r)
		if !ok {
			return
		}
		f := readForm(r, g.now())
		if r.PostForm.Has(fieldSwitch) {
			g.render(w, http.StatusOK, "survey", g.survey(w, v, f))
			return
		}
		g.step(w, r, v, f)
	}
}

// step goes on with what was entered, if nothing is wrong with it.
func (g *Gateway) step(w http.ResponseWriter, r *http.Request, v visit, f form) {
	saves := r.PostForm.Get(fieldDo) == doSave && !v.anonymous()
	reading := questionnaire.Read(v.page.Questionnaire, f.entered)
	fresh := v.unasked(reading, f)
	wrong := toCorrect(reading, fresh, saves)
	final := !saves && len(wrong) == 0 && len(fresh) == 0
	switch {
	case v.done && !final:
		g.gone(w, r) // a used link knows one thing still: the receipt for the same answer sent once more
	case len(wrong) > 0:
		g.again(w, v, f, http.StatusUnprocessableEntity, v.problems(wrong), wrong)
	case final:
		g.finish(w, r, v, f, reading)
	case saves:
		g.save(w, r, v, f, reading, func() {
			s := v.sheet()
			g.render(w, http.StatusOK, "message", note(s, s.T.Saved, s.T.SavedText))
		})
	case v.anonymous():
		g.further(w, v, f, fresh) // nothing can be kept of it without keeping whose it is
	default:
		g.save(w, r, v, f, reading, func() { g.further(w, v, f, fresh) })
	}
}

// unasked are questions that follow from the answers and were not on the page.
func (v visit) unasked(reading questionnaire.Reading, f form) (ids []string) {
	for _, id := range reading.Shown {
		if q, _ := v.page.Question(id); q.ShowIf != nil && !slices.Contains(f.asked, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// toCorrect are the problems that the person can know of.
func toCorrect(reading questionnaire.Reading, fresh []string, saves bool) []questionnaire.Problem {
	return slices.DeleteFunc(slices.Clone(reading.Problems), func(p questionnaire.Problem) bool {
		return p.Missing && (saves || slices.Contains(fresh, p.Question))
	})
}

// further shows the page again with the questions that follow from the answers.
func (g *Gateway) further(w http.ResponseWriter, v visit, f form, fresh []string) {
	t := textsIn(v.language)
	a := &alert{Heading: t.Further, Text: t.FurtherText}
	for _, id := range fresh {
		a.Places = append(a.Places, v.place(id))
	}
	g.again(w, v, f, http.StatusOK, a, nil)
}

// again shows the page once more, with what was entered.
func (g *Gateway) again(w http.ResponseWriter, v visit, f form, status int, a *alert, wrong []questionnaire.Problem) {
	page := g.survey(w, v, f)
	page.Alert = a
	if a.Wrong {
		page.Title = page.T.Problem + " " + page.Title
	}
	for i := range page.Questions {
		q := &page.Questions[i]
		id := strings.TrimPrefix(q.ID, answerPrefix)
		q.New = q.Conditional && !slices.Contains(f.asked, id)
		for _, p := range wrong {
			if p.Question == id {
				q.Problem = p.Text.In(string(v.language))
			}
		}
	}
	g.render(w, status, "survey", page)
}

// problems is the summary above the page.
func (v visit) problems(wrong []questionnaire.Problem) *alert {
	a := &alert{Heading: textsIn(v.language).ProblemTitle, Wrong: true}
	for _, p := range wrong {
		line := v.place(p.Question)
		line.Text = p.Text.In(string(v.language))
		a.Places = append(a.Places, line)
	}
	return a
}

// place is where a question is on the page; nowhere for one that is not of this questionnaire.
func (v visit) place(id string) place {
	q, ok := v.page.Question(id)
	if !ok {
		return place{}
	}
	return place{Target: newQuestion(q, textsIn(v.language), v.language, nil).First, Question: say(q.Text, v.language)}
}

// survey makes the page: the questions that are asked after what was entered.
func (g *Gateway) survey(w http.ResponseWriter, v visit, f form) survey {
	s := v.sheet()
	s.InForm = true
	q := v.page.Questionnaire
	heading := say(q.Title, v.language)
	s.Title = heading.Text
	page := survey{
		sheet: s, Heading: heading, Promise: promise(v.page, s.T), Began: strconv.FormatInt(f.began.UnixMilli(), 10),
		AsksToContact: v.page.AsksToContact(), MayContact: f.contact, CanSave: !v.anonymous(), SendText: s.T.Send,
	}
	if notice := v.page.PrivacyNotice; notice != nil {
		page.Notice, page.NoticeURL = say(notice.Text, v.language), notice.URL
	}
	shown := questionnaire.Read(q, f.entered).Shown
	for _, question := range q.Questions {
		if slices.Contains(shown, question.ID) {
			page.Questions = append(page.Questions, newQuestion(question, s.T, v.language, f.entered[question.ID]))
		} else {
			page.SendText = s.T.Continue // what is not asked yet may follow
		}
	}
	page.OptOut = g.optOutPage(v)
	if target := g.redirect(v.page); target != nil {
		// Browsers hold a redirect after a form against form-action as well.
		w.Header().Set("Content-Security-Policy", policy+" https://"+target.Host)
	}
	return page
}

// optOutPage is where somebody ends the mails; empty where that can't be said.
func (g *Gateway) optOutPage(v visit) string {
	if v.trial {
		return trialOptOut // beside the page itself
	}
	token, err := g.keys.OptOutOf(v.token, v.wave.WaveKey)
	if err != nil {
		return ""
	}
	return "/o/" + token
}

func promise(page questionnaire.Page, t texts) string {
	text := t.Confidential
	switch {
	case page.Anonymity == cxv1.AnonymityIdentified:
		text = t.Identified
	case page.Anonymity == cxv1.AnonymityAnonymous:
		text = t.Anonymous
	case page.AsksToContact():
		text = t.ConfidentialUnless // whoever calls back is shown the answer
	}
	return fmt.Sprintf(text, page.Name())
}

// redirect is where people go after they answered; nil when they stay, or are not to be sent there.
func (g *Gateway) redirect(page questionnaire.Page) *url.URL {
	if page.ThankYou == nil || page.ThankYou.RedirectURL == "" {
		return nil
	}
	target, err := url.Parse(page.ThankYou.RedirectURL)
	if err != nil || target.Scheme != "https" || target.User != nil || !g.redirects[strings.ToLower(target.Host)] {
		return nil
	}
	return target
}
