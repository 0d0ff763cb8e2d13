// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var answerTests = map[string]func(*people){
	"an answer is stored once, for good":                         testSubmit,
	"a partial answer can be replaced and completed":             testPartial,
	"a hundred submissions of one link are one answer":           testSubmitAtOnce,
	"answers are taken while the wave takes them":                testSubmitTimes,
	"who comes too late is counted once":                         testLate,
	"an open invitation shows what its page needs":               testOpenInvitation,
	"an Anonymous wave keeps answers that lead to nobody":        testAnonymous,
	"answers from other channels are stored once for each key":   testForeign,
	"opting out by link works whatever became of the wave":       testOptOutByLink,
	"answers of a wave are read in no telling order":             testWaveAnswers,
	"answers can be dropped, and the counts stay":                testDropAnswers,
	"waves whose term is over are found until they are dropped":  testDueForDropping,
	"answers dropped while they are read are not all there were": testDroppedWhileRead,
	"answers that break a rule are refused":                      testInvalidAnswers,
}

// done is a complete answer with a score, begun one a page of which is missing.
func done(score int) store.Answer {
	return store.Answer{Values: fmt.Appendf(nil, `{"nps":%d,"why":"Because of %d"}`, score, score), Complete: true, Language: "ru",
		Channel: "web", MayContact: true, Flags: []string{"fast"}}
}

func begun(score int) store.Answer {
	a := done(score)
	a.Complete = false
	return a
}

func (p *people) submit(l store.Link, a store.Answer) store.Receipt {
	p.Helper()
	receipt, err := p.SubmitAnswer(p.ctx(), l.Answer, a, p.clock.Now())
	p.ok(err)
	return receipt
}

func (p *people) answers(wave store.WaveKey) []store.StoredAnswer {
	p.Helper()
	list := []store.StoredAnswer{}
	for a, err := range p.WaveAnswers(p.ctx(), wave) {
		p.ok(err)
		list = append(list, a)
	}
	return list
}

func (p *people) answersRevision(wave store.WaveKey) int64 {
	p.Helper()
	revision, err := p.AnswersRevision(p.ctx(), wave)
	p.ok(err)
	return revision
}

func testSubmit(p *people) {
	wave := p.invited("nps", "Confidential", 1, 2)
	first := p.submit(link(wave, keyOf(1)), done(9))
	if first.ID == "" || first.Again {
		p.Fatalf("receipt %+v", first)
	}
	revision := p.answersRevision(wave)
	again := store.Receipt{ID: first.ID, Again: true}
	p.equal("the same again", again, p.submit(link(wave, keyOf(1)), done(9)))
	p.equal("something else", again, p.submit(link(wave, keyOf(1)), done(0)))
	p.equal("less", again, p.submit(link(wave, keyOf(1)), begun(0)))
	p.restart()
	p.clock.Advance(100 * 24 * time.Hour)
	p.equal("after the wave has ended", again, p.submit(link(wave, keyOf(1)), done(9)))
	p.equal("revision", revision, p.answersRevision(wave))
	got := p.answers(wave)
	want := store.StoredAnswer{Answer: done(9), Key: got[0].Key, At: noon, ContactKey: keyOf(1),
		Attributes: map[string]string{"segment": "retail"}}
	p.equal("answers", []store.StoredAnswer{want}, got)
	p.equal("counts", store.AudienceCounts{Invited: 2, Queued: 2, Responded: 1}, p.audience(wave))
	if strings.Contains(first.ID, got[0].Key) {
		p.Fatal("the receipt tells the answer's key")
	}
}

func testPartial(p *people) {
	wave := p.invited("nps", "Identified", 1, 1)
	l := link(wave, keyOf(1))
	first := p.submit(l, begun(3))
	p.equal("counts", store.AudienceCounts{Invited: 1, Queued: 1, Partial: 1}, p.audience(wave))
	key := p.answers(wave)[0].Key
	revision := p.answersRevision(wave)
	p.equal("the same again", store.Receipt{ID: first.ID, Again: true}, p.submit(l, begun(3)))
	p.equal("revision", revision, p.answersRevision(wave))
	p.clock.Advance(time.Hour)
	p.equal("another one", store.Receipt{ID: first.ID}, p.submit(l, begun(5)))
	p.restart()
	p.equal("complete", store.Receipt{ID: first.ID}, p.submit(l, done(8)))
	p.equal("too late for another", store.Receipt{ID: first.ID, Again: true}, p.submit(l, begun(1)))
	got := p.answers(wave)
	p.equal("answers", []store.StoredAnswer{{Answer: done(8), Key: key, At: noon.Add(time.Hour), ContactKey: keyOf(1),
		Attributes: map[string]string{"segment": "retail"}}}, got)
	p.equal("counts", store.AudienceCounts{Invited: 1, Queued: 1, Responded: 1}, p.audience(wave))
	p.equal("revision", revision+2, p.answersRevision(wave))
}

