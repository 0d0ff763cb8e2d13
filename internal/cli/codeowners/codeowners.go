// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package codeowners is the verb that lets the owners of a program review changes of its files: it writes a block of CODEOWNERS.
package codeowners

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// usual is where GitHub and GitLab look for the file, in their order, from the root of the repository.
var usual = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}

// The states of the file.
const (
	// Unchanged: it says what the program says.
	Unchanged = "Unchanged"
	// Written: it does now.
	Written = "Written"
	// Differs: it does not, and was only looked at.
	Differs = "Differs"
)

// Result is what the file says, and should.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	// File is where it is, from the working directory as far as that is possible.
	File string `json:"file"`
	// State is Unchanged, Written or Differs.
	State string `json:"state"`
	// Rules are the lines of the block.
	Rules []Rule `json:"rules"`
	// Changes are lines of the block that are or were missing ("+ ...") or too many ("- ...").
	Changes []string `json:"changes,omitempty"`
}

// Rule says who reviews a file.
type Rule struct {
	// Path is that of a file, or of a folder with a slash at its end, from the root of the repository.
	Path string `json:"path"`
	// Reviewers are handles with an @; empty when nobody has one: then the rule of the folder holds.
	Reviewers []string `json:"reviewers"`
	// Without are Owners who should review and have no handle, or are not there.
	Without []string `json:"without,omitempty"`
}

// Command writes the block, or compares it.
func Command(k *kit.Kit) *cobra.Command {
	var file string
	var check bool
	cmd := &cobra.Command{
		Use:   "codeowners FOLDER...",
		Short: "Write into CODEOWNERS who reviews which file of a program",
		Long: "Write a block of CODEOWNERS, between two marks: for each file the identity.gitHandle of the owners who are accountable for " +
			"what stands in it. What nobody is accountable for, and whatever else is in the folder, is reviewed by the program's lead. Lines " +
			"outside of the block stay as they are. The same files give the same block. Of several programs in one repository name all folders.",
		Example:           "  kubectl cx codeowners program\n  kubectl cx codeowners program --check   # exit code 1 when out of date",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			r, err := Run(args, file, check)
			if err != nil {
				return err
			}
			if err := k.Print(cmd, lang, r); err != nil {
				return err
			}
			if r.State == Differs {
				return kit.Exit(1)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "the file; empty for that of the repository, or CODEOWNERS in its root when there is none")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; exit with 1 when the file is not as it would be written")
	return cmd
}

// Run brings the block in line with the programs in these folders, or only compares it. An empty file means the usual one.
func Run(folders []string, file string, check bool) (*Result, error) {
	root, err := rootOf(folders[0])
	if err != nil {
		return nil, err
	}
	if file == "" {
		file = find(root)
	}
	var rules []Rule
	for _, folder := range folders {
		prefix, err := below(root, folder)
		if err != nil {
			return nil, err
		}
		loaded, err := files.Load(folder)
		if err != nil {
			return nil, err
		}
		if n := len(loaded.Problems); n > 0 {
			return nil, fmt.Errorf("%s: what is wrong has no owners, and would be reviewed by nobody: see kubectl cx lint %s",
				loaded.Problems[0], folder)
		}
		if loaded.Snapshot.Program == nil {
			return nil, fmt.Errorf("%s holds no Program: name the folder that holds one", folder)
		}
		rules = append(rules, rulesOf(loaded, prefix)...)
	}
	r := &Result{TypeMeta: kit.Type("CodeOwners"), File: display(file), Rules: rules}
	return r, r.apply(file, check)
}

func (r *Result) apply(file string, check bool) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	updated, changes, err := replace(string(old), block(r.Rules))
	if err != nil {
		return fmt.Errorf("%s: %w", r.File, err)
	}
	r.Changes = changes
	switch {
	case updated == string(old):
		r.State = Unchanged
		return nil
	case check:
		r.State = Differs
		return nil
	}
	r.State = Written
	return os.WriteFile(file, []byte(updated), 0o644) //nolint:gosec // a file of the repository, that everybody reads
}

// rootOf is the root of the repository that a folder is in: that is where paths in CODEOWNERS begin. Outside of a repository it is
// the working directory.
func rootOf(folder string) (string, error) {
	at, err := real(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s: name the folder that holds the program", folder)
	}
	if err != nil {
		return "", err
	}
	for dir := at; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return real(".")
		}
	}
}

func find(root string) string {
	for _, name := range usual {
		file := filepath.Join(root, filepath.FromSlash(name))
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return filepath.Join(root, "CODEOWNERS")
}

// below is the path of a folder from the root, with slashes at both ends.
func below(root, folder string) (string, error) {
	at, err := real(folder)
	if err != nil {
		return "", err
	}
	path, err := filepath.Rel(root, at)
	if err != nil || !filepath.IsLocal(path) {
		return "", fmt.Errorf("%s is not below %s, where paths in CODEOWNERS begin", folder, root)
	}
	if path == "." {
		return "/", nil
	}
	return "/" + filepath.ToSlash(path) + "/", nil
}

// real is an absolute path without links, so that one path can be seen to be below another.
func real(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

// display is a path as people type it.
func display(file string) string {
	here, err := real(".")
	if err != nil {
		return file
	}
	if path, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(path) {
		return path
	}
	return file
}

// Text says what was done.
func (r *Result) Text(p *kit.Page) {
	switch r.State {
	case Unchanged:
		p.Line("%s", p.T("%s is up to date.", "%s: всё верно.", r.File))
	case Written:
		p.Line("%s", p.T("%s is written.", "%s: записано.", r.File))
	default:
		p.Line("%s", p.T("%s is out of date: run kubectl cx codeowners without --check, and commit it.",
			"%s устарел: запустите kubectl cx codeowners без --check и закоммитьте файл.", r.File))
	}
	for _, change := range r.Changes {
		tone := kit.Good
		if change[0] == '-' {
			tone = kit.Bad
		}
		p.Line("%s", p.In(tone, change))
	}
	if n := r.without(); n > 0 {
		p.Line("%s", p.T("Files whose owners have no identity.gitHandle: %d. They are named in comments.",
			"Файлов, у владельцев которых нет identity.gitHandle: %d. Они названы в комментариях.", n))
	}
}

// Markdown is the same for a pull request.
func (r *Result) Markdown(p *kit.Page) {
	changes := r.Changes
	r.Changes = nil
	r.Text(p)
	r.Changes = changes
	if len(changes) > 0 {
		p.Line("\n```diff")
		for _, change := range changes {
			p.Line("%s", change)
		}
		p.Line("```")
	}
}

func (r *Result) without() int {
	n := 0
	for _, rule := range r.Rules {
		if len(rule.Without) > 0 {
			n++
		}
	}
	return n
}

// lead is who reviews what nobody is accountable for.
func lead(p *cxv1.Program) []string {
	if p.Spec.Lead == "" {
		return nil
	}
	return []string{string(p.Spec.Lead)}
}
