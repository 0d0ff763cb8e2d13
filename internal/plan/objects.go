// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"encoding/json"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Objects are the objects that the change is about, as "Kind/name".
type Objects struct {
	Added   []string        `json:"added"`
	Removed []string        `json:"removed"`
	Changed []ChangedObject `json:"changed"`
}

// ChangedObject is an object that is there on both sides.
type ChangedObject struct {
	Object string `json:"object"`
	// Fields are what differs, e.g. "spec.schedule.cron"; a list counts as one field.
	Fields []string `json:"fields"`
}

// Readiness is an object that begins or ceases to be right, or is wrong from the start.
type Readiness struct {
	Object string `json:"object"`
	// Ready is what the condition Ready will be.
	Ready bool `json:"ready"`
	// Message says why not; empty when it will be.
	Message string `json:"message,omitempty"`
}

// objects finds the objects that differ.
func (c *comparison) objects() {
	old := map[string]program.Object{}
	for _, obj := range written(c.before.s) {
		old[program.Key(obj)] = obj
	}
	objects := &c.plan.Objects
	for _, obj := range written(c.after.s) {
		key := program.Key(obj)
		was, known := old[key]
		delete(old, key)
		switch {
		case !known:
			objects.Added = append(objects.Added, key)
		case was == obj || equality.Semantic.DeepEqual(was, obj):
			continue
		default:
			fields := differing(was, obj)
			if len(fields) == 0 {
				continue // only what an API server makes of it
			}
			objects.Changed = append(objects.Changed, ChangedObject{Object: key, Fields: fields})
		}
		c.changed[key] = true
	}
	for _, obj := range written(c.before.s) {
		if key := program.Key(obj); old[key] != nil {
			objects.Removed = append(objects.Removed, key)
			c.changed[key] = true
		}
	}
}

// written are the objects that people write.
func written(s *program.Snapshot) []program.Object {
	return slices.DeleteFunc(s.All(), func(obj program.Object) bool {
		switch obj.(type) {
		case *cxv1.OwnerAssignment, *cxv1.Scorecard, *cxv1.SurveyWave, *cxv1.FollowUp:
			return true
		}
		return false
	})
}

// differing names the fields in which two objects of a kind and name differ: of what people write in them.
func differing(a, b program.Object) []string {
	var fields []string
	diff("", content(a), content(b), &fields)
	slices.Sort(fields)
	return fields
}

func content(obj program.Object) map[string]any {
	var all map[string]any
	data, err := json.Marshal(obj)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		panic(err) // objects that were read from JSON can be written as JSON
	}
	out := map[string]any{"spec": all["spec"]}
	if m, ok := all["metadata"].(map[string]any); ok {
		out["metadata"] = map[string]any{"labels": m["labels"], "annotations": m["annotations"], "namespace": m["namespace"]}
	}
	return out
}

func diff(path string, a, b any, fields *[]string) {
	if reflect.DeepEqual(a, b) {
		return
	}
	left, isLeft := a.(map[string]any)
	right, isRight := b.(map[string]any)
	if !isLeft || !isRight {
		*fields = append(*fields, path)
		return
	}
	names := map[string]bool{}
	for name := range left {
		names[name] = true
	}
	for name := range right {
		names[name] = true
	}
	for name := range names {
		below := name
		if path != "" {
			below = path + "." + name
		}
		diff(below, left[name], right[name], fields)
	}
}

// readiness finds what begins or ceases to be right.
func (c *comparison) readiness() {
	was := map[string]bool{}
	for _, obj := range written(c.before.judged) {
		was[program.Key(obj)] = ready(obj).Status == metav1.ConditionTrue
	}
	for _, obj := range written(c.after.judged) {
		key, now := program.Key(obj), ready(obj)
		before, known := was[key]
		after := now.Status == metav1.ConditionTrue
		if known && before == after || !known && after {
			continue
		}
		r := Readiness{Object: key, Ready: after}
		if !after {
			r.Message = now.Message
		}
		c.plan.Readiness = append(c.plan.Readiness, r)
	}
}

func ready(obj program.Object) metav1.Condition {
	if found := meta.FindStatusCondition(obj.CommonStatus().Conditions, cxv1.ConditionReady); found != nil {
		return *found
	}
	return metav1.Condition{}
}
