// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard

import (
	"context"
	"sync"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// cache keeps the evidence of programs for as long as their revision stands still. The zero value is ready for use.
type cache struct {
	mu   sync.Mutex
	held map[string]cached
}

type cached struct {
	evidence *store.Evidence
	readAt   time.Time
}

// read returns the evidence of a program. It is shared: read it only. Old waves drop out of it with time, so it is read
// again now and then even if nothing was added.
func (c *cache) read(ctx context.Context, from Evidence, programID string, now time.Time) (*store.Evidence, error) {
	revision, err := from.Revision(ctx, programID)
	if err != nil {
		return nil, err
	}
	if held, ok := c.get(programID); ok && held.evidence.Revision == revision && now.Sub(held.readAt) < resync {
		return held.evidence, nil
	}
	evidence, err := from.Evidence(ctx, programID, store.EvidenceQuery{Now: now})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[string]cached{}
	}
	for id, old := range c.held {
		if now.Sub(old.readAt) > 2*resync { // its program is gone, or it would have been read again
			delete(c.held, id)
		}
	}
	c.held[programID] = cached{evidence: evidence, readAt: now}
	return evidence, nil
}

func (c *cache) get(programID string) (cached, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.held[programID]
	return held, ok
}

// models keeps compiled frameworks; there are few. The zero value is ready for use.
type models struct{ compiled sync.Map }

// get compiles a framework for a profile, once. A framework that is unknown or wrong is for a person to correct.
func (m *models) get(framework, profile string) (*maturity.Model, error) {
	key := [2]string{framework, profile}
	if model, ok := m.compiled.Load(key); ok {
		return model.(*maturity.Model), nil
	}
	source, err := maturity.Builtin(framework)
	if err != nil {
		return nil, notReady(framework, err)
	}
	model, err := maturity.Compile(source, profile)
	if err != nil {
		return nil, notReady(framework, err)
	}
	m.compiled.Store(key, model)
	return model, nil
}

func notReady(framework string, err error) error {
	return kube.Stalled(cxv1.ReasonFrameworkNotReady,
		"The framework %q cannot be used: %v. Correct spec.frameworks of the Program; until then the last result stands.",
		framework, err)
}
