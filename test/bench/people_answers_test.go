// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// BenchmarkAnswers is people who send a whole survey over HTTP: each answer is on the disk, its link spent, before they are
// thanked. The floor is the same number of callers who each put one row into a bare table of the same database, in transactions
// that they share; and the same again behind a bare HTTP server that does nothing else.
func BenchmarkAnswers(b *testing.B) {
	a := &answering{callers: 128, each: 100, gatewayWorld: newGatewayWorld(b), raw: newRawTable(b)}
	if testing.Short() {
		a.each = 25
	}
	disk := flushes(b)
	bare := a.bareServer(b)
	var floor, overHTTP, ours, cpu time.Duration
	round := 0
	for ; b.Loop(); round++ {
		floor += together(a.callers, func(caller int) {
			for i := range a.each {
				if err := a.raw.insert(fmt.Sprint(round, "/", caller, "/", i)); err != nil {
					b.Error(err)
				}
			}
		})
		survey := fmt.Sprint("pulse-", round)
		links := tokens(a.Invite(b, survey, pulse(), cxv1.LanguageEN, a.callers*a.each))
		overHTTP += a.send(b, bare, links)
		before := cpuTime(b)
		ours += a.send(b, a.address, links)
		cpu += cpuTime(b) - before
		if n := a.Counts(b, survey).Responded; int(n) != len(links) {
			b.Errorf("%d answers are stored, want %d", n, len(links))
		}
	}
	answers := float64(round * a.callers * a.each)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(disk, "flushes/s")
	b.ReportMetric(answers/floor.Seconds(), "raw-rows/s")
	b.ReportMetric(answers/overHTTP.Seconds(), "raw-rows-over-HTTP/s")
	b.ReportMetric(answers/ours.Seconds(), "answers/s")
	b.ReportMetric(floor.Seconds()/ours.Seconds(), "of-raw")
	b.ReportMetric(overHTTP.Seconds()/ours.Seconds(), "of-raw-over-HTTP")
	b.ReportMetric(cpu.Seconds()*1000/answers, "CPU-ms/answer")
}

// answering is who answers, and where.
type answering struct {
	*gatewayWorld
	raw           *rawTable
	callers, each int
}

// bareServer puts a row into the bare table for each request, whose path is the key.
func (a *answering) bareServer(b *testing.B) (address string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.raw.insert(r.URL.Path); err != nil {
			http.Error(w, "the row is not stored", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "thank you")
	}))
	b.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// send answers with all links, over as many connections as there are callers.
func (a *answering) send(b *testing.B, address string, links []string) time.Duration {
	return together(a.callers, func(caller int) {
		c := connect(b, address)
		defer c.close()
		for _, token := range links[caller*a.each : (caller+1)*a.each] {
			if code, err := c.answer(token); code != http.StatusOK || err != nil {
				b.Errorf("status %d (%v)", code, err)
				return
			}
		}
	})
}
