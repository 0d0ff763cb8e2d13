// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Object is a resource of ours.
type Object interface {
	metav1.Object
	runtime.Object
	CommonStatus() *cxv1.ObjectStatus
	References() []cxv1.Reference
}

// Snapshot is every resource of one namespace. Each list is sorted by name and holds a name once; New and Add keep it so,
// and the lookups rely on it. Objects are shared with whoever put them in: read them only.
type Snapshot struct {
	// Namespace of the objects; empty when a folder names none.
	Namespace string
	// Program is the one named "program"; nil without it.
	Program *cxv1.Program
	// Strays are Programs of any other name, which only a folder can hold.
	Strays      []*cxv1.Program
	Owners      []*cxv1.Owner
	Personas    []*cxv1.Persona
	Journeys    []*cxv1.Journey
	Goals       []*cxv1.Goal
	KPIs        []*cxv1.KPI
	Surveys     []*cxv1.Survey
	Waves       []*cxv1.SurveyWave
	Initiatives []*cxv1.Initiative
	Assignments []*cxv1.OwnerAssignment
	Scorecards  []*cxv1.Scorecard
	Frameworks  []*cxv1.Framework
	Assessments []*cxv1.Assessment
	FollowUps   []*cxv1.FollowUp
}

// New makes a snapshot of objects in any order.
func New(namespace string, objs ...Object) *Snapshot {
	s := &Snapshot{Namespace: namespace}
	s.Add(objs...)
	return s
}

// Add puts objects in, in any order; one replaces another of its kind and name. It sorts once per call, so adding many
// at once is cheaper. It panics on a type that is not one of our kinds, which no input can cause.
func (s *Snapshot) Add(objs ...Object) {
	for _, obj := range objs {
		s.append(obj)
	}
	s.Strays = normalized(s.Strays)
	s.Owners = normalized(s.Owners)
	s.Personas = normalized(s.Personas)
	s.Journeys = normalized(s.Journeys)
	s.Goals = normalized(s.Goals)
	s.KPIs = normalized(s.KPIs)
	s.Surveys = normalized(s.Surveys)
	s.Waves = normalized(s.Waves)
	s.Initiatives = normalized(s.Initiatives)
	s.Assignments = normalized(s.Assignments)
	s.Scorecards = normalized(s.Scorecards)
	s.Frameworks = normalized(s.Frameworks)
	s.Assessments = normalized(s.Assessments)
	s.FollowUps = normalized(s.FollowUps)
}

//nolint:cyclop // one case for each kind, and nothing else
func (s *Snapshot) append(obj Object) {
	switch o := obj.(type) {
	case *cxv1.Program:
		s.addProgram(o)
	case *cxv1.Owner:
		s.Owners = append(s.Owners, o)
	case *cxv1.Persona:
		s.Personas = append(s.Personas, o)
	case *cxv1.Journey:
		s.Journeys = append(s.Journeys, o)
	case *cxv1.Goal:
		s.Goals = append(s.Goals, o)
	case *cxv1.KPI:
		s.KPIs = append(s.KPIs, o)
	case *cxv1.Survey:
		s.Surveys = append(s.Surveys, o)
	case *cxv1.SurveyWave:
		s.Waves = append(s.Waves, o)
	case *cxv1.Initiative:
		s.Initiatives = append(s.Initiatives, o)
	case *cxv1.OwnerAssignment:
		s.Assignments = append(s.Assignments, o)
	case *cxv1.Scorecard:
		s.Scorecards = append(s.Scorecards, o)
	case *cxv1.Framework:
		s.Frameworks = append(s.Frameworks, o)
	case *cxv1.Assessment:
		s.Assessments = append(s.Assessments, o)
	case *cxv1.FollowUp:
		s.FollowUps = append(s.FollowUps, o)
	default:
		panic(fmt.Sprintf("program: %T is no kind of a program", obj))
	}
}

func (s *Snapshot) addProgram(p *cxv1.Program) {
	if p.Name == cxv1.ProgramName {
		s.Program = p
		return
	}
	s.Strays = append(s.Strays, p)
}

// normalized sorts by name and keeps the last of equal names.
func normalized[T Object](list []T) []T {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(a.GetName(), b.GetName()) })
	kept := list[:0]
	for i, obj := range list {
		if i+1 == len(list) || list[i+1].GetName() != obj.GetName() {
			kept = append(kept, obj)
		}
	}
	clear(list[len(kept):])
	return kept
}

