// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// until tries until try has nothing to say, and fails with its last word after limit.
func until(t *testing.T, limit time.Duration, what string, try func(context.Context) (missing string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	missing := ""
	for {
		if now := try(ctx); now == "" {
			return
		} else if ctx.Err() == nil {
			missing = now
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not after %s: %s", what, limit, missing)
		case <-tick.C:
		}
	}
}

// text is what an error says, and nothing without one.
func text(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// tool runs kubectl or helm as the administrator.
func (c *cluster) tool(ctx context.Context, stdin, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	// Nothing of whoever runs the tests: no plugins, no repositories, no other cluster.
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("CX_NODE_WORK"), "KUBECONFIG=" + c.Kubeconfig}
	command.Stdin = strings.NewReader(stdin)
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w\n%s%s", strings.Join(command.Args, " "), err, &out, &stderr)
	}
	return out.String(), nil
}

func (c *cluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.tool(t.Context(), "", c.kubectlPath, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c *cluster) apply(t *testing.T, objects string) {
	t.Helper()
	if _, err := c.tool(t.Context(), objects, c.kubectlPath, "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) helm(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.tool(t.Context(), "", c.helmPath, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// operatorPod is the one pod of the operator that is not on its way out, as soon as it is Ready.
func (c *cluster) operatorPod(t *testing.T) *corev1.Pod {
	t.Helper()
	var found *corev1.Pod
	until(t, time.Minute, "the operator's pod to be Ready", func(ctx context.Context) string {
		pods, err := c.pods(ctx)
		if err != nil {
			return err.Error()
		}
		for i := range pods {
			if pod := &pods[i]; pod.DeletionTimestamp == nil && podReady(pod) {
				found = pod
				return ""
			}
		}
		return fmt.Sprintf("%d pods, none Ready", len(pods))
	})
	return found
}

func (c *cluster) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := c.kube.CoreV1().Pods(system).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=cx-operator"})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

func podReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// service is the address of a Service inside the cluster: its cluster IP, which kube-proxy alone knows the way from.
func (c *cluster) service(t *testing.T, name string) string {
	t.Helper()
	address, err := c.clusterIP(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (c *cluster) clusterIP(ctx context.Context, name string) (string, error) {
	s, err := c.kube.CoreV1().Services(system).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(s.Spec.ClusterIP, strconv.Itoa(int(s.Spec.Ports[0].Port))), nil
}

// watchOver prints what there is to know when the test fails.
func (c *cluster) watchOver(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			c.diagnose()
		}
	})
}

// diagnose prints pods, events, logs of the operator, and the ends of the logs of the node's programs.
func (c *cluster) diagnose() {
	if c.Node == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, args := range [][]string{
		{"get", "pods,pvc,pv,namespaces", "--all-namespaces", "-o", "wide"},
		{"get", "events", "--all-namespaces", "--sort-by=.metadata.creationTimestamp"},
		{"describe", "pods", "--namespace", system},
		{"get", "cx", "--all-namespaces"},
		{"logs", "--namespace", system, "--selector", "app.kubernetes.io/name=cx-operator", "--tail", "60", "--prefix"},
		{"logs", "--namespace", system, "--selector", "app.kubernetes.io/name=cx-operator", "--tail", "30", "--prefix", "--previous"},
	} {
		if c.Config == nil {
			break
		}
		out, err := c.tool(ctx, "", c.kubectlPath, args...)
		fmt.Printf("--- kubectl %s\n%s%s\n", strings.Join(args, " "), out, text(err))
	}
	for _, name := range c.LogNames() {
		fmt.Printf("--- the end of the log of %s\n%s\n", name, c.LogTail(name, 25))
	}
}
