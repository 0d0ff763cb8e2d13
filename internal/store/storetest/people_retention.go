// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func (p *people) drop(wave store.WaveKey, now time.Time) int64 {
	p.Helper()
	dropped, err := p.DropAnswers(p.ctx(), wave, now)
	p.ok(err)
	return dropped
}

func testDropAnswers(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		wave := p.invited("nps-"+anonymity, anonymity, 1, 4)
		p.submit(link(wave, keyOf(1)), done(9))
		p.submit(link(wave, keyOf(2)), done(9))
		want := int64(3)
		if anonymity == "Confidential" {
			p.submit(link(wave, keyOf(3)), begun(9))
			want++
		}
		_, err := p.SubmitForeign(p.ctx(), wave, "k", done(1), noon)
		p.ok(err)
		counts, revision := p.audience(wave), p.answersRevision(wave)
		for _, now := range []time.Time{at(-1), noon, at(7)} {
			_, err := p.DropAnswers(p.ctx(), wave, now)
			p.refused("while it takes answers", store.ErrInvalid, err)
		}
		p.equal("dropped", want, p.drop(wave, at(8)))
		p.restart()
		p.equal("dropped again", int64(0), p.drop(wave, at(8)))
		p.equal("answers", 0, len(p.answers(wave)))
		p.equal("counts", counts, p.audience(wave))
		p.equal("revision grows", true, p.answersRevision(wave) > revision)
		p.equal("the receipt", store.Receipt{Again: true}, p.submit(link(wave, keyOf(1)), done(9)))
		again, err := p.SubmitForeign(p.ctx(), wave, "k", done(1), noon)
		p.ok(err)
		p.equal("the receipt of another channel", store.Receipt{Again: true}, again)
		p.staysClosed("nps-"+anonymity, anonymity)
		_, err = p.EraseContact(p.ctx(), p.id, keyOf(2), noon)
		p.ok(err)
	}
	p.equal("of an unknown wave", int64(0), p.drop(p.wave("unknown"), noon))

	never := p.open("never", "Confidential")
	never.OpensAt, never.State = at(5), store.WaveTakesNothing
	p.equal("of one that was cancelled before it opened", int64(0), p.drop(p.publish(never), noon))
}

// staysClosed: published anew, for longer, the wave would go on with the answers of some.
func (p *people) staysClosed(survey, anonymity string) {
	p.Helper()
	longer := p.open(survey, anonymity)
	longer.ClosesAt, longer.GraceUntil = at(20), at(21)
	wave := p.publish(longer)
	_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(4)).Answer, done(5), at(10))
	p.refused("after the answers were dropped", store.ErrGone, err)
}

func testDueForDropping(p *people) {
	due := func(now time.Time, limit int) []string {
		p.Helper()
		waves, err := p.DueForDropping(p.ctx(), now, limit)
		p.ok(err)
		names := []string{}
		for _, wave := range waves {
			names = append(names, wave.Survey)
		}
		return names
	}
	published := func(survey string, keepUntil time.Time, state store.WaveState) store.WaveKey {
		p.Helper()
		wave := p.open(survey, "Confidential")
		wave.KeepUntil, wave.State = keepUntil, state
		return p.publish(wave)
	}
	published("kept", time.Time{}, store.WaveTakesNothing)
	published("long", at(40), store.WaveTakesAnswers)
	short := published("short", at(30), store.WaveTakesNothing)
	moved := published("moved", at(20), store.WaveTakesAnswers)
	p.restart()
	p.equal("before any term is over", []string{}, due(at(20).Add(-time.Microsecond), 10))
	p.equal("in order", []string{"moved", "short", "long"}, due(at(40), 10))
	p.equal("as many as asked for", []string{"moved", "short"}, due(at(40), 2))

	published("moved", at(35), store.WaveTakesNothing)
	published("short", at(50), store.WaveTakesNothing)
	p.equal("settled once closed, not before", []string{"short", "moved"}, due(at(35), 10))
	read, err := p.PublishedWave(p.ctx(), moved)
	p.ok(err)
	p.equal("read back", at(35), read.KeepUntil)
	p.drop(short, at(35))
	p.equal("dropped", []string{"moved", "long"}, due(at(60), 10))

	_, err = p.DueForDropping(p.ctx(), at(60), 0)
	p.refused("no limit", store.ErrInvalid, err)
	_, err = p.DueForDropping(p.ctx(), time.Time{}, 1)
	p.refused("no time", store.ErrInvalid, err)
	early := p.open("early", "Confidential")
	early.KeepUntil = at(8).Add(-time.Second)
	p.refused("a term that ends before the wave", store.ErrInvalid, p.PublishWave(p.ctx(), early))
	early.State = store.WaveTakesNothing
	p.ok(p.PublishWave(p.ctx(), early)) // it was cancelled
}

func testDroppedWhileRead(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		wave := p.invited("nps-"+anonymity, anonymity, 1, 1)
		p.submit(link(wave, keyOf(1)), done(9))
		var last error
		read := 0
		for _, last = range p.WaveAnswers(p.ctx(), wave) {
			if last == nil {
				read++
				p.drop(wave, at(9))
			}
		}
		p.equal("read", 1, read)
		p.refused("a count of what was left", store.ErrUnavailable, last)
		p.equal("the next time", 0, len(p.answers(wave)))
	}
}
