// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"sync"
)

// Remember is a schema with which files that are the same in several folders are read once; the folders share their objects.
func Remember(schema Schema) Schema {
	return &memory{Schema: schema, known: map[fileKey]*remembered{}}
}

type memory struct {
	Schema
	mu    sync.Mutex
	known map[fileKey]*remembered
}

type fileKey struct{ name, namespace, text string }

type remembered struct {
	once      sync.Once
	documents []document
}

// read is readFile, once for each file. Whoever puts documents together adds problems to them, which are no others' matter.
func (m *memory) read(file File) []document {
	key := fileKey{file.Name, file.Namespace, string(file.Data)}
	m.mu.Lock()
	known := m.known[key]
	if known == nil {
		known = &remembered{}
		m.known[key] = known
	}
	m.mu.Unlock()
	known.once.Do(func() { known.documents = readFile(file, m.Schema) })
	documents := slices.Clone(known.documents)
	for i := range documents {
		documents[i].problems = slices.Clip(documents[i].problems)
	}
	return documents
}
