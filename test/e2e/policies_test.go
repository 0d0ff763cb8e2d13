// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// visitorImage is test/e2e/visitor. Everything that a pod of it needs is allowed under Pod Security restricted.
const (
	serviceOfAPI = "10.96.0.1:443" // as in hack/node
	visitors     = "e2e=visitors"  // the label of their namespaces
	visitorImage = registry + "/e2e/visitor:1"
	visitorPod   = `
apiVersion: v1
kind: Pod
metadata: {name: %[1]s, namespace: %[2]s, labels: %[3]s}
spec:
  terminationGracePeriodSeconds: 1
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: visitor
      image: ` + visitorImage + `
      args: %[4]s
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`
)

// visitor is a pod that knocks at the operator's doors. The node itself is one, too: nothing keeps it out, as nothing keeps out the
// kubelet's probes.
type visitor struct{ name, namespace string }

var fromNode = visitor{}

func (v visitor) String() string {
	if v == fromNode {
		return "the node"
	}
	return v.namespace + "/" + v.name
}

// visitor starts one in a namespace of its own, which leave removes.
func (c *cluster) visitor(t *testing.T, name, namespace string, args ...string) visitor {
	t.Helper()
	c.kubectl(t, "create", "namespace", namespace)
	c.kubectl(t, "label", "namespace", namespace, visitors)
	c.apply(t, fmt.Sprintf(visitorPod, name, namespace, "{}", "["+strings.Join(args, ", ")+"]"))
	return visitor{name, namespace}
}

// double starts one to which the same policies apply as to a pod of the operator.
func (c *cluster) double(t *testing.T, pod *corev1.Pod) visitor {
	t.Helper()
	var labels []string
	for _, name := range []string{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"} {
		labels = append(labels, name+": "+pod.Labels[name])
	}
	c.apply(t, fmt.Sprintf(visitorPod, "double", system, "{"+strings.Join(labels, ", ")+"}", "[]"))
	return visitor{"double", system}
}

// ready waits until visitors can be sent out.
func (c *cluster) ready(t *testing.T, visitors ...visitor) {
	t.Helper()
	for _, v := range visitors {
		c.kubectl(t, "wait", "--namespace", v.namespace, "--for=condition=Ready", "pod/"+v.name, "--timeout=2m")
	}
}

// door is a way to the operator, or from it, with all that try it at the same time.
type door struct {
	what, address  string
	opens, refuses []visitor
}

// doors checks, all at the same time, that connections come about for some, and for nobody else. What is refused is refused by dropping
// packets: that somebody else gets in meanwhile tells it from a machine that is too slow, and from a door where nobody listens.
func (c *cluster) doors(t *testing.T, doors ...door) {
	t.Helper()
	addresses, want := map[visitor][]string{}, []string{}
	for _, d := range doors {
		if len(d.opens) == 0 {
			t.Fatalf("%s opens for nobody: that it is closed for others would prove nothing", d.what)
		}
		for _, v := range d.opens {
			addresses[v] = append(addresses[v], d.address)
			want = append(want, fmt.Sprintf("%s from %s: open", d.what, v))
		}
		for _, v := range d.refuses {
			addresses[v] = append(addresses[v], d.address)
			want = append(want, fmt.Sprintf("%s from %s: timeout", d.what, v))
		}
	}
	slices.Sort(want)
	// A policy holds a moment after it was made, and not at once.
	until(t, 2*time.Minute, "connections come about where they are to, and nowhere else", func(ctx context.Context) string {
		found := c.knockAll(ctx, addresses)
		var wrong []string
		for _, d := range doors {
			for _, v := range slices.Concat(d.opens, d.refuses) {
				if line := fmt.Sprintf("%s from %s: %s", d.what, v, found[v][d.address]); !slices.Contains(want, line) {
					wrong = append(wrong, line)
				}
			}
		}
		return strings.Join(wrong, "\n")
	})
	t.Logf("%s", strings.Join(want, "\n"))
}

// knockAll sends all visitors out at once, and returns what each found at each address.
func (c *cluster) knockAll(ctx context.Context, addresses map[visitor][]string) map[visitor]map[string]string {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		found = map[visitor]map[string]string{}
	)
	for v, list := range addresses {
		group.Go(func() {
			out, err := c.knock(ctx, v, list)
			results := map[string]string{}
			for _, address := range list {
				results[address] = text(err)
			}
			for line := range strings.Lines(out) {
				if address, result, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
					results[address] = result
				}
			}
			mu.Lock()
			defer mu.Unlock()
			found[v] = results
		})
	}
	group.Wait()
	return found
}

