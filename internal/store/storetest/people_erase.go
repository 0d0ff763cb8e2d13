// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"github.com/cx-operator/cx-operator/internal/store"
)

func testErase(p *people) {
	p.known(1, 3)
	p.importAll("partners", contacts(keys(1, 1)))
	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 3), everybody(wave, noon, at(1)))
	secret := p.publish(p.open("secret", "Anonymous"))
	p.invite(secret, keys(1, 3), everybody(secret, noon))
	for _, key := range keys(1, 2) {
		p.submit(link(wave, key), done(9))
		p.submit(link(secret, key), done(9))
	}
	before := p.audience(wave)
	revision := p.answersRevision(wave)
	want := store.Erasure{Contacts: 2, Invitations: 2, Answers: 1}
	for range 3 {
		erased, err := p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
		p.ok(err)
		p.equal("erased", want, erased)
		p.restart()
	}
	p.equal("contacts", store.ContactCounts{Known: 2, Reachable: 2}, p.counts(customers))
	p.equal("partners", store.ContactCounts{}, p.counts("partners"))
	before.Queued, before.Cancelled = before.Queued-1, before.Cancelled+1
	p.equal("counts", before, p.audience(wave))
	p.equal("revision", revision+1, p.answersRevision(wave))
	p.equal("answers of the Anonymous wave", 2, len(p.answers(secret)))
	for _, a := range p.answers(wave) {
		if a.ContactKey != "" {
			p.equal("the other answer", done(9), a.Answer)
			continue
		}
		p.equal("what is left", store.StoredAnswer{Answer: store.Answer{Values: []byte(`{"nps":9}`), Complete: true, Channel: "web",
			Flags: []string{"fast"}}, Key: a.Key, At: noon}, a)
	}
	p.equal("mail to the others", 4, p.settleAll(store.SentAccepted))
	nobody, err := p.EraseContact(p.ctx(), p.id, "nobody", noon)
	p.ok(err)
	p.equal("a person who was never known", store.Erasure{}, nobody)
	_, err = p.EraseContact(p.ctx(), p.id, "", noon)
	p.refused("no key", store.ErrInvalid, err)
}

func testErasedAndBack(p *people) {
	wave := p.invited("nps", "Confidential", 1, 1)
	_, err := p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
	p.ok(err)
	p.known(1, 1)
	p.equal("no second invitation to the same wave", 0, p.invite(wave, keys(1, 1), everybody(wave, noon)))
	p.equal("and nothing is sent", 0, len(p.claimAll("worker")))
	other := p.publish(p.open("ces", "Confidential"))
	p.equal("an invitation to another", 1, p.invite(other, keys(1, 1), everybody(other, noon)))
	erased, err := p.EraseContact(p.ctx(), p.id, keyOf(1), at(1))
	p.ok(err)
	p.equal("erased in all", store.Erasure{Contacts: 2, Invitations: 2}, erased)
}
