// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

func (p *people) backlog() []store.Backlog {
	p.Helper()
	backlog, err := p.Backlog(p.ctx())
	p.ok(err)
	return backlog
}

func testBacklog(p *people) {
	p.equal("of an empty store", []store.Backlog{}, p.backlog())
	p.known(1, 3)
	late, early := p.publish(p.open("nps", "Confidential")), p.publish(p.open("csat", "Confidential"))
	p.invite(late, keys(1, 3), everybody(late, noon.Add(time.Hour), at(3)))
	p.invite(early, keys(1, 1), everybody(early, noon.Add(time.Minute)))
	p.equal("invitations and reminders of all waves, since the first of them is due",
		[]store.Backlog{{ProgramID: p.id, Messages: 7, FreeSince: noon.Add(time.Minute)}}, p.backlog())

	p.clock.Advance(time.Hour)
	p.ok(p.Pause(p.ctx(), p.id, true))
	p.equal("mail that waits for somebody waits all the same", noon.Add(time.Minute), p.backlog()[0].FreeSince)
	p.ok(p.Pause(p.ctx(), p.id, false))
	p.claimFor("worker", 1)
	p.equal("what is claimed is not late", []store.Backlog{{ProgramID: p.id, Messages: 7, FreeSince: noon.Add(time.Hour)}}, p.backlog())
	p.clock.Advance(lease)
	other := p.open("other-nps", "Confidential")
	other.ProgramID = "a-second-program"
	_, err := p.Claim(p.ctx(), other.ProgramID, store.Holder{NamespaceUID: "u-2", Namespace: "second", ProgramUID: "p-2"}, "", noon)
	p.ok(err)
	_, err = p.ImportContacts(p.ctx(), other.ProgramID, customers, sequence(contacts(keys(1, 2)), nil), noon)
	p.ok(err)
	p.invite(p.publish(other), keys(1, 2), everybody(other.WaveKey, noon))
	p.equal("each program by itself", []store.Backlog{{ProgramID: other.ProgramID, Messages: 2, FreeSince: noon},
		{ProgramID: p.id, Messages: 7, FreeSince: noon.Add(time.Hour)}}, p.backlog())
	_, err = p.CancelMessages(p.ctx(), other.WaveKey, "test")
	p.ok(err)
	p.settleAll(store.SentAccepted)
	p.equal("reminders are left", []store.Backlog{{ProgramID: p.id, Messages: 3, FreeSince: at(3)}}, p.backlog())
	_, err = p.CancelMessages(p.ctx(), late, "test")
	p.ok(err)
	p.equal("nothing is left", []store.Backlog{}, p.backlog())
}
