// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func testNotToThem(p *people) {
	wave := p.invited("nps", "Confidential", 1, 8)
	claimed := map[string]store.Message{}
	for _, m := range p.claimFor("worker", 4) { // these are under way already
		claimed[m.Contact.Key] = m
	}
	p.equal("claimed", 4, len(claimed))
	p.ok(p.OptOut(p.ctx(), p.id, addressOf(keyOf(1)), "letter", noon))
	p.ok(p.OptOutByLink(p.ctx(), link(wave, keyOf(5)).OptOut, noon))
	p.importAll(customers, append(contacts(keys(1, 1)), contacts(keys(3, 5))...)) // 2, 6, 7 and 8 leave
	for _, key := range []string{keyOf(3), keyOf(7)} {
		_, err := p.EraseContact(p.ctx(), p.id, key, noon)
		p.ok(err)
	}
	for key, want := range map[string]bool{keyOf(1): false, keyOf(2): false, keyOf(3): false, keyOf(4): true} {
		p.equal("begin with "+key, want, p.begin("worker", claimed[key]))
	}
	p.equal("claims", 0, len(p.claimAll("worker")))
	p.equal("counts", store.AudienceCounts{Invited: 8, Queued: 1, Cancelled: 7}, p.audience(wave))
}

func testAddressOfNow(p *people) {
	wave := p.invited("nps", "Confidential", 1, 1)
	moved := contact(keyOf(1))
	moved.Address, moved.Language, moved.Name = "moved@shop.example", "en", "Another name"
	p.importAll("partners", []store.Contact{contact(keyOf(1))})
	p.importAll(customers, []store.Contact{moved})
	m := p.claimFor("worker", 1)[0]
	p.equal("contact", moved, m.Contact)
	p.importAll(customers, nil)
	p.equal("begin", true, p.begin("worker", m)) // still a partner, whose address is the old one
	p.settle("worker", m, store.SentBounced)
	p.equal("the address that was written to is invalid", store.ContactCounts{Known: 1, Reachable: 1}, p.counts("partners"))
	p.importAll(customers, []store.Contact{moved})
	p.equal("counts", store.ContactCounts{Known: 1, Invalid: 1}, p.counts(customers))
	p.equal("audience", store.AudienceCounts{Invited: 1, Bounced: 1}, p.audience(wave))
}

func testReminders(p *people) {
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		p.known(1, 4)
		wave := p.publish(p.open("nps-"+anonymity, anonymity))
		p.invite(wave, keys(1, 4), everybody(wave, p.clock.Now(), p.clock.Now().Add(24*time.Hour), p.clock.Now().Add(48*time.Hour)))
		p.equal("invitations", 4, p.settleAll(store.SentAccepted))
		p.clock.Advance(23 * time.Hour)
		_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, done(9), p.clock.Now())
		p.ok(err)
		if anonymity != "Anonymous" {
			_, err = p.SubmitAnswer(p.ctx(), link(wave, keyOf(2)).Answer, begun(3), p.clock.Now())
			p.ok(err)
		}
		p.clock.Advance(time.Hour)
		p.ok(p.ConfirmWave(p.ctx(), wave))
		first := p.claimAll("worker")
		p.equal("first reminder", []string{"c-0002 Reminder 1", "c-0003 Reminder 1", "c-0004 Reminder 1"}, recipients(first))
		p.equal("the same link", link(wave, first[0].Contact.Key), first[0].Link)
		_, err = p.SubmitAnswer(p.ctx(), link(wave, keyOf(3)).Answer, done(9), p.clock.Now())
		p.ok(err)
		for _, m := range first {
			p.equal("begin with "+m.Contact.Key, m.Contact.Key != keyOf(3), p.begin("worker", m))
			p.settle("worker", m, store.SentAccepted)
		}
		p.clock.Advance(24 * time.Hour)
		p.ok(p.ConfirmWave(p.ctx(), wave))
		p.equal("second reminder", []string{"c-0002 Reminder 2", "c-0004 Reminder 2"}, recipients(p.claimAll("worker")))
		counts := p.audience(wave)
		p.equal("only invitations are counted", [2]int64{4, 4}, [2]int64{counts.Invited, counts.Accepted})
		p.clock.Advance(-48 * time.Hour)
	}
}

