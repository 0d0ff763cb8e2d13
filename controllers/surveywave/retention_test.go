// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// keptFor is the retention of waves in these tests, counted from the end of the grace.
const (
	keptFor = 30 * day
	grace   = time.Hour
)

// answered is a wave that keeps its answers for keptFor; ten shoppers gave some, and one of them is to be called.
func answered(t *testing.T, changes ...func(*cxv1.SurveyWave)) *asking {
	t.Helper()
	a := ask(t, append([]func(*cxv1.SurveyWave){consent, rules, retained}, changes...)...)
	a.recall()
	a.importContacts(people.Contacts("shopper", 30)...)
	a.look()
	a.deliver()
	a.answer(1, 10, `{"recommend":10}`)
	a.answerAs(people.Address("shopper", 11), `{"recommend":0}`, people.MayContact)
	return a
}

func retained(w *cxv1.SurveyWave) { w.Spec.Template.Retention = "30d" }

// recall begins a new life of a controller that knows what was before.
func (a *asking) recall() {
	a.waves = surveywave.New(a.Kit, a.Store, a.People, people.Keys()).Publishes(surveywave.Publishing{Memory: a.Store})
}

// left is how many answers there are after a sweep some time later.
func (a *asking) left(d time.Duration) int {
	a.t.Helper()
	a.Clock.SetTime(a.Clock.Now().Add(d))
	if err := surveywave.NewRetention(a.People, a.Clock).Sweep(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	n := 0
	for _, err := range a.People.WaveAnswers(a.t.Context(), aWave) {
		if err != nil {
			a.t.Fatal(err)
		}
		n++
	}
	return n
}

func (a *asking) expectLeft(what string, d time.Duration, want int) {
	a.t.Helper()
	if got := a.left(d); got != want {
		a.t.Errorf("%s: %d answers, want %d", what, got, want)
	}
}

func TestAnswersGoWhenTheirTermIsOverAndFiguresStay(t *testing.T) {
	a := answered(t)
	a.expectLeft("while it is open", 10*day, 11)
	before := a.after(open - 10*day + grace)
	if npsOf(before) != "81.82 of 11" || *before.FollowUps != 1 {
		t.Fatalf("%s, follow-ups %d", npsOf(before), *before.FollowUps)
	}
	recorded := a.evidence().Waves
	a.expectLeft("the moment before", keptFor-time.Microsecond, 11)
	a.expectLeft("when the term is over", time.Microsecond, 0)

	a.recall()
	a.Still(a.waves, a.wave)
	if diff := cmp.Diff(before, a.wave.Status); diff != "" {
		t.Errorf("status (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(recorded, a.evidence().Waves); diff != "" {
		t.Errorf("what is recorded (-before +after):\n%s", diff)
	}
	if counts := a.counts(); counts.Responded != 11 {
		t.Errorf("counts %+v", counts)
	}
	if len(a.followUps()) != 1 {
		t.Error("the follow-up went with its answer")
	}
}

func TestAnswersOfAWaveThatWasPrunedGo(t *testing.T) {
	a := answered(t)
	a.after(open + grace)
	a.Delete(a.wave)
	a.expectLeft("the moment before", keptFor-time.Microsecond, 11)
	a.expectLeft("when the term is over", time.Microsecond, 0)
}

// Nobody closes a wave whose object is gone.
func TestAnswersOfAWaveThatWasDeletedWhileOpenGo(t *testing.T) {
	a := answered(t)
	a.Delete(a.wave)
	a.expectLeft("the moment before", open+grace+keptFor-time.Microsecond, 11)
	if got := a.published(); got != store.WaveTakesAnswers {
		t.Fatalf("it is %s", got)
	}
	a.expectLeft("closed first", time.Microsecond, 11)
	if got := a.published(); got != store.WaveTakesNothing {
		t.Errorf("it is %s", got)
	}
	a.expectLeft("a day later", program.LeastKept, 0)
}

func TestAnswersOfACancelledWaveGo(t *testing.T) {
	a := answered(t)
	world.Update(a.World, a.wave, func(w *cxv1.SurveyWave) { w.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: "wrong question"} })
	a.look()
	a.expectLeft("the moment before", keptFor-time.Microsecond, 11)
	a.expectLeft("when the term is over", time.Microsecond, 0)
}

func TestWithoutARetentionAnswersStay(t *testing.T) {
	a := answered(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Retention = "" })
	a.after(open + grace)
	a.expectLeft("a century later", 36500*day, 11)
}

