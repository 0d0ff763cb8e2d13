// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// asked is a store's evidence in which everything was offered some days before, half of it was accepted, and some time ago.
func asked(t *testing.T, s *program.Snapshot, now time.Time) *store.Evidence {
	t.Helper()
	ev := &store.Evidence{APIVersion: store.EvidenceAPIVersion, Kind: store.EvidenceKind}
	for i, a := range program.Evaluate(s, ev, now).Snapshot.Assignments {
		offer, subject := a.Spec.Proposed, a.Spec.Subject
		if offer == nil || i%2 == 0 {
			continue
		}
		ev.Decisions = append(ev.Decisions, store.Decision{
			OfferID: offer.OfferID, SubjectKind: string(subject.Kind), SubjectName: string(subject.Name), Touchpoint: string(subject.Touchpoint),
			Item: subject.Item, Role: string(a.Spec.Role), Owner: string(offer.Owner), Terms: offer.Terms, Result: store.Accepted,
			At: now.Add(-48 * time.Hour),
		})
	}
	return ev
}

// online puts a program into the test's namespace as the operator would leave it behind, and returns the flags that name it.
func online(t *testing.T, folder string, evidence func(*program.Snapshot) *store.Evidence, now time.Time) (cluster []string) {
	t.Helper()
	h := harness.New(t)
	loaded, err := files.Load(folder)
	if err != nil || len(loaded.Problems) > 0 {
		t.Fatalf("%v, %v", err, loaded.Problems)
	}
	for _, judged := range program.Evaluate(loaded.Snapshot, evidence(loaded.Snapshot), now).Snapshot.All() {
		object, ok := judged.(client.Object)
		if !ok {
			t.Fatalf("%T is no object", judged)
		}
		object.SetNamespace(h.Namespace)
		object.SetUID("")
		object.SetCreationTimestamp(metav1.Time{})
		status := judged.DeepCopyObject().(client.Object)
		if err := h.Client.Create(t.Context(), object); err != nil {
			t.Fatalf("create %s: %v", program.Key(judged), err)
		}
		status.SetResourceVersion(object.GetResourceVersion())
		status.SetUID(object.GetUID())
		if err := h.Client.Status().Update(t.Context(), status); err != nil {
			t.Fatalf("status of %s: %v", program.Key(judged), err)
		}
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, h.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--kubeconfig", kubeconfig, "-n", h.Namespace}
}

// retailerCluster is a cluster with the retailer in it, judged without evidence.
func retailerCluster(t *testing.T) []string {
	t.Helper()
	return online(t, samples+"retailer", func(*program.Snapshot) *store.Evidence { return nil }, moment(t))
}

func moment(t *testing.T) time.Time {
	t.Helper()
	now, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// Given the same evidence, a folder and the cluster that it was applied to look the same, field by field.
func TestAFolderAndAClusterSayTheSame(t *testing.T) {
	now := moment(t)
	for _, sample := range []string{"first-day", "retailer"} {
		for _, given := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s with evidence %t", sample, given), func(t *testing.T) {
				offline := []string{"--now", asOf}
				cluster := online(t, samples+sample, func(s *program.Snapshot) *store.Evidence {
					if !given {
						return nil
					}
					ev := asked(t, s, now)
					file := filepath.Join(t.TempDir(), "evidence.json")
					data, err := json.Marshal(ev)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, data, 0o600); err != nil {
						t.Fatal(err)
					}
					offline = append(offline, "--evidence", file)
					return ev
				}, now)
				for name, args := range map[string][]string{
					"status": {"status"}, "maturity": {"maturity"}, "tree": {"tree"}, "owners": {"owners"}, "calendar": {"calendar"},
				} {
					folder := []string{samples + sample}
					if name == "owners" {
						folder = []string{"-f", samples + sample}
					}
					want := answer(t, now, slices.Concat(args, folder, offline))
					got := answer(t, now, slices.Concat(args, cluster))
					if want["evidence"] != nil { // a cluster always has some
						want["evidence"], got["evidence"] = nil, nil
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s (-folder +cluster):\n%s", name, diff)
					}
				}
			})
		}
	}
}

func answer(t *testing.T, now time.Time, args []string) map[string]any {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := cli.RunAt(now, append(args, "-o", "json"), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Fatalf("%v: code %d, %s", args, code, stderr.String())
	}
	var out map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// unjudged is a cluster with a Program that the operator has not looked at, and how to reach it.
func unjudged(t *testing.T, id string) (h *harness.Harness, kubeconfig string) {
	t.Helper()
	h = harness.New(t)
	p := &cxv1.Program{Spec: cxv1.ProgramSpec{ID: id, Organization: "Example"}}
	p.Name = cxv1.ProgramName
	h.Create(p)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, h.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return h, kubeconfig
}

// A namespace that the operator has not looked at yet says so instead of showing zeroes.
func TestAClusterThatNobodyJudgedYet(t *testing.T) {
	h, kubeconfig := unjudged(t, "example-new")
	for _, verb := range []string{"status", "maturity"} {
		code, _, errs := run(verb, "--kubeconfig", kubeconfig, "-n", h.Namespace)
		if want := "kubectl cx: the operator has not looked at this program yet: is it running? See kubectl describe cxp program\n"; code != 1 || errs != want {
			t.Errorf("%s: code %d, %q", verb, code, errs)
		}
	}
}

// Whoever reads a program that is not there, or may not, or without a cluster, is told what to do about it.
func TestWhatCannotBeReadIsSaidInPlainWords(t *testing.T) {
	_, kubeconfig := unjudged(t, "example-there")
	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"another namespace": {[]string{"-n", "nowhere"}, []string{"the namespace nowhere has no Program: name another with -n (", "or a folder\n"}},
		"nobody who may look": {[]string{"-n", "nowhere", "--as", "nobody"},
			[]string{`kubectl cx: programs.cx-operator.io is forbidden: User "nobody"`, "docs/policies.md says which role is for what\n"}},
		"no API server": {[]string{"-n", "nowhere", "--server", "https://127.0.0.1:1"},
			[]string{"kubectl cx: the API server does not answer: is it up, and is --context the right one? (", "127.0.0.1:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"status", "tree", "accept"} {
				code, _, errs := run(append([]string{verb, "--kubeconfig", kubeconfig}, tc.args...)...)
				if verb == "accept" && name != "no API server" {
					continue // what it may not see does not wait for it
				}
				for _, want := range tc.want {
					if code != 1 || !strings.Contains(errs, want) || strings.Contains(errs, "v1alpha1.") {
						t.Errorf("%s: code %d, %q, want %q", verb, code, errs, want)
					}
				}
			}
		})
	}
}
