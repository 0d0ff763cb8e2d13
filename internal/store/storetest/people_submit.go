// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func testSubmitTimes(p *people) {
	const day = 24 * time.Hour
	late := begun(2)
	late.Complete, late.BegunAt = true, at(7).Add(-time.Second)
	tooLate := late
	tooLate.BegunAt = at(7)
	for name, c := range map[string]struct {
		state   store.WaveState
		partial bool
		answer  store.Answer
		after   time.Duration
		gone    bool
	}{
		"before it opens":                           {answer: done(1), after: -time.Second, gone: true},
		"when it opens":                             {answer: done(1)},
		"just before it closes":                     {answer: done(1), after: 7*day - time.Second},
		"when it closes":                            {answer: done(1), after: 7 * day, gone: true},
		"in the grace, begun before":                {answer: late, after: 8*day - time.Second},
		"in the grace, begun too late":              {answer: tooLate, after: 8*day - time.Second, gone: true},
		"in the grace, after a partial one":         {answer: done(1), partial: true, after: 8*day - time.Second},
		"after the grace":                           {answer: late, partial: true, after: 8 * day, gone: true},
		"closed before the time":                    {state: store.WaveTakesNothing, answer: late, after: day, gone: true},
		"closing before the time":                   {state: store.WaveTakesUnderWay, answer: done(1), after: day, gone: true},
		"closing before the time, begun before":     {state: store.WaveTakesUnderWay, answer: late, after: day},
		"closing before the time, after a partial1": {state: store.WaveTakesUnderWay, answer: done(1), partial: true, after: day},
	} {
		published := p.open("s"+hexOf(name), "Confidential")
		p.known(1, 1)
		wave := p.publish(published)
		p.invite(wave, keys(1, 1), everybody(wave, noon))
		if c.partial {
			p.submit(link(wave, keyOf(1)), begun(3))
		}
		if c.state != "" {
			published.State = c.state
			p.publish(published)
		}
		_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, c.answer, noon.Add(c.after))
		if c.gone {
			p.refused(name, store.ErrGone, err)
		} else if err != nil {
			p.Fatalf("%s: %v", name, err)
		}
		p.equal(name+": responded", !c.gone, p.audience(wave).Responded == 1)
	}
	wave := p.invited("long", "Confidential", 1, 1)
	p.submit(link(wave, keyOf(1)), begun(3))
	for _, a := range []store.Answer{begun(4), begun(5), done(6)} { // page after page, in the grace
		now := noon.Add(7*day + time.Hour)
		open, err := p.Invitation(p.ctx(), link(wave, keyOf(1)).Answer, now)
		p.ok(err)
		p.equal("the page goes on", true, open.Wave.Takes(now, open.PartialAt))
		_, err = p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, a, now)
		p.ok(err)
	}
	_, err := p.SubmitAnswer(p.ctx(), hashOf("a link that nobody has"), done(1), noon)
	p.refused("an unknown link", store.ErrGone, err)
}

func hexOf(name string) string { return fmt.Sprintf("%x", hashOf(name))[:20] }

func testLate(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		p.known(1, 3)
		wave := p.publish(p.open("nps-"+anonymity, anonymity))
		p.invite(wave, keys(1, 3), func(c store.Candidate) store.Verdict {
			v := everybody(wave, noon)(c)
			if c.Key == keyOf(3) {
				v.Link.ExpiresAt = at(1)
			}
			return v
		})
		try := func(key string, now time.Time) {
			p.Helper()
			_, err := p.SubmitAnswer(p.ctx(), link(wave, key).Answer, done(5), now)
			p.refused(key, store.ErrGone, err)
		}
		try(keyOf(1), at(-1))
		try(keyOf(3), at(2)) // expired, but the wave still takes answers
		p.equal("too early is not late", int64(0), p.audience(wave).Late)
		try(keyOf(1), at(9))
		try(keyOf(1), at(10))
		try(keyOf(2), at(7))
		p.equal("counts", store.AudienceCounts{Invited: 3, Queued: 3, Late: 2}, p.audience(wave))
		p.equal("answers", 0, len(p.answers(wave)))
	}
}

