// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package files reads a program from a folder, for every verb that does.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/program"
)

// schemas are read once: the rules of a kind take longer to compile than a thousand files to check.
var schemas = sync.OnceValues(crdcheck.Builtin)

// Load reads a folder as the API server would take it: all its files, or what its kustomization.yaml makes of them. What is wrong in
// the files is in the result; the error is about the folder itself.
func Load(folder string) (*program.Folder, error) {
	schemas, err := schemas()
	if err != nil {
		return nil, fmt.Errorf("reading the schemas that are compiled in: %w", err)
	}
	return load(folder, schemas)
}

// LoadBoth is Load for two folders. Files that are the same in both are read once, and the folders share their objects.
func LoadBoth(a, b string) (before, after *program.Folder, err error) {
	schemas, err := schemas()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the schemas that are compiled in: %w", err)
	}
	remembering := program.Remember(schemas)
	if before, err = load(a, remembering); err == nil {
		after, err = load(b, remembering)
	}
	return before, after, err
}

func load(folder string, schema program.Schema) (*program.Folder, error) {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s: name the folder that holds the program", folder)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder: name the folder that holds the program", folder)
	}
	if _, _, found := kustomizationIn(folder); found {
		return kustomize(folder, schema), nil
	}
	return program.Load(os.DirFS(folder), schema), nil
}
