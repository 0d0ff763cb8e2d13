// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package contacts has the verbs about people who can be asked. They are in the operator's store and in no cluster; nothing of them is
// printed that was not typed.
package contacts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command is contacts with what can be done.
func Command(k *kit.Kit) *cobra.Command {
	cmd := &cobra.Command{Use: "contacts", Short: "Import and count who can be asked; opt somebody out, erase somebody"}
	o := &options{kit: k}
	o.api.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(o.importing(), o.count(), o.erase(), o.optOut())
	return cmd
}

type options struct {
	kit *kit.Kit
	api api.Flags
}

// print asks the operator and prints what it answered.
func (o *options) print(cmd *cobra.Command, ask func(c *api.Client) (kit.Result, error)) error {
	lang, err := o.kit.Language(nil)
	if err != nil {
		return err
	}
	c, err := o.api.Client()
	if err != nil {
		return err
	}
	result, err := ask(c)
	if err != nil {
		return err
	}
	return o.kit.Print(cmd, lang, result)
}

func persona(cmd *cobra.Command) *string {
	name := cmd.Flags().String("persona", "", "name of the Persona; needed")
	if err := cmd.MarkFlagRequired("persona"); err != nil {
		panic(err) // the flag was made a line above
	}
	return name
}

func (o *options) importing() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make the contacts of a persona those of a CSV file",
		Long: "Send a CSV file (docs/contacts.md; - for standard input) to the operator. Who is not in it leaves the persona; opt-outs " +
			"stay. When a line is refused nothing is changed, and each refused line is listed. Needs a token for contacts.",
		Example: "  kubectl cx contacts import customers.csv --persona customers --dry-run",
		Args:    cobra.ExactArgs(1),
	}
	name := persona(cmd)
	var how api.ImportOptions
	cmd.Flags().BoolVar(&how.DryRun, "dry-run", false, "say what would change, and change nothing")
	cmd.Flags().BoolVar(&how.AllowEmpty, "allow-empty", false, "take a file without contacts, which removes everybody")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		file, err := open(cmd, args[0])
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		err = o.print(cmd, func(c *api.Client) (kit.Result, error) {
			report, err := c.ImportContacts(kit.Context(cmd), *name, file, how)
			return &Import{TypeMeta: kit.Type("ContactsImport"), Persona: *name, Import: report}, err
		})
		return lines(cmd, args[0], err)
	}
	return cmd
}

func open(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}

// lines lists the lines that were refused, as compilers do.
func lines(cmd *cobra.Command, file string, err error) error {
	var no *api.Refusal
	if !errors.As(err, &no) || len(no.Lines) == 0 {
		return err
	}
	for _, line := range no.Lines {
		cmd.PrintErrf("%s:%d: %s\n", file, line.Line, line.Detail)
	}
	if no.More > 0 {
		cmd.PrintErrf("and %d more\n", no.More)
	}
	return fmt.Errorf("lines that are refused: %d. %w", int64(len(no.Lines))+no.More, no)
}

func (o *options) count() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "counts",
		Short:   "Count the contacts of a persona",
		Long:    "Say how many contacts a persona has, and how many of them can be reached. Needs a token for contacts.",
		Example: "  kubectl cx contacts counts --persona customers",
		Args:    cobra.NoArgs,
	}
	name := persona(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return o.print(cmd, func(c *api.Client) (kit.Result, error) {
			counts, err := c.CountContacts(kit.Context(cmd), *name)
			return &Counts{TypeMeta: kit.Type("ContactCounts"), Persona: *name, Counts: counts}, err
		})
	}
	return cmd
}

func (o *options) erase() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "erase",
		Short: "Erase a person, for good",
		Long: "Erase whatever leads to a person, by the contact's key. docs/contacts.md says what goes, what stays, and what to do first. " +
			"Needs a token for people.",
		Example: "  kubectl cx contacts erase --key - < key.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := typed(cmd, "key", key)
			if err != nil {
				return err
			}
			return o.print(cmd, func(c *api.Client) (kit.Result, error) {
				gone, err := c.Erase(kit.Context(cmd), key)
				return &Erasure{TypeMeta: kit.Type("Erasure"), Erasure: gone}, err
			})
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the contact's id, or the address where the list has no ids; - reads it from standard input")
	return cmd
}

func (o *options) optOut() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "opt-out",
		Short: "Never write to an address again",
		Long: "Opt an address out of all surveys of the program, for good, also when it is on no list yet. There is no way back. Needs a " +
			"token for people.",
		Example: "  kubectl cx contacts opt-out --address - < address.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			address, err := typed(cmd, "address", address)
			if err != nil {
				return err
			}
			return o.print(cmd, func(c *api.Client) (kit.Result, error) {
				return &OptOut{TypeMeta: kit.Type("OptOut"), OptedOut: true}, c.OptOut(kit.Context(cmd), address)
			})
		},
	}
	cmd.Flags().StringVar(&address, "address", "", "the address; - reads it from standard input, where it is in no shell history")
	return cmd
}

