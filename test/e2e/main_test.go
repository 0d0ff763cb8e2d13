// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/hack/node"
)

const (
	// present and previous are the tags of the two images, and the names of the two charts.
	present, previous = "present", "previous"
	registry          = "registry.example.com"
)

// cluster is the one that all tests use, one after the other. Each leaves it empty.
type cluster struct {
	*node.Node
	client client.Client
	kube   kubernetes.Interface
	// folder is what hack/e2e.sh prepared, root the checkout, the others are programs.
	folder, root, kubectlPath, helmPath, visitorPath string
}

var (
	shared *cluster
	began  = time.Now()
)

// init lets the times go on where hack/e2e.sh is.
func init() {
	if passed, err := time.ParseDuration(os.Getenv("CX_E2E_SECONDS") + "s"); err == nil {
		began = began.Add(-passed)
	}
}

// say tells whoever waits what happens now, and keeps it for the list of times at the end of hack/e2e.sh.
func say(format string, args ...any) {
	line := fmt.Sprintf("%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	fmt.Print(line)
	steps, err := os.OpenFile(filepath.Join(os.Getenv("CX_E2E"), "steps"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = steps.WriteString(line)
		err = errors.Join(err, steps.Close())
	}
	if err != nil {
		fmt.Println("the list of times will lack this:", err)
	}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var err error
	shared, err = startCluster(ctx)
	if shared.Node != nil {
		defer func() { _ = shared.Stop() }() // inside.sh ends what is left
	}
	if err != nil {
		fmt.Println("the node could not be started:", err)
		shared.diagnose()
		return 1
	}
	return m.Run()
}

func startCluster(ctx context.Context) (*cluster, error) {
	c := &cluster{folder: os.Getenv("CX_E2E"), root: os.Getenv("CX_ROOT")}
	c.helmPath = filepath.Join(c.root, "bin", "tools", "helm")
	c.visitorPath = filepath.Join(c.folder, "visitor")
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	c.kubectlPath = filepath.Join(assets, "kubectl")
	say("a control plane, containerd, a kubelet, kube-proxy and Calico are started")
	var err error
	if c.Node, err = node.Start(ctx, node.Programs{
		Assets: assets, Folder: os.Getenv("CX_NODE"), Pause: filepath.Join(c.folder, "pause"),
	}); err != nil {
		return c, err
	}
	say("the node is Ready; images are loaded")
	if err := c.LoadProgram(ctx, c.visitorPath, visitorImage); err != nil {
		return c, err
	}
	for _, tag := range []string{present, previous} {
		if err := c.Load(ctx, filepath.Join(c.folder, tag+".tar"), registry+"/cx-operator/cx-operator:"+tag); err != nil {
			return c, err
		}
	}
	if c.client, err = client.New(c.Config, client.Options{Scheme: controllers.Scheme()}); err != nil {
		return c, err
	}
	if c.kube, err = kubernetes.NewForConfig(c.Config); err != nil {
		return c, err
	}
	return c, c.startNames()
}
