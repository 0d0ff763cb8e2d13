// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
)

// BenchmarkDecide decides one handover among 500 owners who all stand in for the next one and are away at times.
func BenchmarkDecide(b *testing.B) {
	all := Owners{}
	for i := range 500 {
		name := func(n int) string { return fmt.Sprintf("owner-%03d", n%500) }
		all[name(i)] = owner(name(i), reportsTo(name(i/2)), deputy(name(i+1)), away(day(i%30), day(i%30+5), name(i+7)))
	}
	in := input(kpiClaim("owner-001"), required, all, recorded(kpiClaim("owner-002"), store.Accepted, day(-3)))
	b.ReportAllocs()
	for b.Loop() {
		if plan := Decide(in); plan.Owner != "owner-002" {
			b.Fatal(plan)
		}
	}
}

// BenchmarkName makes the name of an assignment, which every event of a subject does for all of its claims.
func BenchmarkName(b *testing.B) {
	claim := journey("checkout", "owner-001")
	b.ReportAllocs()
	for b.Loop() {
		if claim.Name() == "" {
			b.Fatal("no name")
		}
	}
}
