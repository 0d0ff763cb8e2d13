// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"

	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	neighbour = store.Holder{NamespaceUID: "ns-2", Namespace: "wholesale", ProgramUID: "uid-2"}
	stranger  = store.Holder{NamespaceUID: "ns-3", Namespace: "elsewhere", ProgramUID: "uid-3"}
)

// inUse expects a claim by holder to fail because of the namespace.
func (s *suite) inUse(by store.Holder, adoptFrom, namespace string) *store.InUseError {
	s.Helper()
	_, err := s.Claim(s.Context(), s.id, by, adoptFrom, at(9))
	var inUse *store.InUseError
	if !errors.As(err, &inUse) {
		s.Fatalf("got %v, want an InUseError", err)
	}
	s.equal("holder named", namespace, inUse.Holder.Namespace)
	return inUse
}

func testFirstClaimWins(s *suite) {
	first := s.claim(s.id, tenant, "", noon)
	s.equal("claim", store.Claim{ID: s.id, Holder: tenant, ClaimedAt: noon}, first)
	s.changes("a refused claim", 0, func() { s.inUse(neighbour, "", "retail") })
	s.equal("holder", first, s.evidence().Program)
	s.equal("another id", neighbour, s.claim("other", neighbour, "", noon).Holder)
}

func testRecreatedProgram(s *suite) {
	s.claimed()
	again := tenant
	again.ProgramUID = "uid-new"
	s.changes("a new Program", 1, func() {
		s.equal("claim", store.Claim{ID: s.id, Holder: again, ClaimedAt: noon}, s.claim(s.id, again, "", at(3)))
	})
	s.changes("the same Program", 0, func() { s.claim(s.id, again, "", at(4)) })
	s.equal("holder", again, s.evidence().Program.Holder)
}

func testAdoption(s *suite) {
	s.claimed()
	put(s, s.RecordPoint, point("nps", 0, "40"))
	s.inUse(neighbour, stranger.NamespaceUID, "retail")

	s.changes("an adoption", 1, func() {
		moved := s.claim(s.id, neighbour, tenant.NamespaceUID, at(1))
		s.equal("claim", store.Claim{ID: s.id, Holder: neighbour, ClaimedAt: at(1)}, moved)
	})
	s.changes("the same adoption again", 0, func() { s.claim(s.id, neighbour, tenant.NamespaceUID, at(2)) })
	s.equal("points after the move", 1, len(s.evidence().Points))
	s.inUse(tenant, "", "wholesale")

	// Both namespaces now ask to adopt from each other. The id must come to rest.
	s.claim(s.id, tenant, neighbour.NamespaceUID, at(3))
	if inUse := s.inUse(neighbour, tenant.NamespaceUID, "retail"); !inUse.AdoptedBefore {
		s.Fatal("the second adoption by the same namespace does not say that it was done before")
	}
}

func testNotClaimed(s *suite) {
	ctx := s.Context()
	_, waveErr := s.RecordWave(ctx, s.id, wave("nps", 0))
	_, followUpErr := s.RecordFollowUp(ctx, s.id, followUp("f-1", 0))
	_, decisionErr := s.RecordDecision(ctx, s.id, decision("offer-1", store.Accepted))
	_, pointErr := s.RecordPoint(ctx, s.id, point("nps", 0, "40"))
	_, stageErr := s.RecordStage(ctx, s.id, stage(1, 0))
	_, sinceErr := s.SinceAll(ctx, s.id, "criteria", map[string]string{"a": "False"}, noon)
	_, evidenceErr := s.Evidence(ctx, s.id, store.EvidenceQuery{Now: noon})
	for what, err := range map[string]error{
		"wave start": s.RecordWaveStarted(ctx, s.id, start("nps", 0)), "wave": waveErr, "decision": decisionErr,
		"follow-up": followUpErr, "point": pointErr, "stage": stageErr, "since": sinceErr, "evidence": evidenceErr,
	} {
		s.refused(what, store.ErrNotClaimed, err)
	}
	s.equal("revision of an unknown id", int64(0), s.revision())
}

func testTenants(s *suite) {
	s.claimed()
	s.claim("other", neighbour, "", noon)
	before := s.evidence()
	ctx := s.Context()
	s.ok(s.RecordWaveStarted(ctx, "other", start("nps", 0)))
	_, err := s.RecordPoint(ctx, "other", point("nps", 0, "40"))
	s.ok(err)
	_, err = s.RecordDecision(ctx, "other", decision("offer-1", store.Declined))
	s.ok(err)
	_, err = s.RecordFollowUp(ctx, "other", followUp("f-1", 0))
	s.ok(err)
	_, err = s.SinceAll(ctx, "other", "criteria", map[string]string{"a": "False"}, noon)
	s.ok(err)
	s.equal("evidence after another program's writes", before, s.evidence())

	// The same keys are free for this program.
	put(s, s.RecordDecision, decision("offer-1", store.Accepted))
	own := followUp("f-1", 1)
	s.equal("own follow-up", own, put(s, s.RecordFollowUp, own))
	s.equal("own decision", store.Accepted, s.evidence().Decisions[0].Result)
	totals, err := s.WaveTotals(ctx, s.id, "nps")
	s.ok(err)
	s.equal("own totals", store.WaveTotals{Survey: "nps"}, totals)
}
