// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/cx-operator/cx-operator/internal/program"
)

// kustomize reads what a kustomization makes. One that only lists files and sets a namespace is read like a folder, which is fast and
// knows each line; whatever changes objects is built by kustomize itself.
func kustomize(folder string, schema program.Schema) *program.Folder {
	k := &kustomization{folder: folder, simple: true}
	k.visit(".", "", true)
	if len(k.problems) == 0 && k.simple {
		return program.LoadFiles(k.files, schema)
	}
	// kustomize says of a file that cannot be read neither the line nor what else is wrong.
	k.problems = append(k.problems, unreadable(append(slices.Clone(k.files), k.patches...))...)
	if len(k.problems) > 0 {
		return unbuilt(k.problems)
	}
	built, err := build(folder)
	if err != nil {
		_, name, _ := kustomizationIn(folder)
		return unbuilt([]program.Problem{{File: name, Line: 1, Rule: program.RuleKustomizeBuild, Message: "cannot be built: " + err.Error()}})
	}
	return program.LoadBuilt(built, k.patches, schema)
}

func unbuilt(problems []program.Problem) *program.Folder {
	return &program.Folder{Snapshot: &program.Snapshot{}, Problems: problems, Unbuilt: true}
}

// unreadable names the mistakes for which kustomize would stop.
func unreadable(files []program.File) []program.Problem {
	stops := []program.Rule{program.RuleYAMLSyntax, program.RuleYAMLTab, program.RuleYAMLDuplicateKey, program.RuleNotAnObject}
	return slices.DeleteFunc(program.LoadFiles(files, nil).Problems, func(p program.Problem) bool { return !slices.Contains(stops, p.Rule) })
}

// kustomization is a tree of kustomizations.
type kustomization struct {
	folder string
	// files are the resources, patches the files that change them. Their names are relative to the folder.
	files, patches []program.File
	problems       []program.Problem
	// simple says that files are listed and namespaces set, and nothing else is done.
	simple bool
	// open are the kustomizations that lead to the present one.
	open []string
}

// kustomizationIn reads the kustomization of a folder.
func kustomizationIn(dir string) (data []byte, name string, found bool) {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return data, name, true
		}
	}
	return nil, "", false
}

// visit follows the kustomization in dir, which is relative to the folder. Of namespaces the outermost counts.
func (k *kustomization) visit(dir, namespace string, collect bool) {
	data, name, found := kustomizationIn(k.path(dir))
	if !found {
		return // whoever named the folder is told
	}
	file := path.Join(dir, name)
	if problems := unreadable([]program.File{{Name: file, Data: data}}); len(problems) > 0 {
		k.problems = append(k.problems, problems...)
		return
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil || len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		k.problem(file, 1, program.RuleKustomizeBuild, "is no kustomization: list the files of the program under resources")
		return
	}
	k.open = append(k.open, path.Clean(dir))
	defer func() { k.open = k.open[:len(k.open)-1] }()
	v := visit{kustomization: k, dir: dir, file: file, namespace: namespace, collect: collect}
	for key, value := range pairs(document.Content[0]) {
		if key == "namespace" {
			v.namespace = cmp.Or(v.namespace, value.Value)
		}
	}
	for key, value := range pairs(document.Content[0]) {
		v.part(key, value)
	}
}

func (k *kustomization) path(name string) string {
	return filepath.Join(k.folder, filepath.FromSlash(name))
}

func (k *kustomization) problem(file string, line int, rule program.Rule, format string, args ...any) {
	k.problems = append(k.problems, program.Problem{File: file, Line: line, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func pairs(mapping *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i].Value, mapping.Content[i+1]) {
				return
			}
		}
	}
}

// visit is one kustomization of the tree.
type visit struct {
	*kustomization
	dir, file, namespace string
	// collect says that the files are objects of the program.
	collect bool
}

