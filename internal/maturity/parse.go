// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

const (
	// groupVersion and kind that a framework file must carry.
	frameworkAPIVersion = "cx-operator.io/v1alpha1"
	frameworkKind       = "Framework"
	// maxFileBytes is far above a real framework (the built-in has 28 kB) and bounds what a stranger can make us parse.
	maxFileBytes = 512 << 10
)

//go:embed frameworks/*.yaml
var builtinFiles embed.FS

// SixStages is the name of the built-in maturity ladder.
const SixStages = "six-stages"

// parseSixStages reads the built-in once; Builtin hands out the same value, which nobody may change.
var parseSixStages = sync.OnceValues(func() (*Framework, error) {
	data, err := builtinFiles.ReadFile("frameworks/" + SixStages + ".yaml")
	if err != nil {
		return nil, err
	}
	return Parse(data)
})

// Builtin returns a framework that is compiled in; SixStages is the only one. The value is shared: read it only.
func Builtin(name string) (*Framework, error) {
	if name != SixStages {
		return nil, fmt.Errorf("no built-in framework is called %q; there is %q", name, SixStages)
	}
	return parseSixStages()
}

// file is a framework as it stands in YAML or JSON.
type file struct {
	APIVersion string    `yaml:"apiVersion"`
	Kind       string    `yaml:"kind"`
	Metadata   metadata  `yaml:"metadata"`
	Spec       Framework `yaml:"spec"`
}

type metadata struct {
	Name        string            `yaml:"name"`
	Namespace   string            `yaml:"namespace"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// Parse reads one framework from YAML (JSON is YAML) and validates it. Unknown and repeated fields are refused; every
// Problem in the returned Problems names the line where it can.
func Parse(data []byte) (*Framework, error) {
	if len(data) > maxFileBytes {
		return nil, Problems{{Message: fmt.Sprintf("the file has %d bytes, more than %d", len(data), maxFileBytes)}}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var f file
	if err := decoder.Decode(&f); err != nil {
		return nil, decodeProblems(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, Problems{{Message: "a file holds one framework; split documents into files"}}
	}
	if f.APIVersion != frameworkAPIVersion || f.Kind != frameworkKind {
		return nil, Problems{{Message: fmt.Sprintf("apiVersion and kind are %q and %q; a framework has %q and %q",
			f.APIVersion, f.Kind, frameworkAPIVersion, frameworkKind)}}
	}
	framework := f.Spec
	framework.Name = f.Metadata.Name
	framework.lines = idLines(data)
	if err := framework.Validate(); err != nil {
		return nil, err
	}
	return &framework, nil
}

var (
	lineNumber = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	goTypeName = regexp.MustCompile(` in type [\w.]+$`)
)

// decodeProblems turns the decoder's error into problems without the names of Go types, which mean nothing to the
// person who edits the file.
func decodeProblems(err error) Problems {
	messages := []string{err.Error()}
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		messages = typeError.Errors
	} else if errors.Is(err, io.EOF) {
		messages = []string{"the file is empty"}
	}
	problems := make(Problems, 0, len(messages))
	for _, message := range messages {
		problem := Problem{Message: message}
		if parts := lineNumber.FindStringSubmatch(message); parts != nil {
			_, _ = fmt.Sscan(parts[1], &problem.Line) // digits by the pattern; a line too large to hold stays 0
			problem.Message = parts[2]
		}
		problem.Message = goTypeName.ReplaceAllString(problem.Message, " here; see the fields of a Framework")
		problems = append(problems, problem)
	}
	return problems
}

// idLines finds the line of every id: the id field of a criterion or indicator, and the key of a question.
func idLines(data []byte) map[string]int {
	var root yaml.Node
	if yaml.Unmarshal(data, &root) != nil {
		return nil // the strict decoder has read the same bytes; without lines messages still name the id
	}
	lines := map[string]int{}
	walkIDs(&root, lines)
	return lines
}

func walkIDs(node *yaml.Node, lines map[string]int) {
	if node.Kind != yaml.MappingNode {
		for _, child := range node.Content {
			walkIDs(child, lines)
		}
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Value == "id" && value.Kind == yaml.ScalarNode:
			lines[value.Value] = value.Line
		case key.Value == "questions" && value.Kind == yaml.MappingNode:
			for j := 0; j < len(value.Content); j += 2 {
				lines[value.Content[j].Value] = value.Content[j].Line
			}
		}
		walkIDs(value, lines)
	}
}

// Problem is one thing to mend in a framework.
type Problem struct {
	// ID of the criterion, indicator or question; empty when the problem is elsewhere.
	ID string
	// Line in the file, 0 when not known.
	Line int
	// Message says what is wrong and what to do.
	Message string
}

// String gives "line 12: exp-group: message".
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.ID != "" {
		b.WriteString(p.ID + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is the error of Parse, Validate and Compile: everything that is wrong, not only the first.
type Problems []Problem

// Error joins the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// errOrNil avoids the trap of a nil Problems inside a non-nil error.
func (ps Problems) errOrNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
