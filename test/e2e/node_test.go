// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/hack/node"
)

func TestBare(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	began := time.Now()
	n, err := node.Start(ctx, node.Programs{Assets: os.Getenv("KUBEBUILDER_ASSETS"), Folder: os.Getenv("CX_NODE"), Pause: os.Getenv("CX_PAUSE")})
	t.Log(time.Since(began))
	defer n.Stop()
	defer func() {
		if t.Failed() {
			for _, l := range n.LogNames() {
				t.Logf("%s\n%s", l, n.LogTail(l, 25))
			}
		}
	}()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", os.Getenv("CX_SCRIPT")+" 2>&1").CombinedOutput()
	t.Log(string(out), err)
	cmd := exec.Command("sh", "-c", os.Getenv("CX_SCRIPT2")+" 2>&1")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+n.Kubeconfig)
	out, err = cmd.CombinedOutput()
	t.Log(string(out), err)
	if err != nil {
		t.Fatal()
	}
}
