// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// system is the operator's namespace, release its release's name, retailer the sample's namespace.
	system, release, retailer = "cx-operator-system", "cx-operator", "retailer"
	apiToken                  = "0123456789abcdef0123456789abcdef0123456789abcdef"
)

// Everything that whoever installs has to bring along. A local volume, since nothing here makes volumes: the claim of the chart
// takes the cluster's default class.
const beforehand = `
apiVersion: v1
kind: Namespace
metadata:
  name: ` + system + `
  labels: {pod-security.kubernetes.io/enforce: restricted}
---
apiVersion: v1
kind: Namespace
metadata: {name: ` + retailer + `}
---
apiVersion: v1
kind: Secret
metadata: {name: cx-link-keys, namespace: ` + system + `}
stringData: {link-keys: "1 %s\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: cx-api-tokens, namespace: ` + system + `}
stringData: {api-tokens: "example-retail contacts,people ` + apiToken + `\n"}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: local
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: evidence}
spec:
  storageClassName: local
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  local: {path: "%s"}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions:
            - {key: kubernetes.io/hostname, operator: In, values: [node-1]}
`

// values are those of somebody who mails customers. What is not here is as the chart has it.
const values = `
image: {registry: ` + registry + `, tag: %s, pullPolicy: Never}
pages:
  publicURL: ` + publicURL + `
  linkKeys: {existingSecret: cx-link-keys}
  trustedProxies: [10.0.0.0/8]
sending:
  namespaces: [` + retailer + `]
  allowHosts: ["` + mailHost + `=10.250.0.0/24"]
api:
  tokens: {existingSecret: cx-api-tokens}
`

// outwards lets the operator ask for names, the API server and mail servers, and nothing else. Who may come in is as the chart has it.
const outwards = `
networkPolicy:
  egress:
    enabled: true
    rules:
      - ports:
          - {port: 53, protocol: UDP}
          - {port: 53, protocol: TCP}
          - {port: 443, protocol: TCP}
          - {port: 6443, protocol: TCP}
          - {port: ` + mailPort + `, protocol: TCP}
`

// prepare makes what has to be there before the chart.
func (c *cluster) prepare(t *testing.T) {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	volume := c.VolumePath(t.Name())
	if err := os.MkdirAll(volume, 0o755); err != nil {
		t.Fatal(err)
	}
	c.apply(t, fmt.Sprintf(beforehand, base64.StdEncoding.EncodeToString(key), volume))
}

// install runs helm install or upgrade with the chart and the image of a version, and maybe more values, until the pod is Ready.
func (c *cluster) install(t *testing.T, verb, version string, more ...string) {
	t.Helper()
	args := []string{verb, release, filepath.Join(c.folder, version+"-chart"), "--namespace", system, "--wait", "--timeout", "2m"}
	for i, content := range append([]string{fmt.Sprintf(values, version)}, more...) {
		file := filepath.Join(t.TempDir(), fmt.Sprintf("values-%d.yaml", i))
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--values", file)
	}
	c.helm(t, args...)
	if pod := c.operatorPod(t); !strings.HasSuffix(pod.Spec.Containers[0].Image, ":"+version) {
		t.Fatalf("the pod runs %s", pod.Spec.Containers[0].Image)
	}
}

// inOrder checks what the installation promises of its objects.
func (c *cluster) inOrder(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	careless := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "careless"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	if _, err := c.kube.CoreV1().Pods(system).Create(ctx, careless, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err == nil ||
		!strings.Contains(err.Error(), `violates PodSecurity "restricted`) {
		t.Errorf("the namespace lets a pod in that promises nothing: %v", err)
	}
	pod := c.operatorPod(t)
	container := pod.Spec.Containers[0]
	if container.StartupProbe == nil || container.LivenessProbe == nil || container.ReadinessProbe == nil {
		t.Error("the pod has not all three probes")
	}
	if restarts := pod.Status.ContainerStatuses[0].RestartCount; restarts != 0 {
		t.Errorf("the pod was restarted %d times before anything happened to it", restarts)
	}
	if _, err := c.kube.NetworkingV1().NetworkPolicies(system).Get(ctx, release, metav1.GetOptions{}); err != nil {
		t.Errorf("no NetworkPolicy: %v", err)
	}
	if _, err := c.kube.PolicyV1().PodDisruptionBudgets(system).Get(ctx, release, metav1.GetOptions{}); err != nil {
		t.Errorf("no PodDisruptionBudget: %v", err)
	}
	claim, err := c.kube.CoreV1().PersistentVolumeClaims(system).Get(ctx, release, metav1.GetOptions{})
	if err != nil || claim.Status.Phase != corev1.ClaimBound {
		t.Errorf("the claim is not Bound: %v", err)
	}
	events, err := c.kube.CoreV1().Events(system).List(ctx, metav1.ListOptions{FieldSelector: "type=Warning"})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		t.Errorf("a warning while it was installed: %s %s: %s", event.InvolvedObject.Kind, event.Reason, event.Message)
	}
}

// step tells what comes next, unless something went wrong before: what is wrong is to be looked at as it is.
func step(t *testing.T, format string, args ...any) {
	t.Helper()
	if t.Failed() {
		t.FailNow()
	}
	say(format, args...)
}

// TestInstall is the story of one installation, from nothing to nothing.
func TestInstall(t *testing.T) {
	c := shared
	c.watchOver(t)
	step(t, "helm install into a namespace with Pod Security restricted, and a way out to names, API server and mail alone")
	c.prepare(t)
	c.install(t, "install", present, outwards)
	c.inOrder(t)
	p := c.openProgram(t)
	step(t, "%d customers answer through the Service, and meanwhile the operator is killed", customers)
	p.answerAll(t, customers, p.blows(t)...)
	c.closedByDefault(t)
	p.closed(t)
	p.nobodyTwice(t)
	step(t, "is an address anywhere it should not be, or an error in the log?")
	p.keepsQuiet(t)
	step(t, "helm uninstall")
	c.uninstall(t)
	c.leave(t)
}

// TestUpgrade goes from the chart and the image of an earlier commit to those of this one, in the middle of a wave.
func TestUpgrade(t *testing.T) {
	c := shared
	c.watchOver(t)
	step(t, "helm install, the chart and the image of an earlier commit: %s", os.Getenv("CX_PREVIOUS"))
	c.prepare(t)
	c.install(t, "install", previous)
	p := c.openProgram(t)
	step(t, "half of the customers answer")
	p.answerAll(t, customers/2)
	before := c.programObjects(t)
	step(t, "helm upgrade to the present chart and image, hardened as docs/operations/install.md has it")
	c.install(t, "upgrade", present, c.hardened(t))
	c.sameObjects(t, before)
	p.openIngress(t)
	step(t, "the other half answers through an ingress, by links that the version before made")
	p.answerAll(t, customers)
	p.narrowed(t)
	p.closed(t)
	p.nobodyTwice(t)
	step(t, "is an address anywhere it should not be, or an error in the log?")
	p.keepsQuiet(t)
	p.backUpAndRestore(t)
	step(t, "helm uninstall, and install again: is the evidence still there?")
	c.uninstall(t)
	c.install(t, "install", present)
	c.sameObjects(t, before)
	until(t, 30*time.Second, "the contacts of before", func(ctx context.Context) string {
		counts, err := p.contactCounts(ctx)
		if err == nil && counts.Known == customers {
			return ""
		}
		return fmt.Sprintf("%+v %v", counts, err)
	})
	p.nobodyTwice(t)
	step(t, "helm uninstall")
	c.uninstall(t)
	c.leave(t)
}
