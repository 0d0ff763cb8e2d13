// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/store"
)

// testModel makes calls in a random order and compares after each with the model. Every round has a program of its own.
func testModel(p *people) {
	round := 0
	rapid.Check(p.T, func(t *rapid.T) {
		round++
		r := &random{t: t, p: p, program: fmt.Sprint("program-", round), begun: map[string]store.Message{}}
		r.start()
		t.Repeat(map[string]func(*rapid.T){
			"":        r.compare,
			"import":  r.importSome,
			"opt out": r.optOut,
			"erase":   r.erase,
			"publish": r.publish,
			"invite":  r.invite,
			"claim":   r.claim,
			"settle":  r.settle,
			"answer":  r.answer,
			"cancel":  r.cancel,
			"pause":   r.pause,
			"drop":    r.drop,
			"wait":    r.wait,
		})
	})
}

// random is one round.
type random struct {
	t       *rapid.T
	p       *people
	m       *model
	program string
	base    time.Time
	// begun are attempts under way.
	begun map[string]store.Message
}

var (
	someKeys      = rapid.SampledFrom(keys(1, 6))
	someAddresses = rapid.Map(rapid.IntRange(1, 5), func(n int) string { return fmt.Sprintf("address-%d@shop.example", n) })
	somePersonas  = rapid.SampledFrom([]string{customers, "partners"})
	someSurveys   = rapid.SampledFrom([]string{"nps", "ces", "secret"})
)

func (r *random) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *random) same(what string, want, got any) {
	r.t.Helper()
	if !equal(want, got) {
		r.t.Fatalf("%s: the model has %+v, the store %+v", what, want, got)
	}
}

func (r *random) start() {
	r.base = r.p.clock.Now()
	r.m = newModel(r.base)
	_, err := r.p.Claim(r.p.ctx(), r.program, tenant, "", noon)
	r.ok(err)
}

func (r *random) key(survey string) store.WaveKey {
	return store.WaveKey{ProgramID: r.program, Survey: survey, Slot: "slot"}
}

func (r *random) wait(t *rapid.T) {
	by := rapid.SampledFrom([]time.Duration{lease, time.Hour, 12 * time.Hour, 25 * time.Hour}).Draw(t, "by")
	r.p.clock.Advance(by)
	r.m.now = r.p.clock.Now()
	for survey := range r.m.waves {
		if rapid.Bool().Draw(t, "confirm") {
			r.ok(r.p.ConfirmWave(r.p.ctx(), r.key(survey)))
			r.m.waves[survey].confirmed = r.m.now
		}
	}
}

func (r *random) importSome(t *rapid.T) {
	persona := somePersonas.Draw(t, "persona")
	var list []store.Contact
	for _, key := range rapid.SliceOfNDistinct(someKeys, 0, 6, rapid.ID).Draw(t, "keys") {
		list = append(list, store.Contact{Key: key, Address: someAddresses.Draw(t, "address")})
	}
	preview, err := r.p.PreviewImport(r.p.ctx(), r.program, persona, sequence(list, nil))
	r.ok(err)
	report, err := r.p.ImportContacts(r.p.ctx(), r.program, persona, sequence(list, nil), r.m.now)
	r.ok(err)
	r.same("preview", report, preview)
	r.same("import", r.m.importAll(persona, list), report)
}

func (r *random) optOut(t *rapid.T) {
	address := someAddresses.Draw(t, "address")
	r.ok(r.p.OptOut(r.p.ctx(), r.program, address, "letter", r.m.now))
	r.m.outs[address] = true
}

func (r *random) erase(t *rapid.T) {
	key := someKeys.Draw(t, "key")
	_, err := r.p.EraseContact(r.p.ctx(), r.program, key, r.m.now)
	r.ok(err)
	r.m.erase(key)
}

func (r *random) publish(t *rapid.T) {
	survey := someSurveys.Draw(t, "survey")
	wave := store.PublishedWave{WaveKey: r.key(survey), OpensAt: r.base, ClosesAt: r.base.Add(96 * time.Hour), Anonymity: "Confidential",
		Kept: []string{"nps"}, State: rapid.SampledFrom([]store.WaveState{store.WaveTakesAnswers, store.WaveTakesAnswers,
			store.WaveTakesUnderWay, store.WaveTakesNothing}).Draw(t, "state")}
	if survey == "secret" {
		wave.Anonymity = store.AnonymousWave
	}
	r.ok(r.p.PublishWave(r.p.ctx(), wave))
	r.ok(r.p.ConfirmWave(r.p.ctx(), wave.WaveKey))
	known := r.m.waves[survey]
	if known == nil {
		known = &modelWave{rows: map[string]*modelRow{}}
		r.m.waves[survey] = known
	}
	if known.State != store.WaveTakesNothing {
		known.PublishedWave = wave
	}
	known.confirmed = r.m.now
}

func (r *random) invite(t *rapid.T) {
	survey := someSurveys.Draw(t, "survey")
	personas := rapid.SliceOfNDistinct(somePersonas, 1, 2, rapid.ID).Draw(t, "personas")
	some := rapid.SliceOf(someKeys).Draw(t, "keys")
	sendAt := r.m.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hours")) * time.Hour)
	wave := r.m.waves[survey]
	decideSimply := func(c store.Candidate) store.Verdict {
		if v := everybody(r.key(survey), sendAt, sendAt.Add(24*time.Hour))(c); v.Skip != "" || len(c.Invited) < 3 {
			v.Link = link(store.WaveKey{ProgramID: r.program, Survey: survey}, r.program+c.Key)
			v.Link.ExpiresAt = r.base.AddDate(1, 0, 0)
			return v
		}
		return store.Verdict{Skip: "contactRule"}
	}
	added, err := r.p.Invite(r.p.ctx(), r.key(survey), personas, some, decideSimply, r.m.now)
	if wave == nil || !wave.Sends(r.m.now) {
		if len(some) > 0 && !errors.Is(err, store.ErrGone) {
			t.Fatalf("invited to a wave that is not open: %v", err)
		}
		return
	}
	r.ok(err)
	r.same("rows", r.m.invite(wave, personas, some, sendAt), added)
}

