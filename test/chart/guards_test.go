// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"strings"
	"testing"
)

// refused: both Helms refuse the values with these words.
func refused(t *testing.T, values, words string) {
	t.Helper()
	for _, helm := range helms {
		_, err := tryRender(t, helm, home, values)
		if err == nil {
			t.Errorf("%s takes it; want it refused with %q", helm, words)
		} else if !strings.Contains(err.Error(), words) {
			t.Errorf("%s refuses it with\n  %v\nwant ...%s...", helm, err, words)
		}
	}
}

func TestWhatCannotWorkIsRefusedWithWordsThatHelp(t *testing.T) {
	for name, c := range map[string]struct{ values, words string }{
		"a second pod": {"replicaCount: 2", "which two pods cannot share. Set replicaCount: 1 (or 0"},
		"pages without keys": {`pages: {publicURL: "https://feedback.example.com"}`,
			"kubectl create secret generic cx-link-keys -n cx-operator-system --from-file=link-keys=link-keys"},
		"sending without pages":   {"sending: {namespaces: [team-a], allowHosts: [smtp.example.com]}", "Set pages.publicURL, e.g. https://feedback.example.com"},
		"sending through nothing": {pagesOn + "\nsending: {namespaces: [team-a]}", "name mail servers in sending.allowHosts"},
		"sending where nobody works": {pagesOn + "\nwatchNamespaces: [team-b]\nsending: {namespaces: [team-a], outbox: true}",
			"Add it to watchNamespaces"},
		"an Ingress to nothing":            {"pages: {ingress: {enabled: true}}", "pages.ingress.enabled needs pages.publicURL"},
		"an HTTPRoute to nothing":          {"pages: {httpRoute: {enabled: true, parentRefs: [{name: x}]}}", "pages.httpRoute.enabled needs pages.publicURL"},
		"an HTTPRoute on nothing":          {pagesOn[:len(pagesOn)-1] + ", httpRoute: {enabled: true}}", "name the Gateway"},
		"an account that nobody named":     {"serviceAccount: {create: false}", "name the account in serviceAccount.name"},
		"another store":                    {`extraArgs: ["--store=postgres://db.example.com/cx"]`, "which the chart sets itself"},
		"another store with one dash":      {"extraArgs: [-store=x]", "which the chart sets itself"},
		"a flag that has a value":          {"extraArgs: [--watch-namespaces=x]", "use the value for it"},
		"a port that Services do not see":  {`extraArgs: ["--gateway-bind-address=:9"]`, "use the value for it"},
		"a port said twice":                {"pages: {service: {spec: {ports: []}}}", "pages.service.type, port and nodePort are for that"},
		"an interval said twice":           {"metrics: {serviceMonitor: {endpoint: {interval: 9s}}}", "metrics.serviceMonitor.interval is for"},
		"a token for nobody":               {"prometheus: {tokenSecret: {name: cx-prometheus}}", "Set e.g. http://prometheus.monitoring.svc:9090"},
		"a label that nothing is asked by": {"prometheus: {namespaceLabel: namespace}", "need prometheus.url"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.values, c.words) })
	}
}

func TestTheSchemaOfValuesRefusesMistakes(t *testing.T) {
	for name, c := range map[string]struct{ values, words string }{
		"a value that is not there":        {"replicas: 3", "'replicas' not allowed"},
		"a value that is not there, below": {"image: {name: x}", "'name' not allowed"},
		"a word for a switch":              {"crds: {keep: sometimes}", "/crds/keep"},
		"a text for a list":                {"watchNamespaces: team-a", "/watchNamespaces"},
		"a namespace that cannot be":       {"watchNamespaces: [Team_A]", "/watchNamespaces/0"},
		"every namespace, said twice":      {`watchNamespaces: ["*"]`, "/watchNamespaces/0"},
		"an address without https":         {"pages: {publicURL: feedback.example.com}", "/pages/publicURL"},
		"an address below another":         {`pages: {publicURL: "https://www.example.com/feedback"}`, "/pages/publicURL"},
		"a password before the host":       {`pages: {publicURL: "https://u:p@feedback.example.com"}`, "/pages/publicURL"},
		"a mail server with a scheme":      {`sending: {allowHosts: ["smtp://smtp.example.com"]}`, "/sending/allowHosts/0"},
		"a proxy that is no network":       {"pages: {trustedProxies: [10.0.0.1]}", "/pages/trustedProxies/0"},
		"a Prometheus without a scheme":    {`prometheus: {url: "prometheus:9090"}`, "/prometheus/url"},
		"a password in an address":         {`prometheus: {url: "https://u:p@prometheus.example.com"}`, "/prometheus/url"},
		"a label that is none":             {"prometheus: {url: \"https://prometheus.example.com\", namespaceLabel: name-space}", "/prometheus/namespaceLabel"},
		"fewer than no pods":               {"replicaCount: -1", "/replicaCount"},
		"a digest that is none":            {"image: {digest: latest}", "/image/digest"},
		"a size that is none":              {"persistence: {size: big}", "/persistence/size"},
		"a level that is none":             {"log: {level: loud}", "/log/level"},
		"an answer cut off":                {"terminationGracePeriodSeconds: 5", "/terminationGracePeriodSeconds"},
		"half a share of a budget":         {"podDisruptionBudget: {maxUnavailable: 2}", "/podDisruptionBudget/maxUnavailable"},
		"a volume that many only read":     {"persistence: {accessModes: [ReadOnlyMany]}", "/persistence/accessModes/0"},
		"an argument that is no flag":      {"extraArgs: [contacts]", "/extraArgs/0"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.values, c.words) })
	}
}

// helm upgrade --reuse-values takes the values of the release before, which lacks those that came since.
func TestValuesThatCameLaterMayBeMissing(t *testing.T) {
	for _, helm := range helms {
		text, err := tryRender(t, helm, home, pagesOn[:len(pagesOn)-1]+", service: {spec: null}}\nmetrics: {serviceMonitor: {endpoint: null}}\nhostUsers: null\nprometheus: null")
		if err != nil || strings.Contains(text, "hostUsers") || strings.Contains(text, "--prometheus") {
			t.Errorf("%s: %v %s", helm, err, text)
		}
	}
}
