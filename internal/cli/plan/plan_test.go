// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/plan"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

const now = "2027-01-08T09:00:00Z"

// branch is what a branch changes in the sample: file, old text, new text; the first place counts.
var branch = [][3]string{
	{"kpis.yaml", "ownerRef: head-of-cx", "ownerRef: head-of-stores"},
	{"surveys.yaml", `cron: "0 10 * * TUE"`, `cron: "0 10 * * THU"`},
	{"surveys.yaml", "minReport: 10", "minReport: 5"},
	{"surveys.yaml", "How satisfied were you with collecting your order?", "How did you like collecting your order?"},
	{"program.yaml", "year: 2027", "year: 2027\n    approvedBy: ceo"},
	{"program.yaml", "window: 30d", "window: 14d"},
	{"surveys.yaml", "    maxWaves: 1\n", "    maxWaves: 2\n"},
	{"surveys.yaml", "cron: \"* * * * *\"\n    maxWaves: 2\n  openFor: 3m", "cron: \"0 12 * * FRI\"\n  openFor: 3m\n  reminders: [1m]"},
}

// inFolders goes to a folder with the sample in "before", the branch in "after", and the evidence of everybody having accepted what
// they were asked for.
func inFolders(t *testing.T) {
	t.Helper()
	sample, err := filepath.Abs("../../../config/samples/retailer")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, side := range []string{"before", "after"} {
		if err := os.CopyFS(side, os.DirFS(sample)); err != nil {
			t.Fatal(err)
		}
	}
	for _, change := range branch {
		replace(t, filepath.Join("after", change[0]), change[1], change[2])
	}
	loaded, err := files.Load("before")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	ev := &store.Evidence{APIVersion: store.EvidenceAPIVersion, Kind: store.EvidenceKind}
	for _, a := range program.Evaluate(loaded.Snapshot, nil, at).Snapshot.Assignments {
		offer, about := a.Spec.Proposed, a.Spec.Subject
		ev.Decisions = append(ev.Decisions, store.Decision{
			OfferID: offer.OfferID, SubjectKind: string(about.Kind), SubjectName: string(about.Name), Touchpoint: string(about.Touchpoint),
			Item: about.Item, Role: string(a.Spec.Role), Owner: string(offer.Owner), Terms: offer.Terms, Result: store.Accepted,
			At: at.Add(-time.Hour),
		})
	}
	data, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	write(t, "evidence.json", string(data))
}

func replace(t *testing.T, file, before, after string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), before) {
		t.Fatalf("%s has no %q: %v", file, before, err)
	}
	write(t, file, strings.Replace(string(data), before, after, 1))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// kubectl runs kubectl cx plan.
func kubectl(args ...string) (out string, err error) {
	var stdout bytes.Buffer
	k := kit.New()
	cmd := Command(k)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	k.AddFlags(cmd.PersistentFlags())
	cmd.SetArgs(append([]string{"--now", now}, args...))
	cmd.SetOut(&stdout)
	err = cmd.Execute()
	return stdout.String(), err
}

func golden(t *testing.T, folder, name, got string) {
	t.Helper()
	file := filepath.Join(folder, "testdata", name+".golden")
	if *update {
		write(t, file, got)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; if it is meant: go test ./internal/cli/plan -update):\n%s", name, diff)
	}
}

func TestThePlanOfABranch(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	inFolders(t)
	folders := []string{"--from", "before", "--to", "after"}
	for name, args := range map[string][]string{
		"text-en":     {"--evidence", "evidence.json"},
		"text-ru":     {"--evidence", "evidence.json", "--lang", "ru"},
		"markdown-en": {"--evidence", "evidence.json", "-o", "markdown"},
		"markdown-ru": {"--evidence", "evidence.json", "-o", "markdown", "--lang", "ru"},
		"yaml":        {"--evidence", "evidence.json", "-o", "yaml"},
		"unknown-en":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			out, err := kubectl(append(args, folders...)...)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, here, name, out)
		})
	}
	t.Run("JSON and YAML say the same", func(t *testing.T) {
		asJSON, err := kubectl(append([]string{"-o", "json"}, folders...)...)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := kubectl(append([]string{"-o", "yaml"}, folders...)...)
		if err != nil {
			t.Fatal(err)
		}
		converted, err := yaml.YAMLToJSON([]byte(asYAML))
		if err != nil {
			t.Fatal(err)
		}
		var a, b map[string]any
		if json.Unmarshal([]byte(asJSON), &a) != nil || json.Unmarshal(converted, &b) != nil || a["kind"] != "Plan" {
			t.Fatalf("no plan: %s", asJSON)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Error(diff)
		}
	})
}