// All lists every object: kinds in a fixed order, the Program first, and names in order within a kind.
func (s *Snapshot) All() []Object {
	all := make([]Object, 0, 1+len(s.Strays)+len(s.Owners)+len(s.Personas)+len(s.Journeys)+len(s.Goals)+len(s.KPIs)+
		len(s.Surveys)+len(s.Waves)+len(s.Initiatives)+len(s.Assignments)+len(s.Scorecards)+len(s.Frameworks)+len(s.Assessments)+len(s.FollowUps))
	if s.Program != nil {
		all = append(all, s.Program)
	}
	all = appendAll(all, s.Strays)
	all = appendAll(all, s.Owners)
	all = appendAll(all, s.Personas)
	all = appendAll(all, s.Journeys)
	all = appendAll(all, s.Goals)
	all = appendAll(all, s.KPIs)
	all = appendAll(all, s.Surveys)
	all = appendAll(all, s.Waves)
	all = appendAll(all, s.Initiatives)
	all = appendAll(all, s.Assignments)
	all = appendAll(all, s.Scorecards)
	all = appendAll(all, s.Frameworks)
	all = appendAll(all, s.Assessments)
	return appendAll(all, s.FollowUps)
}

func appendAll[T Object](all []Object, list []T) []Object {
	for _, obj := range list {
		all = append(all, obj)
	}
	return all
}

// Owner returns the Owner of that name, or nil.
func (s *Snapshot) Owner(name cxv1.Ref) *cxv1.Owner { return find(s.Owners, string(name)) }

// Persona returns the Persona of that name, or nil.
func (s *Snapshot) Persona(name cxv1.Ref) *cxv1.Persona { return find(s.Personas, string(name)) }

// Journey returns the Journey of that name, or nil.
func (s *Snapshot) Journey(name cxv1.Ref) *cxv1.Journey { return find(s.Journeys, string(name)) }

// Goal returns the Goal of that name, or nil.
func (s *Snapshot) Goal(name cxv1.Ref) *cxv1.Goal { return find(s.Goals, string(name)) }

// KPI returns the KPI of that name, or nil.
func (s *Snapshot) KPI(name cxv1.Ref) *cxv1.KPI { return find(s.KPIs, string(name)) }

// Survey returns the Survey of that name, or nil.
func (s *Snapshot) Survey(name cxv1.Ref) *cxv1.Survey { return find(s.Surveys, string(name)) }

// Initiative returns the Initiative of that name, or nil.
func (s *Snapshot) Initiative(name cxv1.Ref) *cxv1.Initiative {
	return find(s.Initiatives, string(name))
}

// Framework returns the Framework of that name, or nil. One that is built in need not be there.
func (s *Snapshot) Framework(name string) *cxv1.Framework { return find(s.Frameworks, name) }

// Scorecard returns the Scorecard of that name, or nil.
func (s *Snapshot) Scorecard(name string) *cxv1.Scorecard { return find(s.Scorecards, name) }

// Has tells whether the object that a reference names is there.
func (s *Snapshot) Has(r cxv1.Reference) bool {
	switch r.Kind {
	case "Program":
		return s.Program != nil && s.Program.Name == r.Name
	case "Owner":
		return has(s.Owners, r.Name)
	case "Persona":
		return has(s.Personas, r.Name)
	case "Journey":
		return has(s.Journeys, r.Name)
	case "Goal":
		return has(s.Goals, r.Name)
	case "KPI":
		return has(s.KPIs, r.Name)
	case "Survey":
		return has(s.Surveys, r.Name)
	case "Initiative":
		return has(s.Initiatives, r.Name)
	}
	return false
}

func has[T Object](list []T, name string) bool {
	_, found := search(list, name)
	return found
}

func find[T Object](list []T, name string) T {
	i, found := search(list, name)
	if !found {
		var none T
		return none
	}
	return list[i]
}

func search[T Object](list []T, name string) (int, bool) {
	return slices.BinarySearchFunc(list, name, func(obj T, name string) int { return cmp.Compare(obj.GetName(), name) })
}

// KindOf is the kind of an object, whether or not its TypeMeta is filled in (the cache leaves it empty).
//
//nolint:cyclop // one case for each kind, and nothing else
func KindOf(obj Object) string {
	switch obj.(type) {
	case *cxv1.Program:
		return "Program"
	case *cxv1.Owner:
		return "Owner"
	case *cxv1.Persona:
		return "Persona"
	case *cxv1.Journey:
		return "Journey"
	case *cxv1.Goal:
		return "Goal"
	case *cxv1.KPI:
		return "KPI"
	case *cxv1.Survey:
		return "Survey"
	case *cxv1.SurveyWave:
		return "SurveyWave"
	case *cxv1.Initiative:
		return "Initiative"
	case *cxv1.OwnerAssignment:
		return "OwnerAssignment"
	case *cxv1.Scorecard:
		return "Scorecard"
	case *cxv1.Framework:
		return "Framework"
	case *cxv1.Assessment:
		return "Assessment"
	case *cxv1.FollowUp:
		return "FollowUp"
	}
	return ""
}

// Key names an object as messages do, e.g. "KPI/nps".
func Key(obj Object) string { return KindOf(obj) + "/" + obj.GetName() }
