// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where an object stands in a file.
type place struct {
	file string
	// first is the line of the document; offset turns lines of the node into lines of the file.
	first, offset int
	// node is the object; nil when its lines are not known.
	node *yaml.Node
}

// below is the place of a part of the object.
func (p place) below(field string) place {
	if node, _ := descend(p.node, steps(field), ""); node != nil {
		p.node = node
		p.first = node.Line + p.offset
	}
	return p
}

// line is where a field stands, or the nearest thing around it that is there. Where the path leads through a list without
// saying which element, the one with the value is meant.
func (p place) line(field, value string) int {
	if p.node == nil {
		return p.first
	}
	node, key := descend(p.node, steps(field), value)
	switch {
	case key != nil:
		return key.Line + p.offset
	case node != nil:
		return node.Line + p.offset
	}
	return p.first
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