func testLateInvitation(p *people) {
	p.known(1, 3)
	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 3), everybody(wave, noon, at(1)))
	p.ok(p.Pause(p.ctx(), p.id, true))
	p.clock.Advance(30 * time.Hour)
	p.ok(p.ConfirmWave(p.ctx(), wave))
	p.ok(p.Pause(p.ctx(), p.id, false))
	invitations := p.claimAll("worker")
	p.equal("no reminder before its invitation", []string{"c-0001 Invitation 0", "c-0002 Invitation 0", "c-0003 Invitation 0"},
		recipients(invitations))
	for i, result := range []store.SentResult{store.SentAccepted, store.SentAmbiguous, store.SentFailed} {
		p.equal("begin", true, p.begin("worker", invitations[i]))
		p.settle("worker", invitations[i], result)
	}
	p.clock.Advance(24*time.Hour - time.Microsecond)
	p.ok(p.ConfirmWave(p.ctx(), wave))
	p.equal("too early", 0, len(p.claimAll("worker")))
	p.clock.Advance(time.Microsecond)
	p.equal("as long after the invitation as was planned, and not after one that failed",
		[]string{"c-0001 Reminder 1", "c-0002 Reminder 1"}, recipients(p.claimAll("worker")))
}

func testWorkers(p *people) {
	p.invited("nps", "Confidential", 1, 300)
	var mu sync.Mutex
	seen := map[int64]string{}
	errs := together(func(i int) error {
		worker := "worker-" + keyOf(i)
		for {
			messages, err := p.ClaimMessages(p.ctx(), worker, []string{p.id}, 7, lease)
			if err != nil || len(messages) == 0 {
				return err
			}
			mu.Lock()
			for _, m := range messages {
				if other, ok := seen[m.ID]; ok {
					err = errors.Join(err, errors.New(worker+" and "+other+" have the same message"))
				}
				seen[m.ID] = worker
			}
			mu.Unlock()
			if err != nil {
				return err
			}
		}
	})
	p.ok(errors.Join(errs...))
	p.equal("messages", 300, len(seen))
}

func testOtherPrograms(p *people) {
	p.invited("nps", "Confidential", 1, 2)
	messages, err := p.ClaimMessages(p.ctx(), "worker", []string{"other"}, 10, lease)
	p.ok(err)
	p.equal("of another program", 0, len(messages))
	messages, err = p.ClaimMessages(p.ctx(), "worker", nil, 10, lease)
	p.ok(err)
	p.equal("of none", 0, len(messages))
	p.equal("of this one", 2, len(p.claimAll("worker")))
}

func testQueuedWaves(p *people) {
	list := func() []store.WaveKey {
		p.Helper()
		waves, err := p.QueuedWaves(p.ctx())
		p.ok(err)
		return waves
	}
	p.equal("none", []store.WaveKey{}, list())
	nps := p.invited("nps", "Confidential", 1, 2)
	ces := p.publish(p.open("ces", "Confidential"))
	p.invite(ces, keys(1, 2), everybody(ces, at(1)))
	p.publish(p.open("empty", "Confidential"))
	p.equal("two", []store.WaveKey{ces, nps}, list())
	p.settleAll(store.SentAccepted)
	p.equal("one", []store.WaveKey{ces}, list())
	_, err := p.CancelMessages(p.ctx(), ces, "gone")
	p.ok(err)
	p.equal("none again", []store.WaveKey{}, list())
}

func testOutboxRestart(p *people) {
	p.invited("nps", "Confidential", 1, 3)
	m := p.claimFor("worker", 1)[0]
	p.restart()
	p.equal("the rest", 2, len(p.claimAll("other")))
	p.equal("the lease holds", true, p.begin("worker", m))
}
