// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestThePageHasEveryVerbWithItsFlags(t *testing.T) {
	root := &cobra.Command{Use: "kubectl-cx", Long: "Programs.", Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl cx"}}
	for _, name := range ours {
		root.PersistentFlags().String(name, "", "of every verb")
	}
	wave := &cobra.Command{Use: "wave", Short: "Waves"}
	request := &cobra.Command{Use: "request SURVEY", Short: "Ask for a <wave> | now", Example: "  kubectl cx wave request nps", Run: func(*cobra.Command, []string) {}}
	request.Flags().StringP("at", "a", "noon", "when")
	wave.AddCommand(request, &cobra.Command{Use: "secret", Hidden: true, Run: func(*cobra.Command, []string) {}})
	root.AddCommand(wave)
	got := page(root)
	for _, want := range []string{
		"| [wave request](#kubectl-cx-wave-request) | Ask for a &lt;wave> \\| now |", "\n## kubectl cx wave request\n",
		"```\nkubectl cx wave request nps\n```", "| `-a`, `--at` | `noon` | when |", "| `--lang` |  | of every verb |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") || strings.Contains(got, "## kubectl cx wave\n") {
		t.Errorf("hidden verbs, or such that do nothing, in\n%s", got)
	}
}

// What verbs print is promised: each kind of result has its section.
func TestEveryViewIsDescribed(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/cli-output.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"Status", "Maturity", "Tree", "Owners", "Explanation", "Calendar"} {
		if !strings.Contains(string(text), "\n## "+kind+"\n") {
			t.Errorf("docs/reference/cli-output.md has no section %s", kind)
		}
	}
}
