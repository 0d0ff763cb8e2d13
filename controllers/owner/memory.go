// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/store"
)

// forgetAfter is how long it is remembered that an owner was told something.
const forgetAfter = 400 * 24 * time.Hour

// told is the value of a mark.
const told = "told"

// memory keeps in the process what the store remembers of letters to owners: an owner at rest costs no look into the store.
// The store decides all the same who sends a letter, so that another process may be at it.
type memory struct {
	mu sync.Mutex
	// programs has the keys of marks by program, then by scope.
	programs map[string]map[string]map[string]bool
}

// load reads what owners of a program were told, once, and lets the store forget what is long past.
func (m *memory) load(ctx context.Context, from Memory, programID string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.programs[programID] != nil {
		return nil
	}
	// Of all the evidence only marks are wanted, which have no bounds of their own.
	evidence, err := from.Evidence(ctx, programID, store.EvidenceQuery{
		Now: now, PointsPerKPI: 1, WaveAge: time.Second, WavesPerSurvey: 1, FollowUpAge: time.Second, FollowUps: 1,
	})
	if err != nil {
		return kube.FromStore(err, store.ErrNotClaimed)
	}
	known, past := map[string]map[string]bool{}, map[string]map[string]string{}
	for _, mark := range evidence.Marks {
		switch {
		case !strings.HasPrefix(mark.Scope, notice.Scope("")):
		case mark.Since.Before(now.Add(-forgetAfter)):
			add(past, mark.Scope, mark.Key, "")
		default:
			add(known, mark.Scope, mark.Key, true)
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(past)) {
		if _, err := from.SinceAll(ctx, programID, scope, past[scope], now); err != nil {
			return kube.FromStore(err, store.ErrNotClaimed)
		}
	}
	if m.programs == nil {
		m.programs = map[string]map[string]map[string]bool{}
	}
	m.programs[programID] = known
	return nil
}

func add[V any](all map[string]map[string]V, scope, key string, value V) {
	if all[scope] == nil {
		all[scope] = map[string]V{}
	}
	all[scope][key] = value
}

// of has the keys of the marks about one owner.
func (m *memory) of(programID, owner string) map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.programs[programID][notice.Scope(owner)])
}

// claim marks that a letter is being sent; false when another process has just sent some of it.
func (m *memory) claim(ctx context.Context, in Memory, programID, owner string, keys []string, now time.Time) (bool, error) {
	values := map[string]string{}
	for _, key := range keys {
		values[key] = told
	}
	since, err := in.SinceAll(ctx, programID, notice.Scope(owner), values, now)
	if err != nil {
		return false, kube.FromStore(err, store.ErrNotClaimed)
	}
	var ours []string
	for _, key := range keys {
		if since[key].Equal(store.UTCMicro(now)) {
			ours = append(ours, key)
		}
	}
	m.note(programID, owner, keys, true)
	if len(ours) == len(keys) {
		return true, nil
	}
	return false, m.release(ctx, in, programID, owner, ours, now)
}

// release takes marks back: nothing was sent.
func (m *memory) release(ctx context.Context, in Memory, programID, owner string, keys []string, now time.Time) error {
	values := map[string]string{}
	for _, key := range keys {
		values[key] = ""
	}
	if _, err := in.SinceAll(ctx, programID, notice.Scope(owner), values, now); err != nil {
		return kube.FromStore(err, store.ErrNotClaimed)
	}
	m.note(programID, owner, keys, false)
	return nil
}

func (m *memory) note(programID, owner string, keys []string, there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.programs[programID] == nil {
		return // it was never read: it will be
	}
	for _, key := range keys {
		if !there {
			delete(m.programs[programID][notice.Scope(owner)], key)
			continue
		}
		add(m.programs[programID], notice.Scope(owner), key, true)
	}
}
