// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// counting counts how often objects are looked at.
type counting struct{ applied int }

func (c *counting) Apply(string, map[string]any) []FieldProblem {
	c.applied++
	return nil
}

func ownerFile(name, namespace string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("apiVersion: cx-operator.io/v1alpha1\nkind: Owner\nmetadata: {name: " + name + ", namespace: " + namespace + "}\n" +
		"spec: {displayName: Somebody, function: marketing, level: Staff}\n")}
}

func TestWhatTwoFoldersShareIsReadOnce(t *testing.T) {
	schema := &counting{}
	remembering := Remember(schema)
	before := fstest.MapFS{"a.yaml": ownerFile("a", "one"), "b.yaml": ownerFile("b", "one")}
	after := fstest.MapFS{"a.yaml": ownerFile("a", "one"), "b.yaml": ownerFile("c", "one")}
	was, is := Load(before, remembering), Load(after, remembering)
	if schema.applied != 3 {
		t.Errorf("%d objects were looked at, want 3: one is the same in both folders", schema.applied)
	}
	if was.Snapshot.Owner("a") == nil || was.Snapshot.Owner("a") != is.Snapshot.Owner("a") || was.Snapshot.Owner("b") == nil ||
		is.Snapshot.Owner("b") != nil || is.Snapshot.Owner("c") == nil {
		t.Errorf("before %v, after %v", was.Snapshot.Owners, is.Snapshot.Owners)
	}
}

func TestAProblemOfOneFolderIsNotTheOthers(t *testing.T) {
	remembering := Remember(&counting{})
	// In the first folder the file is in another namespace than the one before it, in the second there is no other.
	mixed := Load(fstest.MapFS{"a.yaml": ownerFile("a", "one"), "b.yaml": ownerFile("b", "two")}, remembering)
	alone := Load(fstest.MapFS{"b.yaml": ownerFile("b", "two")}, remembering)
	if len(mixed.Problems) != 1 || len(alone.Problems) != 0 || alone.Snapshot.Owner("b") == nil {
		t.Errorf("problems %v and %v", mixed.Problems, alone.Problems)
	}
	again := Load(fstest.MapFS{"a.yaml": ownerFile("a", "one"), "b.yaml": ownerFile("b", "two")}, remembering)
	if diff := cmp.Diff(mixed.Problems, again.Problems); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}
