// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Schema knows what the API server would do to an object of ours: fill in defaults, and refuse what is wrong.
type Schema interface {
	// Apply fills in defaults in place and names what would be refused. The object is as JSON decodes, with whole
	// numbers as int64.
	Apply(kind string, object map[string]any) []FieldProblem
}

// FieldProblem is a mistake in one field.
type FieldProblem struct {
	// Rule says what kind of mistake it is.
	Rule Rule
	// Field is its path, e.g. "spec.stages[0].name"; empty for the whole object.
	Field string
	// Message says what is wrong and what to do.
	Message string
}

// Problem is a mistake in a file.
type Problem struct {
	// File is its path in the folder.
	File string
	// Line counts from 1; 0 when the mistake is not in one place.
	Line int
	// Object is "Kind/name" as far as it is known.
	Object string
	// Rule says what kind of mistake it is.
	Rule Rule
	// Message says what is wrong and what to do.
	Message string
}

// String gives "file:line: object: message", as editors and CI systems read it.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.File != "" {
		b.WriteString(": ")
	}
	if p.Object != "" {
		b.WriteString(p.Object + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Folder is a program as it stands in files.
type Folder struct {
	// Snapshot holds every object that is right in itself.
	Snapshot *Snapshot
	// Problems are in the order of files and lines. An object with a problem is not in the snapshot.
	Problems []Problem
	// Unbuilt says that the folder is a kustomization that cannot be built: then nothing is known but Problems.
	Unbuilt bool

	places map[string]place
	broken map[string]bool
}

// Place says where an object (and a field of it, if it can be found) stands. The value helps to find the right element of a
// list: with "spec.personas" and "shopper" it is the line of that name.
func (f *Folder) Place(object, field, value string) (file string, line int) {
	p, ok := f.places[object]
	if !ok {
		return "", 0
	}
	return p.find(field, value)
}

// Broken tells whether an object of that key stands in the folder but is wrong, so that it is not in the snapshot. What is
// said about its absence would only repeat that.
func (f *Folder) Broken(object string) bool { return f.broken[object] }

// File is a file that was read.
type File struct {
	// Name is its path, as problems give it.
	Name string
	Data []byte
	// Namespace is that of all its objects, whatever they say; empty when each says its own.
	Namespace string
}

// Load reads every *.yaml and *.yml file of a folder and its subfolders, and *.json where it is about our kinds, as kubectl does with
// -R: several documents in a file and lists are fine, objects of other API groups are left out, and so are hidden folders. A
// kustomization.yaml is no document; the namespace that it sets holds for its folder. Every other mistake is a Problem, and what is
// right beside it is used. schema may be nil: then defaults are not filled in and only names of fields and kinds are checked.
func Load(fsys fs.FS, schema Schema) *Folder {
	w := &walker{fsys: fsys, namespaces: map[string]string{}}
	names := w.walk()
	for _, name := range names {
		w.readKustomization(name)
	}
	names = slices.DeleteFunc(names, isKustomization)
	f := load(len(names), func(i int) []document {
		data, problem := w.read(names[i])
		if problem != nil {
			return []document{{problems: []Problem{*problem}}}
		}
		return readFile(File{names[i], data, w.kustomized(names[i])}, schema)
	})
	f.Problems = append(f.Problems, w.problems...)
	return f.sorted()
}

// LoadFiles is Load for these files alone.
func LoadFiles(files []File, schema Schema) *Folder {
	return load(len(files), func(i int) []document { return readFile(files[i], schema) }).sorted()
}

// load reads files, several at a time, and puts together what is in them in the order of files.
func load(n int, read func(i int) []document) *Folder {
	documents := make([][]document, n)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for begin := 0; begin < n; begin += filesAtOnce {
		group.Go(func() error {
			for i := begin; i < min(n, begin+filesAtOnce); i++ {
				documents[i] = read(i)
			}
			return nil
		})
	}
	_ = group.Wait() // no reader fails: what is wrong is a Problem
	l := &loader{folder: &Folder{Snapshot: &Snapshot{}, places: map[string]place{}, broken: map[string]bool{}}}
	for _, file := range documents {
		for i := range file {
			l.take(&file[i])
		}
	}
	l.folder.Snapshot.Add(l.objects...)
	return l.folder
}

// filesAtOnce are read by one of several readers before it asks for more.
const filesAtOnce = 16

func (f *Folder) sorted() *Folder {
	slices.SortStableFunc(f.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return f
}

// loader puts documents together.
type loader struct {
	folder  *Folder
	objects []Object
}

// take adds what a document holds. What shows only next to other documents is found here.
func (l *loader) take(d *document) {
	if d.key == "" || d.name == "" {
		l.folder.Problems = append(l.folder.Problems, d.problems...)
		for _, key := range d.hides {
			l.folder.broken[key] = true
		}
		if d.key != "" {
			l.folder.broken[d.key] = true
		}
		return
	}
	if other, twice := l.folder.places[d.key]; twice {
		file, line := other.find("metadata.name", "")
		l.folder.Problems = append(l.folder.Problems, d.problem(RuleDuplicateObject, "metadata.name",
			"stands in the folder twice, also in %s line %d: remove one", file, line))
		return
	}
	l.folder.places[d.key] = d.place
	if problem := l.inNamespace(d); problem != nil {
		d.problems = append(d.problems, *problem)
	}
	if len(d.problems) > 0 {
		l.folder.Problems = append(l.folder.Problems, d.problems...)
		l.folder.broken[d.key] = true
		return
	}
	l.objects = append(l.objects, d.typed)
}

// inNamespace finds an object in another namespace than the ones before. A folder is one program, so it is one namespace.
func (l *loader) inNamespace(d *document) *Problem {
	s := l.folder.Snapshot
	switch {
	case d.namespace == "" || d.namespace == s.Namespace:
	case s.Namespace == "":
		s.Namespace = d.namespace
	default:
		return new(d.problem(RuleMixedNamespaces, "metadata.namespace",
			"is in namespace %q, others are in %q: a program is one namespace, give each a folder of its own", d.namespace, s.Namespace))
	}
	return nil
}
