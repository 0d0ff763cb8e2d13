// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var peopleTests = map[string]func(*people){
	"a crash at any write is repaired by doing all again": testCrashes,
	"any order of calls does what a simple model does":    testModel,
	"a closed store takes no people":                      testPeopleClosed,
	"a follow-up leads to who agreed to be contacted":     testFollowedUp,
	"a follow-up leads to nobody who must not be found":   testFollowedUpNoMore,
}

var errCrash = errors.New("crash")

// crashing is how many contacts the waves of testCrashes have.
const crashing = 4

// world is what a crash does not undo: mails that were sent, answers that were acknowledged.
type world struct {
	mails    map[string]int
	receipts map[string]string
}

// life is all that happens to a wave with four contacts, as processes do it that know nothing of each other.
func (p *people) life(f *FaultyPeople, wave store.PublishedWave, w *world) error {
	ctx, everyone := p.ctx(), keys(1, crashing)
	if _, err := f.ImportContacts(ctx, p.id, customers, sequence(contacts(everyone), nil), noon); err != nil {
		return err
	}
	if err := errors.Join(f.PublishWave(ctx, wave), f.ConfirmWave(ctx, wave.WaveKey)); err != nil {
		return err
	}
	for chunk := range slices.Chunk(everyone, 2) {
		if _, err := f.Invite(ctx, wave.WaveKey, []string{customers}, chunk, everybody(wave.WaveKey, noon), noon); err != nil {
			return err
		}
	}
	if err := p.sendAll(ctx, f, w); err != nil {
		return err
	}
	for _, key := range everyone {
		receipt, err := f.SubmitAnswer(ctx, link(wave.WaveKey, key).Answer, done(9), noon)
		if err != nil {
			return err
		}
		if before, ok := w.receipts[key]; ok && before != receipt.ID {
			return fmt.Errorf("%s has two receipts", key)
		}
		w.receipts[key] = receipt.ID
	}
	return nil
}

func (p *people) sendAll(ctx context.Context, f *FaultyPeople, w *world) error {
	stranded, err := f.Stranded(ctx, []string{p.id}, 100)
	if err != nil {
		return err
	}
	for _, m := range stranded {
		if err := f.SettleMessage(ctx, "worker", m, store.Sent{Result: store.SentAmbiguous}); err != nil {
			return err
		}
	}
	for {
		messages, err := f.ClaimMessages(ctx, "worker", []string{p.id}, 3, lease)
		if err != nil || len(messages) == 0 {
			return err
		}
		for _, m := range messages {
			begun, err := f.BeginSending(ctx, "worker", m)
			if err != nil {
				return err
			}
			if !begun {
				continue
			}
			w.mails[m.Contact.Key]++
			if err := f.SettleMessage(ctx, "worker", m, store.Sent{Result: store.SentAccepted, Code: 250}); err != nil {
				return err
			}
		}
	}
}

func testCrashes(p *people) {
	writes := 0
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		for k := 0; k == 0 || k < writes; k++ {
			for _, after := range []bool{false, true} {
				count := p.crashAt(k, after, fmt.Sprintf("crash-%d-%t", k, after), anonymity)
				writes = max(writes, count)
			}
		}
	}
	if writes < 20 {
		p.Fatalf("only %d writes were tried", writes)
	}
}

// crashAt lets the k-th write fail, before or after it happened, and starts anew until all is done. It returns how many writes
// there were.
func (p *people) crashAt(k int, after bool, survey, anonymity string) int {
	p.Helper()
	count := 0
	hook := func(string) error {
		if count++; count == k+1 {
			return errCrash
		}
		return nil
	}
	f := &FaultyPeople{People: p.PeopleStore}
	if f.BeforeWrite = hook; after {
		f.BeforeWrite, f.AfterWrite = nil, hook
	}
	w := &world{mails: map[string]int{}, receipts: map[string]string{}}
	wave := p.open(survey+"-"+anonymity, anonymity)
	crashed := false
	for starts := 0; ; starts++ {
		err := p.life(f, wave, w)
		if err == nil {
			break
		}
		if !errors.Is(err, errCrash) || starts > 0 {
			p.Fatalf("crash at write %d (after it: %t): %v", k, after, err)
		}
		crashed = true
		p.clock.Advance(lease)
	}
	if k < 20 && !crashed {
		p.Fatalf("nothing crashed at write %d", k)
	}
	counts := p.audience(wave.WaveKey)
	p.equal("sum of the counts", int64(crashing), counts.Accepted+counts.Ambiguous)
	missed := int64(0)
	for _, key := range keys(1, crashing) {
		if n := w.mails[key]; n > 1 {
			p.Fatalf("%s got %d mails after a crash at write %d (after it: %t)", key, n, k, after)
		} else if n == 0 {
			missed++
		}
	}
	if counts.Ambiguous > 1 || missed > counts.Ambiguous {
		p.Fatalf("%d without a mail, %d ambiguous, after a crash at write %d (after it: %t)", missed, counts.Ambiguous, k, after)
	}
	p.equal("answers", crashing, len(p.answers(wave.WaveKey)))
	p.equal("responded", int64(crashing), counts.Responded)
	p.clock.Advance(p.startOver())
	return count
}

// startOver is how far the clock has to move to be at noon again, when every wave of these tests opens.
func (p *people) startOver() time.Duration { return noon.Sub(p.clock.Now()) }

func testPeopleClosed(p *people) {
	wave := p.invited("nps", "Confidential", 1, 1)
	p.ok(p.PeopleStore.Close())
	ctx, l := p.ctx(), link(wave, keyOf(1))
	_, importErr := p.ImportContacts(ctx, p.id, customers, sequence(nil, nil), noon)
	_, inviteErr := p.Invite(ctx, wave, []string{customers}, keys(1, 1), everybody(wave, noon), noon)
	_, countErr := p.CountContacts(ctx, p.id, customers)
	_, claimErr := p.ClaimMessages(ctx, "worker", []string{p.id}, 1, lease)
	_, submitErr := p.SubmitAnswer(ctx, l.Answer, done(1), noon)
	_, openErr := p.Invitation(ctx, l.Answer, noon)
	_, audienceErr := p.AudienceCounts(ctx, wave)
	_, waveErr := p.PublishedWave(ctx, wave)
	var answersErr, candidatesErr error
	for _, answersErr = range p.WaveAnswers(ctx, wave) {
		break
	}
	for _, candidatesErr = range p.Candidates(ctx, wave, []string{customers}, "", noon) {
		break
	}
	for what, err := range map[string]error{"import": importErr, "invite": inviteErr, "count": countErr, "claim": claimErr,
		"submit": submitErr, "invitation": openErr, "audience": audienceErr, "wave": waveErr, "answers": answersErr,
		"candidates": candidatesErr} {
		p.refused(what, store.ErrUnavailable, err)
	}
}
