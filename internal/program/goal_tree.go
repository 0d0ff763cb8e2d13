// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"

// unvisited is the root of a goal that has not been looked at.
const unvisited = -2

// goalTree is the Goals of a snapshot by their place in it.
type goalTree struct {
	goals []*cxv1.Goal
	place map[cxv1.Ref]int
	// parent is -1 without one, and also where parentRef does not resolve.
	parent []int
	// root is the top of each goal's tree; -1 for goals that only lead round in a circle.
	root []int
	// underBusiness says whether a goal has a Business goal above it.
	underBusiness []bool
	hasChildren   []bool
}

func newGoalTree(goals []*cxv1.Goal) *goalTree {
	t := &goalTree{
		goals: goals, place: make(map[cxv1.Ref]int, len(goals)),
		parent: make([]int, len(goals)), root: make([]int, len(goals)),
		underBusiness: make([]bool, len(goals)), hasChildren: make([]bool, len(goals)),
	}
	for i, goal := range goals {
		t.place[cxv1.Ref(goal.Name)] = i
	}
	for i, goal := range goals {
		t.parent[i] = -1
		if parent, ok := t.place[goal.Spec.ParentRef]; ok {
			t.parent[i] = parent
			t.hasChildren[parent] = true
		}
	}
	for i := range t.root {
		t.root[i] = unvisited
	}
	for i := range goals {
		t.resolve(i)
	}
	return t
}

// resolve finds root and underBusiness of a goal and of all above it. Every goal is climbed from once, so that a long chain
// costs no more than a wide tree.
func (t *goalTree) resolve(start int) {
	var path []int
	at := start
	for at >= 0 && t.root[at] == unvisited {
		path = append(path, at)
		t.root[at] = -1 // until known; stays so when the way leads back here
		at = t.parent[at]
	}
	for i := len(path) - 1; i >= 0; i-- {
		goal := path[i]
		parent := t.parent[goal]
		if parent < 0 {
			t.root[goal] = goal
			continue
		}
		t.root[goal] = t.root[parent]
		t.underBusiness[goal] = t.underBusiness[parent] || t.goals[parent].Spec.Kind == cxv1.GoalBusiness
	}
}
