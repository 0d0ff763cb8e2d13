// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/program"
)

var (
	schemas = sync.OnceValues(crdcheck.Builtin)
	// admitted holds objects that the API server would take, by what was written: every variant of the story writes the same.
	admitted sync.Map
	scheme   = func() *runtime.Scheme {
		s := runtime.NewScheme()
		if err := cxv1.AddToScheme(s); err != nil {
			panic(err)
		}
		return s
	}()
)

// admit makes an object of what somebody wrote, as the API server would: with its defaults, or not at all.
func admit(kind, name string, spec map[string]any) program.Object {
	object := map[string]any{
		"apiVersion": cxv1.GroupVersion.String(), "kind": kind, "metadata": map[string]any{"name": name}, "spec": spec,
	}
	text := string(got(json.Marshal(object)))
	if known, ok := admitted.Load(text); ok {
		return known.(program.Object).DeepCopyObject().(program.Object)
	}
	object = map[string]any{}
	if err := utiljson.Unmarshal([]byte(text), &object); err != nil {
		panic(err)
	}
	for _, problem := range got(schemas()).Apply(kind, object) {
		panic(fmt.Sprintf("%s/%s: %s %s", kind, name, problem.Field, problem.Message))
	}
	typed := got(scheme.New(cxv1.GroupVersion.WithKind(kind))).(program.Object)
	if err := yaml.UnmarshalStrict(got(json.Marshal(object)), typed); err != nil {
		panic(fmt.Sprintf("%s/%s: %v", kind, name, err))
	}
	admitted.Store(text, typed)
	return typed.DeepCopyObject().(program.Object)
}

// specOf is the spec of an object as people write it.
func specOf(obj program.Object) map[string]any {
	var object struct {
		Spec map[string]any `json:"spec"`
	}
	if err := utiljson.Unmarshal(got(json.Marshal(obj)), &object); err != nil {
		panic(err)
	}
	return object.Spec
}

// find is the object of that key, e.g. "KPI/nps"; nil when there is none.
func (c *company) find(key string) program.Object {
	for _, obj := range c.s.All() {
		if program.Key(obj) == key {
			return obj
		}
	}
	return nil
}

// write changes the fields of an object that a patch names, or creates the object: kubectl apply. A null removes a field.
func (c *company) write(key string, patch map[string]any) {
	kind, name, _ := strings.Cut(key, "/")
	old := c.find(key)
	spec := map[string]any{}
	if old != nil {
		spec = specOf(old)
	}
	obj := admit(kind, name, merge(spec, patch))
	if old == nil {
		c.s.Add(c.created(obj))
		return
	}
	obj.SetUID(old.GetUID())
	obj.SetCreationTimestamp(old.GetCreationTimestamp())
	obj.SetGeneration(old.GetGeneration() + 1)
	reflect.ValueOf(obj).Elem().FieldByName("Status").Set(reflect.ValueOf(old).Elem().FieldByName("Status"))
	c.s.Add(obj)
}

// merge is RFC 7386.
func merge(into, patch map[string]any) map[string]any {
	merged := maps.Clone(into)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range patch {
		part, isMap := value.(map[string]any)
		switch {
		case value == nil:
			delete(merged, key)
		case isMap:
			below, _ := merged[key].(map[string]any)
			merged[key] = merge(below, part)
		default:
			merged[key] = value
		}
	}
	return merged
}

func (c *company) created(obj program.Object) program.Object {
	c.born++
	obj.SetNamespace(namespace)
	obj.SetUID(types.UID(fmt.Sprintf("00000000-0000-0000-0000-%012d", c.born)))
	obj.SetResourceVersion(fmt.Sprint(c.born))
	obj.SetGeneration(1)
	obj.SetCreationTimestamp(metav1.NewTime(c.now))
	return obj
}

// firstDay applies the sample of that name.
func (c *company) firstDay() {
	folder := program.Load(os.DirFS("../../config/samples/first-day"), got(schemas()))
	for _, problem := range folder.Problems {
		c.t.Fatal(problem)
	}
	for _, obj := range folder.Snapshot.All() {
		c.s.Add(c.created(obj))
	}
	c.claim()
}

// reapply deletes every object and applies again what people wrote, in follow-ups too: nothing is left of statuses, of
// assignments with the decisions in them, and of waves.
func (c *company) reapply() {
	all := c.s.All()
	c.forget()
	for _, obj := range all {
		switch obj.(type) {
		case *cxv1.OwnerAssignment, *cxv1.Scorecard, *cxv1.SurveyWave:
		default:
			c.s.Add(c.created(admit(program.KindOf(obj), obj.GetName(), specOf(obj))))
		}
	}
	c.claim()
}
