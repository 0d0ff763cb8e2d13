// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var outboxTests = map[string]func(*people){
	"what is due is claimed once, the oldest first":              testClaimMessages,
	"a lease that ended lets others claim":                       testLeaseEnds,
	"an attempt begins once, and only under its lease":           testBeginOnce,
	"every outcome is counted":                                   testOutcomes,
	"a temporary refusal is tried again when it was said":        testRetry,
	"an address that bounced is not written to again":            testBounced,
	"attempts without an outcome are found, and settled once":    testStranded,
	"a pause holds everything and loses nothing":                 testPause,
	"a pause by hand is ended by hand":                           testPauseByHand,
	"what bars mail outside of the outbox is known":              testMailBars,
	"waves that nobody confirmed for a day do not send":          testUnconfirmed,
	"nothing is sent for a wave that has ended":                  testEndedWave,
	"what waits of a wave can be cancelled":                      testCancelMessages,
	"nobody who opted out, left or was erased is written to":     testNotToThem,
	"the address is that of now":                                 testAddressOfNow,
	"reminders go to those who have not finished":                testReminders,
	"a reminder keeps its distance from a late invitation":       testLateInvitation,
	"workers at once never claim the same message":               testWorkers,
	"programs that are not named are left alone":                 testOtherPrograms,
	"waves that have mail waiting are listed, of every program":  testQueuedWaves,
	"what waits is counted, and since when it could go out":      testBacklog,
	"arguments of the outbox that make no sense are refused":     testInvalidOutbox,
	"everything that waits survives a restart, and leases do so": testOutboxRestart,
}

const lease = time.Minute

func (p *people) claimFor(worker string, limit int) []store.Message {
	p.Helper()
	messages, err := p.ClaimMessages(p.ctx(), worker, []string{p.id}, limit, lease)
	p.ok(err)
	return messages
}

func (p *people) claimAll(worker string) []store.Message {
	p.Helper()
	var all []store.Message
	for {
		messages := p.claimFor(worker, 100)
		if len(messages) == 0 {
			return all
		}
		all = append(all, messages...)
	}
}

func (p *people) begin(worker string, m store.Message) bool {
	p.Helper()
	begun, err := p.BeginSending(p.ctx(), worker, m)
	p.ok(err)
	return begun
}

func (p *people) settle(worker string, m store.Message, result store.SentResult) {
	p.Helper()
	outcome := store.Sent{Result: result, Code: 250}
	if result == store.SentLater {
		outcome.RetryAt = p.clock.Now().Add(time.Hour)
	}
	p.ok(p.SettleMessage(p.ctx(), worker, m, outcome))
}

// settleAll sends everything that is due, with one result.
func (p *people) settleAll(result store.SentResult) int {
	p.Helper()
	messages := p.claimAll("worker")
	for _, m := range messages {
		if !p.begin("worker", m) {
			p.Fatalf("message %+v cannot begin", m)
		}
		p.settle("worker", m, result)
	}
	return len(messages)
}

func recipients(messages []store.Message) []string {
	var keys []string
	for _, m := range messages {
		keys = append(keys, fmt.Sprint(m.Contact.Key, " ", m.Kind, " ", m.Number))
	}
	slices.Sort(keys)
	return keys
}

func testClaimMessages(p *people) {
	p.known(1, 5)
	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 5), func(c store.Candidate) store.Verdict {
		after := map[string]int{keyOf(1): 4, keyOf(2): 2, keyOf(3): 3, keyOf(4): 0, keyOf(5): 600}[c.Key]
		return everybody(wave, noon.Add(time.Duration(after)*time.Minute), at(3))(c)
	})
	p.equal("what is due at once", []string{keyOf(4) + " Invitation 0"}, recipients(p.claimFor("worker", 10)))
	p.clock.Advance(10 * time.Minute)
	two := p.claimFor("worker", 2)
	p.equal("what is free for longest first", []string{keyOf(4), keyOf(2)}, []string{two[0].Contact.Key, two[1].Contact.Key})
	want := store.Message{ID: two[1].ID, Wave: wave, Contact: contact(keyOf(2)), Kind: store.MessageInvitation, Attempt: 1,
		Link: link(wave, keyOf(2))}
	p.equal("message", want, two[1])
	p.equal("the rest", []string{keyOf(1) + " Invitation 0", keyOf(3) + " Invitation 0"}, recipients(p.claimFor("other", 10)))
	p.equal("nothing more", 0, len(p.claimFor("worker", 10)))
}

