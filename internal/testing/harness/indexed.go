// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/cx-operator/cx-operator/internal/kube"
)

// Indexes answers lists by cache index from the API server itself, so that a reconciler can be called directly and sees
// what was just written. It is a client.FieldIndexer: give it to whatever registers indexes.
type Indexes struct{ functions map[string]client.IndexerFunc }

// NewIndexes knows kube.ReferenceIndex already.
func NewIndexes() *Indexes {
	return &Indexes{functions: map[string]client.IndexerFunc{kube.ReferenceIndex: kube.ReferenceKeys}}
}

// IndexField registers an index. Its name must be unique among all kinds.
func (x *Indexes) IndexField(_ context.Context, _ client.Object, field string, extract client.IndexerFunc) error {
	x.functions[field] = extract
	return nil
}

// Client wraps a client that knows no indexes.
func (x *Indexes) Client(c client.WithWatch) client.WithWatch {
	return interceptor.NewClient(c, interceptor.Funcs{List: x.list})
}

func (x *Indexes) list(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
	var rest []client.ListOption
	wanted := map[string]string{}
	for _, option := range options {
		fields, ok := option.(client.MatchingFields)
		if !ok {
			rest = append(rest, option)
			continue
		}
		for field, value := range fields {
			if x.functions[field] == nil {
				return fmt.Errorf("no index %q: register it with Indexes", field)
			}
			wanted[field] = value
		}
	}
	if err := c.List(ctx, list, rest...); err != nil || len(wanted) == 0 {
		return err
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return err
	}
	return meta.SetList(list, slices.DeleteFunc(items, func(item runtime.Object) bool {
		for field, value := range wanted {
			if !slices.Contains(x.functions[field](item.(client.Object)), value) {
				return true
			}
		}
		return false
	}))
}
