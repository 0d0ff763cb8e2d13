// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"testing"
	"time"
)

var opens = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

func TestWhenAWaveTakesAnswers(t *testing.T) {
	const hour = time.Hour
	wave := PublishedWave{State: WaveTakesAnswers, OpensAt: opens, ClosesAt: opens.Add(10 * hour), GraceUntil: opens.Add(12 * hour)}
	for name, c := range map[string]struct {
		state             WaveState
		now, begun        time.Duration // after it opens; begun 0 is unknown
		noGrace           bool
		takes, any, sends bool
		late              bool
	}{
		"before it opens":              {now: -1, sends: true},
		"when it opens":                {now: 0, takes: true, any: true, sends: true},
		"just before it closes":        {now: 10*hour - 1, takes: true, any: true, sends: true},
		"when it closes":               {now: 10 * hour, any: true, late: true},
		"in the grace, begun before":   {now: 11 * hour, begun: 10*hour - 1, takes: true, any: true, late: true},
		"in the grace, begun after":    {now: 11 * hour, begun: 10 * hour, any: true, late: true},
		"after the grace":              {now: 12 * hour, begun: hour, late: true},
		"without grace":                {now: 10 * hour, begun: hour, noGrace: true, late: true},
		"closing, begun before":        {state: WaveTakesUnderWay, now: hour, begun: hour, takes: true, any: true, late: true},
		"closing, not begun":           {state: WaveTakesUnderWay, now: hour, any: true, late: true},
		"closed":                       {state: WaveTakesNothing, now: hour, begun: hour, late: true},
		"closed before it ever opened": {state: WaveTakesNothing, now: -hour},
	} {
		w := wave
		if c.state != "" {
			w.State = c.state
		}
		if c.noGrace {
			w.GraceUntil = time.Time{}
		}
		now, begun := opens.Add(c.now), time.Time{}
		if c.begun != 0 {
			begun = opens.Add(c.begun)
		}
		got := [4]bool{w.Takes(now, begun), w.TakesAny(now), w.Sends(now), w.Late(now)}
		if want := [4]bool{c.takes, c.any, c.sends, c.late}; got != want {
			t.Errorf("%s: takes, takes any, sends, late: got %v, want %v", name, got, want)
		}
	}
}

func TestWhatStaysOfAnErasedAnswer(t *testing.T) {
	for values, want := range map[string]string{
		`{"nps":9,"why":"I am a person","csat":4}`: `{"csat":4,"nps":9}`,
		`{"why":"I am a person"}`:                  `{}`,
		`{"nps":{"deep":["kept"]}}`:                `{"nps":{"deep":["kept"]}}`,
		`null`:                                     `{}`,
		`["nps"]`:                                  `{}`,
		`{"nps":`:                                  `{}`,
		``:                                         `{}`,
	} {
		if got := string(KeptValues([]byte(values), []string{"csat", "nps"})); got != want {
			t.Errorf("%s: got %s, want %s", values, got, want)
		}
	}
	if got := string(KeptValues([]byte(`{"nps":9}`), nil)); got != `{}` {
		t.Errorf("with nothing to keep: %s", got)
	}
}

func TestHashesTellPeopleAndProgramsApart(t *testing.T) {
	hashes := map[[32]byte]string{}
	for name, hash := range map[string][32]byte{
		"an address":                    AddressHash("acme", "a@example.com"),
		"another address":               AddressHash("acme", "b@example.com"),
		"the address elsewhere":         AddressHash("other", "a@example.com"),
		"a key like an address":         ContactHash("acme", "a@example.com"),
		"another key":                   ContactHash("acme", "A@example.com"),
		"where the border is elsewhere": AddressHash("acmea", "@example.com"),
	} {
		if other, known := hashes[hash]; known {
			t.Errorf("%s has the hash of %s", name, other)
		}
		hashes[hash] = name
	}
	if AddressHash("acme", " A@Example.COM\n") != AddressHash("acme", "a@example.com") {
		t.Error("an address in capital letters is another one")
	}
}
