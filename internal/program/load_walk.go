// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxFileBytes bounds one file. The API server takes no object of more than 1.5 MB.
const maxFileBytes = 16 << 20

// walker finds the files of a folder. Once it has read the kustomizations it may be asked by several at a time.
type walker struct {
	fsys     fs.FS
	problems []Problem
	// namespaces are those that a kustomization sets, by folder.
	namespaces map[string]string
}

func unreadable(file, format string, args ...any) *Problem {
	return &Problem{File: file, Rule: RuleUnreadableFile, Message: fmt.Sprintf(format, args...)}
}

// walk lists the YAML files of the folder.
func (w *walker) walk() []string {
	var files []string
	err := fs.WalkDir(w.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			w.problems = append(w.problems, *unreadable(name, "cannot be read: %v", err))
			return skipped(entry)
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			return skipped(entry)
		case !entry.IsDir() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		w.problems = append(w.problems, *unreadable("", "the folder cannot be read: %v", err))
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

func (w *walker) readKustomization(file string) {
	if !isKustomization(file) {
		return
	}
	data, problem := w.read(file)
	if problem != nil {
		w.problems = append(w.problems, *problem)
		return
	}
	var kustomization struct {
		Namespace string `json:"namespace"`
	}
	if err := yaml.Unmarshal(data, &kustomization); err != nil {
		w.problems = append(w.problems, syntaxProblem(chunk{text: data, line: 1}, file, err))
		return
	}
	if kustomization.Namespace != "" {
		w.namespaces[path.Dir(file)] = kustomization.Namespace
	}
}

// kustomized is the namespace that a kustomization sets for a file; the outermost one wins, as with kustomize.
func (w *walker) kustomized(file string) string {
	namespace := ""
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		namespace = cmp.Or(w.namespaces[dir], namespace)
		if dir == "." || dir == "/" {
			return namespace
		}
	}
}

func (w *walker) read(file string) ([]byte, *Problem) {
	if info, err := fs.Stat(w.fsys, file); err == nil && info.Size() > maxFileBytes {
		return nil, unreadable(file, "the file has %d bytes, more than %d: split it", info.Size(), maxFileBytes)
	}
	data, err := fs.ReadFile(w.fsys, file)
	if err != nil {
		return nil, unreadable(file, "cannot be read: %v", err)
	}
	return data, nil
}
