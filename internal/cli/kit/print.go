// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// APIVersion is that of what verbs print as JSON and YAML. docs/reference/cli-output.md describes it; a change that a reader
// would stumble over gets a new version.
const APIVersion = "cli.cx-operator.io/v1"

// Type makes the head of a Result, e.g. of kind "Status".
func Type(kind string) metav1.TypeMeta { return metav1.TypeMeta{APIVersion: APIVersion, Kind: kind} }

// Result is what a verb found. As JSON and YAML it is its own fields, with Type first; keys do not depend on the language.
type Result interface {
	// Text writes it for a person at a terminal.
	Text(p *Page)
	// Markdown writes it for a pull request or a page.
	Markdown(p *Page)
}

// Print writes a result in the form that was asked for.
func (k *Kit) Print(cmd *cobra.Command, lang cxv1.Language, result Result) error {
	out := cmd.OutOrStdout()
	switch k.output {
	case "json":
		data, err := json.MarshalIndent(result, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", data)
		return err
	case "yaml":
		data, err := yaml.Marshal(result)
		if err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	case "table", "markdown":
	default:
		return fmt.Errorf("-o is %q: write table, json, yaml or markdown", k.output)
	}
	page, err := k.page(out, lang)
	if err != nil {
		return err
	}
	if k.output == "markdown" {
		page.colour = false
		result.Markdown(page)
	} else {
		result.Text(page)
	}
	_, err = out.Write(page.Bytes())
	return err
}

// page is made for where the output goes: as wide as the terminal, and coloured only there.
func (k *Kit) page(out io.Writer, lang cxv1.Language) (*Page, error) {
	p := &Page{Lang: lang}
	file, isFile := out.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd()))
	if terminal {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			p.width = width
		}
	}
	if k.Columns > 0 {
		p.width = k.Columns
	}
	switch k.colour {
	case "auto":
		p.colour = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "always":
		p.colour = true
	case "never":
	default:
		return nil, fmt.Errorf("--color is %q: write auto, always or never", k.colour)
	}
	return p, nil
}
