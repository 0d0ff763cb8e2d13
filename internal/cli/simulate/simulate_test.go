// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

const sample = "../../../config/samples/retailer"

// kubectl runs kubectl cx simulate.
func kubectl(args ...string) (out string, err error) {
	var stdout bytes.Buffer
	k := kit.New()
	cmd := Command(k)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	k.AddFlags(cmd.PersistentFlags())
	cmd.SetArgs(append([]string{"--now", "2027-01-04T09:00:00Z"}, args...))
	cmd.SetOut(&stdout)
	err = cmd.Execute()
	return stdout.String(), err
}

func TestTheSampleInTheFirstWeeks(t *testing.T) {
	for name, args := range map[string][]string{
		"silent-en":   {"--days", "40", "--contacts", "50,weekend-shopper=200", "--seed", "7"},
		"accept-ru":   {"--days", "20", "--owners", "accept", "--lang", "ru"},
		"markdown-en": {"--days", "20", "--owners", "accept", "-o", "markdown"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := kubectl(append(args, sample)...)
			if err != nil {
				t.Fatal(err)
			}
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
				t.Errorf("(-want +got; if it is meant: go test ./internal/cli/simulate -update):\n%s", diff)
			}
		})
	}
}

func TestAsJSON(t *testing.T) {
	out, err := kubectl("--days", "3", "-o", "json", sample)
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Kind    string           `json:"kind"`
		Owners  string           `json:"owners"`
		Seed    *uint64          `json:"seed"`
		Events  []map[string]any `json:"events"`
		Summary map[string]any   `json:"summary"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Kind != "Simulation" || r.Owners != "silent" || r.Seed != nil ||
		len(r.Events) == 0 || r.Summary["people"] != float64(300) {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for says, args := range map[string][]string{
		"--days is 0":                    {"--days", "0", sample},
		"--owners is \"some\"":           {"--owners", "some", sample},
		"--answers is 101":               {"--seed", "1", "--answers", "101", sample},
		"write a number up to":           {"--contacts", "weekend-shopper=many", sample},
		"there is no such Persona":       {"--contacts", "nobody=3", sample},
		"holds no Program that is right": {t.TempDir()},
		"there is no folder nowhere":     {"nowhere"},
	} {
		if _, err := kubectl(args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want %q", args, err, says)
		}
	}
}