func testLeaseEnds(p *people) {
	p.invited("nps", "Confidential", 1, 1)
	first := p.claimFor("worker", 1)[0]
	p.clock.Advance(lease - time.Microsecond)
	p.equal("under lease", 0, len(p.claimFor("other", 1)))
	p.clock.Advance(time.Microsecond)
	again := p.claimFor("other", 1)
	p.equal("claimed again", []store.Message{first}, again)
	p.equal("the first worker begins", false, p.begin("worker", first))
	p.equal("the second one does", true, p.begin("other", again[0]))
}

func testBeginOnce(p *people) {
	p.invited("nps", "Confidential", 1, 3)
	messages := p.claimAll("worker")
	p.equal("another worker", false, p.begin("other", messages[0]))
	p.equal("first time", true, p.begin("worker", messages[0]))
	p.equal("second time", false, p.begin("worker", messages[0]))
	p.clock.Advance(lease)
	p.equal("after the lease", false, p.begin("worker", messages[1]))
	unknown := messages[1]
	unknown.ID = 999999
	p.equal("a message that is not there", false, p.begin("worker", unknown))
	p.equal("what had not begun is free", 2, len(p.claimAll("other")))
}

func testOutcomes(p *people) {
	wave := p.invited("nps", "Confidential", 1, 7)
	messages := p.claimAll("worker")
	for i, result := range []store.SentResult{store.SentAccepted, store.SentBounced, store.SentAmbiguous, store.SentFailed,
		store.SentLater} {
		p.equal("begin", true, p.begin("worker", messages[i]))
		p.settle("worker", messages[i], result)
		p.settle("worker", messages[i], result)              // the answer to the first one was lost
		p.settle("worker", messages[i], store.SentAmbiguous) // too late
	}
	p.equal("begin", true, p.begin("worker", messages[5]))
	want := store.AudienceCounts{Invited: 7, Accepted: 1, Bounced: 1, Ambiguous: 1, Failed: 1, Queued: 3}
	p.equal("counts", want, p.audience(wave))
	p.settle("other", messages[5], store.SentFailed)
	p.equal("an outcome by somebody without the lease", want, p.audience(wave))
	p.restart()
	p.equal("counts after a restart", want, p.audience(wave))
	p.clock.Advance(48 * time.Hour)
	p.ok(p.ConfirmWave(p.ctx(), wave))
	p.equal("what is still to be sent", 2, len(p.claimAll("worker")))
}

func testRetry(p *people) {
	p.invited("nps", "Confidential", 1, 1)
	for attempt := 1; attempt <= 3; attempt++ {
		m := p.claimFor("worker", 1)[0]
		p.equal("attempt", attempt, m.Attempt)
		p.equal("begin", true, p.begin("worker", m))
		p.settle("worker", m, store.SentLater)
		p.equal("too early", 0, len(p.claimFor("worker", 1)))
		p.clock.Advance(time.Hour)
	}
	// Given back before it began: that was no attempt.
	m := p.claimFor("worker", 1)[0]
	p.settle("worker", m, store.SentLater)
	p.clock.Advance(time.Hour)
	p.equal("attempt", 4, p.claimFor("worker", 1)[0].Attempt)
}

func testBounced(p *people) {
	p.known(1, 2)
	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 2), everybody(wave, noon, at(1)))
	p.settleAll(store.SentBounced)
	p.equal("invalid", store.ContactCounts{Known: 2, Invalid: 2}, p.counts(customers))
	moved := contact(keyOf(2))
	moved.Address = "moved@shop.example"
	p.importAll(customers, []store.Contact{contact(keyOf(1)), moved})
	p.equal("another address is good", store.ContactCounts{Known: 2, Reachable: 1, Invalid: 1}, p.counts(customers))
	p.clock.Advance(24 * time.Hour)
	p.ok(p.ConfirmWave(p.ctx(), wave))
	p.equal("reminders of an invitation that bounced", 0, len(p.claimAll("worker")))
}

