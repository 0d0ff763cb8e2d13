// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// runGit runs git in a folder with that input and returns what it writes.
type runGit func(ctx context.Context, folder string, input io.Reader, args ...string) ([]byte, error)

func git(ctx context.Context, folder string, input io.Reader, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", folder}, args...)...)
	cmd.Stdin = input
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %s", args[0], bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// history reads folders as they were, without touching the working tree.
type history struct{ run runGit }

// entry is a file of a revision.
type entry struct {
	mode, id, path string
	data           []byte
}

const symlink = "120000"

// extract writes the folder as it was at a revision below an empty folder, and returns where it is there. Of what lies beside it in
// the repository only that is written which a kustomization may read. A folder that was not there yet is empty.
func (h history) extract(ctx context.Context, folder, revision, into string) (string, error) {
	prefix, err := h.run(ctx, folder, nil, "rev-parse", "--show-prefix")
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("--from names a revision, and there is no git to read it: install git, or name a folder")
	}
	if err != nil {
		return "", fmt.Errorf("--from is %q, which is no folder, and %s is in no git repository: name a folder that is there", revision, folder)
	}
	commit, err := h.run(ctx, folder, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("--from is %q, which is neither a folder nor a revision of this repository: fetch it first (CI systems "+
			"often fetch one commit only), or correct the name", revision)
	}
	base := strings.TrimSuffix(strings.TrimSpace(string(prefix)), "/")
	entries, err := h.list(ctx, folder, strings.TrimSpace(string(commit)), base)
	if err != nil {
		return "", err
	}
	if err := h.read(ctx, folder, entries); err != nil {
		return "", err
	}
	for _, e := range entries {
		if err := e.write(into); err != nil {
			return "", err
		}
	}
	root := filepath.Join(into, filepath.FromSlash(base))
	return root, os.MkdirAll(root, 0o700)
}

// list finds the files of a revision that a program may be made of.
func (h history) list(ctx context.Context, folder, commit, base string) ([]entry, error) {
	out, err := h.run(ctx, folder, nil, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	entries := parse(string(out))
	inside := func(e entry) bool { return base == "" || strings.HasPrefix(e.path, base+"/") }
	kustomized := slices.ContainsFunc(entries, func(e entry) bool {
		return inside(e) && path.Dir(e.path) == path.Clean(base) && isKustomization(e.path)
	})
	return slices.DeleteFunc(entries, func(e entry) bool {
		if slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(e.path)) {
			return !inside(e) && !kustomized
		}
		return !kustomized || !inside(e) && !isKustomization(e.path)
	}), nil
}

// parse reads what ls-tree -z writes.
func parse(listing string) []entry {
	var entries []entry
	for line := range strings.SplitSeq(listing, "\x00") {
		head, name, found := strings.Cut(line, "\t")
		fields := strings.Fields(head)
		if found && len(fields) == 3 && fields[1] == "blob" && filepath.IsLocal(filepath.FromSlash(name)) {
			entries = append(entries, entry{mode: fields[0], id: fields[2], path: name})
		}
	}
	return entries
}

func isKustomization(name string) bool {
	switch path.Base(name) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// read fills in what the files hold, all in one go.
func (h history) read(ctx context.Context, folder string, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.id + "\n")
	}
	out, err := h.run(ctx, folder, strings.NewReader(ids.String()), "cat-file", "--batch")
	if err != nil {
		return err
	}
	for i := range entries {
		head, rest, found := bytes.Cut(out, []byte("\n"))
		fields := strings.Fields(string(head))
		if !found || len(fields) != 3 {
			return fmt.Errorf("%s cannot be read from git: %s", entries[i].path, head)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size < 0 || size >= len(rest) {
			return fmt.Errorf("%s cannot be read from git: %s", entries[i].path, head)
		}
		entries[i].data, out = rest[:size], rest[size+1:]
	}
	return nil
}

// write writes a file. A symbolic link that leads out of the repository is left out.
func (e entry) write(into string) error {
	name := filepath.Join(into, filepath.FromSlash(e.path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if e.mode != symlink {
		return os.WriteFile(name, e.data, 0o600)
	}
	if target := filepath.FromSlash(string(e.data)); filepath.IsLocal(filepath.Join(filepath.FromSlash(path.Dir(e.path)), target)) {
		return os.Symlink(target, name)
	}
	return nil
}
