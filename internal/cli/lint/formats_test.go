// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// two is a report of an error in a line and of a warning about a folder, with everything that formats must escape.
var two = &Report{TypeMeta: kit.Type("LintReport"), Objects: 3, Errors: 1, Warnings: 1, Findings: []Finding{
	{Rule: program.RuleUnknownField, Severity: severityError, File: "my program/a,b:c.yaml", Line: 7, Object: "Goal/calm",
		Message: "spec.x: 100% wrong:\nremove it, or not"},
	{Rule: program.RuleUnusedOwner, Severity: severityWarning, File: "my program", Object: "Owner/idle", Message: "nothing names this owner"},
}}

func format(t *testing.T, name string) string {
	t.Helper()
	var out bytes.Buffer
	if err := formats[name](&out, two); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTextAndWorkflowCommandsAndJSON(t *testing.T) {
	for name, want := range map[string]string{
		"text": "my program/a,b:c.yaml:7: Goal/calm: spec.x: 100% wrong:\nremove it, or not [unknown-field]\n" +
			"my program: Owner/idle: warning: nothing names this owner [unused-owner]\n3 objects: 1 error, 1 warning\n",
		"github": "::error file=my program/a%2Cb%3Ac.yaml,line=7,title=unknown-field::Goal/calm: spec.x: 100%25 wrong:%0Aremove it, or not\n" +
			"::warning file=my program,title=unused-owner::Owner/idle: nothing names this owner\n",
		"json": `{
  "kind": "LintReport",
  "apiVersion": "cli.cx-operator.io/v1",
  "objects": 3,
  "errors": 1,
  "warnings": 1,
  "findings": [
    {
      "rule": "unknown-field",
      "severity": "error",
      "file": "my program/a,b:c.yaml",
      "line": 7,
      "object": "Goal/calm",
      "message": "spec.x: 100% wrong:\nremove it, or not"
    },
    {
      "rule": "unused-owner",
      "severity": "warning",
      "file": "my program",
      "object": "Owner/idle",
      "message": "nothing names this owner"
    }
  ]
}
`,
	} {
		if diff := cmp.Diff(want, format(t, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What the schema of SARIF 2.1.0 requires, and what code scanners need beyond.
func TestSARIFHasWhatItsSchemaRequires(t *testing.T) {
	var log sarifLog
	decoder := json.NewDecoder(strings.NewReader(format(t, "sarif")))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("version %q, schema %q, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	for i, rule := range run.Tool.Driver.Rules {
		if rule.ID != string(program.Rules[i].ID) || rule.ShortDescription.Text == "" || rule.Configuration.Level == "" ||
			!strings.HasSuffix(rule.HelpURI, "docs/lint.md#"+rule.ID) {
			t.Errorf("rule %+v", rule)
		}
	}
	if len(run.Results) != len(two.Findings) || len(run.Tool.Driver.Rules) != len(program.Rules) {
		t.Fatalf("%d results, %d rules", len(run.Results), len(run.Tool.Driver.Rules))
	}
	for i, result := range run.Results {
		f := two.Findings[i]
		location := result.Locations[0].Physical
		uri, err := url.Parse(location.Artifact.URI)
		if err != nil || uri.IsAbs() || uri.Path != f.File {
			t.Errorf("the file %q becomes %q, %v", f.File, location.Artifact.URI, err)
		}
		if result.RuleID != string(f.Rule) || run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID || result.Message.Text != f.Message ||
			result.Level != f.Severity || location.Region.StartLine != max(f.Line, 1) {
			t.Errorf("%+v becomes %+v", f, result)
		}
	}
	var empty bytes.Buffer
	if err := writeSARIF(&empty, &Report{}); err != nil || !strings.Contains(empty.String(), `"results": []`) {
		t.Errorf("a run without results has an empty list, not none: %v", err)
	}
}

var ruleLine = regexp.MustCompile("(?m)^\\| <a id=\"([a-z-]+)\"></a>`([a-z-]+)` \\| (error|warning) \\| (.+) \\|$")

func TestThePageHasEveryRule(t *testing.T) {
	page, err := os.ReadFile("../../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []program.RuleInfo
	for _, m := range ruleLine.FindAllStringSubmatch(string(page), -1) {
		severity := program.SeverityError
		if m[3] == severityWarning {
			severity = program.SeverityWarning
		}
		if m[1] != m[2] {
			t.Errorf("the link of %s is %s", m[2], m[1])
		}
		got = append(got, program.RuleInfo{ID: program.Rule(m[2]), Severity: severity, Summary: m[4]})
	}
	if diff := cmp.Diff(program.Rules, got); diff != "" {
		t.Errorf("docs/lint.md (-rules +page):\n%s", diff)
	}
}

func TestSeveralFoldersAreSeveralPrograms(t *testing.T) {
	base := readArchive(t, corpus+"/base.txtar")
	one, two := write(t, base), write(t, base, readArchive(t, corpus+"/unused-owner/idle.txtar"))
	report, err := Check([]string{one, two}, monday)
	if err != nil {
		t.Fatal(err)
	}
	if report.Objects != 17 || report.Errors != 0 || report.Warnings != 1 || !strings.HasPrefix(report.Findings[0].File, two) {
		t.Errorf("%+v", report)
	}
}