func (r *random) claim(t *rapid.T) {
	messages, err := r.p.ClaimMessages(r.p.ctx(), "worker", []string{r.program}, 1000, lease)
	r.ok(err)
	want := r.m.claim()
	got := map[string]store.Message{}
	for _, message := range messages {
		got[fmt.Sprint(message.Wave.Survey, " ", message.Contact.Key, " ", message.Number)] = message
	}
	r.same("claimed", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	for _, name := range slices.Sorted(maps.Keys(got)) {
		message := got[name]
		if !rapid.Bool().Draw(t, "begin") {
			continue // its lease will end
		}
		begun, err := r.p.BeginSending(r.p.ctx(), "worker", message)
		r.ok(err)
		r.same("begun", true, begun)
		want[name].state = "Sending"
		want[name].attempt++
		r.same("attempt", want[name].attempt, message.Attempt)
		r.begun[name] = message
	}
}

func (r *random) settle(t *rapid.T) {
	if len(r.begun) == 0 {
		t.Skip()
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(r.begun))).Draw(t, "message")
	message := r.begun[name]
	delete(r.begun, name)
	result := rapid.SampledFrom([]store.SentResult{store.SentAccepted, store.SentAccepted, store.SentBounced, store.SentLater,
		store.SentAmbiguous, store.SentFailed}).Draw(t, "result")
	retry := r.m.now.Add(time.Hour)
	r.ok(r.p.SettleMessage(r.p.ctx(), "worker", message, store.Sent{Result: result, RetryAt: retry}))
	for key, row := range r.m.waves[message.Wave.Survey].rows {
		if key == message.Contact.Key {
			r.m.settle(row.messages[message.Number], message.Contact.Address, result, retry)
		}
	}
}

func (r *random) answer(t *rapid.T) {
	survey, key := someSurveys.Draw(t, "survey"), someKeys.Draw(t, "key")
	a := done(rapid.IntRange(0, 3).Draw(t, "score"))
	a.Complete = survey == "secret" || rapid.Bool().Draw(t, "complete")
	receipt, err := r.p.SubmitAnswer(r.p.ctx(), link(store.WaveKey{ProgramID: r.program, Survey: survey}, r.program+key).Answer, a,
		r.m.now)
	taken, again := false, false
	if wave := r.m.waves[survey]; wave != nil {
		taken, again = r.m.submit(wave, key, a)
	}
	if !taken {
		if !errors.Is(err, store.ErrGone) {
			t.Fatalf("an answer that nobody takes: %v", err)
		}
		return
	}
	r.ok(err)
	r.same("again", again, receipt.Again)
}

func (r *random) cancel(t *rapid.T) {
	survey := someSurveys.Draw(t, "survey")
	cancelled, err := r.p.CancelMessages(r.p.ctx(), r.key(survey), "gone")
	r.ok(err)
	var want int64
	if wave := r.m.waves[survey]; wave != nil {
		for _, row := range wave.rows {
			for _, message := range row.messages {
				if message.state == "Queued" {
					message.state = "Cancelled"
					want++
				}
			}
		}
	}
	r.same("cancelled", want, cancelled)
}

func (r *random) pause(t *rapid.T) {
	r.m.paused = rapid.Bool().Draw(t, "paused")
	r.ok(r.p.Pause(r.p.ctx(), r.program, r.m.paused))
	r.m.byHand = rapid.Bool().Draw(t, "by hand")
	r.ok(r.p.PauseByHand(r.p.ctx(), r.program, r.m.byHand))
}

func (r *random) drop(t *rapid.T) {
	survey := someSurveys.Draw(t, "survey")
	wave := r.m.waves[survey]
	_, err := r.p.DropAnswers(r.p.ctx(), r.key(survey), r.m.now)
	if wave != nil && wave.TakesAny(r.m.now) {
		if !errors.Is(err, store.ErrInvalid) {
			t.Fatalf("answers of an open wave were dropped: %v", err)
		}
		return
	}
	r.ok(err)
	if wave != nil {
		wave.State = store.WaveTakesNothing
		for _, row := range wave.rows {
			row.values = ""
		}
	}
}

func (r *random) compare(t *rapid.T) {
	for _, persona := range []string{customers, "partners"} {
		counts, err := r.p.CountContacts(r.p.ctx(), r.program, persona)
		r.ok(err)
		r.same("contacts", r.m.counts(persona), counts)
	}
	for survey, wave := range r.m.waves {
		counts, err := r.p.AudienceCounts(r.p.ctx(), r.key(survey))
		r.ok(err)
		counts.Late = 0 // not modelled
		r.same("audience of "+survey, r.m.audience(wave), counts)
		answers := []string{}
		for _, a := range r.p.answers(r.key(survey)) {
			answers = append(answers, a.ContactKey+" "+string(a.Values))
		}
		slices.Sort(answers)
		r.same("answers of "+survey, r.m.answers(wave), answers)
	}
	r.t = t
}
