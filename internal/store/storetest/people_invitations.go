// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func hashOf(text string) [32]byte { return sha256.Sum256([]byte(text)) }

var invitationTests = map[string]func(*people){
	"a wave is published as it is":                           testPublish,
	"candidates come in order of their keys, each once":      testCandidates,
	"candidates show who must not be asked":                  testCandidateFlags,
	"candidates show what they were sent":                    testHistory,
	"every contact of a wave has one row":                    testInvite,
	"nobody is invited to a wave that is not open":           testInviteGone,
	"who has a row keeps it, whatever happens in between":    testInviteAgain,
	"one bad verdict leaves no row of its transaction":       testBadVerdict,
	"an address is invited once, under whichever key":        testOneAddress,
	"two waves at once cannot both pass a contact rule":      testContactRuleAtOnce,
	"a wave may invite without sending anything":             testNothingSent,
	"who gave up waiting is not asked for a verdict anymore": testInviteCancelled,
}

func testPublish(p *people) {
	wave := p.open("nps", "Confidential")
	wave.Kept = []string{"nps", "csat", "nps"}
	for range 2 {
		p.ok(p.PublishWave(p.ctx(), wave))
	}
	read := func() store.PublishedWave {
		p.Helper()
		got, err := p.PublishedWave(p.ctx(), wave.WaveKey)
		p.ok(err)
		return got
	}
	wave.Kept = []string{"csat", "nps"}
	p.equal("wave", wave, read())
	other := wave
	other.Anonymity = "Identified"
	p.refused("another promise", store.ErrInvalid, p.PublishWave(p.ctx(), other))

	wave.Page, wave.Mail, wave.ClosesAt, wave.State = []byte(`{"title":"Pulse 2"}`), []byte(`{}`), at(6), store.WaveTakesUnderWay
	p.ok(p.PublishWave(p.ctx(), wave))
	p.equal("changed wave", wave, read())
	wave.State = store.WaveTakesNothing
	p.ok(p.PublishWave(p.ctx(), wave))
	wave.State = store.WaveTakesAnswers
	p.ok(p.PublishWave(p.ctx(), wave))
	p.restart()
	p.equal("a wave that takes nothing stays so", store.WaveTakesNothing, read().State)

	for what, change := range map[string]func(*store.PublishedWave){
		"no slot":          func(w *store.PublishedWave) { w.Slot = "" },
		"a strange state":  func(w *store.PublishedWave) { w.State = "Ajar" },
		"a strange secret": func(w *store.PublishedWave) { w.Anonymity = "Partly" },
		"closed at once":   func(w *store.PublishedWave) { w.ClosesAt = w.OpensAt },
		"grace backwards":  func(w *store.PublishedWave) { w.GraceUntil = w.OpensAt },
	} {
		bad := p.open("other", "Anonymous")
		change(&bad)
		p.refused(what, store.ErrInvalid, p.PublishWave(p.ctx(), bad))
	}
	_, err := p.PublishedWave(p.ctx(), p.wave("other"))
	p.refused("a wave that was never published", store.ErrGone, err)
}

func testCandidates(p *people) {
	list := contacts(keys(1, 1300))
	slices.Reverse(list)
	p.importAll(customers, list)
	p.importAll("partners", contacts([]string{"a", keyOf(600), keyOf(601), "z"}))
	want := slices.Concat([]string{"a"}, keys(1, 1300), []string{"z"})
	p.equal("keys", want, candidateKeys(p.candidates(p.wave("nps"), customers, "partners")))
	var rest []string
	for c, err := range p.Candidates(p.ctx(), p.wave("nps"), []string{"partners", customers}, keyOf(1298), noon) {
		p.ok(err)
		rest = append(rest, c.Key)
		if c.Key == keyOf(1300) {
			break
		}
	}
	p.equal("keys after one", keys(1299, 1300), rest)
	p.equal("of no persona", 0, len(p.candidates(p.wave("nps"))))
	p.equal("of an unknown persona", 0, len(p.candidates(p.wave("nps"), "nobody")))
}

func testCandidateFlags(p *people) {
	list := contacts(keys(1, 5))
	list[3].Address = "C-0002@shop.example"
	p.importAll(customers, list)
	p.importAll("partners", []store.Contact{{Key: "a", Address: addressOf(keyOf(5))}})
	p.ok(p.OptOut(p.ctx(), p.id, addressOf(keyOf(1)), "letter", noon))
	p.bounced(addressOf(keyOf(3)))
	flags := func(personas ...string) map[string]string {
		got := map[string]string{}
		for _, c := range p.candidates(p.wave("nps"), personas...) {
			for flag, on := range map[string]bool{"optedOut": c.OptedOut, "invalid": c.Invalid, "duplicate": c.Duplicate} {
				if on {
					got[c.Key] = flag
				}
			}
		}
		return got
	}
	want := map[string]string{keyOf(1): "optedOut", keyOf(3): "invalid", keyOf(4): "duplicate"}
	p.equal("customers", want, flags(customers))
	want[keyOf(5)] = "duplicate"
	p.equal("with partners", want, flags(customers, "partners"))
	p.equal("counts", store.ContactCounts{Known: 5, Reachable: 3, OptedOut: 1, Invalid: 1}, p.counts(customers))
}