func TestExitCodes(t *testing.T) {
	inFolders(t)
	for name, tc := range map[string]struct {
		args []string
		want error
		says string
	}{
		"nothing changes":        {[]string{"--from", "before", "--to", "before", "--exit-code"}, nil, ""},
		"something does":         {[]string{"--from", "before", "--to", "after", "--exit-code"}, Changed, ""},
		"nobody asks for a code": {[]string{"--from", "before", "--to", "after"}, nil, ""},
	} {
		if _, err := kubectl(tc.args...); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	write(t, "after/broken.yaml", "apiVersion: cx-operator.io/v1alpha1\nkind: Owner\nmetadata: {name: nobody}\nspec: {}\n")
	write(t, "file", "")
	if err := os.Mkdir("empty", 0o700); err != nil {
		t.Fatal(err)
	}
	replace(t, "after/kustomization.yaml", "resources:", "resources:\n  - broken.yaml")
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"mistakes in the new files": {[]string{"--from", "before", "--to", "after"}, "broken.yaml:4"},
		"no git":                    {[]string{"--from", "main", "--to", "before"}, "is in no git repository"},
		"a file for a folder":       {[]string{"--from", "before", "--to", "file"}, "is no folder"},
		"no program at all":         {[]string{"--from", "empty", "--to", "empty"}, "neither side holds a Program"},
		"a broken time":             {[]string{"--from", "before", "--to", "before", "--now", "soon"}, "write a time"},
		"no evidence file":          {[]string{"--from", "before", "--to", "before", "--evidence", "file"}, "no evidence file"},
	} {
		if _, err := kubectl(tc.args...); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

// gitIn runs git for a test.
func gitIn(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", folder, "-c", "user.name=nobody", "-c", "user.email=nobody@example.com"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func TestARevisionIsReadFromGit(t *testing.T) {
	inFolders(t)
	want, err := kubectl("--from", "before", "--to", "after", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("repository/programs", 0o700); err != nil {
		t.Fatal(err)
	}
	gitIn(t, "repository", "init", "-q")
	if err := os.Rename("before", "repository/programs/retail"); err != nil {
		t.Fatal(err)
	}
	// A base beside the folder, and a file by a link.
	write(t, "repository/programs/kustomization.yaml", "resources: [retail]\n")
	gitIn(t, "repository", "add", ".")
	gitIn(t, "repository", "commit", "-q", "-m", "before")
	gitIn(t, "repository", "tag", "v1")
	for _, change := range branch {
		replace(t, filepath.Join("repository/programs/retail", change[0]), change[1], change[2])
	}
	got, err := kubectl("--from", "v1", "--to", "repository/programs/retail", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	got = strings.NewReplacer(`"from": "v1"`, `"from": "before"`, `"to": "repository/programs/retail"`, `"to": "after"`).Replace(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from git the plan is another (-folder +git):\n%s", diff)
	}
	if err := os.WriteFile("repository/programs/retail/program.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := kubectl("--from", "nowhere", "--to", "repository/programs/retail"); err == nil || !strings.Contains(err.Error(), "fetch it first") {
		t.Errorf("a revision that is not there: %v", err)
	}
}

func TestAFolderThatWasNotThereIsEmpty(t *testing.T) {
	inFolders(t)
	gitIn(t, ".", "init", "-q")
	gitIn(t, ".", "add", "evidence.json")
	gitIn(t, ".", "commit", "-q", "-m", "first")
	out, err := kubectl("--from", "HEAD", "--to", "after", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Objects plan.Objects `json:"objects"`
	}
	if err := json.Unmarshal([]byte(out), &p); err != nil || len(p.Objects.Added) < 40 || len(p.Objects.Removed)+len(p.Objects.Changed) > 0 {
		t.Errorf("%v: %+v", err, p.Objects)
	}
}

// A survey that comes has had no schedule, and one that goes has none any more: neither is shown as an empty one.
func TestASurveyThatComesOrGoesHasNoScheduleOnOneSide(t *testing.T) {
	inFolders(t)
	write(t, filepath.Join("before", "surveys.yaml"), "# none\n")
	for _, tc := range []struct{ from, to, lang, want string }{
		{"before", "after", "en", "Schedule “0 10 * * THU Europe/Berlin”, was none."},
		{"before", "after", "ru", "Расписание «0 10 * * THU Europe/Berlin», раньше не было."},
		{"after", "before", "en", "It has no schedule any more, was “0 10 * * THU Europe/Berlin”."},
		{"after", "before", "ru", "Расписания больше нет, было «0 10 * * THU Europe/Berlin»."},
	} {
		if out, err := kubectl("--from", tc.from, "--to", tc.to, "--lang", tc.lang); err != nil || !strings.Contains(out, tc.want) {
			t.Errorf("%s to %s: %v, no %q in\n%s", tc.from, tc.to, err, tc.want, out)
		}
	}
}

func TestALongPlanFitsIntoAComment(t *testing.T) {
	p := &plan.Plan{Changes: true, Evidence: true}
	const many = 3000
	for i := range many {
		name := fmt.Sprintf("KPI/first-response-minutes-of-team-%d", i)
		p.Objects.Added = append(p.Objects.Added, name)
		p.Approvers = append(p.Approvers, plan.Approver{Owner: fmt.Sprintf("owner-%d", i), Accepts: []string{name}})
	}
	p.Owners = []plan.Owner{{Owner: "one", Asked: p.Objects.Added}}
	for _, lang := range []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU} {
		page := kit.NewPage(lang, 0)
		(&result{Plan: p, zone: time.UTC}).Markdown(page)
		text := page.String()
		if len(text) > mostBytes || len(text) < mostBytes/8 || !strings.HasPrefix(text, marker+"\n") {
			t.Errorf("%s: %d bytes, which begin with %.20q", lang, len(text), text)
		}
		shown := strings.Count(text, "\n- owner-")
		left := map[cxv1.Language]string{cxv1.LanguageEN: "… and %d more, left out", cxv1.LanguageRU: "… и ещё %d;"}[lang]
		if shown == 0 || !strings.Contains(text, fmt.Sprintf(left, many-shown)) {
			t.Errorf("%s: %d owners are shown, and it is not said that %d are not", lang, shown, many-shown)
		}
	}
}

func TestNamesAreNoMarkup(t *testing.T) {
	p := &plan.Plan{Changes: true, Terms: []plan.Term{{
		Survey: "pulse", Field: "privacyNotice", Change: plan.Change[string]{Before: "", After: `{"text":{"en":"<img src=x> @everybody [a](b) --> | *"}}`},
	}}}
	page := kit.NewPage(cxv1.LanguageEN, 0)
	(&result{Plan: p, From: "<b>@team</b>", zone: time.UTC}).Markdown(page)
	text := strings.TrimPrefix(page.String(), marker)
	for _, markup := range []string{"<", ">", "@e", "@t", "[a]", " *\""} {
		if strings.Contains(text, markup) {
			t.Errorf("%q is in %s", markup, text)
		}
	}
}

func TestOnANarrowTerminal(t *testing.T) {
	p := &plan.Plan{Changes: true, Load: []plan.PersonaLoad{{Persona: "weekend-shopper"}}, Approvers: []plan.Approver{
		{Owner: "head-of-cx", AnswersFor: []string{"KPI/relationship-nps", "Survey/relationship-survey"}},
	}}
	page := kit.NewPage(cxv1.LanguageEN, 40)
	(&result{Plan: p, From: "a", To: "b", zone: time.UTC}).Text(page)
	if !strings.Contains(page.String(), "  head-of-cx: answers for\n  KPI/relationship-nps,\n  Survey/relationship-survey\n") {
		t.Errorf("lines are not broken:\n%s", page.String())
	}
}
