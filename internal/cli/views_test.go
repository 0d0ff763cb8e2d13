// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/calendar"
	"github.com/cx-operator/cx-operator/internal/cli/explain"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/maturity"
	"github.com/cx-operator/cx-operator/internal/cli/owners"
	"github.com/cx-operator/cx-operator/internal/cli/status"
	"github.com/cx-operator/cx-operator/internal/cli/tree"
)

// asOf is when the samples are looked at.
const asOf = "2027-01-04T09:00:00Z"

// views are the verbs that show a program, with arguments that name the retailer.
var views = map[string][]string{
	"status":        {"status", samples + "retailer"},
	"maturity":      {"maturity", samples + "retailer", "--competency", "metrics"},
	"tree":          {"tree", samples + "retailer"},
	"owners":        {"owners", "-f", samples + "retailer"},
	"owner":         {"owners", "people-partner", "-f", samples + "retailer"},
	"explain":       {"explain", "goal/easy-pickup", "-f", samples + "retailer"},
	"calendar":      {"calendar", samples + "retailer", "--days", "30"},
	"explain-fine":  {"explain", "owner/ceo", "-f", samples + "retailer"},
	"calendar-none": {"calendar", "testdata/standard"},
}

func TestViewsOfTheRetailerInBothLanguages(t *testing.T) {
	for name, args := range views {
		for _, lang := range []string{"en", "ru"} {
			code, out, errs := run(append(args, "--now", asOf, "--lang", lang)...)
			if code != 0 || errs != "" {
				t.Errorf("%s: code %d, %q", name, code, errs)
			}
			if name != "status" { // which has golden files of its own
				golden(t, name+"-"+lang, out)
			}
		}
	}
}

func TestViewsAsMarkdown(t *testing.T) {
	for name, args := range views {
		_, out, _ := run(append(args, "--now", asOf, "-o", "markdown")...)
		golden(t, name+"-markdown", out)
	}
}

// retailer is the sample as verbs read it.
func retailer(t *testing.T, lang string) *kit.Source {
	t.Helper()
	k := kit.New()
	cmd := &cobra.Command{}
	k.AddFlags(cmd.Flags())
	if err := cmd.ParseFlags([]string{"--now", asOf, "--lang", lang}); err != nil {
		t.Fatal(err)
	}
	source, err := k.Load(cmd, []string{samples + "retailer"})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// results are what the views find in the retailer.
func results(t *testing.T, lang cxv1.Language) map[string]kit.Result {
	t.Helper()
	source := retailer(t, string(lang))
	out := map[string]kit.Result{"tree": tree.Of(source), "calendar": calendar.Of(source, 30)}
	var errs [4]error
	out["status"], errs[0] = status.Of(source, lang)
	out["maturity"], errs[1] = maturity.Of(source, lang, "metrics")
	out["owners"], errs[2] = owners.Of(source, "")
	out["explain"], errs[3] = explain.Of(source, "goal", "easy-pickup")
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestNarrowTerminalsAreKeptTo(t *testing.T) {
	const columns = 60
	for _, lang := range []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU} {
		for name, result := range results(t, lang) {
			page := kit.NewPage(lang, columns)
			result.Text(page)
			for line := range strings.Lines(page.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
					t.Errorf("%s (%s) has a line of %d characters: %s", name, lang, n, line)
				}
			}
			golden(t, name+"-"+string(lang)+"-narrow", page.String())
		}
	}
}

func TestStatusFitsOnAScreen(t *testing.T) {
	for _, lang := range []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU} {
		page := kit.NewPage(lang, 100)
		results(t, lang)["status"].Text(page)
		if n := strings.Count(page.String(), "\n"); n < 24 || n > 40 {
			t.Errorf("status of the retailer takes %d lines of 100 columns in %s, want 24 to 40:\n%s", n, lang, page.String())
		}
	}
}

func TestTheTreeIsDrawnOnATerminalOnly(t *testing.T) {
	for width, drawn := range map[int]bool{0: false, 100: true} {
		page := kit.NewPage(cxv1.LanguageEN, width)
		results(t, cxv1.LanguageEN)["tree"].Text(page)
		if strings.Contains(page.String(), "├─") != drawn {
			t.Errorf("width %d: box characters %t, want %t", width, !drawn, drawn)
		}
	}
}

func TestJSONAndYAMLSayTheSameInEveryLanguage(t *testing.T) {
	for name, args := range views {
		var read [2]map[string]any
		for i, form := range []string{"json", "yaml"} {
			code, out, errs := run(append(args, "--now", asOf, "-o", form)...)
			if code != 0 || errs != "" {
				t.Errorf("%s as %s: code %d, %q", name, form, code, errs)
			}
			if err := yaml.Unmarshal([]byte(out), &read[i]); err != nil {
				t.Fatalf("%s as %s: %v", name, form, err)
			}
		}
		if same(t, read[0]) != same(t, read[1]) || read[0]["apiVersion"] != kit.APIVersion || read[0]["kind"] == "" {
			t.Errorf("%s: JSON and YAML differ, or are no %s:\n%s\n%s", name, kit.APIVersion, same(t, read[0]), same(t, read[1]))
		}
	}
}

func same(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
