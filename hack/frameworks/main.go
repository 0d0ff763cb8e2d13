// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command frameworks writes the frameworks that are built in as Framework objects, for people to copy and change. `make
// generate` runs it, so that `make verify` fails when a copy is not what the program goes by.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/cx-operator/cx-operator/internal/maturity"
)

// folder is where the copies are, below the root of the repository.
const folder = "config/frameworks"

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "frameworks:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		return err
	}
	text, err := render(framework)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, folder, framework.Name+".yaml"), text, 0o644)
}

//go:embed framework.yaml.tmpl
var layout string

var page = template.Must(template.New("framework").Funcs(template.FuncMap{
	"text": text, "list": list, "percent": percent, "span": span, "decimal": decimal, "title": title,
	"sorted": sorted[maturity.Question], "sortedScales": sorted[[]maturity.ScaleStep], "parameters": parameters, "advice": advice,
	"words": func(t maturity.Text, indent int) words { return words{t, strings.Repeat(" ", indent)} },
}).Parse(layout))

// render writes a framework as the YAML of a Framework object.
func render(framework *maturity.Framework) ([]byte, error) {
	var out bytes.Buffer
	err := page.Execute(&out, framework)
	return out.Bytes(), err
}

// text quotes a sentence. What JSON quotes, YAML reads as the same text.
func text(s string) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(s)
	return strings.TrimSuffix(out.String(), "\n"), err
}

func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

func percent(share float64) int { return int(math.Round(share * 100)) }

func span(d maturity.Duration) string {
	const day = 24 * time.Hour
	if span := time.Duration(d); span%day != 0 {
		return span.String()
	}
	return fmt.Sprintf("%dd", time.Duration(d)/day)
}

// decimal writes a whole number as one, and quotes any other.
func decimal(value float64) string {
	written := strconv.FormatFloat(value, 'f', -1, 64)
	if strings.Contains(written, ".") {
		return strconv.Quote(written)
	}
	return written
}

// title writes a choice as the API does: "both" is Both.
func title(choice any) string {
	written := fmt.Sprint(choice)
	return strings.ToUpper(written[:1]) + written[1:]
}

// words is a text that stands so many spaces from the left.
type words struct {
	maturity.Text
	Indent string
}

type named[T any] struct {
	Name  string
	Value T
}

func sorted[T any](all map[string]T) []named[T] {
	var out []named[T]
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, named[T]{name, all[name]})
	}
	return out
}

type parameter struct {
	Profile, Name string
	Value         float64
}

// parameters are those of the profiles in their order.
func parameters(profiles []string, c maturity.Criterion) []parameter {
	var out []parameter
	for _, profile := range profiles {
		for _, value := range sorted(c.Params[profile]) {
			out = append(out, parameter{profile, value.Name, value.Value})
		}
	}
	return out
}

// advice pairs the lines of both languages.
func advice(a maturity.Advance) []maturity.Text {
	out := make([]maturity.Text, len(a.EN))
	for i := range a.EN {
		out[i].EN = a.EN[i]
		if len(a.RU) > 0 {
			out[i].RU = a.RU[i]
		}
	}
	return out
}
