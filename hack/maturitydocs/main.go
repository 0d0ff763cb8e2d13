// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command maturitydocs writes the tables in the pages on maturity from what the program itself goes by: the built-in
// framework, the table of facts and the table of their sources. `make generate` runs it, so that `make verify` fails when a
// table says something else than the program does.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "maturitydocs:", err)
		os.Exit(1)
	}
}

// run brings every page under a folder, the root of the repository, up to date.
func run(root string) error {
	m, err := load()
	if err != nil {
		return err
	}
	facts, err := m.factTables()
	if err != nil {
		return err
	}
	for path, parts := range map[string]parts{
		"docs/maturity.md":        m.stageTables(english),
		"docs/maturity.ru.md":     m.stageTables(russian),
		"docs/reference/facts.md": facts,
	} {
		if err := fillFile(filepath.Join(root, path), parts); err != nil {
			return err
		}
	}
	return nil
}

func fillFile(path string, parts parts) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	filled, err := fill(string(page), parts)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(filled), 0o644)
}
