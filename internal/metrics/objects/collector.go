// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package objects computes metrics from the objects in the operator's cache, and from the mail that waits in its store, when they are
// asked for. Nothing is remembered of an object, so that no series outlives it.
package objects

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
)

// readTime bounds a look at cache and store. Prometheus waits ten seconds by default.
const readTime = 5 * time.Second

// lists are of all kinds.
func lists() []client.ObjectList {
	return []client.ObjectList{
		&cxv1.ProgramList{}, &cxv1.AssessmentList{}, &cxv1.FollowUpList{}, &cxv1.FrameworkList{}, &cxv1.GoalList{}, &cxv1.InitiativeList{},
		&cxv1.JourneyList{}, &cxv1.KPIList{}, &cxv1.OwnerList{}, &cxv1.OwnerAssignmentList{}, &cxv1.PersonaList{}, &cxv1.ScorecardList{},
		&cxv1.SurveyList{}, &cxv1.SurveyWaveList{},
	}
}

// Outbox is the part of the store that knows what waits.
type Outbox interface {
	Backlog(ctx context.Context) ([]store.Backlog, error)
}

// Collector is a prometheus.Collector of everything about objects. Its methods that are told what happens may be called on nil.
type Collector struct {
	outbox   Outbox
	clock    clock.PassiveClock
	failures *prometheus.CounterVec
	skew     *prometheus.HistogramVec
	// reader is the cache of the manager that runs and leads; nil while none does.
	reader atomic.Pointer[client.Reader]

	mu          sync.Mutex
	transitions map[state]float64
}

var (
	_ prometheus.Collector = (*Collector)(nil)
	_ kube.Meter           = (*Collector)(nil)
)

// state is what objects have in common that are counted together.
type state struct {
	kind, namespace, conditionType string
	status                         metav1.ConditionStatus
}

// New makes a collector. Without an outbox (nil) no mail waits.
func New(outbox Outbox, clk clock.PassiveClock) *Collector {
	c := &Collector{
		outbox: outbox, clock: clk, failures: metrics.ReadFailures.Counter(), skew: metrics.WaveSkew.Histogram(),
		transitions: map[state]float64{},
	}
	c.skew.WithLabelValues()
	return c
}

// Transition counts the change of a condition.
func (c *Collector) Transition(kind, namespace, conditionType string, to metav1.ConditionStatus) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.transitions[state{kind, namespace, conditionType, to}]++
}

// WaveCreated counts a wave that was created so long after it was due.
func (c *Collector) WaveCreated(late time.Duration) {
	if c != nil {
		c.skew.WithLabelValues().Observe(max(late, 0).Seconds())
	}
}

// Read lets the collector read a cache until the returned function is called.
func (c *Collector) Read(cache client.Reader) (stop func()) {
	c.reader.Store(&cache)
	return func() { c.reader.CompareAndSwap(&cache, nil) } // that of the next manager, if there is one, stays
}

// While reads a manager's cache while that manager leads: two replicas would count everything twice.
func (c *Collector) While(cache client.Reader) manager.Runnable {
	return manager.RunnableFunc(func(ctx context.Context) error {
		defer c.Read(cache)()
		<-ctx.Done()
		return nil
	})
}

// Describe describes every metric that Collect may hand out.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descs {
		to <- d
	}
	c.failures.Describe(to)
	c.skew.Describe(to)
}

// Collect looks at the cache and the outbox. What cannot be read is left out and counted: the rest is worth having.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	defer c.skew.Collect(to)
	defer c.failures.Collect(to)
	reader := c.reader.Load()
	if reader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	look := newLook(c.clock.Now())
	if err := look.objects(ctx, *reader); err != nil {
		c.failed(metrics.PartObjects, err)
		return // half of the objects would look like a program that shrank
	}
	if c.outbox != nil {
		backlog, err := c.outbox.Backlog(ctx)
		if look.mailUnknown = err != nil; err != nil {
			c.failed(metrics.PartOutbox, err)
		}
		look.mail(backlog)
	}
	look.emit(c.changes(look), to)
}

func (c *Collector) failed(part string, err error) {
	c.failures.WithLabelValues(part).Inc()
	log.Log.WithName("metrics").Error(err, "metrics are incomplete", "part", part)
}

// changes are the transitions of kinds that still have objects in the namespace; the others are forgotten.
func (c *Collector) changes(l *look) map[state]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	still := make(map[state]float64, len(c.transitions))
	for s, n := range c.transitions {
		if l.count[home{s.kind, s.namespace}] == 0 {
			delete(c.transitions, s)
			continue
		}
		still[s] = n
	}
	return still
}

// objects reads all objects. They are the cache's own, and only looked at.
func (l *look) objects(ctx context.Context, reader client.Reader) error {
	for _, list := range lists() {
		if err := reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return fmt.Errorf("listing %T: %w", list, err)
		}
		kind := strings.TrimSuffix(reflect.TypeOf(list).Elem().Name(), "List")
		err := meta.EachListItem(list, func(item runtime.Object) error {
			obj, ok := item.(kube.Object)
			if !ok {
				return fmt.Errorf("%T is no kind of ours", item)
			}
			l.add(kind, obj)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
