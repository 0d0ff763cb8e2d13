// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package initialize is the verb init: it writes the smallest program that is of use.
package initialize

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

//go:embed templates
var templates embed.FS

// Result is what was written.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Folder          string `json:"folder"`
	// Files are the names of the files in it.
	Files []string `json:"files"`
	// Namespace is that which the program gets.
	Namespace string `json:"namespace"`
}

// Command asks what is missing and writes files.
func Command(k *kit.Kit) *cobra.Command {
	var a answers
	cmd := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write the smallest program that is of use, with comments",
		Long: "Ask a few questions and write a program of one person with a goal and a first study of customers, with comments in English or " +
			"Russian, and if wanted a first survey. What a flag says is not asked. Files that are there are not touched: then nothing is written.",
		Example: "  kubectl cx init program --lang ru\n" +
			"  kubectl cx init program --lang en --organization 'Example Bakery' --id example-bakery --time-zone Europe/Berlin \\\n" +
			"    --lead 'Counter Assistant' --account counter-assistant@example.com --survey no",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			now, err := k.Now()
			if err != nil {
				return err
			}
			if flag := cmd.Flags().Lookup("lang"); flag != nil && flag.Changed {
				if a.lang, err = k.Language(nil); err != nil {
					return err
				}
			}
			folder := "."
			if len(args) > 0 {
				folder = args[0]
			}
			if err := free(folder); err != nil { // before anybody is asked
				return err
			}
			if err := a.ask(cmd.InOrStdin(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			r, err := write(folder, &a, now)
			if err != nil {
				return err
			}
			return k.Print(cmd, a.lang, r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.organization, "organization", "", "the name of the company or unit, as people see it")
	f.StringVar(&a.id, "id", "", "the program's id, under which its history is kept; it also names the namespace")
	f.StringVar(&a.zone, "time-zone", "", "whose clock counts, e.g. Europe/Berlin")
	f.StringVar(&a.lead, "lead", "", "the role of who leads, e.g. 'Head of Customer Experience'")
	f.StringVar(&a.account, "account", "", "the account in the cluster with which the lead says yes; kubectl auth whoami shows yours")
	f.StringVar(&a.survey, "survey", "", "yes for a first survey, or no")
	return cmd
}

// names are the files that may be written.
var names = []string{"kustomization.yaml", "namespace.yaml", "program.yaml", "survey.yaml"}

// free tells whether none of the files is there.
func free(folder string) error {
	for _, name := range append([]string{"kustomization.yml", "Kustomization"}, names...) {
		_, err := os.Lstat(filepath.Join(folder, name))
		switch {
		case err == nil:
			return fmt.Errorf("%s is there already and stays as it is: name another folder", filepath.Join(folder, name))
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// write makes the files.
func write(folder string, a *answers, now time.Time) (*Result, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{"quote": quote}).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	fields := map[string]any{
		"Organization": a.organization, "ID": a.id, "Zone": a.zone, "Lead": a.lead, "LeadName": slug(a.lead, "lead"), "Account": a.account,
		"Survey": a.survey == yes, "Due": fmt.Sprintf("%d-12-31", now.Year()+1),
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // a folder of a repository, that everybody reads
		return nil, err
	}
	r := &Result{TypeMeta: kit.Type("NewProgram"), Folder: folder, Namespace: a.id}
	for _, name := range names {
		if name == "survey.yaml" && a.survey != yes {
			continue
		}
		var b strings.Builder
		if err := parsed.ExecuteTemplate(&b, fmt.Sprintf("%s.%s.tmpl", strings.TrimSuffix(name, ".yaml"), a.lang), fields); err != nil {
			return nil, err
		}
		if err := create(filepath.Join(folder, name), b.String()); err != nil {
			return nil, err
		}
		r.Files = append(r.Files, name)
	}
	return r, nil
}

// create writes a file that is not there.
func create(name, text string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a file of a repository
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// quote makes a text a string of YAML, whatever is in it: escapes of Go for what can be printed are also those of YAML.
func quote(text string) string { return strconv.Quote(text) }

// Text says what is there and what to do with it.
func (r *Result) Text(p *kit.Page) {
	for _, name := range r.Files {
		p.Line("%s", filepath.Join(r.Folder, name))
	}
	p.Title(p.T("What next", "Что дальше"))
	for _, step := range r.steps(p) {
		p.Line("  %-44s # %s", step[0], step[1])
	}
}

// Markdown is the same as a page.
func (r *Result) Markdown(p *kit.Page) {
	for _, name := range r.Files {
		p.Line("- %s", kit.Escape(filepath.Join(r.Folder, name)))
	}
	p.Line("\n%s\n\n```", p.T("What next:", "Что дальше:"))
	for _, step := range r.steps(p) {
		p.Line("%s   # %s", step[0], step[1])
	}
	p.Line("```")
}

func (r *Result) steps(p *kit.Page) [][2]string {
	folder := r.Folder
	if strings.ContainsAny(folder, " '\"$&;()*?[]\\") {
		folder = "'" + strings.ReplaceAll(folder, "'", `'\''`) + "'"
	}
	return [][2]string{
		{"kubectl cx lint " + folder, p.T("is it right?", "всё ли верно?")},
		{"kubectl cx status " + folder, p.T("where does it stand?", "на каком вы этапе?")},
		{"kubectl apply -k " + folder, p.T("give it to a cluster where the operator runs", "передать в кластер, где работает оператор")},
		{"kubectl cx owners -n " + r.Namespace, p.T("what waits for whose yes?", "что ждёт чьего согласия?")},
	}
}