// part looks at one field of the kustomization.
func (v *visit) part(key string, value *yaml.Node) {
	switch key {
	case "apiVersion", "kind", "metadata", "namespace", "labels", "commonLabels", "commonAnnotations", "sortOptions", "buildMetadata":
		return // nothing is read, and no field of a spec is changed
	case "resources":
		for _, item := range value.Content {
			v.entry(item)
		}
		return
	}
	v.simple = false
	switch key {
	case "bases", "components":
		for _, item := range value.Content {
			v.entry(item)
		}
	case "generators", "transformers", "validators":
		change := *v
		change.collect = false
		for _, item := range value.Content {
			change.entry(item)
		}
	case "patches", "patchesStrategicMerge":
		for _, item := range value.Content {
			v.patch(item)
		}
		fallthrough
	default:
		v.remoteFiles(value)
	}
}

// entry follows what a list names: a file, or a folder with a kustomization of its own.
func (v *visit) entry(item *yaml.Node) {
	name := item.Value
	if strings.Contains(name, "\n") {
		return // written in place
	}
	if isRemote(name) {
		v.remote(item, name)
		return
	}
	file := path.Join(v.dir, filepath.ToSlash(name))
	info, err := os.Stat(v.path(file))
	_, _, isBase := kustomizationIn(v.path(file))
	switch {
	case err != nil:
		v.refuse(item, "names %s, which cannot be read: create it, or correct the name", name)
	case info.IsDir() && !isBase:
		v.refuse(item, "names the folder %s, which has no kustomization.yaml: add one, or name its files", name)
	case info.IsDir() && slices.Contains(v.open, file):
		v.refuse(item, "names %s, which leads back here: take one of them out", name)
	case info.IsDir():
		v.visit(file, v.namespace, v.collect)
	case strings.HasPrefix(path.Clean(name), ".."):
		v.refuse(item, "names %s, a file outside of its folder: make that folder a base with a kustomization.yaml", name)
	case v.collect:
		v.files = v.read(v.files, file)
	}
}

// patch remembers the files of patches, in which mistakes may stand.
func (v *visit) patch(item *yaml.Node) {
	name := item.Value
	for key, value := range pairs(item) {
		if key == "path" {
			name = value.Value
		}
	}
	if name != "" && !strings.Contains(name, "\n") && !isRemote(name) {
		v.patches = v.read(v.patches, path.Join(v.dir, filepath.ToSlash(name)))
	}
}

// read adds a file to a list. One that cannot be read is left to kustomize, or to whoever names it.
func (v *visit) read(list []program.File, name string) []program.File {
	data, err := os.ReadFile(v.path(name))
	if err != nil {
		return list
	}
	return append(list, program.File{Name: name, Data: data, Namespace: v.namespace})
}

func (v *visit) refuse(item *yaml.Node, format string, args ...any) {
	v.problem(v.file, item.Line, program.RuleKustomizeBuild, format, args...)
}

func (v *visit) remote(item *yaml.Node, name string) {
	v.problem(v.file, item.Line, program.RuleKustomizeRemote,
		"names %s, which is on another machine: nothing is fetched here, so keep a copy in the folder", name)
}

var (
	// elsewhere are the forms in which kustomize takes a name for a repository or an address.
	elsewhere  = regexp.MustCompile(`(?i)://|^git::|^[a-z0-9-]+@|^(www\.)?github\.com[/:]|\?ref=`)
	remoteFile = regexp.MustCompile(`(?i)^([^\s=]+=)?https?://`)
)

func isRemote(name string) bool { return elsewhere.MatchString(name) }

// remoteFiles finds addresses in places where kustomize reads files.
func (v *visit) remoteFiles(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && remoteFile.MatchString(node.Value) {
		v.remote(node, node.Value)
	}
	for key, value := range pairsOf(node) {
		if key != "literals" {
			v.remoteFiles(value)
		}
	}
}

// pairsOf are the values of a mapping or a list.
func pairsOf(node *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	if node.Kind == yaml.MappingNode {
		return pairs(node)
	}
	return func(yield func(string, *yaml.Node) bool) {
		for _, item := range node.Content {
			if !yield("", item) {
				return
			}
		}
	}
}
