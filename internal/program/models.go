// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

// maxModels is how many models are held. One with the rules of six-stages takes half a megabyte and 6 ms to compile.
const maxModels = 64

// Models compiles the frameworks of programs, each once for its generation and profile, and remembers those that cannot be
// compiled too: an unlucky expression is not looked at every second. The zero value is ready for use, also concurrently.
type Models struct {
	mu   sync.Mutex
	held map[modelKey]*heldModel
	// uses counts calls; it tells which model has not been asked for the longest.
	uses uint64
}

// modelKey names a model. What is built in is the same in every namespace.
type modelKey struct {
	own                           bool
	namespace, framework, profile string
}

type heldModel struct {
	// A Framework that was deleted and made again begins with generation 1 once more.
	uid        types.UID
	generation int64
	compile    func() (*maturity.Model, error)
	used       uint64
}

// Of is the model by which a program is judged: the framework that its namespace means, compiled for the profile. The error
// wraps ErrNoFramework or is maturity.Problems. A program with several frameworks spends one budget on all of them, in the
// order of its spec, so that one more framework never takes the stage away that the first one decides.
func (m *Models) Of(s *Snapshot, uses []cxv1.FrameworkUse, use cxv1.FrameworkUse) (*maturity.Model, error) {
	model, err := m.get(s, use)
	if err != nil {
		return nil, err
	}
	var spent uint64
	for _, before := range uses {
		if before.Name == use.Name {
			break
		}
		if other, err := m.get(s, before); err == nil && spent+other.Cost() <= maturity.MaxModelCost {
			spent += other.Cost()
		}
	}
	if spent+model.Cost() > maturity.MaxModelCost {
		return nil, maturity.Problems{{Message: fmt.Sprintf(
			"its rules may cost %d and those of the frameworks before it %d, together more than the %d that a program has; "+
				"take a framework out of spec.frameworks, or write cheaper rules", model.Cost(), spent, maturity.MaxModelCost)}}
	}
	return model, nil
}

func (m *Models) get(s *Snapshot, use cxv1.FrameworkUse) (*maturity.Model, error) {
	own := s.Framework(use.Name)
	key := modelKey{framework: use.Name, profile: use.Profile}
	want := heldModel{}
	if own != nil {
		key.own, key.namespace = true, s.Namespace
		want.uid, want.generation = own.UID, own.Generation
	} else {
		m.Forget(s.Namespace, use.Name)
	}
	m.mu.Lock()
	have := m.held[key]
	if have == nil || have.uid != want.uid || have.generation != want.generation {
		want.compile = sync.OnceValues(func() (*maturity.Model, error) {
			framework, err := frameworkNamed(use.Name, own)
			if err != nil {
				return nil, err
			}
			return maturity.Compile(framework, use.Profile)
		})
		have = &want
		m.hold(key, have)
	}
	m.uses++
	have.used = m.uses
	m.mu.Unlock()
	return have.compile() // without the lock: other programs do not wait for this one's rules
}

// hold puts a model in, in the place of the one that was not used for the longest when there are too many.
func (m *Models) hold(key modelKey, model *heldModel) {
	if m.held == nil {
		m.held = map[modelKey]*heldModel{}
	}
	m.held[key] = model
	if len(m.held) <= maxModels {
		return
	}
	oldest := key
	for other, held := range m.held {
		if other != key && (oldest == key || held.used < m.held[oldest].used) {
			oldest = other
		}
	}
	delete(m.held, oldest)
}

// Forget drops the models of a namespace's own framework: it is gone.
func (m *Models) Forget(namespace, framework string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.held {
		if key.own && key.namespace == namespace && key.framework == framework {
			delete(m.held, key)
		}
	}
}
