// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command clidocs writes docs/reference/cli.md from the commands of the plugin. `make generate` runs it, so that `make verify` fails
// when the page says something else than --help.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cx-operator/cx-operator/internal/cli"
)

func main() {
	if err := os.WriteFile("docs/reference/cli.md", []byte(page(cli.Command("dev"))), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "clidocs:", err)
		os.Exit(1)
	}
}

// ours are the flags of every verb that are not kubectl's.
var ours = []string{"lang", "output", "color", "now", "evidence"}

// page is the whole page.
func page(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# kubectl cx\n\nMade from `kubectl cx --help` by `make generate`: don't edit it by hand.\n\n" + root.Long + "\n" +
		"What verbs print with `-o json` and `-o yaml` is described in [cli-output.md](cli-output.md).\n\n")
	b.WriteString("| verb | what it does |\n|---|---|\n")
	for _, cmd := range verbs(root) {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", strings.TrimPrefix(heading(cmd), root.DisplayName()+" "), anchor(cmd), cell(cmd.Short))
	}
	b.WriteString("\n## Flags of every verb\n\n")
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range ours {
		flags.AddFlag(root.PersistentFlags().Lookup(name))
	}
	table(&b, flags)
	b.WriteString("\nAnd those by which kubectl finds a cluster: ")
	var kubectl []string
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if flags.Lookup(f.Name) == nil {
			kubectl = append(kubectl, "`--"+f.Name+"`")
		}
	})
	b.WriteString(strings.Join(kubectl, ", ") + ".\n")
	for _, cmd := range verbs(root) {
		section(&b, cmd)
	}
	return b.String()
}

// verbs are the commands that people see, each before those below it.
func verbs(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.Hidden || sub.Name() == "help" {
			continue
		}
		if sub.Runnable() {
			all = append(all, sub)
		}
		all = append(all, verbs(sub)...)
	}
	return all
}

func section(b *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n", heading(cmd))
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	b.WriteString(strings.ReplaceAll(text, "<", "&lt;") + "\n\n```\n" + cmd.UseLine() + "\n```\n")
	if cmd.Example != "" {
		b.WriteString("\n```\n" + unindented(cmd.Example) + "\n```\n")
	}
	if cmd.LocalNonPersistentFlags().HasAvailableFlags() {
		b.WriteByte('\n')
		table(b, cmd.LocalNonPersistentFlags())
	}
}

func heading(cmd *cobra.Command) string { return cmd.CommandPath() }

// anchor is the one that the heading gets.
func anchor(cmd *cobra.Command) string { return strings.ReplaceAll(heading(cmd), " ", "-") }

func unindented(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

func table(b *strings.Builder, flags *pflag.FlagSet) {
	b.WriteString("| flag | default | what it does |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "[]" {
			value = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, value, cell(f.Usage))
	})
}

func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace(text)
}