func (c *cluster) knock(ctx context.Context, v visitor, addresses []string) (string, error) {
	knock := append([]string{"knock"}, addresses...)
	if v == fromNode {
		return c.tool(ctx, "", c.visitorPath, knock...)
	}
	return c.tool(ctx, "", c.kubectlPath, append([]string{"exec", "--namespace", v.namespace, v.name, "--", "/visitor"}, knock...)...)
}

// address is the pod's, with a port of it.
func (c *cluster) address(t *testing.T, namespace, name, port string) string {
	t.Helper()
	pod, err := c.kube.CoreV1().Pods(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil || pod.Status.PodIP == "" {
		t.Fatalf("%s has no address: %v", name, err)
	}
	return net.JoinHostPort(pod.Status.PodIP, port)
}

// probed checks that the kubelet, which is no pod, reaches the operator.
func (c *cluster) probed(t *testing.T) *corev1.Pod {
	t.Helper()
	pod := c.operatorPod(t)
	if restarts := pod.Status.ContainerStatuses[0].RestartCount; restarts != 0 {
		t.Errorf("the pod was restarted %d times", restarts)
	}
	return pod
}

// closedByDefault checks what docs/operations/install.md says of the network: survey pages are open, and metrics to pods.
func (c *cluster) closedByDefault(t *testing.T) {
	t.Helper()
	step(t, "a pod of another namespace tries the operator's doors, as the chart leaves them")
	stranger := c.visitor(t, "stranger", "elsewhere")
	c.ready(t, stranger)
	pod := c.operatorPod(t).Name
	c.doors(t,
		door{"pages", c.service(t, release), []visitor{fromNode, stranger}, nil},
		door{"metrics", c.service(t, release+"-metrics"), []visitor{fromNode, stranger}, nil},
		door{"api", c.service(t, release+"-api"), []visitor{fromNode}, []visitor{stranger}},
		door{"api of the pod", c.address(t, system, pod, "8091"), []visitor{fromNode}, []visitor{stranger}},
		door{"health", c.address(t, system, pod, "8081"), []visitor{fromNode}, []visitor{stranger}},
	)
}

// hardened are the values of docs/operations/install.md that narrow the network, as they stand there.
func (c *cluster) hardened(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(c.root, "docs", "operations", "install.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```yaml values\n(.*?)```").FindAllSubmatch(page, -1) {
		if strings.Contains(string(block[1]), "egress:") {
			return string(block[1])
		}
	}
	t.Fatal("docs/operations/install.md has no values with egress")
	return ""
}

// openIngress starts what stands before the pages, where docs/operations/install.md lets it in, and lets customers come that way.
func (p *program) openIngress(t *testing.T) {
	t.Helper()
	p.ingress = p.visitor(t, "ingress", "ingress-nginx", "proxy", p.service(t, release))
	p.ready(t, p.ingress)
	p.through = p.address(t, p.ingress.namespace, p.ingress.name, "8080")
}

// narrowed are the doors of an operator with the values of hardened.
func (p *program) narrowed(t *testing.T) {
	t.Helper()
	step(t, "pods of several namespaces try the doors, as docs/operations/install.md narrows them")
	pod := p.probed(t)
	stranger, prometheus := p.visitor(t, "stranger", "elsewhere"), p.visitor(t, "prometheus", "monitoring")
	importer, double := p.visitor(t, "importer", "crm"), p.double(t, pod)
	p.ready(t, stranger, prometheus, importer, double)
	closed := net.JoinHostPort(p.Address, "2526")
	listener, err := net.Listen("tcp", closed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // nobody listens any more
	everybody := []visitor{stranger, prometheus, importer, p.ingress, double}
	but := func(allowed visitor) []visitor {
		return slices.DeleteFunc(slices.Clone(everybody), func(v visitor) bool { return v == allowed })
	}
	p.doors(t,
		door{"pages", p.service(t, release), []visitor{fromNode, p.ingress}, but(p.ingress)},
		door{"metrics", p.service(t, release+"-metrics"), []visitor{fromNode, prometheus}, but(prometheus)},
		door{"api", p.service(t, release+"-api"), []visitor{fromNode, importer}, but(importer)},
		door{"health", p.address(t, system, pod.Name, "8081"), []visitor{fromNode}, everybody},
		door{"mail by name", net.JoinHostPort(mailHost, mailPort), everybody, nil},
		door{"API server", serviceOfAPI, everybody, nil},
		door{"what nobody allowed", closed, []visitor{stranger, fromNode}, []visitor{double}},
	)
	// The operator is looked for by these labels.
	p.kubectl(t, "delete", "pod", double.name, "--namespace", double.namespace, "--wait", "--timeout", "1m")
}
