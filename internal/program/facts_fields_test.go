// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// workshop holds a company whose fields are changed one at a time.
type workshop struct {
	s  *program.Snapshot
	ev *store.Evidence
	// others are values by type: those that fields of that type have anywhere, and some that matter.
	others map[reflect.Type][]reflect.Value
	before map[string]observation
	// byPath has the facts that changed with a field, by the field's path.
	byPath map[string]map[string]bool
}

// observation is what is compared of a fact.
type observation struct {
	value any
	grade maturity.Grade
}

// place is where a field of one object stands.
type place struct {
	path string
	v    reflect.Value
}

func newWorkshop() *workshop {
	objs, ev := company()
	w := &workshop{s: program.New("retail", objs...), ev: ev, others: map[reflect.Type][]reflect.Value{}, byPath: map[string]map[string]bool{}}
	for _, value := range []any{
		int32(0), int32(1), int32(4), int32(60), int32(2026), int64(0), int64(3), true, false,
		now.AddDate(0, 0, -3), now.AddDate(0, 0, -95), now.AddDate(0, 0, -185), now.AddDate(0, 0, -400), now.AddDate(0, 0, 10),
		dayAgo(1), dayAgo(66), dayAgo(400), dayAgo(-10), cxv1.Decimal("0"), cxv1.Decimal("7"), cxv1.Duration("1d"), cxv1.Duration("80d"),
		cxv1.Ref("nobody"), cxv1.Ref("colleague"), cxv1.Function("nowhere"), "nothing", "frank", cxv1.OwnerLeft, cxv1.SurveyCompleted, cxv1.AnonymityIdentified,
		cxv1.InitiativeProposed, cxv1.InitiativeAccepted, cxv1.InitiativeCancelled, cxv1.StandardDraft, cxv1.TrendUp, cxv1.MethodCSAT,
		cxv1.VerdictConfirmed, cxv1.OriginFollowUps, cxv1.MethodDesk, cxv1.KPIBusiness, cxv1.GoalBusiness, store.WaveCancelled,
		cxv1.PersonaCustomer, cxv1.PersonaInternalCustomer, cxv1.SubjectPartner, &cxv1.Scale{Min: 1, Max: 5},
	} {
		w.add(reflect.ValueOf(value))
	}
	for _, p := range w.places() {
		if p.v.Kind() == reflect.String {
			w.add(copied(p.v))
		}
	}
	return w
}

func (w *workshop) add(v reflect.Value) {
	known := w.others[v.Type()]
	if len(known) < 24 && !slices.ContainsFunc(known, func(k reflect.Value) bool { return reflect.DeepEqual(k.Interface(), v.Interface()) }) {
		w.others[v.Type()] = append(known, v)
	}
}

func copied(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// places lists every field of every object and of the evidence, with those in it.
func (w *workshop) places() []place {
	var all []place
	for _, obj := range w.s.All() {
		v := reflect.ValueOf(obj).Elem()
		for _, half := range []string{"Spec", "Status"} {
			all = below(all, program.KindOf(obj)+"."+strings.ToLower(half), v.FieldByName(half))
		}
	}
	return inside(all, "Evidence", reflect.ValueOf(w.ev).Elem())
}

func below(all []place, path string, v reflect.Value) []place {
	all = append(all, place{path, v})
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return inside(all, path, v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			all = inside(all, path, v.Index(i))
		}
		return all
	}
	return inside(all, path, v)
}

func inside(all []place, path string, v reflect.Value) []place {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[metav1.Time]() {
		return all
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			all = inside(all, path, v.Field(i))
		case name != "" && name != "-" && v.Field(i).Kind() != reflect.Map:
			all = below(all, path+"."+name, v.Field(i))
		}
	}
	return all
}

// instead lists what to put in the place of a value: nothing, and every other value that is known for its type.
func (w *workshop) instead(v reflect.Value) []reflect.Value {
	list := []reflect.Value{reflect.Zero(v.Type())}
	switch {
	case v.Type() == reflect.TypeFor[metav1.Time]():
		for _, t := range w.others[reflect.TypeFor[time.Time]()] {
			list = append(list, reflect.ValueOf(metav1.NewTime(t.Interface().(time.Time))))
		}
		return list
	case v.Kind() == reflect.Pointer:
		for _, other := range w.instead(reflect.Zero(v.Type().Elem()))[1:] {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(other)
			list = append(list, p)
		}
	case v.Kind() == reflect.Slice:
		for _, other := range w.others[v.Type().Elem()] {
			one := reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), other)
			list = append(list, one, reflect.AppendSlice(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, 9), v), one))
		}
		for i := range v.Len() {
			without := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v.Slice(0, i))
			list = append(list, reflect.AppendSlice(without, v.Slice(i+1, v.Len())))
		}
	}
	return append(list, w.others[v.Type()]...)
}

