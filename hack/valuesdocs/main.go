// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command valuesdocs writes docs/reference/values.md from the comments in the chart's values.yaml. `make generate` runs it; a value
// without a comment is an error.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run("charts/cx-operator/values.yaml", "docs/reference/values.md"); err != nil {
		fmt.Fprintln(os.Stderr, "valuesdocs:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	made, err := page(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, []byte(made), 0o644)
}

const head = `# Values of the chart

Made from the comments in ` + "`charts/cx-operator/values.yaml`" + ` by ` + "`make generate`" + `: don't edit it by hand.
What stands in none of these rows is refused by the chart's schema.
`

// value is one that people set.
type value struct {
	path, preset, words string
	line                int
}

// page is the whole page: a chapter for each line "## Title".
func page(text string) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return "", errors.New("no values")
	}
	lines := strings.Split(text, "\n")
	values, err := collect(document.Content[0], "", lines)
	if err != nil {
		return "", err
	}
	b := bytes.NewBufferString(head)
	for n, line := range lines {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			fmt.Fprintf(b, "\n## %s\n\n| value | default | what it says |\n|---|---|---|\n", title)
		}
		for len(values) > 0 && values[0].line == n+1 {
			fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", values[0].path, cell(values[0].preset), cell(values[0].words))
			values = values[1:]
		}
	}
	return b.String(), nil
}

// collect finds values with their comments. What has a comment is one value, whatever is below it.
func collect(mapping *yaml.Node, above string, lines []string) ([]value, error) {
	var values []value
	for i := 0; i < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		path := above + key.Value
		words := comment(lines, key.Line)
		if words == "" && node.Kind == yaml.MappingNode && len(node.Content) > 0 {
			below, err := collect(node, path+".", lines)
			if err != nil {
				return nil, err
			}
			values = append(values, below...)
			continue
		}
		if words == "" {
			return nil, fmt.Errorf("%s (line %d) has no comment above it that says what it is for", path, key.Line)
		}
		preset, err := preset(node)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		values = append(values, value{path: path, preset: preset, words: words, line: key.Line})
	}
	return values, nil
}

// comment is what stands right above a line, which counts from 1.
func comment(lines []string, line int) string {
	var words []string
	for n := line - 2; n >= 0; n-- {
		said, ok := strings.CutPrefix(strings.TrimSpace(lines[n]), "# ")
		if !ok {
			break
		}
		words = append([]string{said}, words...)
	}
	return strings.Join(words, " ")
}

// preset is the default in one line.
func preset(node *yaml.Node) (string, error) {
	var decoded any
	if err := node.Decode(&decoded); err != nil {
		return "", err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(decoded); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// cell is text in a table.
func cell(text string) string {
	return strings.ReplaceAll(text, "|", `\|`)
}
