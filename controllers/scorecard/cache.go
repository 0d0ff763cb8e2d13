// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
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

// model is the one by which the Scorecard is computed. Where there is none the last result stands: a framework that is not there
// may still come, one that cannot be used is for a person to correct.
func (r *Reconciler) model(s *program.Snapshot, prog *cxv1.Program, card *cxv1.Scorecard) (*maturity.Model, error) {
	use := cxv1.FrameworkUse{Name: card.Spec.Framework, Profile: card.Spec.Profile}
	model, err := r.models.Of(s, program.Frameworks(prog), use)
	switch {
	case errors.Is(err, program.ErrNoFramework):
		return nil, kube.Waiting(cxv1.ReasonFrameworkNotReady, 0, "%s", program.FrameworkNotReady(use.Name, err))
	case err != nil:
		return nil, kube.Stalled(cxv1.ReasonFrameworkNotReady, "%s", program.FrameworkNotReady(use.Name, err))
	}
	return model, nil
}

// forgetting drops the models of a framework that goes, also when nobody is left to be judged by it.
type forgetting struct {
	handler.EventHandler
	models *program.Models
}

func (f forgetting) Delete(ctx context.Context, e event.DeleteEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	f.models.Forget(e.Object.GetNamespace(), e.Object.GetName())
	f.EventHandler.Delete(ctx, e, q)
}
