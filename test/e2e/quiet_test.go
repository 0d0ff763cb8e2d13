// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// readLog adds what a pod has logged, with what its containers before logged.
func (p *program) readLog(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	for _, before := range []bool{true, false} {
		if before && pod.Status.ContainerStatuses[0].RestartCount == 0 {
			continue
		}
		log, err := p.kube.CoreV1().Pods(system).GetLogs(pod.Name, &corev1.PodLogOptions{Previous: before}).DoRaw(t.Context())
		if err != nil {
			t.Error(err)
		}
		p.log.Write(log)
	}
}

// keepsQuiet checks that no customer's address got out of the store and the mail, and that the operator had nothing to complain of.
func (p *program) keepsQuiet(t *testing.T) {
	t.Helper()
	p.readLog(t, p.operatorPod(t))
	log := p.log.String()
	if !strings.Contains(log, "\n") {
		t.Fatal("the operator logged nothing: what follows would prove nothing")
	}
	lines := bufio.NewScanner(strings.NewReader(log))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Level string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Level == "ERROR" {
			t.Errorf("logged: %s", lines.Text())
		}
	}
	places := map[string]string{"log": log, "objects": p.everything(t)}
	for _, name := range []string{release + "-metrics", release + "-api"} {
		metrics := p.metrics(t, name)
		if !strings.Contains(metrics, "cx_") {
			t.Errorf("%s has no metrics of ours:\n%.500s", name, metrics)
		}
		places[name] = metrics
	}
	for _, name := range p.LogNames() {
		log, err := os.ReadFile(filepath.Join(os.Getenv("CX_NODE_WORK"), "log", name))
		if err != nil {
			t.Fatal(err)
		}
		places["log of "+name] = string(log)
	}
	for place, content := range places {
		if before, after, found := strings.Cut(content, canary); found {
			t.Errorf("%s: an address got out: …%s", place, before[max(0, len(before)-200):]+canary+after[:min(100, len(after))])
		}
	}
}

// everything is every object of every kind, events included.
func (p *program) everything(t *testing.T) string {
	t.Helper()
	kinds := strings.Fields(p.kubectl(t, "api-resources", "--verbs", "list", "--output", "name"))
	objects := p.kubectl(t, "get", strings.Join(kinds, ","), "--all-namespaces", "--output", "json")
	if !strings.Contains(objects, `"surveywaves`) && !strings.Contains(objects, `"SurveyWave"`) {
		t.Fatal("no wave among all objects: what follows would prove nothing")
	}
	return objects
}

func (p *program) metrics(t *testing.T, service string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.service(t, service)+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", service, response.Status, err)
	}
	return string(content)
}
