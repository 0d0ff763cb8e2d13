// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// teams are the namespaces of programs in the matrix.
var teams = []string{"team-a", "team-b"}

// a way to install the chart.
type way struct {
	name   string
	values string
	// kinds are those that the cluster knows beyond Kubernetes' own.
	kinds []string
}

var monitored = []string{"monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule"}

const (
	pagesOn   = `pages: {publicURL: "https://feedback.example.com", linkKeys: {existingSecret: cx-link-keys}}`
	sendingOn = pagesOn + `
sending: {namespaces: [team-a], allowHosts: [smtp.example.com, relay.internal=10.0.0.0/8]}
api: {tokens: {existingSecret: cx-api-tokens}}`
)

var matrix = []way{
	{name: "by default"},
	{name: "monitored", kinds: monitored, values: `metrics: {dashboards: {enabled: true}, serviceMonitor: {interval: 30s, labels: {release: prometheus},
  endpoint: {scrapeTimeout: 20s, metricRelabelings: [{sourceLabels: [__name__], regex: cx_kpi_.*, action: drop}]}}}`},
	{name: "monitoring is switched off", kinds: monitored, values: `metrics: {serviceMonitor: {enabled: false}, prometheusRule: {enabled: false}}`},
	{name: "survey pages", values: pagesOn},
	{name: "sending", values: sendingOn},
	{name: "tokens without pages", values: `api: {tokens: {existingSecret: cx-api-tokens}}`},
	{name: "KPIs ask a Prometheus", values: `prometheus: {url: "http://prometheus.monitoring.svc:9090", tokenSecret: {name: cx-prometheus, key: bearer},
  namespaceLabel: namespace}`},
	{name: "sending to files", values: pagesOn + "\nsending: {namespaces: ['*'], outbox: true}"},
	{name: "behind an Ingress", values: `pages: {publicURL: "https://feedback.example.com:8443/", linkKeys: {existingSecret: cx-link-keys},
  ingress: {enabled: true, className: public, tlsSecret: feedback-tls, annotations: {example.com/class: public}}}`},
	{name: "behind a Gateway", values: `pages: {publicURL: "https://feedback.example.com", linkKeys: {existingSecret: cx-link-keys},
  httpRoute: {enabled: true, parentRefs: [{name: public, namespace: gateways, sectionName: https}]}}`},
	{name: "behind a load balancer", values: pagesOn[:len(pagesOn)-1] + `, service: {type: LoadBalancer, port: 443,
  spec: {externalTrafficPolicy: Local, loadBalancerSourceRanges: [192.0.2.0/24]}}}`},
	{name: "two namespaces", values: `watchNamespaces: [team-a, team-b]`},
	{name: "two namespaces, monitored, sending", values: "watchNamespaces: [team-a, team-b]\n" + sendingOn, kinds: monitored},
	{name: "two namespaces by an administrator", values: "watchNamespaces: [team-a, team-b]\nclusterWide: {create: always}"},
	{name: "without cluster-wide objects", values: `clusterWide: {create: never}`},
	{name: "without CRDs, roles and policies", values: `{crds: {enabled: false}, peopleRoles: {enabled: false}, admissionPolicies: {enabled: false}}`},
	{name: "CRDs that go with the release", values: `crds: {keep: false}`},
	{name: "a claim, an account and roles that are there", values: `{persistence: {existingClaim: evidence}, serviceAccount: {create: false, name: someone},
  rbac: {create: false}}`},
	{name: "a volume made by hand", values: `persistence: {volumeName: disk-1, storageClassName: "-", accessModes: [ReadWriteOncePod], keep: false}`},
	{name: "stopped, with a lease, from a mirror", values: `{replicaCount: 0, leaderElection: {enabled: true, leaseDuration: 30s},
  image: {registry: "registry.example.com:5000", tag: v9, digest: "sha256:` + strings.Repeat("ab", 32) + `"}, imagePullSecrets: [{name: login}]}`},
	{name: "no NetworkPolicy, no budget", values: `{networkPolicy: {enabled: false}, podDisruptionBudget: {enabled: false}}`},
	{name: "network from named places only", values: sendingOn + `
networkPolicy:
  pages: {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}}]}
  api: {from: [{podSelector: {matchLabels: {app: portal}}}]}
  metrics: {from: []}
  health: {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}
  egress: {enabled: true}`},
	{name: "everything on", kinds: monitored, values: sendingOn + everything},
	{name: "other words everywhere", values: otherWords},
	{name: "labels that the chart has as well", kinds: monitored, values: `
commonLabels: {app.kubernetes.io/part-of: platform, app.kubernetes.io/name: portal, team: platform, release: prometheus}
commonAnnotations: {example.com/note: ours, kubectl.kubernetes.io/default-container: nothing}
podLabels: {team: cx, app.kubernetes.io/version: v9}
podAnnotations: {kubectl.kubernetes.io/default-container: proxy, example.com/note: theirs}
metrics: {serviceMonitor: {labels: {release: another}}}`},
}

