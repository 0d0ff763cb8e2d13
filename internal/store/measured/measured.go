// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package measured tells how long the calls of a store take, and which of them fail because of the store itself.
package measured

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Whole is a store with all its parts.
type Whole interface {
	store.Store
	store.People
	store.Offers
}

// Store passes every call on and measures it. None is inherited: a new method of the interfaces that is not measured does not compile.
type Store struct {
	next     Whole
	now      func() time.Time
	seconds  *prometheus.HistogramVec
	failures *prometheus.CounterVec
}

var _ Whole = (*Store)(nil)

// New measures a store by the given clock. The Store is a prometheus.Collector, too.
func New(next Whole, now func() time.Time) *Store {
	return &Store{next: next, now: now, seconds: metrics.StoreSeconds.Histogram(), failures: metrics.StoreFailures.Counter()}
}

// Describe describes the metrics.
func (s *Store) Describe(to chan<- *prometheus.Desc) {
	s.seconds.Describe(to)
	s.failures.Describe(to)
}

// Collect hands out the metrics.
func (s *Store) Collect(to chan<- prometheus.Metric) {
	s.seconds.Collect(to)
	s.failures.Collect(to)
}

// time begins to measure a call; what it returns ends that.
func (s *Store) time(operation string) func(err *error) {
	began := s.now()
	return func(err *error) {
		s.seconds.WithLabelValues(operation).Observe(s.now().Sub(began).Seconds())
		// A record that breaks a rule, a link that is gone, and somebody who does not wait any more are no faults of the store's.
		if errors.Is(*err, store.ErrUnavailable) || errors.Is(*err, context.DeadlineExceeded) {
			s.failures.WithLabelValues(operation).Inc()
		}
	}
}

// whole measures a sequence from its first value to its last, with what the reader does in between: the store is busy for as long.
func whole[T any](s *Store, operation string, values iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var failed error
		defer s.time(operation)(&failed)
		for value, err := range values {
			failed = err
			if !yield(value, err) {
				return
			}
		}
	}
}
