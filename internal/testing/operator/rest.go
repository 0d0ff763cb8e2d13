// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"context"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// LookEvery is how often a test looks whether an operator rests.
	LookEvery = 100 * time.Millisecond
	// quietLooks without a write are rest: on an idle machine longer than a report is put off in a rush.
	quietLooks = 30
)

// Rest tells when operators have nothing left to do: they have not written for many looks in a row. Looks, and not seconds:
// where other work keeps the machine busy, the operator and whoever looks are slow together. The zero value is ready for use.
type Rest struct {
	last  map[string]int
	looks int
}

// Over looks once. What the operators wrote so far is by verb and kind, as Writes counts it; the API server must have time for a
// question, or it has none for the operators.
func (r *Rest) Over(ctx context.Context, server client.Reader, wrote map[string]int) (bool, error) {
	if err := server.List(ctx, &corev1.NamespaceList{}, client.Limit(1)); err != nil {
		return false, err
	}
	if r.last == nil || !maps.Equal(wrote, r.last) {
		r.last, r.looks = wrote, 0
		return false, nil
	}
	r.looks++
	return r.looks >= quietLooks, nil
}