func testStranded(p *people) {
	wave := p.invited("nps", "Confidential", 1, 4)
	for i, m := range p.claimAll("worker") {
		if i < 3 {
			p.equal("begin", true, p.begin("worker", m))
		}
	}
	stranded := func(programs ...string) []store.Message {
		p.Helper()
		list, err := p.Stranded(p.ctx(), programs, 10)
		p.ok(err)
		return list
	}
	p.equal("under lease", 0, len(stranded(p.id)))
	p.restart()
	p.clock.Advance(lease)
	p.equal("of other programs", 0, len(stranded("other")))
	found := stranded(p.id)
	p.equal("stranded", []string{"c-0001 Invitation 0", "c-0002 Invitation 0", "c-0003 Invitation 0"}, recipients(found))
	p.equal("the link can be made anew", link(wave, found[0].Contact.Key), found[0].Link)
	p.equal("attempt", 1, found[0].Attempt)
	p.equal("only what had not begun is claimed", 1, len(p.claimAll("other")))
	p.settle("other", found[0], store.SentAmbiguous)
	p.settle("worker", found[1], store.SentAccepted) // the first worker was only slow
	p.settle("other", found[1], store.SentAmbiguous)
	p.settle("other", found[2], store.SentLater)
	p.equal("settled", 0, len(stranded(p.id)))
	p.equal("counts", store.AudienceCounts{Invited: 4, Accepted: 1, Ambiguous: 1, Queued: 2}, p.audience(wave))
	p.clock.Advance(time.Hour)
	again := p.claimAll("other")
	p.equal("claimed again", 2, len(again))
	p.equal("the second attempt of one, the first of the other", 3, again[0].Attempt+again[1].Attempt)
}

func testPause(p *people) {
	wave := p.invited("nps", "Confidential", 1, 3)
	claimed := p.claimFor("worker", 1)[0]
	for range 2 {
		p.ok(p.Pause(p.ctx(), p.id, true))
	}
	p.equal("a claim from before the pause", false, p.begin("worker", claimed))
	p.equal("claims", 0, len(p.claimAll("worker")))
	p.restart()
	p.equal("claims after a restart", 0, len(p.claimAll("worker")))
	p.equal("counts", store.AudienceCounts{Invited: 3, Queued: 3}, p.audience(wave))
	for range 2 {
		p.ok(p.Pause(p.ctx(), p.id, false))
	}
	p.equal("sent after the pause", 3, p.settleAll(store.SentAccepted))
	p.equal("counts", store.AudienceCounts{Invited: 3, Accepted: 3}, p.audience(wave))
}

func testMailBars(p *people) {
	p.invited("nps", "Confidential", 1, 2)
	bars := func(program string) store.MailBars {
		p.Helper()
		bars, err := p.MailBars(p.ctx(), program, []string{"new@b.example", " OUT@b.example", contact(keyOf(2)).Address, "out@b.example"})
		p.ok(err)
		return bars
	}
	p.equal("nothing yet", store.MailBars{}, bars(p.id))
	p.ok(p.OptOut(p.ctx(), p.id, "Out@B.example", "letter", noon))
	for _, m := range p.claimFor("worker", 2) {
		p.equal("begin", true, p.begin("worker", m))
		p.settle("worker", m, map[string]store.SentResult{keyOf(1): store.SentAccepted, keyOf(2): store.SentBounced}[m.Contact.Key])
	}
	p.ok(p.Pause(p.ctx(), p.id, true))
	p.restart()
	p.equal("paused, opted out, bounced", store.MailBars{
		Paused: true, Addresses: []string{" OUT@b.example", contact(keyOf(2)).Address, "out@b.example"},
	}, bars(p.id))
	p.equal("another program", store.MailBars{}, bars("other"))
	p.ok(p.Pause(p.ctx(), p.id, false))
	p.equal("no pause any more", false, bars(p.id).Paused)
	_, err := p.MailBars(p.ctx(), p.id, []string{""})
	p.refused("no address", store.ErrInvalid, err)
}

