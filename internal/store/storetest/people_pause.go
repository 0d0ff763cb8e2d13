// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import "github.com/cx-operator/cx-operator/internal/store"

func testPauseByHand(p *people) {
	wave := p.invited("nps", "Confidential", 1, 3)
	p.claim("other", neighbour, "", noon)
	bars := func() store.MailBars {
		p.Helper()
		bars, err := p.MailBars(p.ctx(), p.id, nil)
		p.ok(err)
		return bars
	}
	claimed := p.claimFor("worker", 1)[0]
	for range 2 {
		p.ok(p.PauseByHand(p.ctx(), p.id, true))
	}
	p.equal("a claim from before", false, p.begin("worker", claimed))
	p.equal("claims", 0, len(p.claimAll("worker")))
	p.equal("bars", store.MailBars{Paused: true, ByHand: true}, bars())

	p.ok(p.Pause(p.ctx(), p.id, false)) // as the Program's controller does after each start
	p.restart()
	p.equal("claims, as the Program says nothing else", 0, len(p.claimAll("worker")))
	p.equal("bars", store.MailBars{Paused: true, ByHand: true}, bars())

	p.ok(p.Pause(p.ctx(), p.id, true))
	p.ok(p.PauseByHand(p.ctx(), "other", true))
	for range 2 {
		p.ok(p.PauseByHand(p.ctx(), p.id, false))
	}
	p.equal("claims, as the Program pauses", 0, len(p.claimAll("worker")))
	p.equal("bars", store.MailBars{Paused: true}, bars())

	p.ok(p.Pause(p.ctx(), p.id, false))
	p.equal("bars", store.MailBars{}, bars())
	p.equal("sent after both pauses", 3, p.settleAll(store.SentAccepted))
	p.equal("counts", store.AudienceCounts{Invited: 3, Accepted: 3}, p.audience(wave))
}
