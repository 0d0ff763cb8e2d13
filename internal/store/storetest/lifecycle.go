// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"

	"github.com/cx-operator/cx-operator/internal/store"
)

func testReopen(s *suite) {
	s.claimed()
	s.writeOneOfEach()
	before := s.evidence()
	s.ok(s.Close())
	s.Store = s.open()
	s.equal("evidence after opening again", before, s.evidence())
	s.changes("the same records after opening again", 0, s.writeOneOfEach)
	s.changes("a correction after opening again", 1, func() {
		s.equal("revision", int64(2), put(s, s.RecordPoint, point("nps", 0, "41")).Revision)
	})
}

func testCancelled(s *suite) {
	s.claimed()
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	_, writeErr := s.RecordPoint(ctx, s.id, point("nps", 0, "40"))
	s.refused("a write", context.Canceled, writeErr)
	_, readErr := s.Evidence(ctx, s.id, store.EvidenceQuery{Now: noon})
	s.refused("a read", context.Canceled, readErr)
	_, totalsErr := s.WaveTotals(ctx, s.id, "nps")
	s.refused("totals", context.Canceled, totalsErr)
	_, revisionErr := s.Revision(ctx, s.id)
	s.refused("revision", context.Canceled, revisionErr)
	_, pointsErr := s.Points(ctx, s.id, "nps", 3)
	s.refused("points", context.Canceled, pointsErr)
	_, decisionsErr := s.Decisions(ctx, s.id, "Journey", "returns")
	s.refused("decisions", context.Canceled, decisionsErr)
	put(s, s.RecordPoint, point("nps", 0, "40")) // the store itself is well
}

func testClosed(s *suite) {
	s.claimed()
	s.ok(s.Close())
	s.ok(s.Close())
	ctx := s.Context()
	_, claimErr := s.Claim(ctx, s.id, tenant, "", noon)
	_, pointErr := s.RecordPoint(ctx, s.id, point("nps", 0, "40"))
	_, sinceErr := s.SinceAll(ctx, s.id, "criteria", nil, noon)
	_, totalsErr := s.WaveTotals(ctx, s.id, "nps")
	_, evidenceErr := s.Evidence(ctx, s.id, store.EvidenceQuery{Now: noon})
	_, revisionErr := s.Revision(ctx, s.id)
	_, pointsErr := s.Points(ctx, s.id, "nps", 3)
	_, decisionsErr := s.Decisions(ctx, s.id, "Journey", "returns")
	for what, err := range map[string]error{"points": pointsErr, "decisions": decisionsErr,
		"claim": claimErr, "point": pointErr, "since": sinceErr,
		"totals": totalsErr, "evidence": evidenceErr, "revision": revisionErr} {
		s.refused(what, store.ErrUnavailable, err)
	}
}
