// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"

	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// publish writes what pages and mails say.
func (p *pass) publish(ctx context.Context, state store.WaveState) error {
	wave, err := delivery.Published(p.prog, p.t)
	if err != nil {
		return err
	}
	wave.WaveKey, wave.State = p.key, state
	wave.OpensAt, wave.ClosesAt, wave.GraceUntil = p.t.OpensAt.Time, p.t.ClosesAt.Time, p.t.GraceUntil.Time
	wave.KeepUntil = program.KeepUntil(p.t, state, p.now)
	return p.people.PublishWave(ctx, wave)
}