func testUnconfirmed(p *people) {
	p.known(1, 1)
	wave := p.open("nps", "Confidential")
	p.ok(p.PublishWave(p.ctx(), wave))
	p.invite(wave.WaveKey, keys(1, 1), everybody(wave.WaveKey, noon))
	p.equal("never confirmed", 0, len(p.claimAll("worker")))
	p.ok(p.ConfirmWave(p.ctx(), wave.WaveKey))
	p.clock.Advance(store.ConfirmedFor + time.Microsecond)
	p.equal("confirmed long ago", 0, len(p.claimAll("worker")))
	p.ok(p.ConfirmWave(p.ctx(), wave.WaveKey))
	p.clock.Advance(store.ConfirmedFor)
	p.equal("confirmed a day ago", 1, len(p.claimAll("worker")))
}

func testEndedWave(p *people) {
	early := p.open("early", "Confidential")
	early.OpensAt = noon.Add(time.Hour)
	p.known(1, 2)
	p.publish(early)
	p.invite(early.WaveKey, keys(1, 2), everybody(early.WaveKey, noon))
	p.equal("before it opens", 0, len(p.claimAll("worker")))
	p.clock.Advance(time.Hour)
	claimed := p.claimFor("worker", 1)[0]
	p.clock.Advance(time.Second)
	early.State = store.WaveTakesUnderWay
	p.publish(early)
	p.equal("a claim from before it closed", false, p.begin("worker", claimed))
	p.equal("claims", 0, len(p.claimAll("worker")))
	p.equal("counts", store.AudienceCounts{Invited: 2, Cancelled: 2}, p.audience(early.WaveKey))

	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 2), everybody(wave, noon))
	p.clock.Advance(7 * 24 * time.Hour)
	p.ok(p.ConfirmWave(p.ctx(), wave))
	p.equal("after the time, whatever the state", 0, len(p.claimAll("worker")))
	p.equal("counts", store.AudienceCounts{Invited: 2, Cancelled: 2}, p.audience(wave))
}

func testCancelMessages(p *people) {
	wave := p.invited("nps", "Confidential", 1, 1500)
	other := p.publish(p.open("ces", "Confidential"))
	p.invite(other, keys(1, 5), everybody(other, noon))
	sent := p.claimFor("worker", 2)
	p.equal("begin", true, p.begin("worker", sent[0]))
	for _, want := range []int64{1499, 0} {
		cancelled, err := p.CancelMessages(p.ctx(), wave, "the wave is gone")
		p.ok(err)
		p.equal("cancelled", want, cancelled)
	}
	p.equal("a claim from before", false, p.begin("worker", sent[1]))
	p.settle("worker", sent[0], store.SentAccepted)
	p.equal("counts", store.AudienceCounts{Invited: 1500, Accepted: 1, Cancelled: 1499}, p.audience(wave))
	p.equal("the other wave's", 5, len(p.claimAll("worker")))
	cancelled, err := p.CancelMessages(p.ctx(), p.wave("unknown"), "the wave is gone")
	p.ok(err)
	p.equal("of an unknown wave", int64(0), cancelled)
}

func testInvalidOutbox(p *people) {
	for what, try := range map[string]func() error{
		"no worker": func() error { _, err := p.ClaimMessages(p.ctx(), "", nil, 1, lease); return err },
		"no limit":  func() error { _, err := p.ClaimMessages(p.ctx(), "w", nil, 0, lease); return err },
		"no lease":  func() error { _, err := p.ClaimMessages(p.ctx(), "w", nil, 1, 0); return err },
		"no result": func() error { return p.SettleMessage(p.ctx(), "w", store.Message{}, store.Sent{}) },
		"later, but when": func() error {
			return p.SettleMessage(p.ctx(), "w", store.Message{}, store.Sent{Result: store.SentLater})
		},
		"stranded": func() error { _, err := p.Stranded(p.ctx(), nil, 0); return err },
		"cancel":   func() error { _, err := p.CancelMessages(p.ctx(), store.WaveKey{}, "r"); return err },
	} {
		p.refused(what, store.ErrInvalid, try())
	}
}

func newCancelled(p *people) (context.Context, context.CancelFunc) {
	return context.WithCancel(p.ctx())
}
