// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package chart_test holds charts/cx-operator and config/default to what they promise: renders of both Helms that are valid and
// that a real API server takes, little rights, guards that say what to do, and an uninstall that loses nothing.
package chart_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { harness.Main(m) }

// patience bounds every wait; a machine under load needs more than people have.
const patience = time.Minute

// helms are the tools by which people install the chart.
var helms = []string{"helm", "helm3"}

// release and home are what the documentation tells people to take.
const (
	release = "cx-operator"
	home    = "cx-operator-system"
)

var root = sync.OnceValues(controlplane.Root)

// path is one in the checkout.
func path(t *testing.T, parts ...string) string {
	t.Helper()
	folder, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{folder}, parts...)...)
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	content, err := os.ReadFile(path(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// tool is a program that make test builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	file := path(t, "bin", "tools", name)
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v: run make test, which builds it, or make bin/tools/%s", err, name)
	}
	return file
}

// run runs a program on an input. The error has what it said.
func run(t *testing.T, environment []string, input, name string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, arguments...)
	command.Env = append(os.Environ(), environment...)
	command.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(arguments, " "), err, errs.String(), out.String())
	}
	return out.String(), nil
}

// chart is the folder of the chart.
func chart(t *testing.T) string { return path(t, "charts", "cx-operator") }

// tryRender is what a Helm makes of the chart with these values.
func tryRender(t *testing.T, helm, namespace, values string, flags ...string) (string, error) {
	t.Helper()
	arguments := append([]string{"template", release, chart(t), "--namespace", namespace, "--values", "-"}, flags...)
	return run(t, []string{"HELM_CACHE_HOME=" + t.TempDir(), "KUBECONFIG=" + os.DevNull}, values, tool(t, helm), arguments...)
}

// rendered is what render made before: many tests look at the same.
var rendered sync.Map

func render(t *testing.T, helm, namespace, values string, flags ...string) string {
	t.Helper()
	key := fmt.Sprint(helm, namespace, values, flags)
	if text, ok := rendered.Load(key); ok {
		return text.(string)
	}
	text, err := tryRender(t, helm, namespace, values, flags...)
	if err != nil {
		t.Fatal(err)
	}
	rendered.Store(key, text)
	return text
}

// parse reads all objects of a text, in an order that does not depend on who wrote it.
func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		object := &unstructured.Unstructured{}
		// Strictly: what post-processes a chart, as Flux does, takes no name twice.
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int { return strings.Compare(id(a), id(b)) })
	return objects
}

// id names an object within an installation.
func id(o *unstructured.Unstructured) string {
	return strings.TrimPrefix(strings.Join([]string{o.GetKind(), o.GetNamespace(), o.GetName()}, " "), " ")
}

// one is the object of the kind and name.
func one(t *testing.T, objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	t.Helper()
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == kind && o.GetName() == name })
	if i < 0 {
		t.Fatalf("there is no %s %s", kind, name)
	}
	return objects[i]
}

// golden compares with a file that a person can read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/%s differs; look at it and run the test with -update (-want +got):\n%s", name, diff)
	}
}

// cluster is the API server, with kubectl.
type cluster struct {
	*harness.Harness
	*testing.T
	kubeconfig string
}

// foreign is installed once: the kinds of others are of the whole cluster.
var foreign sync.Once

// newCluster also knows the kinds of the Prometheus operator and of the Gateway API.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := withKubeconfig(t, harness.New(t))
	foreign.Do(func() {
		for module, files := range map[string][]string{
			"github.com/prometheus-operator/prometheus-operator": {
				"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
				"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
			},
			"sigs.k8s.io/gateway-api": {"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"},
		} {
			folder := c.module(module)
			for _, file := range files {
				c.kubectl("", "apply", "--server-side", "--filename", filepath.Join(folder, file))
			}
		}
		c.kubectl("", "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
	})
	return c
}

func withKubeconfig(t *testing.T, h *harness.Harness) *cluster {
	t.Helper()
	c := &cluster{Harness: h, T: t, kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := os.WriteFile(c.kubeconfig, h.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// in is the same cluster in a subtest.
func (c *cluster) in(t *testing.T) *cluster {
	return &cluster{Harness: c.Harness, T: t, kubeconfig: c.kubeconfig}
}

// module is the folder of a module that the nested module kinds names.
func (c *cluster) module(name string) string {
	c.Helper()
	const form = "{{.Dir}}"
	in := path(c.T, "test", "chart", "kinds")
	if _, err := run(c.T, []string{"GOWORK=off"}, "", "go", "-C", in, "mod", "download", name); err != nil {
		c.Fatal(err)
	}
	folder, err := run(c.T, []string{"GOWORK=off"}, "", "go", "-C", in, "list", "-m", "-f", form, name)
	if err != nil {
		c.Fatal(err)
	}
	return strings.TrimSpace(folder)
}

func (c *cluster) tryKubectl(input string, arguments ...string) (string, error) {
	c.Helper()
	return run(c.T, nil, input, filepath.Join(c.Plane.Assets, "kubectl"),
		append([]string{"--kubeconfig", c.kubeconfig, "--cache-dir", filepath.Join(filepath.Dir(c.kubeconfig), "cache")}, arguments...)...)
}

func (c *cluster) kubectl(input string, arguments ...string) string {
	c.Helper()
	out, err := c.tryKubectl(input, arguments...)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// helm runs a Helm against the API server.
func (c *cluster) helm(helm, values string, arguments ...string) string {
	c.Helper()
	out, err := run(c.T, []string{"HELM_CACHE_HOME=" + filepath.Join(filepath.Dir(c.kubeconfig), "helm")}, values, tool(c.T, helm),
		append([]string{"--kubeconfig", c.kubeconfig}, arguments...)...)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// namespaces are there, and let in only pods that keep to the level restricted.
func (c *cluster) namespaces(names ...string) {
	c.Helper()
	for _, name := range names {
		c.kubectl(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": %q, "labels": {
			"pod-security.kubernetes.io/enforce": "restricted"}}}`, name), "apply", "--server-side", "--force-conflicts", "--filename", "-")
	}
}

// await polls until the check passes.
func (c *cluster) await(what string, check func(context.Context) error) {
	c.Helper()
	var last error
	err := wait.PollUntilContextTimeout(c.Context(), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		if now := check(ctx); ctx.Err() == nil || last == nil {
			last = now // not that the time was over
		}
		return last == nil, nil
	})
	if err != nil {
		c.Fatalf("waited for %s: %v: %v", what, err, last)
	}
}

// there says whether an object is.
func (c *cluster) there(object *unstructured.Unstructured) bool {
	c.Helper()
	live := object.DeepCopy()
	err := c.Client.Get(c.Context(), client.ObjectKeyFromObject(object), live)
	if err != nil && !apierrors.IsNotFound(err) {
		c.Fatal(err)
	}
	return err == nil && live.GetDeletionTimestamp() == nil
}
