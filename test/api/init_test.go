// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// What kubectl cx init writes applies as it is, in both languages.
func TestANewProgramApplies(t *testing.T) {
	h := harness.New(t)
	run := kubectl(t, h)
	for _, lang := range []string{"en", "ru"} {
		folder := filepath.Join(t.TempDir(), lang)
		var out bytes.Buffer
		if code := cli.Run("test", []string{"init", folder, "--lang", lang, "--organization", `Example "Bakery"`, "--id", "init-" + lang,
			"--time-zone", "Europe/Berlin", "--lead", "Head of CX", "--account", "head-of-cx", "--survey", "yes"}, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		run("apply", "-f", filepath.Join(folder, "namespace.yaml")) // or the server could not check what is in it
		run("apply", "--dry-run=server", "--validate=strict", "--namespace", "init-"+lang, "-k", folder)
	}
}