// The operator was down from before the end until after the term, and drops before it looks at any object.
func TestFiguresAreMadeBeforeTheAnswersGo(t *testing.T) {
	a := answered(t)
	a.expectLeft("at the start", open+grace+2*keptFor, 11)
	a.recall()
	if status := a.look(); status.Phase != cxv1.WaveClosed || npsOf(status) != "81.82 of 11" {
		t.Errorf("%s: %s", status.Phase, npsOf(status))
	}
	a.expectLeft("a day later", program.LeastKept, 0)
}

// A backup gives objects back without their status. That nobody knows the figures any more is not that there were none.
func TestARestoredWaveDoesNotCountWhatWasDropped(t *testing.T) {
	a := answered(t)
	a.after(open + grace)
	recorded := a.evidence().Waves
	a.expectLeft("when the term is over", keptFor, 0)
	a.Delete(a.wave)
	a.wave = a.waveOf(consent, rules, retained)
	a.Create(a.wave)
	a.recall()
	status := a.look()
	if status.Phase != cxv1.WaveClosed || status.Results != nil || status.FollowUps != nil || status.Counts.Responded != 11 {
		t.Errorf("%s, results %+v, follow-ups %v, counts %+v", status.Phase, status.Results, status.FollowUps, status.Counts)
	}
	if text := strings.Join(status.Doubts, " "); !strings.Contains(text, "were dropped") {
		t.Errorf("doubts: %q", text)
	}
	if diff := cmp.Diff(recorded, a.evidence().Waves); diff != "" {
		t.Errorf("what is recorded (-before +after):\n%s", diff)
	}
	a.Still(a.waves, a.wave)
}

// terms are many waves that are due, of which some cannot be dropped.
type terms struct {
	due     []store.WaveKey
	dropped []string
	fails   string
	asked   func()
}

var errStuck = errors.New("it is stuck")

func (f *terms) DueForDropping(_ context.Context, _ time.Time, limit int) ([]store.WaveKey, error) {
	if f.asked != nil {
		f.asked()
	}
	return slices.Clone(f.due[:min(limit, len(f.due))]), nil
}

func (f *terms) PublishedWave(_ context.Context, key store.WaveKey) (store.PublishedWave, error) {
	return store.PublishedWave{WaveKey: key, State: store.WaveTakesNothing}, nil
}

func (f *terms) PublishWave(context.Context, store.PublishedWave) error {
	return errors.New("a closed wave is published")
}

func (f *terms) DropAnswers(_ context.Context, key store.WaveKey, _ time.Time) (int64, error) {
	if key.Slot == f.fails {
		return 0, errStuck
	}
	f.dropped = append(f.dropped, key.Slot)
	f.due = slices.DeleteFunc(f.due, func(k store.WaveKey) bool { return k == key })
	return 1, nil
}

func manyDue(n int) *terms {
	f := &terms{}
	for i := range n {
		f.due = append(f.due, store.WaveKey{ProgramID: "p", Survey: "s", Slot: fmt.Sprint(i)})
	}
	return f
}

func TestASweepDropsAllThatIsDue(t *testing.T) {
	a := ask(t)
	f := manyDue(250)
	if err := surveywave.NewRetention(f, a.Clock).Sweep(t.Context()); err != nil || len(f.dropped) != 250 {
		t.Errorf("%d dropped of 250: %v", len(f.dropped), err)
	}
	f = manyDue(250)
	f.fails = "7"
	// Those behind it have to wait for the next time, or it would be tried without end.
	if err := surveywave.NewRetention(f, a.Clock).Sweep(t.Context()); !errors.Is(err, errStuck) || len(f.dropped) != 99 {
		t.Errorf("%d dropped with one that fails: %v", len(f.dropped), err)
	}
}

func TestRetentionBeginsAtOnceAndNeedsNoCluster(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	f := manyDue(3)
	f.asked = stop
	r := surveywave.NewRetention(f, clockAt{})
	if err := r.Start(ctx); err != nil || len(f.dropped) != 3 {
		t.Errorf("dropped %v: %v", f.dropped, err)
	}
	if r.NeedLeaderElection() {
		t.Error("it waits for a lease of the API server")
	}
}

type clockAt struct{}

func (clockAt) Now() time.Time                   { return build.Monday }
func (clockAt) Since(at time.Time) time.Duration { return build.Monday.Sub(at) }
