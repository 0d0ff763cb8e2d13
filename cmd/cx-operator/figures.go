// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/measured"
)

// figures are the metrics of the process, however many managers it has, one after the other.
type figures struct {
	registry *prometheus.Registry
	store    *measured.Store
	objects  *objects.Collector
	attempts *prometheus.CounterVec
	notices  *prometheus.CounterVec
}

// newFigures measures a store; whoever is to be measured uses the store in what it returns.
func newFigures(evidence storage) *figures {
	f := &figures{
		registry: prometheus.NewRegistry(), store: measured.New(evidence, time.Now), attempts: metrics.MailAttempts.Counter(),
		notices: metrics.NoticeAttempts.Counter(),
	}
	f.objects = objects.New(f.store, clock.RealClock{})
	build := metrics.BuildInfo.Gauge()
	build.WithLabelValues(version).Set(1)
	f.registry.MustRegister(f.store, f.objects, f.attempts, f.notices, build) // it is empty, and the table has no name twice
	return f
}

// attempt counts an attempt to send a mail.
func (f *figures) attempt(result store.SentResult) { f.attempts.WithLabelValues(string(result)).Inc() }

// notice counts an attempt to tell an owner something, and passes on what became of it.
func (f *figures) notice(by string, sent store.Sent) store.Sent {
	f.notices.WithLabelValues(by, string(sent.Result)).Inc()
	return sent
}

// publish shows the metrics beside those of controller-runtime, until the returned function is called. All must be in the registry
// by then: it is known by what is in it.
func (f *figures) publish() (hide func(), err error) {
	if err := ctrlmetrics.Registry.Register(f.registry); err != nil {
		return nil, fmt.Errorf("publishing metrics: %w", err)
	}
	return func() { ctrlmetrics.Registry.Unregister(f.registry) }, nil
}