func testOpenInvitation(p *people) {
	wave := p.invited("nps", "Confidential", 1, 2)
	l := link(wave, keyOf(1))
	read := func(now time.Time) store.OpenInvitation {
		p.Helper()
		open, err := p.Invitation(p.ctx(), l.Answer, now)
		p.ok(err)
		return open
	}
	want := store.OpenInvitation{Wave: p.open("nps", "Confidential"), InvitationID: fmt.Sprintf("%x", l.ID), Language: "ru"}
	p.equal("at first", want, read(noon))
	p.equal("in the grace", want, read(at(7)))
	p.submit(l, begun(4))
	want.Partial, want.PartialAt = begun(4).Values, noon
	p.equal("begun", want, read(at(1)))
	p.submit(l, done(4))
	want.Partial, want.PartialAt, want.Done = nil, time.Time{}, true
	p.equal("done", want, read(at(1)))

	gone := func(what string, hash [32]byte, now time.Time) {
		p.Helper()
		_, err := p.Invitation(p.ctx(), hash, now)
		p.refused(what, store.ErrGone, err)
	}
	gone("too early", l.Answer, at(-1))
	gone("after the grace", l.Answer, at(8))
	gone("an unknown link", hashOf("unknown"), noon)
	gone("the link for opting out", l.OptOut, noon)
	_, err := p.SubmitAnswer(p.ctx(), l.OptOut, done(1), noon)
	p.refused("an answer by the link for opting out", store.ErrGone, err)
	_, err = p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
	p.ok(err)
	gone("after an erasure", l.Answer, noon)
	closed := p.open("nps", "Confidential")
	closed.State = store.WaveTakesNothing
	p.publish(closed)
	gone("closed", link(wave, keyOf(2)).Answer, noon)
}

func testAnonymous(p *people) {
	wave := p.invited("nps", "Anonymous", 1, 40)
	l := link(wave, keyOf(1))
	open, err := p.Invitation(p.ctx(), l.Answer, noon)
	p.ok(err)
	p.equal("invitation", store.OpenInvitation{Wave: p.open("nps", "Anonymous"), Language: "ru"}, open)
	_, err = p.SubmitAnswer(p.ctx(), l.Answer, begun(3), noon)
	p.refused("a partial answer", store.ErrInvalid, err)
	want := map[string]bool{}
	for n := 1; n <= 40; n++ {
		p.equal("receipt", store.Receipt{}, p.submit(link(wave, keyOf(n)), done(n)))
		p.clock.Advance(time.Minute)
		want[string(done(n).Values)] = true
	}
	p.equal("again", store.Receipt{Again: true}, p.submit(l, done(0)))
	open, err = p.Invitation(p.ctx(), l.Answer, noon)
	p.ok(err)
	p.equal("done", true, open.Done)
	p.equal("counts", store.AudienceCounts{Invited: 40, Queued: 40, Responded: 40}, p.audience(wave))
	day := noon.Truncate(24 * time.Hour)
	for _, a := range p.answers(wave) {
		if !want[string(a.Values)] {
			p.Fatalf("%s is there twice, or was never given", a.Values)
		}
		delete(want, string(a.Values))
		p.equal("answer", store.StoredAnswer{Answer: store.Answer{Values: a.Values, Complete: true, Channel: "web",
			Flags: []string{"fast"}}, Key: a.Key, At: day}, a)
	}
	p.equal("answers that are missing", 0, len(want))
	erased, err := p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
	p.ok(err)
	p.equal("erased", store.Erasure{Contacts: 1, Invitations: 1}, erased)
	p.equal("answers after an erasure", 40, len(p.answers(wave)))
}