func testSubmitAtOnce(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		wave := p.invited("nps-"+anonymity, anonymity, 1, 2)
		receipts := make([]store.Receipt, callers)
		p.ok(errors.Join(together(func(i int) (err error) {
			receipts[i], err = p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, done(i%11), noon)
			return err
		})...))
		fresh := 0
		for _, r := range receipts {
			p.equal("receipt", receipts[0].ID, r.ID)
			if !r.Again {
				fresh++
			}
		}
		p.equal("first receipts", 1, fresh)
		p.equal("answers", 1, len(p.answers(wave)))
		p.equal("responded", int64(1), p.audience(wave).Responded)
		p.equal("revision", int64(1), p.answersRevision(wave))
	}
}

func testForeign(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		published := p.open("nps-"+anonymity, anonymity)
		wave := p.publish(published)
		submit := func(key string, a store.Answer, now time.Time) (store.Receipt, error) {
			a.Channel = "kiosk"
			return p.SubmitForeign(p.ctx(), wave, key, a, now)
		}
		first, err := submit("order-1", done(9), noon)
		p.ok(err)
		p.equal("a receipt that leads to the answer", anonymity != "Anonymous", first.ID != "")
		other, err := submit("order-2", done(9), noon)
		p.ok(err)
		p.equal("one for each", anonymity != "Anonymous", first.ID != other.ID)
		for _, now := range []time.Time{noon, at(100)} {
			again, err := submit("order-1", done(1), now)
			p.ok(err)
			p.equal("again", store.Receipt{ID: first.ID, Again: true}, again)
		}
		_, err = submit("order-3", done(9), at(7))
		p.refused("too late", store.ErrGone, err)
		_, err = submit("", done(9), noon)
		p.refused("no key", store.ErrInvalid, err)
		p.equal("counts", store.AudienceCounts{Foreign: 2}, p.audience(wave))
		got := p.answers(wave)
		p.equal("answers", 2, len(got))
		channel := map[string]string{"Confidential": "kiosk", "Anonymous": store.ForeignChannel}[anonymity]
		p.equal("answer", [3]string{channel, "", string(done(9).Values)},
			[3]string{got[0].Channel, got[0].ContactKey, string(got[0].Values)})
		_, err = submit("order-4", begun(9), noon)
		if anonymity == "Anonymous" {
			p.refused("a partial answer", store.ErrInvalid, err)
			continue
		}
		p.ok(err)
		p.equal("a partial one is not counted", store.AudienceCounts{Foreign: 2}, p.audience(wave))
	}
	errs := together(func(int) error {
		_, err := p.SubmitForeign(p.ctx(), p.wave("nps-Anonymous"), "order-5", done(5), noon)
		return err
	})
	p.ok(errors.Join(errs...))
	p.equal("answers", 3, len(p.answers(p.wave("nps-Anonymous"))))
}

