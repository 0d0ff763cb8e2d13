// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package codeowners_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli/codeowners"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// repository makes one with a program in the folder "cx program".
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files[".git/HEAD"] = ""
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const head = "apiVersion: cx-operator.io/v1alpha1\nkind: "

func owner(name, more string) string {
	return head + "Owner\nmetadata: {name: " + name + "}\nspec: {displayName: X, function: cx, level: Staff" + more + "}\n---\n"
}

func goal(name, owner string) string {
	return head + "Goal\nmetadata: {name: " + name + "}\nspec: {displayName: X, kind: Experience, ownerRef: " + owner + "}\n---\n"
}

func program() map[string]string {
	return map[string]string{
		"cx program/program.yaml": head + "Program\nmetadata: {name: program}\nspec: {id: example, organization: Example, lead: head-of-cx}\n",
		"cx program/owners.yaml": owner("head-of-cx", ", identity: {gitHandle: example/cx}") +
			owner("shop-lead", ", identity: {gitHandle: shop-lead}") + owner("second-post", ", identity: {gitHandle: shop-lead}") +
			owner("quiet", "") + owner("gone", ", state: Left, identity: {gitHandle: gone}"),
		"cx program/goals/both.yaml": goal("a", "shop-lead") + goal("b", "second-post") + goal("c", "quiet") + goal("d", "head-of-cx"),
		"cx program/goals/gone.yaml": goal("e", "gone"),
		"cx program/journey.yaml": head + `Journey
metadata: {name: j}
spec:
  displayName: X
  stages: [{name: one, touchpoints: [{name: desk, ownerRef: shop-lead}]}]
`,
	}
}

const want = `# BEGIN kubectl cx
# Made by kubectl cx codeowners from the owners of the program; changes between the marks are lost.
/cx\ program/ @example/cx
# /cx program/goals/both.yaml: no identity.gitHandle, or not there: quiet
/cx\ program/goals/both.yaml @example/cx @shop-lead
# /cx program/goals/gone.yaml: no identity.gitHandle, or not there: gone
/cx\ program/journey.yaml @shop-lead
/cx\ program/owners.yaml @example/cx
/cx\ program/program.yaml @example/cx
# END kubectl cx
`

func run(t *testing.T, root, file string, check bool) *codeowners.Result {
	t.Helper()
	r, err := codeowners.Run([]string{filepath.Join(root, "cx program")}, file, check)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEachFileIsReviewedByThoseWhoAnswerForWhatIsInIt(t *testing.T) {
	root := repository(t, program())
	if r := run(t, root, "", false); r.State != codeowners.Written {
		t.Errorf("state %s", r.State)
	}
	if diff := cmp.Diff(want, read(t, filepath.Join(root, "CODEOWNERS"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := run(t, root, "", true); r.State != codeowners.Unchanged || r.Changes != nil {
		t.Errorf("the second time: %s, %q", r.State, r.Changes)
	}
}

func TestLinesWrittenByHandStay(t *testing.T) {
	files := program()
	const before, after = "* @everybody\n# a note\n\n", "\n/cx\\ program/program.yaml @ceo\n"
	files[".github/CODEOWNERS"] = before + "# BEGIN kubectl cx\n/old.yaml @old\n# END kubectl cx\n" + after
	root := repository(t, files)
	r := run(t, root, "", false)
	if diff := cmp.Diff(before+want+after, read(t, filepath.Join(root, ".github/CODEOWNERS"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Changes) == 0 || r.Changes[0] != "- /old.yaml @old" {
		t.Errorf("changes %q", r.Changes)
	}
	without := filepath.Join(root, "other")
	if err := os.WriteFile(without, []byte("* @everybody"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, root, without, false)
	if diff := cmp.Diff("* @everybody\n\n"+want, read(t, without)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACheckTellsTheDifferenceAndWritesNothing(t *testing.T) {
	files := program()
	old := strings.Replace(want, "/cx\\ program/journey.yaml @shop-lead", "/cx\\ program/journey.yaml @somebody-else", 1)
	files["CODEOWNERS"] = old
	root := repository(t, files)
	r := run(t, root, "", true)
	changes := []string{"- /cx\\ program/journey.yaml @somebody-else", "+ /cx\\ program/journey.yaml @shop-lead"}
	if diff := cmp.Diff(changes, r.Changes); diff != "" || r.State != codeowners.Differs {
		t.Errorf("%s (-want +got):\n%s", r.State, diff)
	}
	if read(t, filepath.Join(root, "CODEOWNERS")) != old {
		t.Error("the file was written")
	}
	page := kit.NewPage("ru", 0)
	r.Markdown(page)
	if !bytes.Contains(page.Bytes(), []byte("устарел")) || !bytes.Contains(page.Bytes(), []byte("```diff\n- /cx\\ program/journey.yaml")) {
		t.Errorf("Markdown:\n%s", page)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(map[string]string)
		says   string
	}{
		"a mistake, whose owners nobody would know": {
			func(f map[string]string) { f["cx program/bad.yaml"] = goal("Bad Name", "shop-lead") }, "see kubectl cx lint"},
		"no program": {func(f map[string]string) { delete(f, "cx program/program.yaml") }, "holds no Program"},
		"half a block": {
			func(f map[string]string) { f["CODEOWNERS"] = "# BEGIN kubectl cx\n/x @y\n" }, "once each"},
		"two blocks": {
			func(f map[string]string) { f["CODEOWNERS"] = want + want }, "once each"},
	} {
		files := program()
		tc.change(files)
		_, err := codeowners.Run([]string{filepath.Join(repository(t, files), "cx program")}, "", false)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

func TestSeveralProgramsShareOneBlock(t *testing.T) {
	files := program()
	for name, text := range program() {
		files[strings.Replace(name, "cx program", "other", 1)] = text
	}
	root := repository(t, files)
	r, err := codeowners.Run([]string{filepath.Join(root, "other"), filepath.Join(root, "cx program")}, "", false)
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, filepath.Join(root, "CODEOWNERS"))
	if len(r.Rules) != 12 || !strings.Contains(text, "\n/other/ @example/cx\n") || !strings.Contains(text, "\n/cx\\ program/ @example/cx\n") {
		t.Errorf("%d rules:\n%s", len(r.Rules), text)
	}
}
