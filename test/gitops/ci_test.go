// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/cli"
)

// TestMain lets the test's own program be kubectl-cx, so that what CI runs is what was just compiled.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl-cx" {
		os.Exit(cli.Run("test", os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

const ci = "../../config/gitops/ci/"

// machine is a CI machine: a clone of a repository with a pull request in its working tree, and programs that note what they are
// asked in place of those that talk to others.
type machine struct {
	t           *testing.T
	folder, bin string
	said        string
	environment []string
}

// calls notes its arguments in $CALLS, and prints $ANSWER when it is asked for something.
const calls = `#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in *PATCH*|*PUT*|*POST*|*--silent*) cp plan.md "$CALLS.sent";; *) printf '%s' "$ANSWER";; esac
`

func newMachine(t *testing.T, environment ...string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, folder: filepath.Join(dir, "clone"), bin: filepath.Join(dir, "bin"), said: filepath.Join(dir, "calls")}
	if err := os.MkdirAll(m.bin, 0o750); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(m.bin, "kubectl-cx")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gh", "curl", "apt-get", "go"} {
		if err := os.WriteFile(filepath.Join(m.bin, name), []byte(calls), 0o700); err != nil { //nolint:gosec // it is to be run
			t.Fatal(err)
		}
	}
	m.environment = append([]string{
		"PATH=" + m.bin + ":" + os.Getenv("PATH"), "CALLS=" + m.said, "HOME=" + dir, "PROGRAM=program", "CX_VERSION=v1.2.3",
		"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@example.com", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.com",
		"GIT_CONFIG_NOSYSTEM=1",
	}, environment...)
	sample, err := filepath.Abs("../../config/samples/retailer")
	if err != nil {
		t.Fatal(err)
	}
	origin := filepath.Join(dir, "origin")
	m.must(dir, "mkdir origin && cp -r '"+sample+"' origin/program && cd origin && git init -q -b main && "+
		`sed -i '/^  name: head-of-cx$/,/identity:/s|^  identity:|&\n    gitHandle: example/cx|' program/owners.yaml && `+
		"kubectl-cx codeowners program && git add . && git commit -q -m base")
	m.must(dir, "git clone -q '"+origin+"' clone && cd clone && git checkout -q -b change && "+
		"sed -i 's/openFor: 14d/openFor: 21d/' program/surveys.yaml && git commit -q -a -m change")
	return m
}

// must runs a script that the test needs.
func (m *machine) must(folder, script string) string {
	m.t.Helper()
	out, err := m.run(folder, script)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return out
}

// run runs a script as CI systems do: it ends at the first command that fails.
func (m *machine) run(folder, script string) (string, error) {
	cmd := exec.CommandContext(m.t.Context(), "bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = folder, m.environment
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// sent are the calls of programs that talk to others, and the plan that they were given.
func (m *machine) sent() (asked, plan string) {
	m.t.Helper()
	return read(m.t, m.said), read(m.t, m.said+".sent")
}

type workflow struct {
	Env  map[string]string `json:"env"`
	Jobs map[string]struct {
		Steps []struct {
			Name, Uses, Run string
		} `json:"steps"`
	} `json:"jobs"`
}

// githubSteps are the commands of the workflow by name; what other actions do is theirs to test.
func githubSteps(t *testing.T) (names []string, scripts map[string]string) {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, ci+"github-actions.yaml")), &w); err != nil {
		t.Fatal(err)
	}
	scripts = map[string]string{}
	for _, step := range w.Jobs["review"].Steps {
		if step.Run != "" {
			names, scripts[step.Name] = append(names, step.Name), step.Run
		} else if step.Uses == "" {
			t.Errorf("the step %q does nothing", step.Name)
		}
	}
	return names, scripts
}