// bounced makes an address bounce in a wave of another persona.
func (p *people) bounced(address string) {
	p.Helper()
	p.importAll("bouncing", []store.Contact{{Key: "bouncing", Address: address}})
	wave := p.publish(p.open("bouncing", "Identified"))
	_, err := p.Invite(p.ctx(), wave, []string{"bouncing"}, []string{"bouncing"}, everybody(wave, p.clock.Now()), p.clock.Now())
	p.ok(err)
	p.settleAll(store.SentBounced)
}

func testHistory(p *people) {
	p.known(1, 4)
	history := func(wave, key string) []store.PastInvitation {
		p.Helper()
		for _, c := range p.candidates(p.wave(wave), customers) {
			if c.Key == key {
				return c.Invited
			}
		}
		return nil
	}
	first := p.publish(p.open("nps", "Confidential"))
	p.invite(first, keys(1, 2), everybody(first, noon, at(2), at(4)))
	planned := []store.PastInvitation{{Survey: "nps", At: noon}, {Survey: "nps", At: at(2), Reminder: true},
		{Survey: "nps", At: at(4), Reminder: true}}
	p.equal("planned", planned, history("ces", keyOf(1)))
	p.equal("of the wave itself", 0, len(history("nps", keyOf(1))))
	p.equal("of others", 0, len(history("ces", keyOf(3))))

	p.clock.Advance(time.Hour)
	p.settleAll(store.SentAccepted)
	planned[0].At = noon.Add(time.Hour)
	p.equal("sent", planned, history("ces", keyOf(1)))
	cancelled, err := p.CancelMessages(p.ctx(), first, "the wave is gone")
	p.ok(err)
	p.equal("cancelled", int64(4), cancelled)
	p.equal("what was cancelled was not sent", planned[:1], history("ces", keyOf(1)))

	// The same person under another address, and the same address under another key.
	moved, renamed := contact(keyOf(1)), contact("new-key")
	moved.Address, renamed.Address = "moved@shop.example", addressOf(keyOf(2))
	p.importAll(customers, []store.Contact{moved, renamed})
	p.equal("another address", planned[:1], history("ces", keyOf(1)))
	p.equal("another key", planned[:1], history("ces", "new-key"))
	p.clock.Advance(store.HistoryAge - time.Hour)
	p.equal("400 days later", planned[:1], history("ces", keyOf(1)))
	p.clock.Advance(2 * time.Hour)
	p.equal("after more than 400 days", 0, len(history("ces", keyOf(1))))
}

func testInvite(p *people) {
	p.known(1, 1000)
	wave := p.publish(p.open("nps", "Confidential"))
	decide := func(c store.Candidate) store.Verdict {
		if c.Key > keyOf(600) {
			return store.Verdict{Skip: "notSampled"}
		}
		return everybody(wave, noon)(c)
	}
	p.equal("rows", 700, p.invite(wave, keys(301, 1000), decide))
	p.equal("the rest", 300, p.invite(wave, slices.Concat(keys(1, 1000), keys(1, 10), []string{"unknown"}), decide))
	p.equal("nobody is left", 0, p.invite(wave, keys(1, 1000), decide))
	want := store.AudienceCounts{Invited: 600, Queued: 600, Skipped: map[string]int64{"notSampled": 400}}
	p.equal("counts", want, p.audience(wave))
	p.restart()
	p.equal("counts after a restart", want, p.audience(wave))
	p.equal("counts of an unknown wave", store.AudienceCounts{}, p.audience(p.wave("ces")))
}

func testInviteGone(p *people) {
	p.known(1, 1)
	try := func(wave store.WaveKey) error {
		_, err := p.Invite(p.ctx(), wave, []string{customers}, keys(1, 1), everybody(wave, noon), p.clock.Now())
		return err
	}
	p.refused("not published", store.ErrGone, try(p.wave("nps")))
	for _, state := range []store.WaveState{store.WaveTakesUnderWay, store.WaveTakesNothing} {
		wave := p.open("ces-"+string(state), "Confidential")
		wave.State = state
		p.refused(string(state), store.ErrGone, try(p.publish(wave)))
	}
	wave := p.publish(p.open("nps", "Confidential"))
	p.clock.Advance(7 * 24 * time.Hour)
	p.refused("after it has closed", store.ErrGone, try(wave))
}

