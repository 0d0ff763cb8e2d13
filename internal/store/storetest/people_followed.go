// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"github.com/cx-operator/cx-operator/internal/store"
)

// opens records that the answer of a wave must be followed up.
func (p *people) opens(id string, wave store.WaveKey, answerKey string) {
	p.Helper()
	put(p.suite, p.RecordFollowUp, store.FollowUp{ID: id, Survey: wave.Survey, Slot: wave.Slot, Rule: "detractors", AnswerKey: answerKey,
		OpenedAt: noon, DueBy: at(2)})
}

// answerOf is the answer of a contact.
func (p *people) answerOf(wave store.WaveKey, key string) store.StoredAnswer {
	p.Helper()
	for _, a := range p.answers(wave) {
		if a.ContactKey == key {
			return a
		}
	}
	p.Fatalf("%s has no answer in %s", key, wave.Survey)
	return store.StoredAnswer{}
}

// leadsTo checks what FollowedUp finds; nil for nobody.
func (p *people) leadsTo(what, id string, want *store.FollowedUp) {
	p.Helper()
	got, err := p.FollowedUp(p.ctx(), p.id, id)
	if want == nil {
		p.refused(what, store.ErrGone, err)
		p.equal(what, store.FollowedUp{}, got)
		return
	}
	p.ok(err)
	p.equal(what, *want, got)
}

func testFollowedUp(p *people) {
	wave := p.invited("nps", "Confidential", 1, 4)
	// The persona that comes first by name has another address for the same person.
	other := contact(keyOf(1))
	other.Address = "old@shop.example"
	p.importAll("buyers", []store.Contact{other})
	for _, key := range keys(1, 3) {
		p.submit(link(wave, key), done(2))
	}
	silent := done(1)
	silent.MayContact = false
	p.submit(link(wave, keyOf(4)), silent)
	p.opens("f-1", wave, p.answerOf(wave, keyOf(1)).Key)
	p.opens("f-4", wave, p.answerOf(wave, keyOf(4)).Key)
	want := store.FollowedUp{Contact: contact(keyOf(1)), Answer: p.answerOf(wave, keyOf(1))}
	for range 2 {
		p.leadsTo("who agreed", "f-1", &want)
		p.restart()
	}
	p.leadsTo("who did not agree", "f-4", nil)
	p.leadsTo("an unknown one", "f-9", nil)
	_, err := p.FollowedUp(p.ctx(), "another", "f-1")
	p.refused("another program", store.ErrGone, err)
	_, err = p.FollowedUp(p.ctx(), p.id, "")
	p.refused("no id", store.ErrInvalid, err)

	p.opens("f-2", wave, "")
	p.leadsTo("one of which the answer is not known", "f-2", nil)
	p.opens("f-2", wave, p.answerOf(wave, keyOf(2)).Key)
	p.opens("f-2", wave, p.answerOf(wave, keyOf(3)).Key)
	p.leadsTo("its answer is known later, and settled then", "f-2",
		&store.FollowedUp{Contact: contact(keyOf(2)), Answer: p.answerOf(wave, keyOf(2))})

	p.ok(p.OptOut(p.ctx(), p.id, addressOf(keyOf(1)), "letter", noon))
	want.OptedOut = true
	p.leadsTo("who opted out since", "f-1", &want)
	p.importAll("buyers", nil)
	p.known(2, 4)
	want.OptedOut, want.Contact = false, store.Contact{Key: keyOf(1)}
	p.leadsTo("who is on no list any more", "f-1", &want)
}

func testFollowedUpNoMore(p *people) {
	wave := p.invited("nps", "Identified", 1, 2)
	for _, key := range keys(1, 2) {
		p.submit(link(wave, key), done(2))
		p.opens("f-"+key, wave, p.answerOf(wave, key).Key)
	}
	_, err := p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
	p.ok(err)
	p.leadsTo("who was erased", "f-"+keyOf(1), nil)
	p.known(1, 2)
	p.leadsTo("who was erased and is known again", "f-"+keyOf(1), nil)
	_, err = p.DropAnswers(p.ctx(), wave, at(30))
	p.ok(err)
	p.leadsTo("whose answer was dropped", "f-"+keyOf(2), nil)

	secret := p.publish(p.open("secret", "Anonymous"))
	p.invite(secret, keys(1, 2), everybody(secret, noon))
	p.submit(link(secret, keyOf(2)), done(2))
	p.opens("f-secret", secret, p.answers(secret)[0].Key)
	p.leadsTo("of an Anonymous wave", "f-secret", nil)

	ces := p.publish(p.open("ces", "Identified"))
	_, err = p.SubmitForeign(p.ctx(), ces, "ticket-1", done(2), noon)
	p.ok(err)
	p.opens("f-ces", ces, p.answers(ces)[0].Key)
	p.leadsTo("from another channel", "f-ces", nil)
}
