// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// restorePod is the pod that docs/operations/backup.md has, with the image that is loaded here.
func (c *cluster) restorePod(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(c.root, "docs", "operations", "backup.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(apiVersion: v1\nkind: Pod\n.*?)```").FindSubmatch(page)
	image := regexp.MustCompile(`image: .*`)
	if block == nil || len(image.FindAll(block[1], -1)) != 1 {
		t.Fatal("docs/operations/backup.md has no pod with an image")
	}
	return image.ReplaceAllString(string(block[1]), "image: "+registry+"/cx-operator/cx-operator:"+present)
}

// scale stops the operator, or starts it again.
func (c *cluster) scale(t *testing.T, replicas string) {
	t.Helper()
	c.helm(t, "upgrade", release, filepath.Join(c.folder, present+"-chart"), "--namespace", system, "--reuse-values",
		"--set", "replicaCount="+replicas, "--wait", "--timeout", "2m")
	if replicas != "0" {
		c.operatorPod(t)
		return
	}
	until(t, time.Minute, "the pod's end", func(ctx context.Context) string {
		pods, err := c.pods(ctx)
		if err != nil || len(pods) > 0 {
			return fmt.Sprintf("%d pods %v", len(pods), err)
		}
		return ""
	})
}

// backUpAndRestore loses all contacts, and gets them back as docs/operations/backup.md says.
func (p *program) backUpAndRestore(t *testing.T) {
	t.Helper()
	step(t, "the store is backed up while the operator runs, and all contacts are lost")
	backup := p.kubectl(t, "exec", "--namespace", system, "deploy/"+release, "--", "/cx-operator", "backup",
		"--store", "sqlite:/var/lib/cx-operator/evidence.db")
	if _, err := p.api(t.Context(), http.MethodPut, "/contacts?allowEmpty=true", "id,email\n"); err != nil {
		t.Fatal(err)
	}
	if counts, err := p.contactCounts(t.Context()); err != nil || counts.Known != 0 {
		t.Fatalf("%+v %v", counts, err)
	}
	step(t, "the operator is stopped, and a pod puts the backup in place")
	p.scale(t, "0")
	p.apply(t, p.restorePod(t))
	pod := []string{"--namespace", system, "cx-restore"}
	p.kubectl(t, "wait", "--namespace", system, "--for=condition=Ready", "pod/cx-restore", "--timeout=1m")
	if _, err := p.tool(t.Context(), backup, p.kubectlPath, append([]string{"attach", "--stdin"}, pod...)...); err != nil {
		t.Fatal(err)
	}
	p.kubectl(t, "wait", "--namespace", system, "--for=jsonpath={.status.phase}=Succeeded", "pod/cx-restore", "--timeout=1m")
	if said := p.kubectl(t, append([]string{"logs"}, pod...)...); !strings.Contains(said, "is kept as /var/lib/cx-operator/evidence.db.before-") {
		t.Errorf("the pod says %s", said)
	}
	p.kubectl(t, append([]string{"delete", "pod"}, pod...)...)
	p.scale(t, "1")
	until(t, 30*time.Second, "the contacts of before", func(ctx context.Context) string {
		counts, err := p.contactCounts(ctx)
		if err == nil && counts.Known == customers {
			return ""
		}
		return fmt.Sprintf("%+v %v", counts, err)
	})
}
