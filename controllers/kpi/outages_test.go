// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// KPIs come and go for as long as the operator lives, also while Prometheus is down.
func TestOutagesOfKPIsThatAreGoneAreForgotten(t *testing.T) {
	var o outages
	now := build.Monday
	for i := range 1000 {
		o.retry(types.NamespacedName{Name: fmt.Sprint(i)}, now)
		now = now.Add(time.Minute)
	}
	if len(o.all) > 62 {
		t.Errorf("%d KPIs are known", len(o.all))
	}
	last := types.NamespacedName{Name: "999"}
	if retry := o.retry(last, now.Add(4*time.Minute)); retry != 5*time.Minute {
		t.Errorf("the last one asks again after %s", retry)
	}
	o.over(last)
	if retry := o.retry(last, now.Add(5*time.Minute)); retry != 15*time.Second {
		t.Errorf("after an answer it asks again after %s", retry)
	}
}