const otherWords = `
nameOverride: cx
image: {repository: platform/cx-operator, pullPolicy: Always}
pages:
  publicURL: https://feedback.example.com
  linkKeys: {existingSecret: secrets, key: keys}
  redirectHosts: [www.example.com]
  trustedProxies: [10.0.0.0/8, "fd00::/8"]
  service: {type: NodePort, nodePort: 30080, annotations: {example.com/a: "1"}}
  httpRoute: {enabled: true, parentRefs: [{name: public}], annotations: {example.com/a: "2"}}
api: {tokens: {existingSecret: secrets, key: tokens}, service: {annotations: {example.com/a: "3"}}}
metrics: {service: {annotations: {prometheus.io/scrape: "true"}}}
persistence: {size: 20Gi, annotations: {example.com/a: "4"}}
resources: {limits: {cpu: "2"}}
terminationGracePeriodSeconds: 60
podSecurityContext: {runAsUser: 1000, fsGroup: 1000}
hostUsers: false
securityContext: {seccompProfile: {type: RuntimeDefault}}
startupProbe: {failureThreshold: 240}
livenessProbe: {initialDelaySeconds: 5}
readinessProbe: {periodSeconds: 10}
podDisruptionBudget: {maxUnavailable: 0}
leaderElection: {enabled: true, leaseDuration: 1m, renewDeadline: 40s, retryPeriod: 5s}
networkPolicy: {egress: {enabled: true, rules: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}
`

const everything = `
fullnameOverride: cx
commonLabels: {team: platform}
commonAnnotations: {example.com/owner: platform}
podLabels: {tier: "1"}
podAnnotations: {example.com/note: "yes"}
priorityClassName: system-cluster-critical
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: dedicated, operator: Exists}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [
  {key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}]}]}}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {team: platform}}}]
leaderElection: {enabled: true}
serviceAccount: {annotations: {example.com/role: cx}}
metrics: {dashboards: {enabled: true}}
log: {level: debug, format: text}
extraArgs: [--version]
extraEnv: [{name: TZ, value: UTC}]
extraVolumes: [{name: more, emptyDir: {}}]
extraVolumeMounts: [{name: more, mountPath: /more}]
extraObjects:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: more, namespace: "{{ .Release.Namespace }}"}, data: {release: "{{ .Release.Name }}"}}
  - |
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: even-more
      namespace: {{ .Release.Namespace }}
`

// allCRDs stands for every one of them: TestTheChartHasWhatConfigHas says that none is missing.
const allCRDs = "CustomResourceDefinitions"

// flags are those by which a Helm without a cluster knows its kinds.
func (w way) flags() []string {
	var flags []string
	for _, kind := range w.kinds {
		flags = append(flags, "--api-versions", kind)
	}
	return flags
}

// objects are what the way renders to with Helm 4.
func (w way) objects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return parse(t, render(t, "helm", home, w.values, w.flags()...))
}

// namespaced says whether the way is to do without anything of the whole cluster.
func (w way) namespaced() bool {
	return strings.HasPrefix(w.values, "watchNamespaces") && !strings.Contains(w.values, "always")
}

func TestBothHelmsRenderTheSame(t *testing.T) {
	for _, w := range matrix {
		t.Run(w.name, func(t *testing.T) {
			by4, by3 := w.objects(t), parse(t, render(t, "helm3", home, w.values, w.flags()...))
			if diff := cmp.Diff(by4, by3); diff != "" {
				t.Errorf("-Helm 4 +Helm 3:\n%s", diff)
			}
		})
	}
}

// The golden file lists what each way installs, the first in full and each other by what it has more or less.
func TestWaysToInstallDifferInWhatTheySay(t *testing.T) {
	var text strings.Builder
	var first []string
	for _, w := range matrix {
		var ids []string
		for _, object := range w.objects(t) {
			switch kind := object.GetKind(); {
			case kind == "CustomResourceDefinition" && slices.Contains(ids, allCRDs):
			case kind == "CustomResourceDefinition":
				ids = append(ids, allCRDs)
			case kind == "PrometheusRule", strings.Contains(object.GetName(), "-dashboard-"): // see monitoring_test.go
			default:
				ids = append(ids, id(object))
			}
		}
		fmt.Fprintf(&text, "%s\n", w.name)
		if first == nil {
			first = ids
			fmt.Fprintf(&text, "    %s\n", strings.Join(ids, "\n    "))
			continue
		}
		for _, name := range first {
			if !slices.Contains(ids, name) {
				fmt.Fprintf(&text, "  - %s\n", name)
			}
		}
		for _, name := range ids {
			if !slices.Contains(first, name) {
				fmt.Fprintf(&text, "  + %s\n", name)
			}
		}
	}
	golden(t, "ways.txt", text.String())
}

func TestLintIsStrict(t *testing.T) {
	for _, helm := range helms {
		for _, w := range matrix {
			if _, err := run(t, nil, w.values, tool(t, helm), "lint", "--strict", "--namespace", home, chart(t), "--values", "-"); err != nil {
				t.Errorf("%s, %s: %v", helm, w.name, err)
			}
		}
	}
}

// Every way is applied to a real API server, which is stricter than any schema.
func TestTheAPIServerTakesEveryWay(t *testing.T) {
	c := newCluster(t)
	c.namespaces(append(teams, home)...)
	for _, w := range matrix {
		t.Run(w.name, func(t *testing.T) {
			c := c.in(t)
			space := "way-" + strings.Map(func(r rune) rune {
				if r == ' ' || r == ',' {
					return '-'
				}
				return r
			}, strings.ToLower(w.name)) // a claim's volume never changes, so each way has its own
			c.namespaces(space)
			text := render(t, "helm", space, w.values, w.flags()...)
			c.kubectl(text, "apply", "--server-side", "--force-conflicts", "--field-manager", "chart", "--filename", "-")
			for _, object := range parse(t, text) {
				mapping, err := c.Client.RESTMapper().RESTMapping(object.GroupVersionKind().GroupKind(), object.GroupVersionKind().Version)
				if err != nil {
					t.Fatal(err)
				}
				if clusterWide := mapping.Scope.Name() == "root"; clusterWide && w.namespaced() {
					t.Errorf("%s is of the whole cluster", id(object))
				}
				if !c.there(object) {
					t.Errorf("%s was not made", id(object))
				}
			}
		})
	}
}
