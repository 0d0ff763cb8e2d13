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

// The value of a mark is told; or that a letter was refused for good and on which day: it is tried again on another one, as
// the address may have been corrected.
const told = "told"

func refused(day string) string { return "refused/" + day }

// memory keeps in the process what the store remembers of letters to owners: an owner at rest costs no look into the store.
// The store decides all the same who sends a letter, so that another process may be at it.
type memory struct {
	mu sync.Mutex
	// programs has the values of marks by program, scope and key.
	programs map[string]map[string]map[string]string
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
	known, past := map[string]map[string]string{}, map[string]map[string]string{}
	for _, mark := range evidence.Marks {
		switch {
		case !strings.HasPrefix(mark.Scope, notice.Scope("")):
		case mark.Since.Before(now.Add(-forgetAfter)):
			add(past, mark.Scope, mark.Key, "")
		default:
			add(known, mark.Scope, mark.Key, mark.Value)
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(past)) {
		if _, err := from.SinceAll(ctx, programID, scope, past[scope], now); err != nil {
			return kube.FromStore(err, store.ErrNotClaimed)
		}
	}
	if m.programs == nil {
		m.programs = map[string]map[string]map[string]string{}
	}
	m.programs[programID] = known
	return nil
}

func add(all map[string]map[string]string, scope, key, value string) {
	if all[scope] == nil {
		all[scope] = map[string]string{}
	}
	all[scope][key] = value
}

// of has the marks about one owner that count on a day.
func (m *memory) of(programID, owner, day string) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := maps.Clone(m.programs[programID][notice.Scope(owner)])
	maps.DeleteFunc(known, func(_, value string) bool { return value != told && value != refused(day) })
	return known
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
	m.note(programID, owner, keys, told)
	if len(ours) == len(keys) {
		return true, nil
	}
	return false, m.set(ctx, in, programID, owner, ours, "", now)
}

// set gives marks another value; "" takes them back, when nothing was sent.
func (m *memory) set(ctx context.Context, in Memory, programID, owner string, keys []string, value string, now time.Time) error {
	values := map[string]string{}
	for _, key := range keys {
		values[key] = value
	}
	if _, err := in.SinceAll(ctx, programID, notice.Scope(owner), values, now); err != nil {
		return kube.FromStore(err, store.ErrNotClaimed)
	}
	m.note(programID, owner, keys, value)
	return nil
}

func (m *memory) note(programID, owner string, keys []string, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.programs[programID] == nil {
		return // it was never read: it will be
	}
	for _, key := range keys {
		if value == "" {
			delete(m.programs[programID][notice.Scope(owner)], key)
			continue
		}
		add(m.programs[programID], notice.Scope(owner), key, value)
	}
}
