// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

const samples = "../../config/samples/"

func run(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = cli.Run("v1.2.3", args, &out, &err)
	return code, out.String(), err.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; if it is meant: go test ./internal/cli -update):\n%s", file, diff)
	}
}

func TestStatusTellsWhereTheSamplesStand(t *testing.T) {
	for name, args := range map[string][]string{
		"first-day-en": {samples + "first-day"},
		"first-day-ru": {samples + "first-day", "--lang", "ru"},
		"retailer-en":  {samples + "retailer"},
		"standard-en":  {"testdata/standard"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(append([]string{"status", "--now", "2027-01-04T09:00:00Z"}, args...)...)
			if code != 0 || errs != "" {
				t.Errorf("code %d, %q", code, errs)
			}
			golden(t, "status-"+name, out)
		})
	}
}

func TestTheSamplesAreRight(t *testing.T) {
	for sample, wanted := range map[string]string{
		"first-day": "5 objects: 0 errors, 0 warnings\n",
		// One owner has too much to do, to show how that looks.
		"retailer": "owners.yaml:146: Owner/contact-centre-manager: warning: accountable for 9, which is more than 7: name other owners for " +
			"some of it, or raise spec.capacity [owner-overloaded]\n55 objects: 0 errors, 1 warning\n",
	} {
		code, out, errs := run("lint", "--now", "2027-01-04T09:00:00Z", samples+sample)
		if code != 0 || errs != "" || strings.TrimPrefix(out, samples+sample+"/") != wanted {
			t.Errorf("lint of %s ends with %d %s and says:\n%s", sample, code, errs, out)
		}
	}
}

func TestLintNamesEveryMistakeWithFileAndLine(t *testing.T) {
	code, out, errs := run("lint", "--now", "2027-01-04T09:00:00Z", "testdata/mistakes")
	if code != 1 || errs != "" {
		t.Errorf("code %d, want 1; stderr %q", code, errs)
	}
	golden(t, "lint-mistakes", out)
}

func TestLintNamesWhatIsWrongWithAFramework(t *testing.T) {
	code, out, errs := run("lint", "--now", "2027-01-04T09:00:00Z", "testdata/frameworks")
	if code != 1 || errs != "" {
		t.Errorf("code %d, want 1; stderr %q", code, errs)
	}
	golden(t, "lint-frameworks", out)
}

func TestWarningsAloneAreNoFailure(t *testing.T) {
	code, out, _ := run("lint", "--now", "2027-01-04T09:00:00Z", "testdata/warnings")
	if code != 0 || !strings.Contains(out, "testdata/warnings/all.yaml:7: Owner/idle: warning: nothing names this owner") ||
		!strings.Contains(out, "0 errors, 1 warning\n") {
		t.Errorf("code %d:\n%s", code, out)
	}
	if code, again, _ := run("lint", "--now", "2027-01-04T09:00:00Z", "--fail-on=warning", "--lang=ru", "testdata/warnings"); code != 1 || again != out {
		t.Errorf("with --fail-on=warning: code %d, want 1, and the same findings:\n%s", code, again)
	}
}

func TestWhatTheCommandLineRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"a folder that is not there": {[]string{"lint", "testdata/nowhere"}, "there is no folder testdata/nowhere: name the folder that holds the program"},
		"a format that lint has not": {[]string{"lint", "testdata/warnings", "-o", "markdown"}, "write text, json, github or sarif"},
		"another severity":           {[]string{"lint", "testdata/warnings", "--fail-on", "info"}, "write error or warning"},
		"a file":                     {[]string{"lint", "testdata/warnings/all.yaml"}, "is no folder"},
		"no cluster and no folder":   {[]string{"status", "--kubeconfig", "testdata/empty-kubeconfig"}, "no cluster is configured"},
		"another language":           {[]string{"status", samples + "first-day", "--lang", "fr"}, "write en or ru"},
		"a time that is none":        {[]string{"status", samples + "first-day", "--now", "soon"}, "write a time as in"},
		"a folder without a Program": {[]string{"status", "testdata/mistakes/kpis"}, "holds no Program"},
		"a verb that there is not":   {[]string{"dance"}, `unknown command "dance"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errs := run(tc.args...)
			if code != 1 || !strings.Contains(errs, tc.says) {
				t.Errorf("code %d, %q, want 1 and %q", code, errs, tc.says)
			}
		})
	}
}

func TestVersionIsTheOneStamped(t *testing.T) {
	if code, out, _ := run("version"); code != 0 || out != "kubectl-cx v1.2.3\n" {
		t.Errorf("code %d, %q", code, out)
	}
}
