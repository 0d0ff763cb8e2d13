// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import "strings"

// Built is an object that a kustomization made.
type Built struct {
	// Object is as JSON decodes, with whole numbers as int64.
	Object map[string]any
	// Origin is the file that the object was made from.
	Origin *File
}

// LoadBuilt is Load for what a kustomization makes. Problems are told where the field in question was written: in the last of the
// patches that has it, else in the object's origin.
func LoadBuilt(objects []Built, patches []File, schema Schema) *Folder {
	origins := map[*File][]written{}
	var changes []written
	for i := range patches {
		changes = append(changes, objectsIn(&patches[i])...)
	}
	for _, object := range objects {
		if _, known := origins[object.Origin]; !known {
			origins[object.Origin] = objectsIn(object.Origin)
		}
	}
	return load(len(objects), func(i int) []document {
		object := objects[i]
		kind, name := kindAndName(object.Object)
		here := place{file: object.Origin.Name}
		if from, found := originOf(origins[object.Origin], kind, name); found {
			here = from.place
			for _, change := range changes {
				if change.kind == kind && (change.name == name || change.name == from.name) {
					here.patches = append(here.patches, change.place)
				}
			}
		}
		if d := read(here, object.Object, schema, ""); d != nil {
			return []document{*d}
		}
		return nil
	}).sorted()
}

// written is an object as it stands in a file, before anything is made of it.
type written struct {
	kind, name string
	place      place
}

func kindAndName(object map[string]any) (kind, name string) {
	kind, _ = object["kind"].(string)
	meta, _ := object["metadata"].(map[string]any)
	name, _ = meta["name"].(string)
	return kind, name
}

// objectsIn lists what stands in a file, as far as it can be read.
func objectsIn(file *File) []written {
	var list []written
	for _, c := range documents(file.Data) {
		value, err := c.value()
		if object, ok := value.(map[string]any); ok && err == nil {
			kind, name := kindAndName(object)
			list = append(list, written{kind, name, place{file: file.Name, source: &source{chunk: c}}})
		}
	}
	return list
}

// originOf finds what an object was made from: of its kind and name, else of a part of its name (a kustomization may put something
// in front of names and behind them).
func originOf(list []written, kind, name string) (best written, found bool) {
	for _, w := range list {
		switch {
		case w.kind != kind:
		case w.name == name:
			return w, true
		case strings.Contains(name, w.name) && len(w.name) > len(best.name):
			best, found = w, true
		}
	}
	return best, found
}
