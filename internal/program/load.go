// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxFileBytes bounds one file. The API server takes no object of more than 1.5 MB.
const maxFileBytes = 16 << 20

// Schema knows what the API server would do to an object of ours: fill in defaults, and refuse what is wrong.
type Schema interface {
	// Apply fills in defaults in place and names what would be refused. The object is as JSON decodes, with whole
	// numbers as int64.
	Apply(kind string, object map[string]any) []FieldProblem
}

// FieldProblem is a mistake in one field.
type FieldProblem struct {
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
	return p.file, p.line(field, value)
}

// Broken tells whether an object of that key stands in the folder but is wrong, so that it is not in the snapshot. What is
// said about its absence would only repeat that.
func (f *Folder) Broken(object string) bool { return f.broken[object] }

// Load reads every *.yaml and *.yml file of a folder and its subfolders, as kubectl does with -R: several documents in a
// file and lists are fine, objects of other API groups are left out, and so are hidden folders. A kustomization.yaml is no
// document; the namespace that it sets holds for its folder. Every other mistake is a Problem, and what is right beside it
// is used. schema may be nil: then defaults are not filled in and only names of fields and kinds are checked.
func Load(fsys fs.FS, schema Schema) *Folder {
	l := &loader{
		fsys: fsys, schema: schema,
		folder:     &Folder{Snapshot: &Snapshot{}, places: map[string]place{}, broken: map[string]bool{}},
		namespaces: map[string]string{},
	}
	files := l.walk()
	for _, file := range files {
		l.readKustomization(file)
	}
	for _, file := range files {
		if !isKustomization(file) {
			l.readFile(file)
		}
	}
	l.folder.Snapshot.Add(l.objects...)
	slices.SortStableFunc(l.folder.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return l.folder
}

type loader struct {
	fsys    fs.FS
	schema  Schema
	folder  *Folder
	objects []Object
	// namespaces are those that a kustomization sets, by folder.
	namespaces map[string]string
}

func (l *loader) problem(file string, line int, object, format string, args ...any) {
	l.folder.Problems = append(l.folder.Problems,
		Problem{File: file, Line: line, Object: object, Message: fmt.Sprintf(format, args...)})
}

// walk lists the YAML files of the folder.
func (l *loader) walk() []string {
	var files []string
	err := fs.WalkDir(l.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.problem(name, 0, "", "cannot be read: %v", err)
			return skipped(entry)
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			return skipped(entry)
		case !entry.IsDir() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		l.problem("", 0, "", "the folder cannot be read: %v", err)
	}
	return files
}

func skipped(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func isKustomization(file string) bool {
	base := path.Base(file)
	return base == "kustomization.yaml" || base == "kustomization.yml"
}

func (l *loader) readKustomization(file string) {
	if !isKustomization(file) {
		return
	}
	data, ok := l.read(file)
	if !ok {
		return
	}
	var kustomization struct {
		Namespace string `json:"namespace"`
	}
	if err := yaml.Unmarshal(data, &kustomization); err != nil {
		line, message := syntaxError(err)
		l.problem(file, line, "", "%s", message)
		return
	}
	if kustomization.Namespace != "" {
		l.namespaces[path.Dir(file)] = kustomization.Namespace
	}
}

// kustomized is the namespace that a kustomization sets for a file; the outermost one wins, as with kustomize.
func (l *loader) kustomized(file string) string {
	namespace := ""
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		namespace = cmp.Or(l.namespaces[dir], namespace)
		if dir == "." || dir == "/" {
			return namespace
		}
	}
}

func (l *loader) read(file string) ([]byte, bool) {
	if info, err := fs.Stat(l.fsys, file); err == nil && info.Size() > maxFileBytes {
		l.problem(file, 0, "", "the file has %d bytes, more than %d: split it", info.Size(), maxFileBytes)
		return nil, false
	}
	data, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.problem(file, 0, "", "cannot be read: %v", err)
		return nil, false
	}
	return data, true
}
