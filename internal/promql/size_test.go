// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promql_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Prometheus' module names the clouds that it discovers targets in. The parser needs none, and nothing of them may get into the binaries.
func TestTheParserBringsNoCloudWithIt(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../cmd/cx-operator", "../../cmd/kubectl-cx").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if len(linked) < 500 {
		t.Fatalf("only %d packages are linked", len(linked))
	}
	for _, pkg := range linked {
		for _, cloud := range []string{
			"github.com/aws/", "github.com/Azure/azure-sdk", "cloud.google.com/", "google.golang.org/api/", "google.golang.org/grpc",
			"github.com/prometheus/prometheus/config", "github.com/prometheus/prometheus/discovery", "github.com/prometheus/prometheus/promql/engine",
		} {
			if strings.HasPrefix(pkg, cloud) {
				t.Errorf("%s is linked", pkg)
			}
		}
	}
}
