// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

const root = "../.."

func builtin(t *testing.T) *maturity.Framework {
	t.Helper()
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	return framework
}

func TestTheCopyIsWhatTheProgramGoesBy(t *testing.T) {
	schemas, err := crdcheck.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	loaded := program.Load(os.DirFS(filepath.Join(root, folder)), schemas)
	if len(loaded.Problems) > 0 || len(loaded.Snapshot.Frameworks) != 1 {
		t.Fatalf("%d frameworks, problems %v", len(loaded.Snapshot.Frameworks), loaded.Problems)
	}
	got, err := program.FrameworkOf(loaded.Snapshot, maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(builtin(t), got, cmpopts.IgnoreUnexported(maturity.Framework{})); diff != "" {
		t.Errorf("(-built in +copy):\n%s", diff)
	}
	if got == builtin(t) {
		t.Error("the copy was not read")
	}
	models := program.Models{}
	for _, profile := range got.Profiles {
		model, err := models.Of(loaded.Snapshot, nil, cxv1.FrameworkUse{Name: got.Name, Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		want, err := maturity.Compile(builtin(t), profile)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(maturity.Describe(want), maturity.Describe(model)); diff != "" || want.Cost() != model.Cost() {
			t.Errorf("%s: cost %d and %d (-built in +copy):\n%s", profile, want.Cost(), model.Cost(), diff)
		}
	}
}

func TestTheCopyIsGeneratedAnew(t *testing.T) {
	file := filepath.Join(folder, maturity.SixStages+".yaml")
	before, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("run make generate (-there +made):\n%s", diff)
	}
}
