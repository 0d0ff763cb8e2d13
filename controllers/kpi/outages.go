// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi

import (
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// The bounds of the time after which a Prometheus that does not answer is asked again. In between it is as long as it has not
	// answered yet, so it doubles.
	leastRetry, mostRetry = 15 * time.Second, 10 * time.Minute
	// forgetAfter is when a KPI that asks no more, because it is gone, is forgotten.
	forgetAfter = 6 * mostRetry
)

// outages are the KPIs that Prometheus does not answer. Status cannot tell since when: its times say how long a KPI is not Ready, for
// whatever reason.
type outages struct {
	mu  sync.Mutex
	all map[types.NamespacedName]outage
}

type outage struct{ began, last time.Time }

// retry is when to ask again, after one more time without an answer.
func (o *outages) retry(kpi types.NamespacedName, now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.all, func(_ types.NamespacedName, known outage) bool { return now.Sub(known.last) > forgetAfter })
	known, found := o.all[kpi]
	if !found {
		known.began = now
	}
	known.last = now
	if o.all == nil {
		o.all = map[types.NamespacedName]outage{}
	}
	o.all[kpi] = known
	return min(max(now.Sub(known.began), leastRetry), mostRetry)
}

// over forgets a KPI that was answered, or asks no more.
func (o *outages) over(kpi types.NamespacedName) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, kpi)
}
