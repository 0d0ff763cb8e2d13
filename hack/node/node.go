// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package node brings up a real Kubernetes cluster of one node: etcd, kube-apiserver, kube-controller-manager, kube-scheduler,
// containerd, kubelet, kube-proxy, and Calico, which connects pods and enforces NetworkPolicy. It runs inside hack/node/inside.sh,
// in a machine of its own, and nowhere else: everything that it makes goes away with that.
package node

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Name is what the node is called.
const Name = "node-1"

//go:embed config/*.tmpl
var templates embed.FS

// Programs are where everything is that a node consists of.
type Programs struct {
	// Assets is the folder that hack/controlplane/install.sh prints, Folder the one that hack/node/install.sh prints.
	Assets, Folder string
	// Pause is the built program hack/node/pause.
	Pause string
}

// Node is a running cluster of one node.
type Node struct {
	// Config is an administrator's, Kubeconfig the path of the same as a file.
	Config     *rest.Config
	Kubeconfig string
	// Address is the node's; pods reach it, too.
	Address string

	work, cgroup, assets, folder string
	authority                    *authority
	processes                    []*process
}

// Start starts everything. It returns when the node is Ready. The caller calls Stop, also after an error.
func Start(ctx context.Context, programs Programs) (*Node, error) {
	n := &Node{
		Address: os.Getenv("CX_NODE_ADDRESS"), work: os.Getenv("CX_NODE_WORK"), cgroup: os.Getenv("CX_NODE_CGROUP"),
		assets: programs.Assets, folder: programs.Folder,
	}
	if n.work == "" || n.cgroup == "" || n.Address == "" {
		return n, errors.New("not inside hack/node/inside.sh: a node needs a machine of its own")
	}
	for _, folder := range []string{"log", "cni", "volumes"} {
		if err := os.MkdirAll(n.path(folder), 0o755); err != nil {
			return n, err
		}
	}
	if err := n.startControlPlane(ctx); err != nil {
		return n, err
	}
	if err := n.startNode(ctx, programs.Pause); err != nil {
		return n, err
	}
	return n, n.until(ctx, "the node to be Ready", n.ready)
}

func (n *Node) startNode(ctx context.Context, pause string) error {
	kubelet, err := n.kubeconfig("system:node:"+Name, "system:nodes")
	if err != nil {
		return err
	}
	proxy, err := n.kubeconfig("system:kube-proxy")
	if err != nil {
		return err
	}
	if err := errors.Join(
		n.write("containerd.toml"), n.write("kubelet.yaml"), n.write("kube-proxy.yaml", proxy),
		os.WriteFile(n.path("resolv.conf"), []byte("nameserver "+n.Address+"\n"), 0o600),
		n.serving("kubelet", "system:node:"+Name, []string{"system:nodes"}, []string{Name}, n.Address),
	); err != nil {
		return err
	}
	if err := n.run(n.program("containerd"), "--config", n.path("containerd.toml")); err != nil {
		return err
	}
	if err := n.until(ctx, "containerd", func(ctx context.Context) error {
		_, err := n.ctr(ctx, "version")
		return err
	}); err != nil {
		return err
	}
	if err := errors.Join(n.LoadProgram(ctx, pause, sandboxImage), n.startCalico(ctx)); err != nil {
		return err
	}
	return errors.Join(
		n.run(n.program("kubelet"), "--config", n.path("kubelet.yaml"), "--kubeconfig", kubelet, "--hostname-override", Name,
			"--node-ip", n.Address, "--root-dir", "/var/lib/kubelet"),
		n.run(n.program("kube-proxy"), "--config", n.path("kube-proxy.yaml")),
	)
}

// ready says why the node is not Ready.
func (n *Node) ready(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(n.Config)
	if err != nil {
		return err
	}
	node, err := client.CoreV1().Nodes().Get(ctx, Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("%+v", node.Status.Conditions)
}

// Stop ends the programs in the reverse order, and returns an error for each that had ended by itself.
func (n *Node) Stop() error {
	err := n.ended()
	for i := len(n.processes) - 1; i >= 0; i-- {
		n.processes[i].cancel()
		<-n.processes[i].done
	}
	return err
}

// VolumePath is a folder for a volume of the node.
func (n *Node) VolumePath(name string) string { return filepath.Join(n.path("volumes"), name) }

// write fills config/NAME.tmpl in.
func (n *Node) write(name string, kubeconfig ...string) error {
	parsed, err := template.ParseFS(templates, "config/"+filepath.Base(name)+".tmpl")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, map[string]string{
		"Work": n.work, "Folder": n.folder, "Address": n.Address, "Cgroup": n.cgroup, "Name": Name, "SandboxImage": sandboxImage,
		"Kubeconfig": strings.Join(kubeconfig, ""),
	}); err != nil {
		return err
	}
	return os.WriteFile(n.path(name), out.Bytes(), 0o600)
}

func (n *Node) path(name string) string    { return filepath.Join(n.work, name) }
func (n *Node) logPath(name string) string { return filepath.Join(n.work, "log", name) }
func (n *Node) program(name string) string { return filepath.Join(n.folder, "bin", name) }

// fileName makes a file's name of a user's.
func fileName(user string) string { return strings.ReplaceAll(user, ":", "-") }
