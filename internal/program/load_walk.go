// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
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

// walk lists the files of the folder that hold objects.
func (w *walker) walk() []string {
	var files []string
	err := fs.WalkDir(w.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			w.problems = append(w.problems, *unreadable(name, "cannot be read: %v", err))
			return skipped(entry)
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			return skipped(entry)
		case !entry.IsDir() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || w.isOurJSON(name)):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		w.problems = append(w.problems, *unreadable("", "the folder cannot be read: %v", err))
	}
	return files
}

// ourJSON is how an object of ours says what it is. A label or an annotation of ours in somebody else's file is none.
var ourJSON = regexp.MustCompile(`"apiVersion"\s*:\s*"` + regexp.QuoteMeta(cxv1.GroupName) + `/`)

// isOurJSON reports whether a file is JSON about our kinds. Folders hold much other JSON, in which nothing of ours is missing.
func (w *walker) isOurJSON(name string) bool {
	if !strings.HasSuffix(name, ".json") {
		return false
	}
	data, problem := w.read(name)
	return problem == nil && ourJSON.Match(data)
}

// notText finds a file in another encoding than UTF-8, of which YAML would silently read a part, or read it wrongly.
func notText(file File) *Problem {
	if bytes.HasPrefix(file.Data, []byte("\xff\xfe")) || bytes.HasPrefix(file.Data, []byte("\xfe\xff")) {
		return unreadable(file.Name, "is written in UTF-16: save it as UTF-8")
	}
	if utf8.Valid(file.Data) {
		return nil
	}
	line := 1
	for text := range bytes.Lines(file.Data) {
		if !utf8.Valid(text) {
			break
		}
		line++
	}
	problem := unreadable(file.Name, "has a character that is not written in UTF-8: save the file as UTF-8")
	problem.Line = line
	return problem
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
