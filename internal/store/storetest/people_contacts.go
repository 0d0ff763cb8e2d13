// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/cx-operator/cx-operator/internal/store"
)

var contactTests = map[string]func(*people){
	"an import makes the contacts those that it yields":        testImport,
	"an import that fails changes nothing":                     testImportFails,
	"the same import again changes nothing":                    testImportAgain,
	"a preview of an import changes nothing":                   testPreview,
	"contacts that break a rule are refused":                   testInvalidContacts,
	"personas have contacts of their own":                      testPersonas,
	"of two imports at once one holds as a whole":              testImportsAtOnce,
	"others can write while an import is under way":            testImportAndOthers,
	"an import that was broken off leaves nothing":             testImportBrokenOff,
	"who opted out stays so, whatever is imported":             testOptOut,
	"the revision of contacts moves with their counts":         testContactsRevision,
	"whoever is erased is gone, and hashes and counts stay":    testErase,
	"an erased person who is imported again starts anew":       testErasedAndBack,
	"nothing about people is written for an unclaimed program": testPeopleNotClaimed,
}

func testImport(p *people) {
	p.equal("first import", store.ImportReport{Added: 3}, p.importAll(customers, contacts(keys(1, 3))))
	changed := contact(keyOf(2))
	changed.Address, changed.Attributes = "new@shop.example", map[string]string{"segment": "business", "empty": ""}
	p.equal("second import", store.ImportReport{Added: 1, Updated: 1, Unchanged: 1, Removed: 1},
		p.importAll(customers, []store.Contact{contact(keyOf(4)), changed, contact(keyOf(3))}))
	changed.Attributes = map[string]string{"segment": "business"}
	var got []store.Contact
	for _, c := range p.candidates(p.wave("nps"), customers) {
		got = append(got, c.Contact)
	}
	p.equal("contacts", []store.Contact{changed, contact(keyOf(3)), contact(keyOf(4))}, got)
	p.equal("everybody leaves", store.ImportReport{Removed: 3}, p.importAll(customers, nil))
	p.equal("nobody is left", store.ContactCounts{}, p.counts(customers))
}

func testImportFails(p *people) {
	p.known(1, 1200)
	line := errors.New("line 1900: the address is empty")
	tooMany := append(contacts(keys(500, 1900)), contact(keyOf(700)))
	for what, c := range map[string]struct {
		list []store.Contact
		last error
		want error
	}{
		"an error at the end":            {contacts(keys(500, 1900)), line, line},
		"a key twice, in another chunk":  {tooMany, nil, store.ErrInvalid},
		"a key twice, one after another": {[]store.Contact{contact("a"), contact("a")}, nil, store.ErrInvalid},
	} {
		_, err := p.ImportContacts(p.ctx(), p.id, customers, sequence(c.list, c.last), noon)
		p.refused(what, c.want, err)
		p.equal(what+": contacts", store.ContactCounts{Known: 1200, Reachable: 1200}, p.counts(customers))
		p.equal(what+": keys", keys(1, 1200), candidateKeys(p.candidates(p.wave("nps"), customers)))
	}
	_, err := p.ImportContacts(p.ctx(), p.id, customers, sequence(tooMany, nil), noon)
	if err == nil || !strings.Contains(err.Error(), "contact 1402") {
		p.Fatalf("%v does not say which contact is meant", err)
	}
}

func testImportAgain(p *people) {
	p.known(1, 700)
	p.equal("the same", store.ImportReport{Unchanged: 700}, p.importAll(customers, contacts(keys(1, 700))))
	p.restart()
	p.equal("the same after a restart", store.ImportReport{Unchanged: 700}, p.importAll(customers, contacts(keys(1, 700))))
	p.equal("contacts", store.ContactCounts{Known: 700, Reachable: 700}, p.counts(customers))
}

func testPreview(p *people) {
	p.known(1, 3)
	preview := func() (store.ImportReport, error) {
		return p.PreviewImport(p.ctx(), p.id, customers, sequence(contacts(keys(2, 6)), nil))
	}
	report, err := preview()
	p.ok(err)
	p.equal("preview", store.ImportReport{Added: 3, Unchanged: 2, Removed: 1}, report)
	p.equal("contacts", keys(1, 3), candidateKeys(p.candidates(p.wave("nps"), customers)))
	line := errors.New("line 2 is too long")
	_, err = p.PreviewImport(p.ctx(), p.id, customers, sequence(nil, line))
	p.refused("a preview with an error", line, err)
}

