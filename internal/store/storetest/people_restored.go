// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"

	"github.com/cx-operator/cx-operator/internal/store"
)

var restoredTests = map[string]func(*people){
	"attempts are counted before they begin, and for good": testMailsBegun,
	"an older copy goes on without the mail that waits":    testAcceptRestored,
	"many mails that wait are cancelled, too":              testAcceptMany,
}

func (p *people) expectBegun(want int64) {
	p.Helper()
	got, err := p.MailsBegun(p.ctx(), p.id)
	p.ok(err)
	p.equal("mails begun", want, got)
}

func (p *people) accept(programID string, seen int64) int64 {
	p.Helper()
	cancelled, err := p.AcceptRestored(p.ctx(), programID, seen)
	p.ok(err)
	return cancelled
}

func testMailsBegun(p *people) {
	p.expectBegun(0)
	p.invited("nps", "Confidential", 1, 3)
	messages := p.claimAll("worker")
	p.expectBegun(0)
	p.equal("begin", true, p.begin("worker", messages[0]))
	p.equal("begin again", false, p.begin("worker", messages[0]))
	p.expectBegun(1)
	p.settle("worker", messages[0], store.SentAccepted)
	p.equal("begin", true, p.begin("worker", messages[1]))
	p.settle("worker", messages[1], store.SentLater)
	p.expectBegun(2)
	p.restart()
	p.expectBegun(2)
	other, err := p.MailsBegun(p.ctx(), "other")
	p.ok(err)
	p.equal("of another program", int64(0), other)
}

func testAcceptRestored(p *people) {
	wave := p.invited("nps", "Confidential", 1, 4)
	sent := p.claimFor("worker", 1)[0]
	p.equal("begin", true, p.begin("worker", sent))
	p.settle("worker", sent, store.SentAccepted)
	claimed := p.claimFor("worker", 1)[0]
	for _, seen := range []int64{0, 1} {
		p.equal("no older copy", int64(0), p.accept(p.id, seen))
	}
	p.equal("all is there", store.AudienceCounts{Invited: 4, Accepted: 1, Queued: 3}, p.audience(wave))
	p.claim("other", neighbour, "", noon)
	p.equal("of another program", int64(0), p.accept("other", 9))
	p.equal("cancelled", int64(3), p.accept(p.id, 4))
	p.equal("a claim from before", false, p.begin("worker", claimed))
	p.equal("counts", store.AudienceCounts{Invited: 4, Accepted: 1, Cancelled: 3}, p.audience(wave))
	p.expectBegun(4)

	next := p.invited("ces", "Confidential", 1, 4)
	p.equal("once more", int64(0), p.accept(p.id, 4))
	p.restart()
	p.equal("of the next wave", 4, p.settleAll(store.SentAccepted))
	p.equal("counts of the next wave", store.AudienceCounts{Invited: 4, Accepted: 4}, p.audience(next))
	p.expectBegun(8)

	_, err := p.AcceptRestored(p.ctx(), p.id, -1)
	p.refused("a negative number", store.ErrInvalid, err)
	_, err = p.AcceptRestored(p.ctx(), "nobody", 1)
	p.refused("an unknown program", store.ErrNotClaimed, err)
}

func testAcceptMany(p *people) {
	const waves, each = 3, 450 // more than are cancelled at once
	for n := range waves {
		p.invited(fmt.Sprint("nps-", n), "Confidential", 1, each)
	}
	p.equal("cancelled", int64(waves*each), p.accept(p.id, 1))
	p.equal("claims", 0, len(p.claimAll("worker")))
	p.expectBegun(1)
}
