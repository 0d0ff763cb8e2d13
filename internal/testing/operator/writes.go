// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// Writes counts successful and failed writes by verb and kind, such as "patch Goal/status".
type Writes struct {
	mu     sync.Mutex
	counts map[string]int
}

// NewWrites counts from zero.
func NewWrites() *Writes { return &Writes{counts: map[string]int{}} }

// Total is the number of writes since the last Reset.
func (w *Writes) Total() int {
	total := 0
	for _, n := range w.ByKind() {
		total += n
	}
	return total
}

// ByKind returns the counts since the last Reset.
func (w *Writes) ByKind() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.counts)
}

// Reset starts counting anew.
func (w *Writes) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.counts)
}

func (w *Writes) add(verb string, obj any, scheme *runtime.Scheme, part string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[verb+" "+kindOf(obj, scheme)+part]++
}

func kindOf(obj any, scheme *runtime.Scheme) string {
	if typed, ok := obj.(client.Object); ok {
		if gvk, err := apiutil.GVKForObject(typed, scheme); err == nil {
			return gvk.Kind
		}
	}
	if applied, ok := obj.(interface {
		GetKind() *string
		GetAPIVersion() *string
	}); ok && applied.GetKind() != nil {
		return schema.FromAPIVersionAndKind(*applied.GetAPIVersion(), *applied.GetKind()).Kind
	}
	return fmt.Sprintf("%T", obj)
}

// Count makes a client whose writes are counted.
func (w *Writes) Count(c client.Client) client.Client {
	watching, ok := c.(client.WithWatch)
	if !ok {
		watching = unwatchable{c}
	}
	s := c.Scheme()
	return interceptor.NewClient(watching, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			if !isTrial(o) {
				w.add("create", obj, s, "")
			}
			return c.Create(ctx, obj, o...)
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.UpdateOption) error {
			w.add("update", obj, s, "")
			return c.Update(ctx, obj, o...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, p client.Patch, o ...client.PatchOption) error {
			w.add("patch", obj, s, "")
			return c.Patch(ctx, obj, p, o...)
		},
		Apply: func(ctx context.Context, c client.WithWatch, obj runtime.ApplyConfiguration, o ...client.ApplyOption) error {
			w.add("apply", obj, s, "")
			return c.Apply(ctx, obj, o...)
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.DeleteOption) error {
			w.add("delete", obj, s, "")
			return c.Delete(ctx, obj, o...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, o ...client.SubResourcePatchOption) error {
			w.add("patch", obj, s, "/"+sub)
			return c.SubResource(sub).Patch(ctx, obj, p, o...)
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, o ...client.SubResourceUpdateOption) error {
			w.add("update", obj, s, "/"+sub)
			return c.SubResource(sub).Update(ctx, obj, o...)
		},
		SubResourceApply: func(ctx context.Context, c client.Client, sub string, obj runtime.ApplyConfiguration, o ...client.SubResourceApplyOption) error {
			w.add("apply", obj, s, "/"+sub)
			return c.SubResource(sub).Apply(ctx, obj, o...)
		},
	})
}

// isTrial tells whether a create is a dry run, which writes nothing.
func isTrial(options []client.CreateOption) bool {
	return len((&client.CreateOptions{}).ApplyOptions(options).DryRun) > 0
}

// unwatchable gives a manager's client the method that the interceptor asks for and controllers never call.
type unwatchable struct{ client.Client }

func (unwatchable) Watch(context.Context, client.ObjectList, ...client.ListOption) (watch.Interface, error) {
	return nil, errors.New("a manager's client watches through its cache")
}
