// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// shown is what was published of a wave when.
type shown struct {
	digest [sha256.Size]byte
	at     time.Time
}

// publish writes what pages and mails say, and tells the store that an open wave is still there: its mail waits otherwise. Both are
// done when something changed, and now and then.
func (p *pass) publish(ctx context.Context, state store.WaveState) error {
	wave, err := delivery.Published(p.prog, p.t)
	if err != nil {
		return err
	}
	wave.WaveKey, wave.State = p.key, state
	wave.OpensAt, wave.ClosesAt, wave.GraceUntil = p.t.OpensAt.Time, p.t.ClosesAt.Time, p.t.GraceUntil.Time
	wave.KeepUntil = program.KeepUntil(p.t, state, p.now)
	now := shown{digest: digestOf(string(p.wave.UID), wave), at: p.now}
	last, known := p.shown.Load(p.key)
	if known && last.(shown).digest == now.digest && p.now.Sub(last.(shown).at) < confirmEvery {
		return nil
	}
	if err := p.keepsItsPromise(ctx, wave); err != nil {
		return err
	}
	if err := p.people.PublishWave(ctx, wave); err != nil {
		return err
	}
	if state == store.WaveTakesAnswers {
		if err := p.people.ConfirmWave(ctx, p.key); err != nil {
			return err
		}
	}
	p.shown.Store(p.key, now)
	return nil
}

// keepsItsPromise refuses what asks something else than the wave of this slot has asked so far: the object is not the one that people
// were invited by.
func (p *pass) keepsItsPromise(ctx context.Context, wave store.PublishedWave) error {
	before, err := p.people.PublishedWave(ctx, p.key)
	switch {
	case errors.Is(err, store.ErrGone):
		return nil // nothing was published
	case err != nil:
		return err
	case before.QuestionnaireHash != wave.QuestionnaireHash:
		return fmt.Errorf("%w: the questionnaire of a wave cannot be changed once it was shown", store.ErrInvalid)
	}
	return nil
}

// digestOf identifies what is published of an object.
func digestOf(uid string, wave store.PublishedWave) [sha256.Size]byte {
	text := fmt.Appendf(nil, "%s %s %s %s %q %d %d %d %d", uid, wave.State, wave.Anonymity, wave.QuestionnaireHash, wave.Kept,
		wave.OpensAt.UnixMicro(), wave.ClosesAt.UnixMicro(), wave.GraceUntil.UnixMicro(), wave.KeepUntil.UnixMicro())
	page, mail := sha256.Sum256(wave.Page), sha256.Sum256(wave.Mail)
	return sha256.Sum256(slices.Concat(text, page[:], mail[:]))
}
