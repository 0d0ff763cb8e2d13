// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

var testNow = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

var standard = cxv1.FrameworkUse{Name: maturity.SixStages, Profile: "standard"}

func ladder(uid types.UID, generation int64, rule string) *cxv1.Framework {
	return build.Framework(maturity.SixStages, func(f *cxv1.Framework) {
		f.UID, f.Generation, f.Spec.Stages[1].Criteria[0].Rule = uid, generation, rule
	})
}

// of fails the test on an error.
func of(t *testing.T, m *Models, s *Snapshot, use cxv1.FrameworkUse) *maturity.Model {
	t.Helper()
	model, err := m.Of(s, nil, use)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestAFrameworkIsCompiledOncePerGenerationAndProfile(t *testing.T) {
	m := &Models{}
	first := of(t, m, New("retail", ladder("a", 1, "f.journeys >= 1")), standard)
	for name, tc := range map[string]struct {
		snapshot *Snapshot
		use      cxv1.FrameworkUse
		same     bool
	}{
		"the same object, read again":     {New("retail", ladder("a", 1, "f.journeys >= 1")), standard, true},
		"a new generation":                {New("retail", ladder("a", 2, "f.journeys >= 2")), standard, false},
		"another object of that name":     {New("retail", ladder("b", 1, "f.journeys >= 1")), standard, false},
		"that name in another namespace":  {New("care", ladder("a", 1, "f.journeys >= 1")), standard, false},
		"the one that is built in":        {New("retail"), standard, false},
		"the built-in one, small profile": {New("retail"), cxv1.FrameworkUse{Name: maturity.SixStages, Profile: "small"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Models{}
			of(t, m, New("retail", ladder("a", 1, "f.journeys >= 1")), standard)
			got, again := of(t, m, tc.snapshot, tc.use), of(t, m, tc.snapshot, tc.use)
			if got != again {
				t.Error("compiled twice")
			}
			if len(m.held) > 2 {
				t.Errorf("%d models are held: what was replaced stays", len(m.held))
			}
			if want := len(maturity.Describe(first)); (len(maturity.Describe(got)) == want) != (tc.snapshot.Framework(maturity.SixStages) != nil) {
				t.Errorf("%d criteria: another framework was compiled", len(maturity.Describe(got)))
			}
		})
	}
	if got := of(t, m, New("retail", ladder("a", 1, "f.journeys >= 9")), standard); got != first {
		t.Error("the same generation was compiled again")
	}
	if got := of(t, m, New("retail", ladder("a", 2, "f.journeys >= 9")), standard); maturity.Describe(got)[0].Rule != "f.journeys >= 9" {
		t.Error("the new generation was not read")
	}
}

func TestAFrameworkThatDoesNotCompileIsRememberedUntilItIsRepaired(t *testing.T) {
	m := &Models{}
	broken := New("retail", ladder("a", 1, "f.nothing >= 1"))
	_, first := m.Of(broken, nil, standard)
	_, second := m.Of(broken, nil, standard)
	var problems maturity.Problems
	if !errors.As(first, &problems) || fmt.Sprintf("%p", first) != fmt.Sprintf("%p", second) {
		t.Errorf("%v, then %v: it was compiled again", first, second)
	}
	of(t, m, New("retail", ladder("a", 2, "f.journeys >= 1")), standard)
}

func TestTheModelsOfAFrameworkGoWithIt(t *testing.T) {
	m := &Models{}
	with, without := New("retail", ladder("a", 1, "f.journeys >= 1")), New("retail")
	of(t, m, with, standard)
	if got := len(maturity.Describe(of(t, m, without, standard))); got != 51 {
		t.Errorf("%d criteria after it was deleted, want those of the built-in framework", got)
	}
	if len(m.held) != 1 {
		t.Errorf("%d models are held, want the built-in one", len(m.held))
	}
	of(t, m, with, standard)
	m.Forget("care", maturity.SixStages)
	m.Forget("retail", maturity.SixStages)
	m.Forget("retail", maturity.SixStages)
	if len(m.held) != 1 {
		t.Errorf("%d models are held after Forget, want the built-in one", len(m.held))
	}
}

func TestOnlySoManyModelsAreHeldAndThoseInUseStay(t *testing.T) {
	m := &Models{}
	busy := New("busy", ladder("a", 1, "f.journeys >= 1"))
	first := of(t, m, busy, standard)
	for i := range 3 * maxModels {
		of(t, m, New(fmt.Sprintf("idle-%d", i), ladder("a", 1, "f.journeys >= 1")), standard)
		if of(t, m, busy, standard) != first {
			t.Fatalf("compiled again after %d others", i)
		}
	}
	if len(m.held) != maxModels {
		t.Errorf("%d models are held, want %d", len(m.held), maxModels)
	}
}

func TestManyAskForOneModelAtATime(t *testing.T) {
	m := &Models{}
	got := make([]*maturity.Model, 32)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			got[i], _ = m.Of(New(fmt.Sprintf("ns-%d", i%4), ladder("a", 1, "f.journeys >= 1")), nil, standard)
			if i%8 == 0 {
				m.Forget("ns-9", maturity.SixStages)
			}
		})
	}
	wait.Wait()
	for i := range got {
		if got[i] == nil || got[i] != got[i%4] {
			t.Errorf("%d has its own model", i)
		}
	}
}

func TestAStageThatTheFrameworkHasNoMoreIsLostAtOnceAndTheHistorySaysWhy(t *testing.T) {
	model := of(t, &Models{}, New("retail", ladder("a", 1, "f.journeys >= 1")), standard)
	held := maturity.Standing{Stage: 5, Since: testNow.AddDate(0, -1, 0)}
	a := &Assessment{Result: maturity.Evaluate(model, maturity.Input{Now: testNow}), model: model, held: held, now: testNow}
	standing := a.Settle(nil)
	if standing.Stage != 1 || !standing.Since.Equal(testNow) {
		t.Errorf("standing %+v, want stage 1 since now", standing)
	}
	if change, ok := a.Change(standing); !ok || change.Stage != 1 || change.Reason != "The framework has 2 stages now." {
		t.Errorf("change %+v, %t", change, ok)
	}
}