func testInviteAgain(p *people) {
	wave := p.invited("nps", "Confidential", 1, 3)
	before := p.audience(wave)
	never := func(c store.Candidate) store.Verdict {
		p.Errorf("%s is decided about again", c.Key)
		return store.Verdict{Skip: "again"}
	}
	// Another address, another persona, gone and back, and erased: the row is by the person's key.
	moved := contact(keyOf(2))
	moved.Address = "moved@shop.example"
	p.importAll(customers, []store.Contact{contact(keyOf(1)), moved})
	p.importAll(customers, []store.Contact{contact(keyOf(1)), moved, contact(keyOf(3))})
	_, err := p.EraseContact(p.ctx(), p.id, keyOf(1), noon)
	p.ok(err)
	p.known(1, 3)
	p.ok(p.PublishWave(p.ctx(), p.open("nps", "Confidential")))
	p.restart()
	p.equal("rows", 0, p.invite(wave, keys(1, 3), never))
	after := p.audience(wave)
	before.Queued, before.Cancelled = 2, 1 // that of the erased contact
	p.equal("counts", before, after)
}

func testBadVerdict(p *people) {
	p.known(1, 3)
	wave := p.publish(p.open("nps", "Confidential"))
	for what, bad := range map[string]store.Verdict{
		"without a link":            {SendAt: noon},
		"a reminder before it all":  {Link: link(wave, "x"), SendAt: noon, Reminders: []time.Time{at(-1)}},
		"a reminder of nothing":     {Link: link(wave, "x"), Reminders: []time.Time{at(1)}},
		"a link that never expires": {Link: store.Link{ID: [16]byte{1}, Answer: hashOf("a"), OptOut: hashOf("b")}},
	} {
		_, err := p.Invite(p.ctx(), wave, []string{customers}, keys(1, 3), func(c store.Candidate) store.Verdict {
			if c.Key == keyOf(3) {
				return bad
			}
			return everybody(wave, noon)(c)
		}, noon)
		p.refused(what, store.ErrInvalid, err)
		p.equal(what+": counts", store.AudienceCounts{}, p.audience(wave))
	}
}

func testOneAddress(p *people) {
	wave := p.invited("nps", "Confidential", 1, 2)
	p.restart()
	renamed := contact("a-new-key")
	renamed.Address = addressOf(keyOf(1))
	p.importAll(customers, []store.Contact{renamed, contact(keyOf(2))})
	p.invite(wave, []string{"a-new-key", keyOf(2)}, everybody(wave, noon))
	p.equal("counts", store.AudienceCounts{Invited: 2, Queued: 2, Skipped: map[string]int64{"duplicate": 1}}, p.audience(wave))
}

func testContactRuleAtOnce(p *people) {
	const people, waves = 60, 8
	p.known(1, people)
	names := []store.WaveKey{}
	for i := range waves {
		names = append(names, p.publish(p.open("survey-"+string(rune('a'+i)), "Confidential")))
	}
	// One invitation for each person, over all surveys; each wave asks for everybody, from many callers at once.
	errs := together(func(i int) error {
		wave := names[i%waves]
		decide := func(c store.Candidate) store.Verdict {
			if len(c.Invited) > 0 {
				return store.Verdict{Skip: "contactRule"}
			}
			return everybody(wave, noon)(c)
		}
		mine := keys(1, people)
		if i%2 == 0 {
			mine = keys(people/2, people)
		}
		_, err := p.Invite(p.ctx(), wave, []string{customers}, mine, decide, noon)
		return err
	})
	p.ok(errors.Join(errs...))
	var invited, skipped int64
	for _, wave := range names {
		counts := p.audience(wave)
		invited, skipped = invited+counts.Invited, skipped+counts.Skipped["contactRule"]
	}
	p.equal("invitations", int64(people), invited)
	for _, c := range p.candidates(p.wave("another"), customers) {
		p.equal("invitations of "+c.Key, 1, len(c.Invited))
	}
	if total := invited + skipped; total < people*waves/2 || total > people*waves {
		p.Fatalf("%d rows for %d contacts in %d waves", total, people, waves)
	}
}

func testNothingSent(p *people) {
	p.known(1, 2)
	wave := p.publish(p.open("nps", "Confidential"))
	p.invite(wave, keys(1, 2), everybody(wave, time.Time{}))
	p.equal("counts", store.AudienceCounts{Invited: 2}, p.audience(wave))
	p.equal("messages", 0, len(p.claimAll("worker")))
	p.equal("it counts as an invitation", []store.PastInvitation{{Survey: "nps", At: noon}},
		p.candidates(p.wave("ces"), customers)[0].Invited)
	_, err := p.SubmitAnswer(p.ctx(), link(wave, keyOf(1)).Answer, done(9), noon)
	p.ok(err)
}

func testInviteCancelled(p *people) {
	p.known(1, 3)
	wave := p.publish(p.open("nps", "Confidential"))
	ctx, cancel := newCancelled(p)
	asked := 0 // without a lock: the race detector would see a call that comes later
	_, err := p.Invite(ctx, wave, []string{customers}, keys(1, 3), func(c store.Candidate) store.Verdict {
		cancel()
		asked++
		return everybody(wave, noon)(c)
	}, noon)
	if err != nil && !errors.Is(err, ctx.Err()) {
		p.Fatal(err)
	}
	if asked++; asked > 4 {
		p.Fatalf("asked %d times", asked)
	}
}
