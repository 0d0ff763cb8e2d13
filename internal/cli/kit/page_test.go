// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

var rows = [][]Cell{Cells("nps", "head-of-cx", "Waiting for a decision"), {{Text: "показатель"}, {Text: "ceo"}, {Text: "fine", Tone: Good}}}

func TestATableIsAsWideAsItMayBe(t *testing.T) {
	for name, c := range map[string]struct {
		page Page
		want string
	}{
		"no terminal": {Page{}, "NAME         OWNER        STATE\nnps          head-of-cx   Waiting for a decision\nпоказатель   ceo          fine\n"},
		"narrow":      {Page{width: 46}, "NAME         OWNER        STATE\nnps          head-of-cx   Waiting for a decis…\nпоказатель   ceo          fine\n"},
		"too narrow":  {Page{width: 30}, "nps\n  owner head-of-cx, state\n  Waiting for a decision\nпоказатель\n  owner ceo, state fine\n"},
	} {
		p := c.page
		p.Table([]string{"name", "owner", "state"}, rows)
		if diff := cmp.Diff(c.want, p.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	rowsAlone := Page{width: 48}
	rowsAlone.Rows("  ", append(rows, Cells("x", "", "")))
	if diff := cmp.Diff("  nps          head-of-cx   Waiting for a decis…\n  показатель   ceo          fine\n  x\n", rowsAlone.String()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	coloured := Page{colour: true}
	coloured.Table([]string{"name", "owner", "state"}, rows)
	if !strings.Contains(coloured.String(), "\x1b[32mfine\x1b[0m") {
		t.Errorf("no colour in %q", coloured.String())
	}
}

func TestTextIsBrokenOnATerminalOnly(t *testing.T) {
	wide, narrow := Page{}, Page{width: 20}
	for _, p := range []*Page{&wide, &narrow} {
		p.Wrap("  ", "name somebody who is there")
	}
	item := Page{width: 20}
	item.Item("  ", "- ", "name somebody who is there")
	if item.String() != "  - name somebody\n    who is there\n" {
		t.Errorf("%q", item.String())
	}
	if wide.String() != "  name somebody who is there\n" || narrow.String() != "  name somebody who\n  is there\n" {
		t.Errorf("%q, %q", wide.String(), narrow.String())
	}
}

func TestMarkdownCallsNobodyAndBreaksNoTable(t *testing.T) {
	var p Page
	p.MarkdownTable([]string{"a", "b"}, [][]Cell{Cells("x|y", "@everybody <b>[l](u)`")})
	want := "| a | b |\n| --- | --- |\n| x\\|y | @\u200beverybody &lt;b&gt;\\[l\\](u)\\` |\n"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// thing is a result.
type thing struct {
	metav1.TypeMeta `json:",inline"`
	Name            string `json:"name"`
}

func (r thing) Text(p *Page)     { p.Line("%s", p.In(Good, r.Name)) }
func (r thing) Markdown(p *Page) { p.Line("**%s**", Escape(r.Name)) }

func TestAResultInEveryForm(t *testing.T) {
	for args, want := range map[string]string{
		"":                           "nps\n",
		"-o markdown":                "**nps**\n",
		"-o json":                    "{\n  \"kind\": \"Thing\",\n  \"apiVersion\": \"cli.cx-operator.io/v1\",\n  \"name\": \"nps\"\n}\n",
		"-o yaml":                    "apiVersion: cli.cx-operator.io/v1\nkind: Thing\nname: nps\n",
		"--color always":             "\x1b[32mnps\x1b[0m\n",
		"--color always -o markdown": "**nps**\n",
		"--color blue":               "--color is \"blue\": write auto, always or never",
		"-o xml":                     "-o is \"xml\": write table, json, yaml or markdown",
	} {
		k := New()
		var out bytes.Buffer
		cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
			return k.Print(cmd, cxv1.LanguageEN, thing{Type("Thing"), "nps"})
		}}
		k.AddFlags(cmd.PersistentFlags())
		cmd.SetArgs(strings.Fields(args))
		cmd.SetOut(&out)
		got := ""
		if err := cmd.Execute(); err != nil {
			got = err.Error()
		} else {
			got = out.String()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", args, diff)
		}
	}
}