func testOptOutByLink(p *people) {
	wave := p.invited("nps", "Anonymous", 1, 3)
	l := link(wave, keyOf(1))
	published, language, err := p.OptOutWave(p.ctx(), l.OptOut)
	p.ok(err)
	p.equal("wave", p.open("nps", "Anonymous"), published)
	p.equal("language", "ru", language)
	for _, now := range []time.Time{at(400), at(401)} {
		p.ok(p.OptOutByLink(p.ctx(), l.OptOut, now))
	}
	p.equal("counts", store.ContactCounts{Known: 3, Reachable: 2, OptedOut: 1}, p.counts(customers))

	// Both the address that was written to and the one of now.
	moved := contact(keyOf(2))
	moved.Address = "moved@shop.example"
	p.importAll(customers, []store.Contact{contact(keyOf(1)), moved, {Key: "old", Address: addressOf(keyOf(2))}})
	p.ok(p.OptOutByLink(p.ctx(), link(wave, keyOf(2)).OptOut, noon))
	p.equal("counts", store.ContactCounts{Known: 3, OptedOut: 3}, p.counts(customers))

	p.known(3, 3)
	_, err = p.EraseContact(p.ctx(), p.id, keyOf(3), noon)
	p.ok(err)
	_, language, err = p.OptOutWave(p.ctx(), link(wave, keyOf(3)).OptOut)
	p.ok(err)
	p.equal("language of somebody erased", "", language)
	p.ok(p.OptOutByLink(p.ctx(), link(wave, keyOf(3)).OptOut, noon))
	p.known(3, 3)
	p.equal("after another import", store.ContactCounts{Known: 1, OptedOut: 1}, p.counts(customers))
	for what, hash := range map[string][32]byte{"unknown": hashOf("unknown"), "the link to answer": l.Answer, "zero": {}} {
		p.refused(what, store.ErrGone, p.OptOutByLink(p.ctx(), hash, noon))
		_, _, err := p.OptOutWave(p.ctx(), hash)
		p.refused(what, store.ErrGone, err)
	}
}

func testWaveAnswers(p *people) {
	const inOrder, all = 120, 620
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		wave := p.invited("nps-"+anonymity, anonymity, 1, all)
		submit := func(n int) error {
			_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(n)).Answer, done(n), noon)
			return err
		}
		for n := 1; n <= inOrder; n++ {
			p.ok(submit(n))
		}
		for first := inOrder; first < all; first += callers {
			p.ok(errors.Join(together(func(i int) error { return submit(first + i + 1) })...))
		}
		var scores, order []int
		for _, a := range p.answers(wave) {
			var score int
			if _, err := fmt.Sscanf(string(a.Values), `{"nps":%d`, &score); err != nil {
				p.Fatal(err)
			}
			if scores = append(scores, score); score <= inOrder {
				order = append(order, score)
			}
		}
		slices.Sort(scores)
		p.equal("all of them, once each", [3]int{all, 1, all}, [3]int{len(slices.Compact(scores)), scores[0], scores[all-1]})
		up := 0
		for i := 1; i < inOrder; i++ {
			up += cmp.Compare(order[i], order[i-1])
		}
		// A random order goes up about as often as down: six is the standard deviation of the difference.
		if up > 45 || up < -45 {
			p.Fatalf("the order of reading follows that of writing: %d more steps up than down", up)
		}
		for _, err := range p.WaveAnswers(p.ctx(), wave) {
			p.ok(err)
			break // a reader may stop
		}
	}
	p.equal("of an unknown wave", 0, len(p.answers(p.wave("unknown"))))
	p.equal("its revision", int64(0), p.answersRevision(p.wave("unknown")))
}

func testInvalidAnswers(p *people) {
	wave := p.invited("nps", "Confidential", 1, 1)
	for what, change := range map[string]func(*store.Answer){
		"no values":       func(a *store.Answer) { a.Values = nil },
		"no object":       func(a *store.Answer) { a.Values = []byte(`[1]`) },
		"null":            func(a *store.Answer) { a.Values = []byte(`null`) },
		"no JSON":         func(a *store.Answer) { a.Values = []byte(`{"nps":`) },
		"too long":        func(a *store.Answer) { a.Values = fmt.Appendf(nil, `{"a":%q}`, strings.Repeat("x", store.MaxAnswer)) },
		"no channel":      func(a *store.Answer) { a.Channel = "" },
		"strange tongue":  func(a *store.Answer) { a.Language = "<script>" },
		"many flags":      func(a *store.Answer) { a.Flags = keys(1, 21) },
		"a flag of bytes": func(a *store.Answer) { a.Flags = []string{"\xff"} },
	} {
		bad := done(9)
		change(&bad)
		_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, bad, noon)
		p.refused(what, store.ErrInvalid, err)
		_, err = p.SubmitForeign(p.ctx(), wave, "k", bad, noon)
		p.refused(what, store.ErrInvalid, err)
	}
	p.equal("counts", store.AudienceCounts{Invited: 1, Queued: 1}, p.audience(wave))
}
