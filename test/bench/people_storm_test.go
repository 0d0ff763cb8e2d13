// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// answersPerSecond come in while it is quiet and while it storms.
const answersPerSecond = 100

// BenchmarkScannerStorm is people who answer while scanners of mail open every link three times, by GET and by HEAD. Half of the
// people who are written to answer, so there are twelve such looks for each answer. Everybody comes at a time that is fixed
// beforehand, however slow the answers are, and time counts from then on: a gateway that makes people queue cannot hide it.
// Seconds of quiet and of storm take turns, so that whatever else the machine does troubles both; the typical p99 is that of
// the median second, which is not troubled.
func BenchmarkScannerStorm(b *testing.B) {
	turns := 15
	if testing.Short() {
		turns = 3
	}
	s := &storm{gatewayWorld: newGatewayWorld(b)}
	s.warmUp(b)
	var quiet, stormy latencies
	scans := 0
	for round := 0; b.Loop(); round++ {
		for turn := range turns {
			name := fmt.Sprint(round, "-", turn)
			quiet.add(s.answers(b, s.invite(b, "quiet-"+name)))
			s.allAnswered(b, "quiet-"+name)

			links, others := s.invite(b, "storm-"+name), s.invite(b, "untouched-"+name)
			revision := s.Revision(b, "untouched-"+name)
			var scanners sync.WaitGroup
			scanners.Go(func() { scans += s.scan(b, append(others, links...)) })
			stormy.add(s.answers(b, links))
			scanners.Wait()
			s.allAnswered(b, "storm-"+name)
			s.untouched(b, "untouched-"+name, revision)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(scans)/float64(len(stormy.all)), "looks/answer")
	quiet.report(b, "quiet")
	stormy.report(b, "storm")
	b.ReportMetric(percentile(stormy.all, 99).Seconds()/percentile(quiet.all, 99).Seconds(), "p99-ratio")
	b.ReportMetric(percentile(stormy.p99s, 50).Seconds()/percentile(quiet.p99s, 50).Seconds(), "typical-p99-ratio")
}

// latencies are those of all turns, and the 99th percentile of each.
type latencies struct{ all, p99s []time.Duration }

func (l *latencies) add(turn []time.Duration) {
	l.all = append(l.all, turn...)
	l.p99s = append(l.p99s, percentile(turn, 99))
}

func (l *latencies) report(b *testing.B, name string) {
	b.Helper()
	b.ReportMetric(percentile(l.all, 50).Seconds()*1000, name+"-p50-ms")
	b.ReportMetric(percentile(l.all, 99).Seconds()*1000, name+"-p99-ms")
	b.ReportMetric(percentile(l.p99s, 50).Seconds()*1000, name+"-typical-p99-ms")
}

// storm is a gateway.
type storm struct{ *gatewayWorld }

// warmUp does everything once, so that statements and templates are there.
func (s *storm) warmUp(b *testing.B) {
	links := s.invite(b, "warm")
	s.scan(b, links)
	s.answers(b, links)
}

// invite invites as many people as answer in a second.
func (s *storm) invite(b *testing.B, survey string) []string {
	return tokens(s.Invite(b, survey, pulse(), cxv1.LanguageEN, answersPerSecond))
}

// answers answers with all links, one each time that one is due, and says how long after that each was done.
func (s *storm) answers(b *testing.B, links []string) []time.Duration {
	people := s.open(b)
	defer people.close()
	took := make([]time.Duration, len(links))
	onTime(len(links), time.Second/answersPerSecond, func(i int, due time.Time) {
		people.use(b, http.StatusOK, func(c *browser) (int, error) { return c.answer(links[i]) })
		took[i] = time.Since(due)
	})
	return took
}

// scan opens every link three times, by GET and by HEAD, in as long as half of them take to be answered with.
func (s *storm) scan(b *testing.B, links []string) int {
	scanners := s.open(b)
	defer scanners.close()
	looks := 6 * len(links)
	within := time.Duration(len(links)/2) * time.Second / answersPerSecond
	onTime(looks, within/time.Duration(looks), func(i int, _ time.Time) {
		token, method := links[i%len(links)], http.MethodGet
		if i/len(links)%2 == 1 {
			method = http.MethodHead
		}
		scanners.use(b, 0, func(c *browser) (int, error) { return c.look(method, token) }) // 200, or 410 once somebody has answered
	})
	return looks
}

// connections are used in turns.
type connections chan *browser

func (s *storm) open(b *testing.B) connections {
	all := make(connections, 64)
	for range cap(all) {
		all <- connect(b, s.address)
	}
	return all
}

func (c connections) close() {
	for range cap(c) {
		(<-c).close()
	}
}

func (c connections) use(b *testing.B, want int, do func(*browser) (int, error)) {
	one := <-c
	defer func() { c <- one }()
	if code, err := do(one); err != nil || want != 0 && code != want {
		b.Errorf("status %d (%v)", code, err)
	}
}

func (s *storm) allAnswered(b *testing.B, survey string) {
	b.Helper()
	if got := s.Counts(b, survey); got.Responded != answersPerSecond || got.Partial+got.Late != 0 {
		b.Errorf("%s: %+v, want %d answers", survey, got, answersPerSecond)
	}
}

func (s *storm) untouched(b *testing.B, survey string, revision int64) {
	b.Helper()
	if n, c := s.Revision(b, survey)-revision, s.Counts(b, survey); n != 0 || c.Responded+c.Partial+c.Late != 0 {
		b.Errorf("looking changed %d things: %+v", n, c)
	}
	if n := s.OptedOut(b, survey); n != 0 {
		b.Errorf("looking opted %d people out", n)
	}
}

// onTime calls do n times, each when it is due, however long the others take.
func onTime(n int, every time.Duration, do func(i int, due time.Time)) {
	start := time.Now()
	var all sync.WaitGroup
	for i := range n {
		due := start.Add(time.Duration(i) * every)
		if wait := time.Until(due); wait > 0 {
			<-time.After(wait)
		}
		all.Go(func() { do(i, due) })
	}
	all.Wait()
}
