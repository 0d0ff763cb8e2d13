// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initialize_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/initialize"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/lint"
)

// run answers with lines and returns what is printed, what is asked, and the error.
func run(lines string, args ...string) (out, asked string, err error) {
	k := kit.New()
	cmd := initialize.Command(k)
	k.AddFlags(cmd.Flags())
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var stdout, stderr bytes.Buffer
	cmd.SetIn(strings.NewReader(lines))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append(args, "--now", "2027-01-04T09:00:00Z"))
	err = cmd.Execute()
	return stdout.String(), stderr.String(), err
}

// right checks that there is nothing to say against a program.
func right(t *testing.T, folder string) {
	t.Helper()
	report, err := lint.Check([]string{folder}, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range report.Findings {
		t.Error(finding)
	}
	if report.Objects < 4 {
		t.Errorf("%d objects", report.Objects)
	}
}

func TestWhatIsAskedBecomesAProgram(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "program")
	out, asked, err := run("ru\nПекарня «Пример»\n\nMars/Phobos\nEurope/Moscow\nРуководитель: \"опыт\"\nlead@example.com\nда\n", folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Language / Язык: en, ru [en]: ", "история: строчные", "[pekarnia-primer]: ", "Mars/Phobos"} {
		if !strings.Contains(asked, text) {
			t.Errorf("%q is not in:\n%s", text, asked)
		}
	}
	if !strings.Contains(out, "Что дальше") || !strings.Contains(out, "kubectl cx owners -n pekarnia-primer ") {
		t.Errorf("printed:\n%s", out)
	}
	right(t, folder)
	loaded, err := files.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	s := loaded.Snapshot
	got := []string{s.Namespace, s.Program.Spec.ID, s.Program.Spec.Organization, s.Program.Spec.TimeZone, string(s.Program.Spec.Lead),
		s.Owners[0].Name, s.Owners[0].Spec.DisplayName, s.Owners[0].Spec.Identity.Users[0], s.Surveys[0].Name, string(s.Goals[0].Spec.Due)}
	want := []string{"pekarnia-primer", "pekarnia-primer", "Пекарня «Пример»", "Europe/Moscow", "rukovoditel-opyt",
		"rukovoditel-opyt", `Руководитель: "опыт"`, "lead@example.com", "relationship-survey", "2028-12-31"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// flags answer everything.
func flags(folder, lang, survey string) []string {
	return []string{folder, "--lang", lang, "--organization", "Example Bakery", "--id", "example-bakery", "--time-zone", "UTC",
		"--lead", "Counter Assistant", "--account", "counter-assistant", "--survey", survey}
}

func TestEveryChoiceIsRightAndAsksNothing(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		for _, survey := range []string{"yes", "no"} {
			folder := filepath.Join(t.TempDir(), "program")
			_, asked, err := run("", flags(folder, lang, survey)...)
			if err != nil || asked != "" {
				t.Fatalf("%s, %s: %v, %q", lang, survey, err, asked)
			}
			right(t, folder)
			_, err = os.Stat(filepath.Join(folder, "survey.yaml"))
			if (err == nil) != (survey == "yes") {
				t.Errorf("%s, %s: survey.yaml: %v", lang, survey, err)
			}
		}
	}
}

func TestWhatIsThereStays(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "survey.yaml")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, asked, err := run("", flags(folder, "en", "no")...)
	if err == nil || !strings.Contains(err.Error(), "survey.yaml is there already") || asked != "" {
		t.Errorf("%v, %q", err, asked)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFlagsThatCannotBe(t *testing.T) {
	for says, change := range map[string][2]string{
		"--lang is":                          {"en", "fr"},
		`--id is "Example": use 3 to 40`:     {"example-bakery", "Example"},
		"--time-zone is":                     {"UTC", "Mars/Phobos"},
		"--survey is":                        {"no", "perhaps"},
		"--organization is":                  {"Example Bakery", strings.Repeat("x", 101)},
		"nobody answers: say it with --lead": {"Counter Assistant", ""},
	} {
		folder := filepath.Join(t.TempDir(), "program")
		args := flags(folder, "en", "no")
		for i := range args {
			if args[i] == change[0] {
				args[i] = change[1]
			}
		}
		if _, _, err := run("", args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s: something was written", says)
		}
	}
}
