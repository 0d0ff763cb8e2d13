// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One platform each: more of them take minutes and say nothing new.
var everything = []string{
	"--archs", "amd64", "--platforms", "linux/amd64,windows/amd64", "--base-url", "https://example.com/cx", "--helm", "../../bin/tools/helm",
	"crds", "install", "chart", "schemas", "image", "plugins", "sums",
}

func TestACommitGivesTheSameBytesInAnyFolder(t *testing.T) {
	helm, err := filepath.Abs("../../bin/tools/helm")
	if err != nil {
		t.Fatal(err)
	}
	everything[slices.Index(everything, "--helm")+1] = helm
	here := fixture(t)
	there := clone(t, here)
	one, printed := packed(t, here, everything...)
	t.Setenv("GOFLAGS", "-tags=other") // of whoever builds
	t.Setenv("GOAMD64", "v3")
	other, _ := packed(t, there, everything...)

	first, second := all(t, one), all(t, other)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(second))); diff != "" {
		t.Fatalf("other files (-here +there):\n%s", diff)
	}
	for name := range first {
		if first[name] != second[name] {
			t.Errorf("%s has other bytes in another folder", name)
		}
	}
	for name, data := range first {
		line := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(data)), name)
		if name != "SHA256SUMS" && !strings.Contains(first["SHA256SUMS"], line) {
			t.Errorf("SHA256SUMS does not have %s", name)
		}
		if !strings.Contains(printed, filepath.Join(one, filepath.FromSlash(name))) {
			t.Errorf("%s was written and not printed", name)
		}
	}
	if got := strings.Count(first["SHA256SUMS"], "\n"); got != len(first)-1 {
		t.Errorf("SHA256SUMS has %d lines for %d files", got, len(first)-1)
	}
	t.Run("the chart", func(t *testing.T) { lookAtChart(t, first["cx-operator-1.2.3.tgz"]) })
	t.Run("the archives of the plugin", func(t *testing.T) { lookAtPlugins(t, first) })
	t.Run("the manifest for krew", func(t *testing.T) { lookAtKrew(t, first) })
	t.Run("the image", func(t *testing.T) { lookAtImage(t, filepath.Join(one, "cx-operator-1.2.3-linux-amd64.tar")) })
	t.Run("the bill of materials", func(t *testing.T) { lookAtBill(t, first) })
	t.Run("install.yaml", func(t *testing.T) { lookAtInstall(t, first) })
}

func lookAtChart(t *testing.T, data string) {
	files, err := unpack(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if files[0].name != "cx-operator/Chart.yaml" {
		t.Errorf("the first file is %s", files[0].name)
	}
	for _, line := range []string{"version: 1.2.3\n", "appVersion: 1.2.3\n"} {
		if !strings.Contains(string(files[0].data), "\n"+line) {
			t.Errorf("Chart.yaml does not say %s:\n%s", line, files[0].data)
		}
	}
	templates := slices.ContainsFunc(files, func(f file) bool { return f.name == "cx-operator/templates/deployment.yaml" })
	if !templates {
		t.Error("the chart has no Deployment")
	}
}

func lookAtInstall(t *testing.T, files map[string]string) {
	for _, want := range []string{"image: cx-operator/cx-operator:1.2.3\n", "app.kubernetes.io/version: 1.2.3\n", "name: surveys.cx-operator.io\n"} {
		if !strings.Contains(files["install.yaml"], want) {
			t.Errorf("install.yaml does not say %s", want)
		}
	}
	if got, want := strings.Count(files["crds.yaml"], "\nkind: CustomResourceDefinition\n"), len(must(readKinds("../.."))(t)); got != want {
		t.Errorf("crds.yaml has %d kinds, want %d", got, want)
	}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestVersionsThatAreNoneComeBeforeAllOthers(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3":           "1.2.3",
		"1.2.3-rc.1":      "1.2.3-rc.1",
		"1.2.3-4-g01abcd": "1.2.3-4-g01abcd", // git describe after a tag
		"0123456":         "0.0.0-g0123456",  // a number must not begin with 0
		"487ec2d-dirty":   "0.0.0-g487ec2d-dirty",
		"a/b":             "0.0.0-ga-b",
	} {
		if got := semver(version); got != want {
			t.Errorf("semver(%q) = %q, want %q", version, got, want)
		}
	}
}

func TestWhatCannotBePackedIsSaid(t *testing.T) {
	root := fixture(t)
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no version":          {[]string{"--version", "", "crds"}, "--version"},
		"a part there is not": {[]string{"icecream"}, `"icecream"`},
		"a name no image has": {[]string{"--registry", "Not A Host", "image"}, "--registry"},
	} {
		err := run(t.Context(), append([]string{"--root", root, "--out", t.TempDir(), "--version", "1"}, tc.args...), t.Output())
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want something of %s", name, err, tc.want)
		}
	}
}