func TestTheWorkflowOfGitHubReviewsAPullRequest(t *testing.T) {
	for answer, call := range map[string]string{
		"":       "gh api repos/example/cx/issues/7/comments --field body=@plan.md --silent\n",
		"42\n43": "gh api --method PATCH repos/example/cx/issues/comments/42 --field body=@plan.md --silent\n",
	} {
		m := newMachine(t, "GITHUB_BASE_REF=main", "GITHUB_REPOSITORY=example/cx", "NUMBER=7", "ANSWER="+answer,
			"GITHUB_PATH=path", "GITHUB_STEP_SUMMARY=summary.md")
		names, scripts := githubSteps(t)
		if len(names) != 6 {
			t.Errorf("steps %q", names)
		}
		for _, name := range names {
			if out, err := m.run(m.folder, scripts[name]); err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
		asked, plan := m.sent()
		if !strings.HasSuffix(asked, call) {
			t.Errorf("asked:\n%s\nwant at the end:\n%s", asked, call)
		}
		if !strings.HasPrefix(plan, "<!-- cx-plan -->\n") || !strings.Contains(plan, "relationship") {
			t.Errorf("plan:\n%s", plan)
		}
		if read(t, filepath.Join(m.folder, "summary.md")) != plan {
			t.Error("the summary is another")
		}
		if sarif := read(t, filepath.Join(m.folder, "lint.sarif")); !strings.Contains(sarif, `"2.1.0"`) {
			t.Errorf("SARIF:\n%s", sarif)
		}
	}
}

func TestTheWorkflowOfGitHubFailsOnMistakesAndStaleReviewers(t *testing.T) {
	m := newMachine(t, "GITHUB_BASE_REF=main")
	_, scripts := githubSteps(t)
	m.must(m.folder, "sed -i 's/gitHandle: .*/gitHandle: somebody-else/' program/owners.yaml")
	out, err := m.run(m.folder, scripts["Reviewers are those who answer for it"])
	if err == nil || !strings.Contains(out, "@somebody-else") {
		t.Errorf("stale reviewers: %v\n%s", err, out)
	}
	m.must(m.folder, "sed -i 's/ownerRef: head-of-cx/ownerRef: nobody-there/' program/goals.yaml")
	out, err = m.run(m.folder, scripts["Lint"])
	if err == nil || !strings.Contains(out, "::error file=program/goals.yaml") {
		t.Errorf("a mistake: %v\n%s", err, out)
	}
	if out, err := m.run(m.folder, scripts["Findings as SARIF"]); err != nil {
		t.Errorf("mistakes as SARIF: %v\n%s", err, out)
	}
}

func TestTheJobOfGitLabReviewsAMergeRequest(t *testing.T) {
	var jobs map[string]struct {
		BeforeScript []string `json:"before_script"`
		Script       []string `json:"script"`
	}
	if err := yaml.Unmarshal([]byte(read(t, ci+"gitlab-ci.yaml")), &jobs); err != nil {
		t.Fatal(err)
	}
	const notes = "https://gitlab.example.com/api/v4/projects/5/merge_requests/7/notes"
	for answer, call := range map[string]string{
		`[]`: "-X POST --data-urlencode body@plan.md " + notes + "\n",
		`[{"id": 41, "body": "fine"}, {"id": 42, "body": "<!-- cx-plan -->\nold"}]`: "-X PUT --data-urlencode body@plan.md " + notes + "/42\n",
	} {
		m := newMachine(t, "CI_API_V4_URL=https://gitlab.example.com/api/v4", "CI_PROJECT_ID=5", "CI_MERGE_REQUEST_IID=7",
			"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CX_NOTES_TOKEN=secret", "ANSWER="+answer)
		job := jobs["cx-review"]
		m.must(m.folder, strings.Join(append(job.BeforeScript, job.Script...), "\n"))
		asked, plan := m.sent()
		if !strings.HasSuffix(asked, call) || !strings.HasPrefix(plan, "<!-- cx-plan -->\n") {
			t.Errorf("asked:\n%s\nplan:\n%s", asked, plan)
		}
		m.environment = append(m.environment, "CX_NOTES_TOKEN=")
		if err := os.Remove(m.said); err != nil {
			t.Fatal(err)
		}
		m.must(m.folder, strings.Join(job.Script, "\n"))
		if _, err := os.Stat(m.said); err == nil {
			t.Error("without a token somebody was asked")
		}
	}
}

func TestTheExamplesAreYAMLOfTheirKinds(t *testing.T) {
	for file, kinds := range map[string][]string{
		"../../config/gitops/argocd/application.yaml": {"argoproj.io/v1alpha1/Application"},
		"../../config/gitops/flux/program.yaml":       {"source.toolkit.fluxcd.io/v1/GitRepository", "kustomize.toolkit.fluxcd.io/v1/Kustomization"},
	} {
		documents := strings.Split(read(t, file), "\n---\n")
		if len(documents) != len(kinds) {
			t.Errorf("%s: %d documents", file, len(documents))
		}
		for i, document := range documents {
			var object struct{ APIVersion, Kind string }
			if err := yaml.Unmarshal([]byte(document), &object); err != nil || object.APIVersion+"/"+object.Kind != kinds[i] {
				t.Errorf("%s: %v, %v, want %s", file, err, object, kinds[i])
			}
		}
	}
}
