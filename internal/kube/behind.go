// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// turnEvery is how long a version is remembered, at least: no cache that works is behind for so long.
const turnEvery = 5 * time.Minute

// superseded remembers which version of an object we have replaced, so that a cache is not believed which still has that one. The lock on
// a write keeps a stale read from replacing anything, but not from resting: what was decided from it may equal what it shows, and then
// nothing would be written although the cluster shows what we decided in between. Nobody would look again before the next resync.
type superseded struct {
	mu sync.Mutex
	// Two halves, of which the older is dropped as a whole: forgetting costs nothing, and objects that are gone do not stay.
	newer, older map[types.NamespacedName]string
	turned       time.Time
}

// wrote notes that the version was replaced.
func (s *superseded) wrote(name types.NamespacedName, version string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newer == nil || now.Sub(s.turned) >= turnEvery {
		s.newer, s.older, s.turned = map[types.NamespacedName]string{}, s.newer, now
	}
	s.newer[name] = version
}

// has says whether the version was replaced by us. A read that is not behind makes it forget the object.
func (s *superseded) has(name types.NamespacedName, version string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	replaced, known := s.newer[name]
	if !known {
		replaced, known = s.older[name]
	}
	if known && replaced == version {
		return true
	}
	delete(s.newer, name)
	delete(s.older, name)
	return false
}