// typed is what a flag says about a person, or, for -, standard input.
func typed(cmd *cobra.Command, flag, value string) (string, error) {
	if value == "-" {
		data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 4<<10))
		if err != nil {
			return "", err
		}
		value = string(data)
	}
	if value = strings.TrimSpace(value); strings.ContainsAny(value, "\n\r") {
		return "", errors.New("standard input has more than one line: only one person can be named")
	}
	if value == "" {
		return "", fmt.Errorf("say who with --%s; --%s - reads it from standard input", flag, flag)
	}
	return value, nil
}

// Import is what an import changed, or would change.
type Import struct {
	metav1.TypeMeta `json:",inline"`
	Persona         string `json:"persona"`
	api.Import      `json:",inline"`
}

func (r *Import) rows(p *kit.Page) [][]kit.Cell {
	return numbers([]string{
		p.T("added", "добавлено"), p.T("updated", "изменено"), p.T("unchanged", "без изменений"), p.T("removed", "удалено"),
	}, r.Added, r.Updated, r.Unchanged, r.Removed)
}

func numbers(names []string, values ...int64) [][]kit.Cell {
	rows := make([][]kit.Cell, len(values))
	for i, value := range values {
		rows[i] = kit.Cells(names[i], fmt.Sprint(value))
	}
	return rows
}

func (r *Import) title(p *kit.Page) string {
	if r.DryRun {
		return p.T("Persona %s (dry run: nothing was changed)", "Персона %s (пробный прогон: ничего не изменено)", r.Persona)
	}
	return p.T("Persona %s", "Персона %s", r.Persona)
}

// Text writes the numbers.
func (r *Import) Text(p *kit.Page) { text(p, r.title(p), r.rows(p)) }

// Markdown writes the numbers.
func (r *Import) Markdown(p *kit.Page) { markdown(p, r.title(p), r.rows(p)) }

func text(p *kit.Page, title string, rows [][]kit.Cell) {
	p.Title(title)
	p.Rows("  ", rows)
}

func markdown(p *kit.Page, title string, rows [][]kit.Cell) {
	p.MarkdownTable([]string{kit.Escape(title), ""}, rows)
}

// Counts are the contacts of a persona.
type Counts struct {
	metav1.TypeMeta `json:",inline"`
	Persona         string `json:"persona"`
	api.Counts      `json:",inline"`
}

func (r *Counts) rows(p *kit.Page) [][]kit.Cell {
	return numbers([]string{
		p.T("known", "известно"), p.T("reachable", "можно написать"), p.T("opted out", "отказались"), p.T("invalid address", "негодный адрес"),
	}, r.Known, r.Reachable, r.OptedOut, r.Invalid)
}

// Text writes the numbers.
func (r *Counts) Text(p *kit.Page) {
	text(p, p.T("Persona %s", "Персона %s", r.Persona), r.rows(p))
}

// Markdown writes the numbers.
func (r *Counts) Markdown(p *kit.Page) {
	markdown(p, p.T("Persona %s", "Персона %s", r.Persona), r.rows(p))
}

// Erasure is what was ever erased of a person, whom it does not name.
type Erasure struct {
	metav1.TypeMeta `json:",inline"`
	api.Erasure     `json:",inline"`
}

func (r *Erasure) title(p *kit.Page) string {
	if r.Erasure == (api.Erasure{}) {
		return p.T("Nobody has or had this key: check how it is written", "Такого ключа нет и не было: проверьте, как он написан")
	}
	return p.T("Erased, now or before", "Удалено, сейчас или раньше")
}

func (r *Erasure) rows(p *kit.Page) [][]kit.Cell {
	return numbers([]string{p.T("lists", "списков"), p.T("invitations", "приглашений"), p.T("answers", "ответов")},
		r.Contacts, r.Invitations, r.Answers)
}

// Text writes the numbers.
func (r *Erasure) Text(p *kit.Page) { text(p, r.title(p), r.rows(p)) }

// Markdown writes the numbers.
func (r *Erasure) Markdown(p *kit.Page) { markdown(p, r.title(p), r.rows(p)) }

// OptOut confirms that an address, which it does not name, is opted out.
type OptOut struct {
	metav1.TypeMeta `json:",inline"`
	OptedOut        bool `json:"optedOut"`
}

// Text confirms it.
func (r *OptOut) Text(p *kit.Page) {
	p.Wrap("", p.T("Opted out, now or before: nobody writes there again.",
		"Отказ записан, сейчас или раньше: туда больше никто не напишет."))
}

// Markdown confirms it.
func (r *OptOut) Markdown(p *kit.Page) { r.Text(p) }
