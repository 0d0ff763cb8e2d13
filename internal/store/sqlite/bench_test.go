// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

// BenchmarkRecordPoint writes the same number of points from 100 callers at once, with shared transactions and
// with one transaction for each, in turns on the same disk, and reports rates and their ratio.
func BenchmarkRecordPoint(b *testing.B) {
	const callers, each = 100, 5
	shared := open(b, filepath.Join(b.TempDir(), "shared.db"), sqlite.Options{})
	single := open(b, filepath.Join(b.TempDir(), "single.db"), sqlite.Options{MaxBatch: 1})
	claim(b, shared)
	claim(b, single)
	var sharedTime, singleTime time.Duration
	for round := 0; b.Loop(); round++ {
		sharedTime += burst(b, shared, callers, each, round)
		singleTime += burst(b, single, callers, each, round)
	}
	points := float64(b.N * callers * each)
	b.ReportMetric(points/sharedTime.Seconds(), "shared-points/s")
	b.ReportMetric(points/singleTime.Seconds(), "single-points/s")
	b.ReportMetric(singleTime.Seconds()/sharedTime.Seconds(), "ratio")
}

func burst(b *testing.B, s store.Store, callers, each, round int) time.Duration {
	started := time.Now()
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := range each {
				_, err := s.RecordPoint(b.Context(), program, store.KPIPoint{KPI: fmt.Sprint("kpi-", caller),
					AsOf: now.AddDate(0, 0, round*each+i), Value: "42.5", Source: "manual", RecordedAt: now})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(started)
}

// BenchmarkEvidence reads a program with five years of weekly points for 50 KPIs and daily waves.
func BenchmarkEvidence(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "evidence.db"), sqlite.Options{})
	claim(b, s)
	var all sync.WaitGroup
	for kpi := range 50 {
		all.Go(func() {
			for week := range 260 {
				_, err := s.RecordPoint(b.Context(), program, store.KPIPoint{KPI: fmt.Sprint("kpi-", kpi),
					AsOf: now.AddDate(0, 0, -7*week), Value: "42.5", Source: "manual", RecordedAt: now})
				if err != nil {
					b.Error(err)
				}
			}
			for day := range 36 {
				due := now.AddDate(0, 0, -(36*kpi + day))
				err := s.RecordWaveStarted(b.Context(), program, store.WaveStart{Survey: "nps",
					Slot: due.Format("nps-20060102t1504"), DueAt: due})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	for b.Loop() {
		if _, err := s.Evidence(b.Context(), program, store.EvidenceQuery{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
