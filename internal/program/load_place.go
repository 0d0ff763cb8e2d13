// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// source is a document whose lines are looked up only when something is wrong: most documents are right.
type source struct {
	chunk
	once sync.Once
	root *yaml.Node
}

// node is what the document holds; nil when its lines are not known, for the two readers of YAML differ in rare corners.
func (s *source) node() *yaml.Node {
	s.once.Do(func() {
		var document yaml.Node
		if yaml.Unmarshal(s.text, &document) == nil && document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
			s.root = document.Content[0]
		}
	})
	return s.root
}

// place is where an object stands in a file.
type place struct {
	file   string
	source *source
	// path leads from the document to the object, if it is a part of it.
	path string
	// patches are where a kustomization changes the object; the last one that has a field wins.
	patches []place
}

// below is the place of a part of the object.
func (p place) below(field string) place {
	p.path = strings.Trim(p.path+"."+field, ".")
	return p
}

// find says where a field is, or the nearest thing around it that is there. Where the path leads through a list without
// saying which element, the one with the value is meant.
func (p place) find(field, value string) (file string, line int) {
	for _, patch := range slices.Backward(p.patches) {
		if field != "" && patch.has(field) {
			return patch.find(field, value)
		}
	}
	if p.source == nil {
		return p.file, 0
	}
	node, key := descend(p.source.node(), append(steps(p.path), steps(field)...), value)
	offset := p.source.line - 1
	switch {
	case key != nil:
		return p.file, key.Line + offset
	case node != nil:
		return p.file, node.Line + offset
	}
	return p.file, p.source.line
}

// has tells whether a patch sets a field. A patch has the elements of lists that it sets, and no others.
func (p place) has(field string) bool {
	if p.source == nil {
		return false
	}
	node := p.source.node()
	for _, step := range append(steps(p.path), steps(field)...) {
		if node == nil {
			return false
		}
		if node.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(node.Content) {
				return err != nil // by value: the whole list is the patch's
			}
			node = node.Content[i]
			continue
		}
		node, _ = entry(node, step)
	}
	return node != nil
}

// steps splits a path: "spec.stages[0].name" is spec, stages, 0, name. A quoted key keeps its dots.
func steps(path string) []string {
	var list []string
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			step, rest, _ := strings.Cut(path[1:], "]")
			list, path = append(list, strings.Trim(step, `"`)), rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			list, path = append(list, path[:end]), path[end:]
		}
	}
	return list
}

// descend follows a path as far as it goes and returns the node reached with the key that leads to it (nil for an element
// of a list).
func descend(node *yaml.Node, path []string, value string) (reached, key *yaml.Node) {
	reached = node
	for node != nil {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if node.Kind == yaml.SequenceNode {
			return element(node, path, value, reached, key)
		}
		if len(path) == 0 || node.Kind != yaml.MappingNode {
			return reached, key
		}
		next, nextKey := entry(node, path[0])
		if next == nil {
			return reached, key
		}
		node, reached, key, path = next, next, nextKey, path[1:]
	}
	return reached, key
}

// switches are the words that YAML 1.1, and so kubectl, reads as true or false even where they are names of fields.
var switches = map[string]string{
	"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false",
}

func entry(mapping *yaml.Node, name string) (value, key *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if key := mapping.Content[i].Value; key == name || (switches[strings.ToLower(key)] == name && name != "") {
			return mapping.Content[i+1], mapping.Content[i]
		}
	}
	return nil, nil
}

// element goes on in a list: by number where the path says so, else in the element where the value is found.
func element(list *yaml.Node, path []string, value string, reached, key *yaml.Node) (*yaml.Node, *yaml.Node) {
	if len(path) > 0 {
		if i, err := strconv.Atoi(path[0]); err == nil {
			if i < 0 || i >= len(list.Content) {
				return reached, key
			}
			return descend(list.Content[i], path[1:], value)
		}
	}
	if value == "" {
		return reached, key
	}
	for _, item := range list.Content {
		if node, itemKey := descend(item, path, value); node != nil && node.Kind == yaml.ScalarNode && node.Value == value {
			return node, itemKey
		}
	}
	return reached, key
}