func testInvalidContacts(p *people) {
	with := func(change func(*store.Contact)) store.Contact {
		c := contact(keyOf(1))
		change(&c)
		return c
	}
	many := map[string]string{}
	for i := range store.MaxAttributes + 1 {
		many[fmt.Sprint("a", i)] = "v"
	}
	for what, c := range map[string]store.Contact{
		"no key":            with(func(c *store.Contact) { c.Key = "" }),
		"a long key":        with(func(c *store.Contact) { c.Key = strings.Repeat("ж", 201) }),
		"no address":        with(func(c *store.Contact) { c.Address = "" }),
		"a long address":    with(func(c *store.Contact) { c.Address = strings.Repeat("a", 255) }),
		"a NUL":             with(func(c *store.Contact) { c.Name = "a\x00b" }),
		"broken text":       with(func(c *store.Contact) { c.Name = "\xff" }),
		"a strange tongue":  with(func(c *store.Contact) { c.Language = "en-GB" }),
		"many attributes":   with(func(c *store.Contact) { c.Attributes = many }),
		"a long attribute":  with(func(c *store.Contact) { c.Attributes = map[string]string{"a": strings.Repeat("b", 201)} }),
		"an attribute: NUL": with(func(c *store.Contact) { c.Attributes = map[string]string{"a": "\x00"} }),
	} {
		_, err := p.ImportContacts(p.ctx(), p.id, customers, sequence([]store.Contact{c}, nil), noon)
		p.refused(what, store.ErrInvalid, err)
	}
	long := with(func(c *store.Contact) { c.Key, c.Name = strings.Repeat("ж", 200), strings.Repeat("й", 200) })
	p.equal("the longest", store.ImportReport{Added: 1}, p.importAll(customers, []store.Contact{long}))
}

func testPersonas(p *people) {
	p.known(1, 3)
	partner := contact(keyOf(3))
	partner.Name = "As a partner"
	p.equal("partners", store.ImportReport{Added: 2}, p.importAll("partners", []store.Contact{partner, contact(keyOf(4))}))
	p.equal("customers", store.ContactCounts{Known: 3, Reachable: 3}, p.counts(customers))
	both := p.candidates(p.wave("nps"), "partners", customers)
	p.equal("each once", keys(1, 4), candidateKeys(both))
	p.equal("as in the first persona", "As a partner", both[2].Name)
	p.equal("as in the other one", "Contact c-0003", p.candidates(p.wave("nps"), customers, "partners")[2].Name)
	p.equal("partners leave", store.ImportReport{Removed: 2}, p.importAll("partners", nil))
	p.equal("customers stay", keys(1, 3), candidateKeys(p.candidates(p.wave("nps"), customers, "partners")))

	p.claim("other", neighbour, "", noon)
	_, err := p.ImportContacts(p.ctx(), "other", customers, sequence(contacts(keys(9, 9)), nil), noon)
	p.ok(err)
	p.equal("another program's", keys(1, 3), candidateKeys(p.candidates(p.wave("nps"), customers)))
}

func testImportsAtOnce(p *people) {
	p.known(1, 10)
	sizes := map[int64]bool{}
	errs := together(func(i int) error {
		n := 20 + i%4
		report, err := p.ImportContacts(p.ctx(), p.id, customers, sequence(contacts(keys(n, 2*n)), nil), noon)
		if total := report.Added + report.Updated + report.Unchanged; err == nil && total != int64(n+1) {
			return fmt.Errorf("%d contacts reported, want %d", total, n+1)
		}
		return err
	})
	p.ok(errors.Join(errs...))
	for n := range 4 {
		sizes[int64(20+n+1)] = true
	}
	known := p.counts(customers).Known
	if !sizes[known] {
		p.Fatalf("%d contacts are left: those of no import", known)
	}
	first := int(known) - 1
	p.equal("contacts of one import", keys(first, 2*first), candidateKeys(p.candidates(p.wave("nps"), customers)))
}

func testImportAndOthers(p *people) {
	wave := p.publish(p.open("nps", "Confidential"))
	others := 0
	list := contacts(keys(1, 2000))
	slow := func(yield func(store.Contact, error) bool) {
		for i, c := range list {
			if i%100 == 0 { // as if the file came over the network
				p.ok(p.ConfirmWave(p.ctx(), wave))
				p.equal("contacts meanwhile", store.ContactCounts{}, p.counts(customers))
				others++
			}
			if !yield(c, nil) {
				return
			}
		}
	}
	_, err := p.ImportContacts(p.ctx(), p.id, customers, slow, noon)
	p.ok(err)
	p.equal("writes of others", 20, others)
	p.equal("contacts", store.ContactCounts{Known: 2000, Reachable: 2000}, p.counts(customers))
}

func testImportBrokenOff(p *people) {
	p.known(1, 3)
	ctx, cancel := context.WithCancel(p.ctx())
	var endless iter.Seq2[store.Contact, error] = func(yield func(store.Contact, error) bool) {
		for n := 0; yield(contact(keyOf(n)), nil); n++ {
			if n == 1500 {
				cancel()
			}
		}
	}
	_, err := p.ImportContacts(ctx, p.id, customers, endless, noon)
	p.refused("a caller that gave up", context.Canceled, err)
	p.restart()
	p.equal("contacts", keys(1, 3), candidateKeys(p.candidates(p.wave("nps"), customers)))
	p.equal("the import, this time whole", store.ImportReport{Added: 1499, Unchanged: 3},
		p.importAll(customers, contacts(keys(1, 1502))))
}

