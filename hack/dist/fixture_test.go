// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// small is a program that takes no minute to build, with one module of others: the packer does not care what it packs.
const small = `package main

import (
	"fmt"

	"golang.org/x/sync/errgroup"
)

var version string

func main() {
	var g errgroup.Group
	g.Go(func() error { _, err := fmt.Println("fixture", version); return err })
	if err := g.Wait(); err != nil {
		panic(err)
	}
}
`

// repository of a test: small programs instead of the product, and what else is packed from the product itself.
func fixture(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} { // in a module cache of the product already
		copyFile(t, filepath.Join("testdata", "fixture", name+".txt"), filepath.Join(dir, name))
	}
	copyFile(t, filepath.Join("..", "..", "LICENSE"), filepath.Join(dir, "LICENSE"))
	for _, name := range []string{"cx-operator", "kubectl-cx"} {
		put(t, filepath.Join(dir, "cmd", name, "main.go"), small)
	}
	for _, folder := range []string{"config", "charts"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", "..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "start")
	return dir
}

// clone is another folder with the same commit, checked out later.
func clone(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a folder of another name")
	git(t, ".", "clone", "-q", from, dir)
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	put(t, to, string(read(t, from)))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// packed runs the command on a folder and returns where it wrote, and what it printed.
func packed(t *testing.T, root string, args ...string) (string, string) {
	t.Helper()
	out := t.TempDir()
	var printed bytes.Buffer
	if err := run(t.Context(), append([]string{"--root", root, "--out", out, "--version", "v1.2.3"}, args...), &printed); err != nil {
		t.Fatal(err)
	}
	return out, printed.String()
}

// all reads a folder: what is at which path.
func all(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := tree(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range files {
		if !strings.HasSuffix(f.name, "/") {
			found[f.name] = string(f.data)
		}
	}
	return found
}
