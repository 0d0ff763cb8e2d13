// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// filesOf are the chart's files in a folder of files/, by name.
func filesOf(t *testing.T, folder, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "files", filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range paths {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(file)] = string(content)
	}
	return files
}

// checkMonitoring: alerts and dashboards come out of the chart as they are in its files, templates of their own included.
func checkMonitoring(t *testing.T, folder string) {
	t.Helper()
	values := "metrics: {dashboards: {enabled: true, annotations: {grafana_folder: CX}}, prometheusRule: {labels: {release: prometheus}}}"
	arguments := append([]string{"template", release, folder, "--namespace", home, "--values", "-"}, way{kinds: monitored}.flags()...)
	text, err := run(t, nil, values, tool(t, "helm"), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	objects := parse(t, text)
	got := map[string]string{}
	for _, object := range objects {
		if object.GetKind() != "ConfigMap" {
			continue
		}
		dashboard := as[corev1.ConfigMap](t, object)
		if dashboard.Labels["grafana_dashboard"] != "1" || dashboard.Annotations["grafana_folder"] != "CX" {
			t.Errorf("%s has no mark by which Grafana finds it", id(object))
		}
		for name, content := range dashboard.Data {
			got[name] = content
		}
	}
	if diff := cmp.Diff(filesOf(t, folder, "dashboards/*.json"), got); diff != "" {
		t.Errorf("dashboards differ from the files (-file +chart):\n%s", diff)
	}
	rules, ok := filesOf(t, folder, "rules.yaml")["rules.yaml"]
	made := slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "PrometheusRule" })
	if made != ok {
		t.Fatalf("a PrometheusRule: %v, a file with rules: %v", made, ok)
	}
	if !ok {
		return
	}
	var want map[string]any
	if err := yaml.Unmarshal([]byte(rules), &want); err != nil {
		t.Fatal(err)
	}
	rule := one(t, objects, "PrometheusRule", release)
	if rule.GetLabels()["release"] != "prometheus" {
		t.Error("the PrometheusRule has no label by which Prometheus finds it")
	}
	if diff := cmp.Diff(want["groups"], rule.Object["spec"].(map[string]any)["groups"]); diff != "" {
		t.Errorf("alerts differ from the file (-file +chart):\n%s", diff)
	}
}

func TestAlertsAndDashboardsAreThoseOfTheFiles(t *testing.T) { checkMonitoring(t, chart(t)) }

func TestAlertsAndDashboardsKeepTheirOwnTemplates(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cx-operator")
	if err := os.CopyFS(folder, os.DirFS(chart(t))); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "files", "dashboards"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"rules.yaml": `groups:
  - name: cx
    rules:
      - {alert: Late, expr: "cx_age_seconds > 3600", for: 5m, annotations: {summary: "{{ $labels.program }} waits {{ $value }}: 100%"}}
`,
		"dashboards/one.json": "{\"title\": \"{{program}} $x\",\n \"panels\": []}\n",
		"dashboards/two.json": "{}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, "files", filepath.FromSlash(name)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkMonitoring(t, folder)
}

// A release is a Secret, which may have a MiB: the chart with all its files, and what it renders to, compressed.
func TestAReleaseFitsIntoASecret(t *testing.T) {
	c := emptyCluster(t)
	c.namespaces(append(teams, home)...)
	c.helm("helm", sendingOn+"\nmetrics: {dashboards: {enabled: true}}", "install", release, chart(t), "--namespace", home, "--values", "-")
	out := c.kubectl("", "get", "secret", "--namespace", home, "--selector", "owner=helm", "--output", "jsonpath={.items[*].data.release}")
	if size := len(strings.TrimSpace(out)); size < 1000 || size > 700_000 {
		t.Errorf("the release has %d bytes; want some, and room to grow below 1,048,576", size)
	}
}