func testOptOut(p *people) {
	p.known(1, 3)
	for range 2 {
		p.ok(p.OptOut(p.ctx(), p.id, " C-0002@Shop.Example ", "mail to support", noon))
		p.ok(p.OptOut(p.ctx(), p.id, "stranger@shop.example", "letter", noon))
	}
	p.equal("counts", store.ContactCounts{Known: 3, Reachable: 2, OptedOut: 1}, p.counts(customers))
	p.importAll(customers, nil)
	p.restart()
	p.importAll(customers, append(contacts(keys(1, 3)), store.Contact{Key: "x", Address: "Stranger@shop.example"}))
	p.equal("counts after another import", store.ContactCounts{Known: 4, Reachable: 2, OptedOut: 2}, p.counts(customers))
	for _, c := range p.candidates(p.wave("nps"), customers) {
		p.equal("opted out: "+c.Key, c.Key == keyOf(2) || c.Key == "x", c.OptedOut)
	}
	p.claim("other", neighbour, "", noon)
	_, err := p.ImportContacts(p.ctx(), "other", customers, sequence(contacts(keys(2, 2)), nil), noon)
	p.ok(err)
	other, err := p.CountContacts(p.ctx(), "other", customers)
	p.ok(err)
	p.equal("in another program", store.ContactCounts{Known: 1, Reachable: 1}, other)
	p.refused("no address", store.ErrInvalid, p.OptOut(p.ctx(), p.id, "", "letter", noon))
}

func testContactsRevision(p *people) {
	wave := p.invited("nps", "Confidential", 1, 3)
	last := int64(0)
	after := func(what string, moves bool, do func()) {
		p.Helper()
		do()
		revision, err := p.ContactsRevision(p.ctx(), p.id)
		p.ok(err)
		p.equal(what+": moves", moves, revision > last)
		last = revision
	}
	optOut := func() { p.ok(p.OptOut(p.ctx(), p.id, addressOf(keyOf(1)), "letter", noon)) }
	bounce := func() {
		for _, m := range p.claimFor("worker", 1) {
			p.equal("begin", true, p.begin("worker", m))
			p.settle("worker", m, store.SentBounced)
		}
	}
	erase := func() {
		_, err := p.EraseContact(p.ctx(), p.id, keyOf(3), noon)
		p.ok(err)
	}
	after("an import", true, func() {})
	after("the same import", false, func() { p.known(1, 3) })
	after("an opt-out", true, optOut)
	after("the same opt-out", false, optOut)
	after("an opt-out by link", true, func() { p.ok(p.OptOutByLink(p.ctx(), link(wave, keyOf(3)).OptOut, noon)) })
	after("a bounce", true, bounce)
	after("an erasure", true, erase)
	after("the same erasure", false, erase)
	after("a restart", false, p.restart)
	after("an import that leaves some out", true, func() { p.known(1, 1) })
	other, err := p.ContactsRevision(p.ctx(), "nobody")
	p.ok(err)
	p.equal("of a program that nobody claimed", int64(0), other)
}

func testPeopleNotClaimed(p *people) {
	ctx, wave := p.ctx(), p.open("nps", "Confidential")
	wave.ProgramID = "nobody"
	_, importErr := p.ImportContacts(ctx, "nobody", customers, sequence(nil, nil), noon)
	_, previewErr := p.PreviewImport(ctx, "nobody", customers, sequence(nil, nil))
	_, eraseErr := p.EraseContact(ctx, "nobody", "a", noon)
	var candidatesErr error
	for _, candidatesErr = range p.Candidates(ctx, wave.WaveKey, []string{customers}, "", noon) {
		break
	}
	for what, err := range map[string]error{"import": importErr, "preview": previewErr, "erase": eraseErr, "candidates": candidatesErr,
		"publish": p.PublishWave(ctx, wave), "opt out": p.OptOut(ctx, "nobody", "a@b.example", "letter", noon),
		"pause": p.Pause(ctx, "nobody", true), "pause by hand": p.PauseByHand(ctx, "nobody", true)} {
		p.refused(what, store.ErrNotClaimed, err)
	}
	_, inviteErr := p.Invite(ctx, wave.WaveKey, []string{customers}, []string{"a"}, nil, noon)
	_, readErr := p.PublishedWave(ctx, wave.WaveKey)
	_, foreignErr := p.SubmitForeign(ctx, wave.WaveKey, "k", done(9), noon)
	for what, err := range map[string]error{"invite": inviteErr, "read": readErr, "foreign": foreignErr,
		"confirm": p.ConfirmWave(ctx, wave.WaveKey)} {
		p.refused(what, store.ErrGone, err)
	}
}
