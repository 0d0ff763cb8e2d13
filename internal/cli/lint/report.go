// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/program"
)

// Report is what was found in all folders.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	// Objects counts the objects that could be read, Errors and Warnings the findings.
	Objects  int       `json:"objects"`
	Errors   int       `json:"errors"`
	Warnings int       `json:"warnings"`
	Findings []Finding `json:"findings"`
}

// Finding is one mistake. Findings are in the order of files and lines.
type Finding struct {
	// Rule is its id; see docs/lint.md.
	Rule program.Rule `json:"rule"`
	// Severity is error or warning.
	Severity string `json:"severity"`
	// File is its path, from where the command runs; the folder's when something is missing in no file.
	File string `json:"file"`
	// Line counts from 1; absent when the mistake is in no line.
	Line int `json:"line,omitempty"`
	// Object is "Kind/name" as far as it is known.
	Object string `json:"object,omitempty"`
	// Message says what is wrong and what to do.
	Message string `json:"message"`
}

// The severities as they are written.
const (
	severityError   = "error"
	severityWarning = "warning"
)

func (r *Report) found(folder string, p program.Problem, severity program.Severity) {
	r.Findings = append(r.Findings, Finding{Rule: p.Rule, Severity: levelOf(severity), Line: p.Line, Object: p.Object, Message: p.Message,
		File: filepath.Join(folder, filepath.FromSlash(p.File))})
}

// settle sorts the findings and counts them. What two kustomizations take from one base is told once.
func (r *Report) settle() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	told := map[Finding]bool{}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		again := told[f]
		told[f] = true
		return again
	})
	for _, f := range r.Findings {
		if f.Severity == severityWarning {
			r.Warnings++
		} else {
			r.Errors++
		}
	}
}

// String gives "file:line: object: message [rule]", as editors and CI systems read it.
func (f Finding) String() string {
	p := program.Problem{File: f.File, Line: f.Line, Object: f.Object, Message: f.Message}
	if f.Severity == severityWarning {
		p.Message = "warning: " + p.Message
	}
	return fmt.Sprintf("%s [%s]", p, f.Rule)
}

func writeText(out io.Writer, r *Report) error {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(f.String() + "\n")
	}
	fmt.Fprintf(&b, "%s: %s, %s\n", plural(r.Objects, "object"), plural(r.Errors, "error"), plural(r.Warnings, "warning"))
	_, err := io.WriteString(out, b.String())
	return err
}

func writeJSON(out io.Writer, r *Report) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", data)
	return err
}

// writeGitHub writes workflow commands, which GitHub shows beside the lines of a pull request.
func writeGitHub(out io.Writer, r *Report) error {
	var b strings.Builder
	for _, f := range r.Findings {
		message := f.Message
		if f.Object != "" {
			message = f.Object + ": " + message
		}
		fmt.Fprintf(&b, "::%s file=%s", f.Severity, property(filepath.ToSlash(f.File)))
		if f.Line > 0 {
			fmt.Fprintf(&b, ",line=%d", f.Line)
		}
		fmt.Fprintf(&b, ",title=%s::%s\n", property(string(f.Rule)), data.Replace(message))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// data and property escape what would end a workflow command, or one of its properties.
var data = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data.Replace(text))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