func (w *workshop) facts() map[string]observation {
	all := map[string]observation{}
	for name, fact := range program.Facts(w.s, w.ev, now) {
		all[name] = observation{fact.Value, fact.Grade}
	}
	return all
}

// tryAll gives every field whose path starts so other values in turn, and then its own again; and it takes out every object,
// as a change of its name would.
func (w *workshop) tryAll(start string) {
	w.before = w.facts()
	for _, p := range w.places() {
		if !strings.HasPrefix(p.path, start) {
			continue
		}
		own := copied(p.v)
		for _, other := range w.instead(p.v) {
			p.v.Set(other)
			w.note(p.path)
			p.v.Set(own)
		}
	}
	whole := w.s
	for _, obj := range whole.All() {
		w.s = program.New("retail", slices.DeleteFunc(whole.All(), func(o program.Object) bool { return o == obj })...)
		w.note(program.KindOf(obj) + ".metadata.name")
	}
	w.s = whole
}

func (w *workshop) note(path string) {
	for fact, now := range w.facts() {
		if now != w.before[fact] {
			if w.byPath[path] == nil {
				w.byPath[path] = map[string]bool{}
			}
			w.byPath[path][fact] = true
		}
	}
}

// covers tells whether a source names a field, or something around it or in it.
func covers(source, field string) bool {
	return source == field || strings.HasPrefix(field, source+".") || strings.HasPrefix(source, field+".")
}

// everywhere are fields that bear on facts beyond the ones that name them, and why.
var everywhere = map[string]string{
	"Program.spec.timeZone":                "dates are days of this zone",
	"OwnerAssignment":                      "acceptedAt stands for the assignment as a whole: who accepted what",
	"Evidence.decisions":                   "terms stands for the decision as a whole: who approved what, on which terms",
	"Journey.spec.stages.touchpoints.name": "touchpoints are named in assignments, as objects are",
}

// What the table says about fields is the whole truth: a field that a fact names can change it, and no other field does.
func TestFactsChangeWithTheFieldsThatTheyNameAndNoOthers(t *testing.T) {
	w := newWorkshop()
	w.tryAll("")
	// One who sits in the program in several ways keeps the seat when one way goes, so each is tried by itself.
	for start, change := range map[string]func(*cxv1.ProgramSpec){
		"Program.spec.sponsor":      func(p *cxv1.ProgramSpec) { p.Governance.Members = []cxv1.Ref{"builder"} },
		"Program.spec.governance":   func(p *cxv1.ProgramSpec) { p.Sponsor = "" },
		"Program.spec.lead":         func(p *cxv1.ProgramSpec) { p.Governance, p.Sponsor, p.Lead = nil, "", "boss" },
		"OwnerAssignment":           func(p *cxv1.ProgramSpec) { p.Sponsor = "" },
		"Program.spec.workingGroup": func(p *cxv1.ProgramSpec) { p.Lead = "" },
	} {
		other := newWorkshop()
		other.byPath = w.byPath
		change(&other.s.Program.Spec)
		for _, a := range other.s.Assignments {
			if a.Spec.Role == cxv1.RoleLead {
				a.Spec.Owner, a.Status.Owner = other.s.Program.Spec.Lead, string(other.s.Program.Spec.Lead)
			}
		}
		other.tryAll(start)
	}
	named := map[string][]string{}
	for _, source := range program.FactSources {
		named[source.Fact] = source.Fields
		for _, field := range source.Fields {
			if !w.byPath[field][source.Fact] {
				t.Errorf("%s: no value of %s changes it", source.Fact, field)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(w.byPath)) {
		parent := path[:strings.LastIndexByte(path, '.')]
		kind, _, _ := strings.Cut(path, ".")
		if everywhere[path]+everywhere[parent]+everywhere[kind] != "" || strings.HasSuffix(path, ".metadata.name") {
			continue
		}
		for _, fact := range slices.Sorted(maps.Keys(w.byPath[path])) {
			if !slices.ContainsFunc(named[fact], func(source string) bool { return covers(source, path) }) {
				t.Errorf("%s: %s changes it, which its source does not name", fact, path)
			}
		}
	}
}
