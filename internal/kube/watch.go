// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// ReferenceIndex is the cache index from "Kind/name" to the objects that name that object.
const ReferenceIndex = "cx.references"

// IndexReferences registers ReferenceIndex for kinds.
func IndexReferences(ctx context.Context, indexer client.FieldIndexer, kinds ...Object) error {
	for _, kind := range kinds {
		if err := indexer.IndexField(ctx, kind, ReferenceIndex, ReferenceKeys); err != nil {
			return fmt.Errorf("indexing references of %T: %w", kind, err)
		}
	}
	return nil
}

// ReferenceKeys is the index function of ReferenceIndex.
func ReferenceKeys(obj client.Object) []string {
	var keys []string
	seen := map[string]bool{}
	for _, r := range obj.(Object).References() {
		if !seen[r.Key()] {
			seen[r.Key()] = true
			keys = append(keys, r.Key())
		}
	}
	return keys
}

// Referring lists the objects of a kind that name the object kind/name.
func Referring(kind, name string) client.MatchingFields {
	return client.MatchingFields{ReferenceIndex: kind + "/" + name}
}

// EnqueueReferrers wakes the objects of list's kind that name the object of the event, which is of the given kind.
func (k Kit) EnqueueReferrers(list client.ObjectList, kind string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, obj client.Object) []reconcile.Request {
		return k.requests(ctx, list, client.InNamespace(obj.GetNamespace()), Referring(kind, obj.GetName()))
	})
}

// EnqueueAll wakes all objects of list's kind in the namespace of the event.
func (k Kit) EnqueueAll(list client.ObjectList) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, obj client.Object) []reconcile.Request {
		return k.requests(ctx, list, client.InNamespace(obj.GetNamespace()))
	})
}

// Enqueue wakes the objects whose names the function derives from the object of the event, in its namespace.
func Enqueue[T client.Object](names func(T) []string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, obj client.Object) []reconcile.Request {
		typed, ok := obj.(T)
		if !ok {
			return nil
		}
		var requests []reconcile.Request
		for _, name := range names(typed) {
			if name != "" {
				requests = append(requests, request(obj.GetNamespace(), name))
			}
		}
		return requests
	})
}

func request(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// NotListed logs that the objects to wake could not be listed: a cache that is in sync does not fail, and if it does, the next event or
// resync repairs it. While the process starts, a kind may not be watched yet. That is no error: when it is, all its objects wake.
func NotListed(ctx context.Context, err error) {
	if _, starting := errors.AsType[*cache.ErrResourceNotCached](err); !starting {
		log.FromContext(ctx).Error(err, "listing objects to wake")
	}
}

func (k Kit) requests(ctx context.Context, list client.ObjectList, options ...client.ListOption) []reconcile.Request {
	list = list.DeepCopyObject().(client.ObjectList)
	if err := k.Client.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		NotListed(ctx, err)
		return nil
	}
	var requests []reconcile.Request
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		obj := item.(client.Object)
		requests = append(requests, request(obj.GetNamespace(), obj.GetName()))
		return nil
	})
	return requests
}

// SpecChanged lets creations, deletions and changes of spec or annotations through: not our own status writes.
func SpecChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// Appears lets creations and deletions through: for those who only ask whether an object exists.
func Appears() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }}
}

// NotCreated keeps creations back: for those who made the object and know that it is there.
func NotCreated() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }}
}

// ProgramChanged lets through what other kinds need to know of a Program: that it appears or goes, that its spec changes,
// and that it gets Ready or stalls; not every new stage.
func ProgramChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*cxv1.Program)
		if !ok {
			return false
		}
		after := e.ObjectNew.(*cxv1.Program)
		return before.Generation != after.Generation ||
			(before.Status.ObservedGeneration < 0) != (after.Status.ObservedGeneration < 0) ||
			IsTrue(before, cxv1.ConditionReady) != IsTrue(after, cxv1.ConditionReady) ||
			unsure(before) != unsure(after) ||
			IsTrue(before, cxv1.ConditionStalled) != IsTrue(after, cxv1.ConditionStalled)
	}}
}

// StatusChanged lets everything through but updates that leave spec and status as they were.
func StatusChanged[T Object](status func(T) any) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(T)
		if !ok {
			return false
		}
		after := e.ObjectNew.(T)
		return before.GetGeneration() != after.GetGeneration() ||
			!equality.Semantic.DeepEqual(status(before), status(after))
	}}
}

// Named lists the names of the objects of a kind that obj names.
func Named(obj Object, kind string) []string {
	var names []string
	for _, r := range obj.References() {
		if r.Kind == kind {
			names = append(names, r.Name)
		}
	}
	return names
}
